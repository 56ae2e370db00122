"""What a difference in differences registers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from la_research.protocol.designs.design import DesignSection
from la_research.protocol.section import Name


class Differences(DesignSection):
    """Groups that start in different weeks, or never, compared over time (Callaway & Sant'Anna 2021)."""

    kind: Literal["did"]
    comparison: Literal["never", "not_yet"] = "never"
    """Students who never start, or also those who have not started yet."""
    estimator: Literal["doubly_robust", "ipw", "regression"] = "doubly_robust"
    """How covariates enter; without any all three agree."""
    anticipation: int = Field(0, ge=0, le=10)
    """Times before its start at which a group may already respond."""
    base: Literal["varying", "universal"] = "varying"
    """Before the start: change since the time before, or since the last time before the start."""
    draws: int = Field(1000, ge=100, le=100_000)
    """Redraws of the clusters for bands that hold at once."""
    starts: dict[str, Annotated[int, Field(ge=1, le=60)]] = {}
    """In a study: the first week with the support, by module; a module that is not named never starts."""
    indicator: Name | None = None
    """In a study: a weekly indicator compared instead of the outcome's questionnaire."""
