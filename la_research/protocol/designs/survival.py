"""What an analysis of the time to withdrawal registers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from la_research.protocol.designs.design import DesignSection


class Survival(DesignSection):
    """Time until students leave, in two groups."""

    kind: Literal["survival"]
    horizon: float | None = Field(None, gt=0)
    """Time up to which it is asked; without one the smaller of both groups' last times."""
    landmark: float | None = Field(None, ge=0)
    """Only students still there after this time count, from then on, by whether they had the support by then."""
    randomised: bool = False
    """Whether the two groups were drawn."""
