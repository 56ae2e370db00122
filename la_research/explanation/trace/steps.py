"""What a calculation on paper is made of: lines, each with its arithmetic and what it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Part = Literal["indicator", "feature", "score"]
"""An indicator in a week; an indicator as the model reads it; a line of the model's own arithmetic."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line that can be worked out again on paper.

    Parameters
    ----------
    part, name
        What the line is about: an indicator's id, or a line of the score such as "tree 12", "sum" and "score".
    week
        The teaching week; None where the line is about none.
    arithmetic
        What is done, in numbers: "8 + 4", "(12 + 10 + 0 + 14) / 4"; "" where a number is only taken over.
    value
        What it comes to, unrounded; None where there is no value.
    unit
        Of the value.
    reason
        Why there is no value; "" where there is one.
    """

    part: Part
    name: str
    week: int | None
    arithmetic: str
    value: float | None
    unit: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """All lines of one student, from weekly counts to the score.

    Parameters
    ----------
    steps
        In the order in which they are worked out.
    score
        0 to 1; None where there is none.
    """

    steps: tuple[Step, ...]
    score: float | None

    def of(self, part: Part, name: str = "") -> tuple[Step, ...]:
        """The lines of a part, of all names or of one."""
        return tuple(step for step in self.steps if step.part == part and name in ("", step.name))
