"""What a trial of students drawn one by one registers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from la_research.protocol.analysis import Step
from la_research.protocol.designs.design import DesignSection
from la_research.protocol.section import Share, Text


class Randomised(DesignSection):
    """Students drawn one by one, for one arm or for several."""

    kind: Literal["randomised"]
    control: Text | None = None
    """Of a plain table with named arms: the one that the others are held against; without it the one called control,
    usual, placebo, none, untreated or the like. A study names it in ``support.control``."""
    planned: Share | Literal["equal"] | None = None
    """Share of the students planned for the support, or equal arms; a study's assignments tell it themselves."""
    permutations: int = Field(1000, ge=0, le=100_000)
    """Draws made again for the p-value that rests on the draw alone; 0 for none."""
    uptake: Step | None = None
    """Of a study: step of a contact from which a student counts as having had the support, for the complier effect."""
