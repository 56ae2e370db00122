"""A share of students as findings show it: with Wilson's interval, and not at all where it would tell of a few."""

from __future__ import annotations

from collections.abc import Mapping

from la_research.disclosure import tells_few
from la_research.finding import Estimate, Key, Row
from la_research.statistics.intervals import wilson


def few(minimum: int) -> str:
    """The reason that a number carries which would tell of a small group."""
    return f"the numbers are not shown, as they would tell of fewer than {minimum} students"


def some(count: int, minimum: int, what: str = "units") -> str:
    """How many, where they are no small group.

    >>> some(1200, 10, "rows"), some(3, 10)
    ('1,200 rows', 'Fewer than 10 units')
    """
    return f"{count:,} {what}" if count >= minimum else f"Fewer than {minimum} {what}"


def share(part: int, whole: int) -> Estimate:
    """A share of ``whole`` students, one or more.

    >>> print(share(12, 48))
    25.0 % (95% CI 14.9 % to 38.8 %), n = 48
    """
    return Estimate(part / whole, *wilson(part, whole), 0.95, "share", whole, "wilson")


def share_row(keys: Mapping[str, Key], part: int, whole: int, minimum: int) -> Row:
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
    return Row(keys, share(part, whole))
