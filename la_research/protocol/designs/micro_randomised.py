"""What a micro-randomised trial registers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from la_research.protocol.designs.design import DesignSection
from la_research.protocol.section import Name, Share, Text
from la_research.protocol.validation import Once


class MicroRandomised(DesignSection):
    """Every eligible week of every student drawn."""

    kind: Literal["micro_randomised"]
    proximal: Name | None = None
    """Indicator, on the logarithmic scale, that is read after each draw: the outcome of a study."""
    lag: int = Field(1, ge=0, le=12)
    """Weeks from a draw to the week whose indicator is read: 1 is the week after."""
    probability: Share | None = None
    """Chance of the support at every draw, where no column holds it; without either it is the share drawn."""
    chance_of: Literal["support", "drawn"] = "support"
    """What a column of chances holds: that of the support, or that of whatever was drawn."""
    numerator: Share | None = None
    """Chance to which rows are weighted; without it the chance of the draws where it is constant, else one half."""
    history: Annotated[tuple[Text, ...], Once] = ()
    """Covariates, known before each draw, on which the effect may depend."""
    corrected_to: int = Field(50, ge=0)
    """Students up to whom errors are corrected for leverage (Mancl and DeRouen 2001)."""
