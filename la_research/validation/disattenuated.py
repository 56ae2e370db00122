"""The registered associations beside what they would be without the errors of measurement of either side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from la_research.finding import Assumption, Estimate, Finding, Row, not_analysed
from la_research.protocol import QUESTIONNAIRES, Hypothesis
from la_research.statistics.association import associations
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.correlation import residuals
from la_research.statistics.intervals import Floats
from la_research.statistics.psychometrics.unfit import Unfit, checked
from la_research.statistics.stability import (
    Reliability,
    alpha_by_student,
    correlation_by_student,
    disattenuated,
    split_half,
)
from la_research.statistics.weeks import less_calendar
from la_research.validation.apart import SHARED, apart
from la_research.validation.ground import Ground, slug
from la_research.validation.place import Place
from la_research.validation.validity import LEAST_STUDENTS, METHOD, NO_INSTRUMENT, UNIT

QUESTION = "How strong would the association of {id} be if {indicator} and {instrument} were measured without error?"
FIELLER = "spearman-1904-fieller"
NO_PARTS = "the indicator has one part only, or its parts do not vary"
NO_CHANGE = "the parts of the questionnaire do not vary within students"
UNKNOWN = "it is not known how reliable a side is"
PARTS = {
    "between": "the indicator's parts are odd and even weeks of the term, by Spearman and Brown",
    "within": "the indicator's parts are the weeks of a window, each less the student's own mean, by alpha",
}
LIMITATIONS = (
    "The observed association is the registered answer; a corrected one is never evidence that there is any.",
    "It supposes that errors of measurement go together with nothing, not even with one another.",
    "Where a busy week moves that week's answers too, what was taken for error is none: the correction is too strong.",
    "It does not hold for any instrument that a university could use: no measure is free of error.",
)


def disattenuated_findings(ground: Ground) -> Iterator[Finding]:
    """Each registered association, observed and corrected for unreliability by Spearman's formula.

    Between students the indicator's reliability is that of its mean over the weeks used, from every other week
    against those between; within a student that of a window's departure from the student's mean, from the weeks of
    the window. The questionnaire's is alpha of its items in one week, as registered slopes are in standard
    deviations of one week's score. Changes within a student are measured less reliably, and have rows of
    their own: the correlation of changes, by alpha of the items' departures from the student's own mean.

    Yields
    ------
    Finding
        ``validation.disattenuated.HYPOTHESIS``, headline corrected for both; "not analysed" where a reliability may
        be zero, where the indicator's weeks share their windows, or where a corrected association would be over 1,
        with the rows that there are.
    """
    yield from (_finding(_Measures(ground, claim)) for claim in ground.associations)


@dataclass(frozen=True)
class _Measures:
    """What the two sides of a hypothesis are made of: items by unit and week asked, and weeks of its windows."""

    ground: Ground
    claim: Hypothesis

    @property
    def instrument(self) -> str:
        return str(self.ground.protocol.outcome(self.claim.outcome).instrument)

    @cached_property
    def items(self) -> pd.DataFrame:
        """Answers of the questionnaires that were answered in full: unit_id and week (index) by item."""
        rows = self.ground.cohort.frame("responses").loc[lambda r: r["instrument"] == self.instrument]
        rows = rows[rows["item"] <= QUESTIONNAIRES[self.instrument].items]
        units = self.ground.units.reset_index()[["unit_id", "student_id", "presentation"]]
        rows = rows.merge(units, on=["student_id", "presentation"])
        wide = rows.pivot_table(index=["unit_id", "week"], columns="item", values="value")
        return wide.reindex(columns=range(1, QUESTIONNAIRES[self.instrument].items + 1)).dropna().astype(float)

    @cached_property
    def windows(self) -> pd.DataFrame:
        """The weeks of each window on their logarithmic scale: unit_id and week asked (index) by place in it."""
        weekly, length = self.ground.weekly(str(self.claim.indicator)), self.ground.asked.window_weeks
        weeks = self.ground.scores(self.instrument).columns.to_numpy(dtype=int)
        asked = weeks[weeks >= length]
        parts = Place(0, length).logs(weekly, asked).reshape(-1, length)
        cells = pd.MultiIndex.from_product([weekly.index, asked], names=["unit_id", "week"])
        return pd.DataFrame(parts, cells).dropna()

    def alpha(self, parts: pd.DataFrame, *, within: bool) -> Reliability | None:
        """Alpha of parts less the mean of their module and week, and within less that of the student too."""
        left, student = self.compared(parts, within=within)
        return alpha_by_student(left, student)

    def compared(self, rows: pd.DataFrame, *, within: bool) -> tuple[Floats, np.ndarray]:
        """Columns less the mean of their module and week, within also of the unit; and whose rows they are."""
        unit, week = rows.index.get_level_values("unit_id"), rows.index.get_level_values("week")
        facts = self.ground.units.loc[unit]
        calendar = pd.factorize(facts["group"])[0] * (week.max() + 1) + week
        left, student = residuals(rows.to_numpy(), None, calendar)[0], facts["student_id"].to_numpy()
        if not within:
            return left, student
        several = unit.duplicated(keep=False)
        return residuals(left[several], None, unit[several].factorize()[0])[0], student[several]

    @cached_property
    def indicator(self) -> Reliability | None:
        """Of what the hypothesis compares: the mean of the weeks used, or a window's departure from it.

        None where weeks are not measured apart, as their errors are shared.
        """
        if not apart(str(self.claim.indicator)).holds:
            return None
        if self.claim.kind == "within":
            return self.alpha(self.windows, within=True)
        length, units = self.ground.asked.window_weeks, self.ground.units
        asked = self.windows.index.get_level_values("week").unique()
        used = sorted({week - back for week in asked for back in range(length)})
        weekly = self.ground.weekly(str(self.claim.indicator)).reindex(columns=used)
        values = less_calendar(weekly, units["group"])
        return split_half(values, units["group"].to_numpy(), units["student_id"].to_numpy())

    def questionnaire(self, *, within: bool) -> tuple[Reliability | None, str]:
        """Alpha of one week's answers, or of their changes; and why there is none."""
        try:
            checked(self.items.to_numpy())
        except Unfit as unfit:
            return None, str(unfit)
        return self.alpha(self.items, within=within), NO_CHANGE

    def changes(self) -> Coefficient | None:
        """Correlation of changes in both, over answered weeks, within students."""
        both = pd.DataFrame({"x": self.windows.mean(axis=1), "y": self.items.sum(axis=1)}).dropna()
        left, student = self.compared(both, within=False)
        unit = both.index.get_level_values("unit_id")
        several = unit.duplicated(keep=False)
        x, y = left[several].T
        found = correlation_by_student(x, y, unit[several].factorize()[0], student[several])
        if found is None:
            return None
        return Coefficient(found.value, (1 - found.value**2) * found.error, max(found.n - 1, 1), found.n)


