"""What a stepped-wedge trial registers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from la_research.protocol.designs.design import DesignSection
from la_research.protocol.validation import Once


class SteppedWedge(DesignSection):
    """Groups drawn for the week in which the support starts for them."""

    kind: Literal["stepped_wedge"]
    random: Annotated[tuple[Literal["cluster", "period", "student"], ...], Once] = ("cluster", "period", "student")
    """What rows share: a cluster, a cluster in a period, a student in all periods; what can not be told is left out."""
    transition: int = Field(0, ge=0, le=12)
    """Weeks after a start whose waves are left out: by then the support can not have shown."""
    df: Literal["kenward_roger", "clusters_minus_2"] = "kenward_roger"
    """Degrees of freedom of the effect."""
