"""How often a student's label lies in what the score leaves possible, by calibration and by group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from la_research.disclosure import some_but_few, why_hidden
from la_research.explanation.abstaining.decided import Abstained
from la_research.explanation.abstaining.possible import CALIBRATIONS, FORWARD, IN_EVERY_GROUP
from la_research.explanation.ground import Ground
from la_research.explanation.groups import groups_of
from la_research.finding import NOT_RECORDED, Assumption, Estimate, Finding, Row, not_analysed
from la_research.statistics.conformal import Bools, Codes
from la_research.statistics.contacts import share_of

QUESTION = "How often is a student's label among those that the score leaves possible?"
LEVEL, SHORT_OF = 0.95, 0.02
"""Of intervals; and how far a group's share may lie below the registered level."""
ONE_RUN = "there is no earlier presentation to calibrate on"
NO_ORDER = "the order of the presentations in time can not be told from their names"
LIMITATIONS = (
    "Only students whose label is known are counted; of the others nobody can say whether it is among those possible.",
    "A set with both labels always holds the right one: read it beside the share without a suggestion.",
    (
        "The promise holds for students drawn from those who were calibrated on; for later years it has to be looked "
        "at again, as the rows forward in time do where there are earlier presentations."
    ),
    "Scores of the students calibrated on come from models that other students, also those tested, were fitted in.",
    (
        "Forward in time only the limits are learnt from earlier presentations, ordered by the year and the letter or "
        "number in their names: the models that gave the scores also saw students of later ones."
    ),
    (
        "What is promised to each group, small ones too, makes the limits wide: of all students together more labels "
        "are left possible than the level asks, and fewer contacts are suggested."
    ),
)


def coverage_finding(ground: Ground, held: Abstained) -> Finding:
    """``explanation.coverage``: the lowest share over groups that are shown, calibrated in every group.

    Rows: ``calibration``, alone and with a registered attribute. The interval of the headline holds for all groups
    together (Wilson at Bonferroni's level), so that the lowest is no worse for having been picked. A group
    is hidden where fewer students than the minimum have a label, or some but fewer have none, or stand
    in the first presentation; the same ones for all calibrations, as these count the same students again. Where that
    is so of all students, nothing is told.
    """
    table = Coverage(ground, held)
    lowest = table.lowest()
    if lowest is None:
        return not_analysed(ground.name("coverage"), QUESTION, "no label is known", limitations=LIMITATIONS)
    if table.tells_few:
        reason = why_hidden(ground.minimum)
        return Finding(ground.name("coverage"), QUESTION, "suppressed", reason=reason, limitations=LIMITATIONS)
    together = float(table.hit[IN_EVERY_GROUP][table.known].mean())
    nearly = _nearly(lowest, together, held.asked.level, bool(table.shown))
    rows = tuple(table.rows())
    return Finding(ground.name("coverage"), QUESTION, "described", lowest, rows, (nearly, LIKE_THESE), LIMITATIONS)


LIKE_THESE = Assumption(
    "students to come are like those who were calibrated on", None, "nothing is known of students to come"
)


def _nearly(lowest: Estimate, together: float, level: float, groups: bool) -> Assumption:
    """Whether every group has the level, but for two points at most; and what all students together have."""
    bar = level - SHORT_OF
    value, lower, upper = lowest.value or 0.0, lowest.lower or 0.0, lowest.upper or 0.0
    said = f"in every group shown at least {100 * bar:.4g} % of labels are among those possible"
    if not groups:
        return Assumption(said, None, "no registered group can be shown")
    return Assumption(
        said,
        True if lower >= bar else False if upper < bar else None,
        (
            f"the lowest is {100 * value:.1f} % ({100 * lower:.1f} to {100 * upper:.1f}); of all students together it "
            f"is {100 * together:.1f} %, where {100 * level:.4g} % is asked"
        ),
    )


class Coverage:
    """Whether each label lies in its set, by calibration; and the groups that are shown."""

    def __init__(self, ground: Ground, held: Abstained) -> None:
        self.ground = ground
        self.student = np.unique(ground.rows["student_id"].to_numpy(), return_inverse=True)[1].astype(np.int64)
        label = ground.rows["label"].to_numpy(dtype=np.float64)
        self.known = ~np.isnan(label)
        self.none_earlier = ONE_RUN if held.in_order else NO_ORDER
        self.later = ~np.isnan(held.thresholds[FORWARD]).any(axis=1)
        column = np.where(label == 1, 1, 0)
        self.hit = {
            name: np.take_along_axis(held.possible(name), column[:, None], axis=1)[:, 0] for name in CALIBRATIONS
        }
        self.groups = [groups_of(ground, name) for name in sorted(ground.protocol.fairness.sensitive)]
        parts = (self.known & self.later, self.known & ~self.later, ~self.known)
        self.tells_few = self._few(np.array([len(np.unique(self.student[part])) for part in parts]))
        self.hidden = {groups.attribute: groups.hidden(self._few, *parts) for groups in self.groups}

    def _few(self, counts: Codes) -> bool:
        least = self.ground.minimum
        return bool(counts[:2].sum() < least) or some_but_few(counts, least)

    def rows(self) -> Iterator[Row]:
        """All students, and each group, by calibration: first the one that decides."""
        for name in sorted(CALIBRATIONS, key=lambda name: name != IN_EVERY_GROUP):
            among = self.known & self.later if name == FORWARD else self.known
            if not among.any():
                yield Row({"calibration": name}, None, "not analysed", self.none_earlier)
                continue
            yield Row({"calibration": name}, self._share(name, among, LEVEL))
            for groups in self.groups:
                for group, value in enumerate(groups.names):
                    keys = {"calibration": name, groups.attribute: value}
                    if group in self.hidden[groups.attribute]:
                        yield Row(keys, None, "suppressed", why_hidden(self.ground.minimum))
                    elif held := self._share(name, among & groups.inside(group), LEVEL):
                        yield Row(keys, held)
                    else:
                        yield Row(keys, None, "not analysed", self.none_earlier)

    @property
    def shown(self) -> list[Bools]:
        """The rows of each recorded group that is shown."""
        return [
            groups.inside(group)
            for groups in self.groups
            for group, value in enumerate(groups.names)
            if group not in self.hidden[groups.attribute] and value != NOT_RECORDED
        ]

    def lowest(self) -> Estimate | None:
        """The lowest share over groups that are shown (of all students, where none is), with an interval for all."""
        parts = self.shown or [self.known]
        level = 1 - (1 - LEVEL) / len(parts)
        found = [one for inside in parts if (one := self._share(IN_EVERY_GROUP, self.known & inside, level))]
        if not found:
            return None
        first = min(found, key=lambda one: one.value or 0.0)
        lower, upper = min(one.lower or 0.0 for one in found), min(one.upper or 0.0 for one in found)
        return replace(first, lower=lower, upper=upper, level=LEVEL, method="wilson-bonferroni")

    def _share(self, calibration: str, among: Bools, level: float) -> Estimate | None:
        return share_of(self.hit[calibration][among], self.student[among], level)
