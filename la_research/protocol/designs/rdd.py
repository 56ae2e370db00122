"""What a regression discontinuity registers."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from la_research.protocol.designs.design import DesignSection
from la_research.protocol.section import Name
from la_research.protocol.validation import Once, Week

Width = Annotated[float, Field(gt=0)]


class Discontinuity(DesignSection):
    """A cut-off decides: students just below it are compared with students just above."""

    kind: Literal["rdd"]
    running: Name | None = None
    """Indicator that the cut-off reads; in a plain table the column named by ``--running``."""
    week: Week | None = None
    """Week whose value of the indicator counts; without one the index week."""
    cutoff: float = 0.0
    treated: Literal["above", "below"] | None = None
    """Who gets the support: from the cut-off up, or below it. Without it what the column of the treatment
    says, else ``above``."""
    order: int = Field(1, ge=1, le=2)
    """Degree of the local polynomial. Lines are what standard programs fit; only with parabolas (2) can a hypothesis be
    called supported, for where curves bend much the interval of lines covered 89 % of truths, not 95 %."""
    kernel: Literal["triangular", "epanechnikov", "uniform"] = "triangular"
    select: Literal["mserd", "msetwo", "cerrd"] = "mserd"
    """How the bandwidth is chosen: least squared error, one for both sides or one each; or best coverage."""
    bandwidth: Width | None = None
    """Set instead of chosen, in units of the running variable."""
    bias_bandwidth: Width | None = None
    """Bandwidth of the bias; equals ``bandwidth`` where only that is set."""
    adjusted: bool = False
    """Whether the covariates are taken out of the outcome; their continuity is checked either way."""
    curvature: Width | None = None
    """Largest second derivative of the outcome's mean, for the honest interval; without it a rule of thumb."""
    donut: Annotated[tuple[Width, ...], Once] = ()
    """Distances from the cut-off within which students are left out, one analysis each; without any, those that
    leave out the nearest 5 % and 10 % within the bandwidth."""
    placebo: Annotated[tuple[float, ...], Once] = ()
    """Values at which nothing happens; without any, the median of each side."""
    look: float | None = None
    """Time whose rows are analysed, where students are looked at several times; without it each one's first."""

    @model_validator(mode="after")
    def _paired(self) -> Self:
        if self.bias_bandwidth is not None and self.bandwidth is None:
            raise ValueError("'bias_bandwidth' is set without 'bandwidth'")
        return self
