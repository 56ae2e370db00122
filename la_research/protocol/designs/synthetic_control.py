"""What a synthetic control registers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from la_research.protocol.designs.design import DesignSection
from la_research.protocol.section import Name


class SyntheticControl(DesignSection):
    """One group that starts, compared with a weighted mean of groups that do not (Abadie et al. 2010)."""

    kind: Literal["synthetic_control"]
    least_times: int = Field(5, ge=3, le=60)
    """Times before the start below which a likeness would be one by chance."""
    groups: bool = False
    """In a table: whether each unit is a group of as many students as may be shown; if not, none is named and the
    course of none is told. Modules of a study are such groups."""
    starts: dict[str, Annotated[int, Field(ge=1, le=60)]] = {}
    """In a study: the module that starts, and the first week with the support."""
    indicator: Name | None = None
    """In a study: a weekly indicator compared instead of the outcome's questionnaire."""
