"""When in time activity and answers go together: in the weeks asked about, before them, or after them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from la_research.finding import Assumption, Finding, Row, not_analysed
from la_research.protocol import QUESTIONNAIRES, Hypothesis
from la_research.statistics.association import Panel, associations
from la_research.validation.ground import Ground, slug
from la_research.validation.lead import lead_finding
from la_research.validation.place import Place, Side, placed
from la_research.validation.validity import LEAST_STUDENTS, METHOD, NO_INSTRUMENT, UNIT

QUESTION = "Does the association of {id} lie in the weeks that {instrument} asks about, before them, or after them?"
DURING = "in the weeks the questionnaire asks about"
OUTSIDE = f"fewer than {LEAST_STUDENTS} students answered in a week for which the term holds all windows up to this one"
FEW = f"fewer than {LEAST_STUDENTS} students answered in a week for which the window was observed"
SAME = "Rows of one kind rest on the same students and weeks and differ by time alone; rows of another kind do not."
TEACHING = "Weeks are teaching weeks: a break between them is not counted, and an answer after it may be about it."
CHANCE = "The intervals are those of one row each; some of many lie off zero by chance."
LIMITATIONS = {
    "between": (
        SAME,
        "Who is busy is so all term: an association at every place is about who students are.",
        TEACHING,
        CHANCE,
    ),
    "within": (
        SAME,
        "One week resembles the next: an association before or after may be an echo; it does not say what comes first.",
        "A student's mean holds the weeks asked about too: what is there shows elsewhere, weakly, with the other sign.",
        TEACHING,
        CHANCE,
    ),
}


def window_findings(ground: Ground) -> Iterator[Finding]:
    """The registered associations with the window of activity placed elsewhere in time, and the longest lead.

    Yields
    ------
    Finding
        ``validation.windows.HYPOTHESIS`` for each hypothesis of an association, and ``validation.lead_time``;
        none where no ``lags`` are asked.
    """
    if not ground.asked.lags:
        return
    yield from (_finding(ground, claim) for claim in ground.associations)
    yield lead_finding(ground)


@dataclass(frozen=True)
class _Timed:
    """Weeks asked, scores and activity of a hypothesis, from which panels at any place in time are made."""

    ground: Ground
    claim: Hypothesis
    weekly: pd.DataFrame
    scores: pd.DataFrame

    def means(self, place: Place) -> np.ndarray:
        return place.means(self.weekly, self.scores.columns.to_numpy())

    @cached_property
    def asked(self) -> np.ndarray:
        """Cells, (units, weeks asked), of a presentation in which anybody answered in that week."""
        answered = self.scores.notna().groupby(self.ground.units["presentation"]).transform("any")
        return answered.to_numpy(dtype=bool)

    def panel(self, x: np.ndarray, seen: np.ndarray) -> Panel:
        """Cells that are seen, (units, weeks asked), with this mean as the indicator."""
        unit, week = np.nonzero(seen)
        units = self.ground.units
        student, group = (pd.factorize(units[name])[0][unit] for name in ("student_id", "group"))
        asked = self.scores.columns.to_numpy()[week]
        return Panel(student, unit, group, asked, x[seen], self.scores.to_numpy()[seen])

    def carries(self, seen: np.ndarray) -> bool:
        """Whether the cells hold answers of students enough, and for "within" two weeks of one of them."""
        answered = (seen & self.scores.notna().to_numpy()).any(axis=1)
        weeks = 2 if self.claim.kind == "within" else 1
        students = self.ground.units["student_id"][answered].nunique()
        return bool(students >= LEAST_STUDENTS and seen.sum(axis=1).max() >= weeks)

    def rows(self, places: Mapping[str, Place]) -> list[Row]:
        """One row a place, over the cells in which all of them were observed."""
        means = {what: self.means(place) for what, place in places.items()}
        seen = self.asked & ~np.isnan(sum(means.values()))
        return [self.row(what, x, seen) for what, x in means.items()]

    def row(self, what: str, x: np.ndarray, seen: np.ndarray) -> Row:
        panel = self.panel(x, seen)
        if panel.students < LEAST_STUDENTS:
            return Row({"what": what}, None, "not analysed", FEW)
        fit = associations(panel)
        if self.claim.kind in fit.reasons:
            return Row({"what": what}, None, "not analysed", fit.reasons[self.claim.kind])
        return Row({"what": what}, fit.of(self.claim.kind).estimate(UNIT, METHOD, self.ground.asked.level))


def _finding(ground: Ground, claim: Hypothesis) -> Finding:
    name, instrument = f"validation.windows.{slug(claim.id)}", str(ground.protocol.outcome(claim.outcome).instrument)
    question = QUESTION.format(id=claim.id, instrument=instrument)
    if instrument not in ground.instruments:
        return not_analysed(name, question, NO_INSTRUMENT, hypothesis=claim.id)
    recall = QUESTIONNAIRES[instrument].recall_weeks
    timed = _Timed(ground, claim, ground.weekly(str(claim.indicator)), ground.scores(instrument))
    rows = timed.rows({DURING: Place(0, recall)})
    if ground.asked.window_weeks != recall:
        rows += timed.rows({"in the registered window": Place(0, ground.asked.window_weeks)})
    for side in ("before", "after"):
        rows += _beside(timed, side, recall)
    if rows[0].estimate is None:
        return not_analysed(name, question, str(rows[0].reason), rows=tuple(rows), hypothesis=claim.id)
    held = _aligned(ground.asked.window_weeks, recall, instrument)
    return Finding(
        name, question, "described", rows[0].estimate, tuple(rows), (held,), LIMITATIONS[claim.kind], claim.id
    )


def _beside(timed: _Timed, side: Side, recall: int) -> Iterator[Row]:
    """The window at every lag of one side, and in the weeks asked about, over the same cells.

    A lag at which too few cells would be left for all of them is given up, and says so.
    """
    during = Place(0, recall)
    places, given_up = {f"{DURING}, same cells as those {side}": during}, []
    seen = timed.asked & ~np.isnan(timed.means(during))
    for lag in sorted(timed.ground.asked.lags):
        place = Place.of(side, lag, recall)
        both = seen & ~np.isnan(timed.means(place))
        if timed.carries(both):
            places[placed(side, lag)], seen = place, both
        else:
            given_up.append(Row({"what": placed(side, lag)}, None, "not analysed", OUTSIDE))
    if len(places) > 1:
        yield from timed.rows(places)
    yield from given_up


def _aligned(window: int, recall: int, instrument: str) -> Assumption:
    words = {0: "the same weeks", 1: "it reaches back beyond them", -1: "it leaves out some of them"}
    said = f"it is {window} weeks long and ends with the questionnaire's own; {instrument} asks about the last {recall}"
    statement = "The registered window is the weeks that the questionnaire asks about"
    return Assumption(statement, window == recall, f"{said}: {words[int(np.sign(window - recall))]}")