def _finding(both: _Measures) -> Finding:
    claim, name = both.claim, f"validation.disattenuated.{slug(both.claim.id)}"
    indicator = f"'{str(claim.indicator).replace('_', ' ')}'"
    question = QUESTION.format(id=claim.id, indicator=indicator, instrument=both.instrument)
    slope = _slope(both)
    if isinstance(slope, str):
        return not_analysed(name, question, slope, hypothesis=claim.id)
    level = both.ground.asked.level
    score, reason = both.questionnaire(within=False)
    weeks = apart(str(claim.indicator))
    known = (
        _reliability("the indicator", both.indicator, level, NO_PARTS if weeks.holds else SHARED),
        _reliability("the questionnaire", score, level, reason),
    )
    rows = [
        Row({"what": "observed"}, slope.estimate(UNIT, METHOD, level)),
        corrected("corrected for the indicator", slope, (both.indicator,), UNIT, level),
        corrected("corrected for the questionnaire", slope, (score,), UNIT, level),
        corrected("corrected for both", slope, (both.indicator, score), UNIT, level),
        *known,
    ]
    if claim.kind == "within":
        rows += _of_changes(both, level)
    headline = rows[3].estimate
    if headline is None:
        why = "; ".join(dict.fromkeys(str(row.reason) for row in known if row.reason)) or str(rows[3].reason)
        return Finding(name, question, "not analysed", None, tuple(rows), (weeks,), LIMITATIONS, claim.id, reason=why)
    held = Assumption("The parts of a measure err apart from one another", None, PARTS[claim.kind])
    return Finding(name, question, "described", headline, tuple(rows), (weeks, held), LIMITATIONS, claim.id)


def _slope(both: _Measures) -> Coefficient | str:
    """The registered slope, or why there is none."""
    if both.instrument not in both.ground.instruments:
        return NO_INSTRUMENT
    panel = both.ground.panel(both.claim)
    if panel.students < LEAST_STUDENTS:
        return f"fewer than {LEAST_STUDENTS} students answered {both.instrument}"
    fit = associations(panel)
    return fit.reasons[both.claim.kind] if both.claim.kind in fit.reasons else fit.of(both.claim.kind)


def _of_changes(both: _Measures, level: float) -> Iterator[Row]:
    """Changes within a student in both: their reliability in the questionnaire, and their correlation."""
    change, reason = both.questionnaire(within=True)
    yield _reliability("change in the questionnaire", change, level, reason)
    found, what = both.changes(), "correlation of changes"
    if found is None:
        yield Row({"what": f"{what}, observed"}, None, "not analysed", NO_CHANGE)
        return
    yield Row({"what": f"{what}, observed"}, found.estimate("correlation", "pearson-by-student", level))
    yield corrected(f"{what}, corrected for both", found, (both.indicator, change), "correlation", level)


def corrected(what: str, found: Coefficient, sides: tuple[Reliability | None, ...], unit: str, level: float) -> Row:
    """A slope freed of the errors of sides whose reliability is known; "not analysed" where one may be zero."""
    known = [side for side in sides if side is not None]
    freed = disattenuated(found, *known, level=level) if len(known) == len(sides) else UNKNOWN
    if isinstance(freed, str):
        return Row({"what": what}, None, "not analysed", freed)
    return Row({"what": what}, Estimate(*freed, level, unit, found.n, FIELLER))


def _reliability(of: str, found: Reliability | None, level: float, reason: str) -> Row:
    keys = {"what": f"reliability of {of}"}
    if found is None:
        return Row(keys, None, "not analysed", reason)
    return Row(keys, found.estimate("reliability", "by-student", level))
