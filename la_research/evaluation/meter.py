"""The regression-to-the-mean meter: what those chosen in a low week would have gained with no help at all."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.evaluation.ground import Ground
from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.protocol.support import Meter
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.intervals import mean_interval
from la_research.statistics.regression_to_mean import Looks, gain_by_earlier_weeks, gain_by_process
from la_research.statistics.weeks import by_week

QUESTION = "How much would students chosen in a low week have recovered with no help at all?"
LIMITATIONS = (
    "The change of students who were contacted is never read as an effect: most of it, or all, comes of itself.",
    "It is an expectation for students chosen so, from weeks in which nobody had been contacted.",
)
BY = {"weeks": "the same rule in earlier weeks", "process": "a process fitted to earlier weeks"}


def meter_findings(ground: Ground) -> list[Finding]:
    """``evaluation.meter`` where the rule is registered: the rise to be expected with no effect, beside the rise seen.

    In standard deviations of ``support.change_of`` (log scale) over all students in the week of the first look.
    The rule is tried in earlier weeks; where none is early enough, a process is fitted to the weeks before.
    """
    asked = ground.support.meter
    if asked is None:
        return []
    looks, contacted = _contacted(ground)
    if not looks:
        return [not_analysed("evaluation.meter", QUESTION, "the record holds no contact of a student of the study")]
    values = _whole(ground.weekly(ground.support.change_of))
    rule = Looks(values, _read(ground, asked, values.shape[1]), looks, asked.below)
    then = values[:, looks[0] - 1]
    sd = 0.0 if np.isnan(then).all() else float(np.nanstd(then))
    if sd == 0:
        return [not_analysed("evaluation.meter", QUESTION, "the indicator does not vary in the week of the first look")]
    found, by = _expected(rule, asked, ground)
    if found is None:
        reason = "too few weeks lie before the first look, or too few students would have been chosen in them"
        return [not_analysed("evaluation.meter", QUESTION, reason)]
    expected = Coefficient(found.value / sd, found.se / sd, found.df, found.n).estimate("SD", f"meter-{by}", 0.95)
    rows = [Row({"what": "expected with no help", "by": BY[by]}, expected), *_seen(rule, contacted, sd)]
    return [Finding("evaluation.meter", QUESTION, "described", expected, tuple(rows), limitations=LIMITATIONS)]


def _expected(rule: Looks, asked: Meter, ground: Ground) -> tuple[Coefficient | None, str]:
    found = gain_by_earlier_weeks(rule, ground.rng("meter"), asked.weeks)
    if found is not None:
        return found, "weeks"
    return gain_by_process(rule, ground.rng("meter process")), "process"


def _contacted(ground: Ground) -> tuple[tuple[int, ...], npt.NDArray[np.int64]]:
    """The weeks of the looks, and that of each student's contact, 0 where there was none."""
    log = ground.contacts
    days = ground.cohort.frame("calendar").dropna(subset="week")[["presentation", "day", "week"]]
    sent = log[log["step"] == "suggested"].merge(days, left_on=["presentation", "at"], right_on=["presentation", "day"])
    week = sent.groupby("student_id")["week"].min().reindex(ground.students.index).fillna(0).to_numpy(dtype=np.int64)
    drawn = ground.assignments["week"] if len(ground.assignments) else pd.Series(week[week > 0])
    return tuple(sorted({int(one) for one in drawn})), week


def _read(ground: Ground, asked: Meter, weeks: int) -> npt.NDArray[np.float64]:
    wide = by_week(ground.indicators(asked.indicator), asked.indicator)
    student = ground.enrolments.drop_duplicates("unit_id").set_index("unit_id")["student_id"]
    held = wide.groupby(student.reindex(wide.index).to_numpy()).min().reindex(ground.students.index)
    return _whole(held)[:, :weeks]


def _whole(wide: pd.DataFrame) -> npt.NDArray[np.float64]:
    """A table whose columns are the weeks from 1 on."""
    return wide.reindex(columns=range(1, int(max(wide.columns)) + 1)).to_numpy(dtype=float)


def _seen(rule: Looks, contacted: npt.NDArray[np.int64], sd: float) -> list[Row]:
    """The change that was seen: of those contacted, and of those chosen whom nobody contacted."""
    rows = []
    for what, inside in (("seen in those contacted", True), ("seen in those chosen and not contacted", False)):
        parts = []
        for number, look in enumerate(rule.looks):
            chosen = contacted == look if inside else rule.chosen(number)[0] & (contacted == 0)
            parts.append(rule.change(look)[chosen] / sd)
        change = np.concatenate(parts)
        n = int((~np.isnan(change)).sum())
        if n >= 2:
            rows.append(Row({"what": what}, Estimate(*mean_interval(change), 0.95, "SD", n, "mean-t")))
    return rows
