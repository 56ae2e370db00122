"""What an interrupted time series registers."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from la_research.protocol.designs.design import DesignSection
from la_research.protocol.section import Name


class Series(DesignSection):
    """One series before and after a week."""

    kind: Literal["its"]
    start: float | None = None
    """Time at which the support starts; without one the first time at which the treatment is 1."""
    indicator: Name | None = None
    """In a cohort: the indicator whose weekly mean is the series."""
    modules: tuple[str, ...] = ()
    """In a cohort: the modules that start …"""
    control_modules: tuple[str, ...] = ()
    """… and those that do not, whose series is the control."""
    family: Literal["linear", "poisson"] = "linear"
    """Linear, or quasi-Poisson for counts: the effect is then the logarithm of a ratio."""
    model: Literal["level", "slope", "both"] = "both"
    """What may change at the start."""
    estimand: Literal["level", "mean", "end"] = "level"
    """The change at the start, its mean over all times after it, or that at the last time."""
    errors: Literal["ar1", "independent"] = "ar1"
    """Whether errors of neighbouring times may be correlated."""
    lag: float = Field(0, ge=0)
    """Time after the start that is left out, while the support gets going."""
    season: float | None = Field(None, ge=2)
    """Times after which a season comes again; None for no season."""
    harmonics: int = Field(1, ge=1, le=6)
    """Pairs of sine and cosine that draw the season."""
    changes: tuple[float, ...] | None = None
    """Times at which something else is known to have changed; empty where it was looked for and nothing was found."""

    @model_validator(mode="after")
    def _moves(self) -> Self:
        if self.model == "slope" and self.estimand == "level":
            raise ValueError("a change of slope alone has no change of level at the start: set estimand to mean or end")
        if self.season is not None and 2 * self.harmonics > self.season:
            raise ValueError("more harmonics than half the times of a season can not be told apart")
        return self
