"""What a trial of whole groups registers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from la_research.protocol.analysis import Step
from la_research.protocol.designs.design import DesignSection
from la_research.protocol.section import Share, Text


class Cluster(DesignSection):
    """Whole groups of students drawn; with ``saturation``, in two stages: groups for a share, then students."""

    kind: Literal["cluster"]
    control: Text | None = None
    """Of a plain table with named arms: the one that the others are held against; without it the one called control,
    usual, placebo, none, untreated or the like. A study names it in ``support.control``."""
    planned: Share | Literal["equal"] | None = None
    """Share of the groups planned for the support, or equal arms; a study's assignments tell it themselves."""
    permutations: int = Field(1000, ge=199, le=100_000)
    """Draws made again, or samples of the bootstrap."""
    few: Literal["permutation", "wild"] = "permutation"
    """What the interval rests on where groups are so few that its error has under 5 degrees of freedom: drawing the
    groups again, or the wild cluster bootstrap."""
    uptake: Step | None = None
    """Of a study: step of a contact from which a student counts as having had the support, for the complier effect."""
