"""What chance holds ready for the support of a cell: coins of students, lots of tutor groups and of weeks."""

from __future__ import annotations

from dataclasses import dataclass

from la_research.seeds import CELL, stream
from la_research.synthetic.students import Floats


@dataclass(frozen=True)
class Chance:
    """Uniforms of a cell, whether they are used or not; one number a student where nothing else is said.

    ``lots`` has a row for each tutor group (as many as a cell has students, for groups can be small): its coin, and
    what it draws saturations and start weeks by. ``nudges`` has shape (students, weeks, 2): the coin, and opting out.
    """

    coin: Floats
    opens: Floats
    talks: Floats
    harm: Floats
    leaves: Floats
    leaves_after: Floats
    games: Floats
    refuses: Floats
    lots: Floats
    nudges: Floats


def draw_chance(seed: int, cell: int, weeks: int) -> Chance:
    """The same numbers whatever the dials, but for the length of the term."""
    u = stream(seed, "synthetic", "contact", cell).random((4, CELL))
    v = stream(seed, "synthetic", "aftermath", cell).random((4, CELL))
    refuses = stream(seed, "synthetic", "refusal", cell).random(CELL)
    lots = stream(seed, "synthetic", "tutor groups", cell).random((CELL, 3))
    nudges = stream(seed, "synthetic", "nudges", cell).random((CELL, weeks, 2))
    return Chance(u[0], u[1], u[2], v[0], v[1], v[2], v[3], refuses, lots, nudges)
