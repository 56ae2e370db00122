"""Which rules and cut-offs stand side by side without telling of the few students by whom two of them differ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from la_research.statistics.contacts import Bools, History
from la_research.validation.triggers.chosen import Choice, nothing_chosen
from la_research.validation.triggers.tried import Cut, Laboratory, own_cut, reads


def few(counts: NDArray[np.int64], minimum: int) -> bool:
    """Whether students in need, not in need, or not known are too few to be told; none at all not known is not few.

    >>> few(np.array([12, 40, 0]), 10), few(np.array([12, 0, 40]), 10)
    (False, True)
    """
    return bool(counts[0] < minimum or counts[1] < minimum or 0 < counts[2] < minimum)


def by_need(history: History, inside: Bools) -> NDArray[np.int64]:
    """Students of these units in need, not in need, and not known."""
    kinds = (history.need == 1, history.need == 0, np.isnan(history.need))
    return np.array([len(np.unique(history.student[inside & kind])) for kind in kinds])


def few_apart(history: History, one: Bools, other: Bools, minimum: int) -> bool:
    """Whether the numbers of two rules, set against each other, would tell of a few students.

    They do where fewer than the minimum are suggested at other looks by the one than by the other, or where those whom
    one reaches in time and the other does not are ``few``. Rules that suggest the same throughout tell nothing.

    Parameters
    ----------
    one, other
        Units x looks: whether a contact is suggested.

    Examples
    --------
    A lower cut-off adds nine students, none of them in need: two published rows would say so.

    >>> history = History(np.repeat([1.0, 0.0], 40), np.ones((80, 1), bool), np.full(80, 8), np.array([3]),
    ...                   np.arange(80))
    >>> high, low = np.arange(80)[:, None] < 60, np.arange(80)[:, None] < 69
    >>> few_apart(history, high, low, 10), few_apart(history, high, high, 10)
    (True, False)
    """
    differs = np.asarray((one != other).any(axis=1))
    if not differs.any():
        return False
    counts = by_need(history, history.in_time(one) != history.in_time(other))
    return len(np.unique(history.student[differs])) < minimum or bool(counts.any() and few(counts, minimum))


def hidden_cuts(lab: Laboratory, choice: Choice) -> frozenset[Cut]:
    """Cut-offs that are not shown, as few students stand between them and the rule chosen, or a cut-off shown.

    A lower cut-off of an indicator suggests whom a higher one does and others, so their numbers differ by those
    exactly; red and amber are cut-offs of one indicator too. The rule chosen is shown first, then every rule's own
    cut-off, then the nearest to it. Cut-offs of different indicators gain and lose students at once, and are not
    set against each other.
    """
    first = [] if nothing_chosen(lab, choice) else [choice.suggested]
    shown: dict[str, list[Bools]] = {}
    hidden: set[Cut] = set()
    for one in sorted(lab.tried, key=lambda one: abs(one.cut - own_cut(lab.ground, one.rule))):
        beside = shown.setdefault(reads(one.rule), [*first])
        if any(few_apart(lab.history, one.suggested, other, lab.ground.minimum) for other in beside):
            hidden.add((one.rule, one.cut))
        else:
            beside.append(one.suggested)
    return frozenset(hidden)
