"""Measures of a contact rule that would tell of few students, and all that follows from these: hidden."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from la_research.disclosure import tells_few, why_hidden
from la_research.finding import Finding, Row
from la_research.statistics.contacts import Bools, History
from la_research.validation.triggers.each import BEYOND

ALL_CONTACTED = ("predictive value", "contacts per student in need reached", "net benefit")
REACHED = ("sensitivity", BEYOND, "lead time", "optimism: sensitivity where chosen, less held out", *ALL_CONTACTED)
SUGGESTED = ("suggested at least once", "contacts", "staff hours", "hours beyond the budget")


def hidden_measures(history: History, suggested: Bools, seen: Bools, minimum: int) -> frozenset[str]:
    """What is not told of a rule: whatever gives away some but few students by its share and its n.

    Sensitivity, times those in need, is who was reached, and the n of lead time is that number; a predictive value
    tells of who was contacted and not in need; contacts tell of who was suggested, and of those beyond the reached.

    Parameters
    ----------
    suggested, seen
        Units x looks, as ``contact_measures`` takes them.

    Examples
    --------
    Of 24 in need four are reached, and of 41 others none.

    >>> history = History(np.repeat([1.0, 0.0], [24, 41]), np.ones((65, 1), bool), np.full(65, 8), np.array([3]),
    ...                   np.arange(65))
    >>> suggested, seen = np.arange(65)[:, None] < 4, np.ones((65, 1), bool)
    >>> "sensitivity" in hidden_measures(history, suggested, seen, 10)
    True
    """
    who, looks, in_time, ever = (
        history.student,
        suggested.shape[1],
        history.in_time(suggested),
        np.asarray(suggested.any(axis=1)),
    )
    need, other = history.need == 1, history.need == 0
    both, each = (seen[:, 1:] & seen[:, :-1]).ravel(), np.repeat(who, looks - 1)
    changed, hidden = np.asarray(suggested[:, 1:] != suggested[:, :-1]).ravel(), set[str]()
    if few_students(in_time[need], who[need], minimum):
        hidden.update(REACHED)
    if few_students(in_time[other], who[other], minimum):
        hidden.update(ALL_CONTACTED)
    beyond = ever & ~(in_time & (need | other))
    if few_students(ever, who, minimum) or 0 < len(np.unique(who[beyond])) < minimum:
        hidden.update(SUGGESTED)
    if few_students(changed[both], each[both], minimum):
        hidden.add("changes")
    if few_students(~seen.ravel(), np.repeat(who, looks), minimum):
        hidden.add("not observed")
    return frozenset(hidden)


def few_students(hit: Bools, students: NDArray[np.int64], minimum: int) -> bool:
    """Whether a share of rows tells of some but few students: those with such a row, or those with another.

    >>> few_students(np.repeat([True, False], [6, 30]), np.arange(36), 10)
    True
    """
    held, others = len(np.unique(students[hit])), len(np.unique(students[~hit]))
    return tells_few(held, held + others, minimum)


def without(finding: Finding, hidden: Callable[[Row], frozenset[str]], minimum: int) -> Finding:
    """The finding without the numbers of hidden measures, and without a headline where sensitivity is one of them.

    Parameters
    ----------
    hidden
        Measures that are hidden, by row; "net benefit" stands for all that begin with it.
    """

    def told(row: Row) -> Row:
        what = str(row.keys.get("what"))
        if row.estimate is None or not (
            {what, "net benefit" if what.startswith("net benefit") else what} & hidden(row)
        ):
            return row
        return Row(row.keys, None, "suppressed", why_hidden(minimum))

    rows = tuple(told(row) for row in finding.rows)
    if finding.estimate is None or any(row.estimate == finding.estimate for row in rows):
        return replace(finding, rows=rows)
    return replace(finding, rows=rows, verdict="suppressed", estimate=None, reason=why_hidden(minimum))
