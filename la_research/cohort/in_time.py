"""The order in time of the presentations, as far as their names tell it: a cohort holds days, and no dates."""

from __future__ import annotations

import re
from collections.abc import Iterable

FORMS = (r"(19|20)\d\d", r"(19|20)\d\d[A-Z]", r"(19|20)\d\d[-/]\d\d")
"""Names that rise in time: a year; a year and the letter of a month or term; a year and a number of two digits."""


def in_time(names: Iterable[str]) -> tuple[str, ...] | None:
    """The names in the order of time; None where they do not tell it.

    They tell it where all are of one of the ``FORMS``. Letters and numbers are taken to rise within a year. A single
    name needs no order.

    Examples
    --------
    >>> in_time(["2014B", "2013J", "2013B"]), in_time(["2025", "2024"]), in_time(["first"])
    (('2013B', '2013J', '2014B'), ('2024', '2025'), ('first',))
    >>> in_time(["autumn", "spring"]), in_time(["2024", "2024B"])
    (None, None)
    """
    held = sorted(set(names))
    told = len(held) < 2 or any(all(re.fullmatch(form, name) for name in held) for form in FORMS)
    return tuple(held) if told else None
