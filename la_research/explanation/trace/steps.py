"""What a calculation on paper is made of: lines, each with its arithmetic and what it comes to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Part = Literal["record", "indicator", "feature", "score"]
"""A number as it was recorded; an indicator in a week; an indicator as the model reads it; the model's own sum."""
DIGITS = 6
"""Decimals that are written; of a number below 1, digits after its leading zeros."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line that can be worked out again on paper.

    Parameters
    ----------
    part, name
        What the line is about: a source of data, an indicator's id, or a line of the score such as "tree 12", "sum"
        and "score".
    week
        The teaching week; None where the line is about none.
    arithmetic
        What is done, in numbers: "8 + 4", "(12 + 10 + 0 + 14) / 4"; "" where a number is only taken over. Of a tree it
        is the path, in words.
    value
        What it comes to, unrounded; None where there is no value.
    unit
        Of the value.
    reason
        Why there is no value; "" where there is one.
    what
        The line in words, where the name does not say enough: "mean of the module". The last line of a name and a week
        gives its value; those before it lead there.
    """

    part: Part
    name: str
    week: int | None
    arithmetic: str
    value: float | None
    unit: str
    reason: str = ""
    what: str = ""


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

    def last(self, part: Part, name: str, week: int | None = None) -> Step | None:
        """The line that gives the value of a name in a week; None where nothing was worked out."""
        lines = [step for step in self.of(part, name) if step.week == week]
        return lines[-1] if lines else None


def paper(number: float) -> str:
    """A number as a hand would write it down: whole, or to six decimals.

    >>> [paper(number) for number in (12.0, 37 / 2, 2 / 3, -0.000123456789)]
    ['12', '18.5', '0.666667', '-0.000123457']
    """
    if float(number).is_integer():
        return str(int(number))
    places = DIGITS if abs(number) >= 1 else DIGITS - 1 - math.floor(math.log10(abs(number)))
    return f"{number:.{places}f}".rstrip("0").rstrip(".")


def term(number: float) -> str:
    """A number inside a sum or a product: one below 0 stands in brackets.

    >>> term(-0.5), term(2)
    ('(-0.5)', '2')
    """
    return f"({paper(number)})" if number < 0 else paper(number)


def added(numbers: list[float] | list[int]) -> str:
    """A sum as it is written; "0" where there is nothing to add.

    >>> added([8, -4]), added([])
    ('8 + (-4)', '0')
    """
    return " + ".join(term(number) for number in numbers) or "0"


def mean_of(numbers: list[float] | list[int]) -> str:
    """A mean as it is written.

    >>> mean_of([8, 4]), mean_of([8])
    ('(8 + 4) / 2', '8')
    """
    return f"({added(numbers)}) / {len(numbers)}" if len(numbers) > 1 else added(numbers)


def beside(value: float, cut: float) -> tuple[str, str]:
    """A value and a cut-off with as few decimals, two or more, as leave each on its side of the other.

    >>> beside(9.0, 12.25), beside(1 / 3, 0.3333331)
    (('9', '12.25'), ('0.3333333', '0.3333331'))
    """
    for places in range(2, 17):
        one, two = round(value, places) + 0.0, round(cut, places) + 0.0  # no -0.0
        if (one < two, one > two) == (value < cut, value > cut):
            return _short(one, places), _short(two, places)
    return repr(value), repr(cut)


def _short(number: float, places: int) -> str:
    return f"{number:.{places}f}".rstrip("0").rstrip(".")
