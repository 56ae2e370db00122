"""Whom the chosen rule leaves without a contact, and whom it contacts in error, by registered group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from la_research.disclosure import covered as hidden_together
from la_research.disclosure import some_but_few, why_hidden
from la_research.finding import NOT_RECORDED, Estimate, Finding, Row, not_analysed
from la_research.statistics.contacts import Bools, share_of
from la_research.statistics.intervals import effective_n
from la_research.statistics.simultaneous import gap_inference
from la_research.validation.triggers.chosen import Choice, nothing_chosen
from la_research.validation.triggers.each import PAST
from la_research.validation.triggers.told import by_need, few
from la_research.validation.triggers.tried import Laboratory

NAME = "validation.triggers.groups"
QUESTION = (
    "Does the rule that would be chosen leave need without a contact, or contact in error, more often in some groups?"
)
NO_ATTRIBUTE = "the protocol registers no attribute to be audited"
MISSED, FALSE = "missed need", "false contacts"
LIMITATIONS = (
    "A gap is about the rule and the records it reads, not about the group.",
    "Only students who answered are counted: in a group that answers less often, need may be missed unseen.",
    "Missed need: of students in need, the share whose need was not met by a contact in time.",
    "False contacts: of students not in need, the share to whom a contact was suggested in time.",
)


@dataclass(frozen=True)
class _Groups:
    """The groups of an attribute: their names, the group of each unit, and which are hidden."""

    attribute: str
    names: tuple[str, ...]
    code: NDArray[np.int64]
    hidden: frozenset[int]

    @property
    def compared(self) -> list[int]:
        """Groups that are shown; students of whom nothing is recorded are no group to be compared."""
        return [group for group, name in enumerate(self.names) if group not in self.hidden and name != NOT_RECORDED]


def group_finding(lab: Laboratory, choice: Choice) -> Finding:
    """``validation.triggers.groups``: missed need and false contacts on held-out folds, by group, and largest gaps.

    Groups are those the protocol registers for the audit; students of whom none is recorded are told as another, which
    is not compared, so that the groups add up to all. A group with fewer students in need,
    not in need, or without an answer than the minimum group size is hidden, with the smallest
    others until more than one is and together they hold the minimum.
    """
    names = tuple(sorted(map(str, lab.ground.protocol.fairness.sensitive)))
    if reason := nothing_chosen(lab, choice) if names else NO_ATTRIBUTE:
        return not_analysed(NAME, QUESTION, reason, limitations=LIMITATIONS)
    rows = [row for name in names for row in _rows(lab, choice.suggested, _groups(lab, name, choice.suggested))]
    return Finding(NAME, QUESTION, "described", None, tuple(rows), (PAST,), LIMITATIONS)


def _groups(lab: Laboratory, attribute: str, suggested: Bools) -> _Groups:
    values = lab.ground.group(attribute).reindex(lab.ground.units.index).fillna(NOT_RECORDED)
    code, names = pd.factorize(values, sort=True)
    reached = lab.history.in_time(suggested)
    counts = np.array(
        [
            np.r_[
                by_need(lab.history, code == group),
                *(by_need(lab.history, (code == group) & hit)[:2] for hit in (reached, ~reached)),
            ]
            for group in range(len(names))
        ]
    )
    hidden = covered(counts.reshape(-1, 7), lab.ground.minimum)
    return _Groups(attribute, tuple(map(str, names)), code.astype(np.int64), hidden)


def covered(counts: NDArray[np.int64], minimum: int) -> frozenset[int]:
    """Groups that are not shown: small ones, and the smallest others until a hidden one can not be worked out.

    Parameters
    ----------
    counts
        Students by group: in need, not in need, not known, and any parts of these. None at all without an answer is not
        small, nor is none at all of a part.

    Examples
    --------
    >>> sorted(covered(np.array([[40, 60, 0], [30, 40, 20], [4, 20, 9]]), 10))
    [1, 2]
    """

    return hidden_together(counts, lambda row: few(row, minimum) or some_but_few(row[3:], minimum))


def _rows(lab: Laboratory, suggested: Bools, groups: _Groups) -> Iterator[Row]:
    reached, need, student = lab.history.in_time(suggested), lab.history.need, lab.history.student
    level = lab.ground.asked.level
    for what, among, hit in ((MISSED, need == 1, ~reached), (FALSE, need == 0, reached)):
        for group, name in enumerate(groups.names):
            keys = {"what": what, groups.attribute: name}
            inside = among & (groups.code == group)
            if group in groups.hidden:
                yield Row(keys, None, "suppressed", why_hidden(lab.ground.minimum))
            else:
                yield Row(keys, share_of(hit[inside], student[inside], level))
        yield _gap(lab, what, groups, among, hit)


def _gap(lab: Laboratory, what: str, groups: _Groups, among: Bools, hit: Bools) -> Row:
    """The largest gap among recorded groups that are shown, with an interval that holds for all pairs."""
    keys = {"what": f"largest gap in {what}", "attribute": groups.attribute}
    if len(groups.compared) < 2:
        return Row(keys, None, "not analysed", "fewer than two groups can be shown")
    student, level = lab.history.student, lab.ground.asked.level
    parts = [among & (groups.code == group) for group in groups.compared]
    rates = np.array([hit[inside].mean() for inside in parts])
    ns = np.array([effective_n(hit[inside], student[inside]) for inside in parts])
    rows, students = int(sum(inside.sum() for inside in parts)), len(np.unique(student[np.any(parts, axis=0)]))
    seed = int(lab.ground.rng("triggers", "groups", groups.attribute, what).integers(2**31))
    inference = gap_inference(rates, ns, independent=rows == students, seed=seed)
    gap = inference.gap(1 - level)
    return Row(keys, Estimate(gap.value, gap.lower, gap.upper, level, "share", students, inference.method))
