"""A share of students as findings show it: with Wilson's interval, and not at all where it would tell of a few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from la_research.disclosure import tells_few
from la_research.finding import Estimate, Key, Row
from la_research.statistics.intervals import wilson

UNKNOWN = "not known"
"""Students whose group is not known, as a group of its own: else the whole less the others would tell of them."""


def few(minimum: int) -> str:
    """The reason that a number carries which would tell of a small group."""
    return f"the numbers are not shown, as they would tell of fewer than {minimum} students"


def some(count: int, minimum: int, what: str = "units") -> str:
    """How many, where they are no small group.

    >>> some(1200, 10, "rows"), some(3, 10)
    ('1,200 rows', 'Fewer than 10 units')
    """
    return f"{count:,} {what}" if count >= minimum else f"Fewer than {minimum} {what}"


def told_beside(counts: Sequence[int], minimum: int) -> list[bool]:
    """Which of some counts can be told, each of students among those counted before.

    None that is small itself, and none that some but few make differ from one that is told; nobody is told of.

    Examples
    --------
    >>> told_beside([28, 27, 18, 18, 4, 0], 10)
    [True, False, True, True, False, True]
    """
    told: list[int] = []
    kept = []
    for count in counts:
        fits = not 0 < count < minimum and not any(0 < before - count < minimum for before in told)
        kept.append(fits or count == 0)
        told += [count] if fits and count else []
    return kept


def share(part: int, whole: int, level: float = 0.95) -> Estimate:
    """A share of ``whole`` students, one or more, with its interval at a level.

    >>> print(share(12, 48))
    25.0 % (95% CI 14.9 % to 38.8 %), n = 48
    """
    return Estimate(part / whole, *wilson(part, whole, level), level, "share", whole, "wilson")


def share_row(keys: Mapping[str, Key], part: int, whole: int, minimum: int, level: float = 0.95) -> Row:
    """The share as a row; "not analysed" of nobody, "suppressed" where it would tell of some but few.

    Examples
    --------
    >>> share_row({"step": "opened"}, 3, 48, 10).verdict, share_row({"step": "opened"}, 0, 48, 10).estimate.value
    ('suppressed', 0.0)
    """
    if whole == 0:
        return Row(keys, None, "not analysed", "there is no such student")
    if whole < minimum or tells_few(part, whole, minimum):
        return Row(keys, None, "suppressed", few(minimum))
    return Row(keys, share(part, whole, level))
