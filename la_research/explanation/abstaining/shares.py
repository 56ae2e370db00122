"""How many students get no suggestion, why, and in which groups; small numbers are hidden."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from la_research.disclosure import covered, some_but_few, why_hidden
from la_research.explanation.abstaining.decided import WHY, Abstained
from la_research.explanation.ground import Ground
from la_research.explanation.groups import Groups, groups_of
from la_research.finding import Assumption, Finding, Key, Row
from la_research.statistics.conformal import Bools, Codes, least_students
from la_research.statistics.contacts import share_of
from la_research.statistics.intervals import Floats

QUESTION = "When is there no suggestion, though the score alone would suggest a contact?"
ALL, SUGGESTED = "all", "suggested"
MISSED, WRONGLY, BEFORE, AFTER = "missed need", "wrongly suggested", "before", "after"
LEVEL = 0.95
LIMITATIONS = (
    "No suggestion says that the score knows too little of a student. It says nothing about the student.",
    "A student with several reasons is counted under the first: short history, then unlike the others, then uncertain.",
    "Uncertain is a score that leaves both labels possible, or neither, at the registered level in every group.",
    (
        "Among all are also students for whom no contact would be suggested anyway; for them nothing changes. "
        "The audit and the contact rules read the score's decision as registered, before anything is left out here."
    ),
    (
        "Missed need and wrongly suggested are of students whose label is known: those in need for whom no contact is "
        "suggested, and those not in need for whom one is, before and after leaving out."
    ),
)


def shares_finding(ground: Ground, held: Abstained) -> Finding:
    """``explanation.abstaining``: of those whom the registered decision suggests, the share without a suggestion.

    Rows: ``why`` and ``among`` ("all", or "suggested": those whom the decision suggests), ``among`` alone for all
    reasons together, ``what`` and ``when`` (missed need and wrongly suggested, before and after leaving out), and
    ``among`` with a registered attribute, by group. A number is hidden where it, or what it leaves over, is of some
    students but fewer than the minimum, and so are the smallest others, until it can not be worked out; the reasons
    all go with their sum. What is hidden among those suggested is hidden among all.
    """
    student = np.unique(ground.rows["student_id"].to_numpy(), return_inverse=True)[1].astype(np.int64)
    table = _Table(ground, held.why, ground.rows["decision"].to_numpy() == 1, student)
    label = ground.rows["label"].to_numpy(dtype=np.float64)
    rows = (
        *table.reasons(),
        *table.by_need(label),
        *(row for name in sorted(ground.protocol.fairness.sensitive) for row in table.by(name)),
    )
    headline = next(row for row in rows if row.keys == {"among": SUGGESTED})
    return Finding(
        ground.name("abstaining"),
        QUESTION,
        headline.verdict or "described",
        headline.estimate,
        rows,
        (_weeks(held), _alike(held, ground), _promised(held)),
        LIMITATIONS,
        reason=headline.reason,
    )


class _Table:
    """Students by reason, by whether the decision suggests them, and by group."""

    def __init__(self, ground: Ground, why: np.ndarray, suggested: Bools, student: Codes) -> None:
        self.ground, self.why, self.suggested, self.student = ground, why, suggested, student
        self.among = {ALL: np.ones_like(suggested), SUGGESTED: suggested}

    def reasons(self) -> Iterator[Row]:
        """Each reason, and all together, among all and among those suggested."""
        kinds = [self.why == reason for reason in WHY]
        told = self.why != ""
        counts = np.array([self._counts(kind) for kind in (*kinds, told, ~told)])
        whole = any(self._few(row) for row in counts[len(WHY) :])
        hidden = range(len(WHY)) if whole else covered(counts[: len(WHY)], self._few)
        for among in self.among:
            for place, reason in enumerate(WHY):
                yield self._row({"among": among, "why": reason}, kinds[place], self.among[among], place in hidden)
            yield self._row({"among": among}, told, self.among[among], whole)

    def _counts(self, kind: Bools) -> list[int]:
        """Students of a kind whom the decision suggests, and whom it does not."""
        return [self._count(kind & part) for part in (self.suggested, ~self.suggested)]

    def by_need(self, label: Floats) -> Iterator[Row]:
        """Missed need, and contacts wrongly suggested, before and after leaving out.

        Before less after is who is left out, so both are hidden where of those in need, or not in need,
        some but few are left out, are suggested all the same, or were not suggested; those whose label is
        not known count as a third kind, as their numbers are what the others leave of the whole.
        """
        kept = self.suggested & (self.why == "")
        kinds = [label == 1, label == 0, np.isnan(label)]
        cells = (kept, self.suggested & ~kept, ~self.suggested)
        hidden = covered(np.array([[self._count(kind & cell) for cell in cells] for kind in kinds]), self._few)
        for when, contact in ((BEFORE, self.suggested), (AFTER, kept)):
            yield self._row({"what": MISSED, "when": when}, ~contact, kinds[0], 0 in hidden)
            yield self._row({"what": WRONGLY, "when": when}, contact, kinds[1], 1 in hidden)

    def _count(self, rows: Bools) -> int:
        return len(np.unique(self.student[rows]))

    def by(self, attribute: str) -> Iterator[Row]:
        """The share without a suggestion by group; what is hidden among all is hidden among those suggested."""
        groups = groups_of(self.ground, attribute)
        told = self.why != ""
        found = groups.hidden(self._few, told, ~told)
        parts = [a & b for a in (told, ~told) for b in (self.suggested, ~self.suggested)]
        deeper = covered(groups.counts(*parts), self._few) | found
        for among, hidden in ((ALL, found), (SUGGESTED, deeper)):
            yield from self._groups(groups, among, told, hidden)

    def _groups(self, groups: Groups, among: str, told: Bools, hidden: frozenset[int]) -> Iterator[Row]:
        for group, name in enumerate(groups.names):
            keys: dict[str, Key] = {"among": among, groups.attribute: name}
            yield self._row(keys, told, self.among[among] & groups.inside(group), group in hidden)

    def _few(self, counts: Codes) -> bool:
        return some_but_few(counts, self.ground.minimum)

    def _row(self, keys: dict[str, Key], told: Bools, among: Bools, hidden: bool) -> Row:
        if hidden:
            return Row(keys, None, "suppressed", why_hidden(self.ground.minimum))
        held = share_of(told[among], self.student[among], LEVEL)
        return Row(keys, held) if held else Row(keys, None, "not analysed", "there is no such student")


def _weeks(held: Abstained) -> Assumption:
    said = "a week is observed where an indicator that the model reads week by week has a value"
    if held.weeks is None:
        return Assumption(said, False, "the model reads none, so no history is too short")
    return Assumption(said, True, f"{held.asked.weeks} weeks are asked for")


def _alike(held: Abstained, ground: Ground) -> Assumption:
    least = least_students(1 - held.asked.unlike) if held.asked.unlike else 0
    students = int(ground.rows.loc[ground.rows["label"].notna(), "student_id"].nunique())
    folds = ground.rows["fold"].nunique()
    enough = held.asked.unlike == 0 or students * (folds - 1) / folds / 2 >= least
    evidence = "unlike is told by the distance to the ten nearest of half the students the model was fitted to"
    if not enough:
        evidence = f"half the students the model was fitted to are fewer than {least}, so that nobody can be as unlike"
    return Assumption("students as unlike as registered can be told", enough, evidence)


def _promised(held: Abstained) -> Assumption:
    least = least_students(held.asked.level)
    said = "the level is promised to every registered group"
    if not held.unpromised:
        return Assumption(said, True, f"each has {least} or more students of either label to calibrate on")
    return Assumption(said, False, f"some have too few of a label to calibrate on: {least} are needed")
