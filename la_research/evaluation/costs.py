"""What the support asks of students and staff: uptake, minutes, staff hours for each student helped, and the queue."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.evaluation.ground import Ground
from la_research.evaluation.shares import few, share_row, told_beside
from la_research.finding import Estimate, Finding, Key, Row, not_analysed
from la_research.protocol.analysis import Step
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.intervals import mean_interval

Floats = npt.NDArray[np.float64]
Minutes = Mapping[Step, float]
HELPED = ("talked", "agreed")
NO_LOG = "the log holds contacts of fewer than {minimum} students"
ASSUMED = "Minutes of a step are what the protocol says, not what was timed."
NOT_EFFECT = (
    "A student who talked, or agreed to something, need not have been helped by it; the effect is told elsewhere."
)


def costs_findings(ground: Ground) -> list[Finding]:
    """Uptake, hours and the queue of contacts, where ``support.costs`` or ``support.path`` is registered.

    ``evaluation.uptake`` (shares of students contacted who opened and talked; minutes asked of a student and of staff),
    ``evaluation.costs`` (staff hours for each student contacted, and for each who talked or agreed) and
    ``evaluation.queue`` (hours needed by week, and hours that wait at its end).
    """
    path, costs = ground.support.path, ground.support.costs
    found = []
    if path is not None or costs is not None:
        found.append(_uptake(ground))
    if costs is not None and costs.minutes:
        found.append(_hours(ground, costs.minutes))
        if costs.weekly_hours is not None:
            found.append(_queue(ground, costs.minutes, costs.weekly_hours))
    return found


def _log(ground: Ground) -> pd.DataFrame:
    """Steps of the students contacted: one row a student, step and rule."""
    return ground.contacts.drop_duplicates(["student_id", "presentation", "rule", "step"])


def _minutes(log: pd.DataFrame, minutes: Minutes) -> pd.Series:
    """Minutes that all steps of each student took."""
    return log["step"].map(dict(minutes)).fillna(0.0).groupby(log["student_id"]).sum()


def _uptake(ground: Ground) -> Finding:
    path, costs = ground.support.path, ground.support.costs
    name, question, log = (
        "evaluation.uptake",
        "How many take the contact up, and what does it ask of them?",
        _log(ground),
    )
    n = int(log["student_id"].nunique())
    if n < ground.minimum:
        return not_analysed(name, question, NO_LOG.format(minimum=ground.minimum))
    steps = ("opened", "talked")
    reached = [int(log.loc[log["step"] == step, "student_id"].nunique()) for step in steps]
    rows = [
        share_row({"what": step}, part, n, ground.minimum) if told else _hidden({"what": step}, ground.minimum)
        for step, part, told in zip(steps, reached, told_beside([n, *reached], ground.minimum)[1:], strict=True)
    ]
    for who, asked in (("students", path), ("staff", costs)):
        if asked is not None and asked.minutes:
            mean = mean_interval(_minutes(log, asked.minutes).to_numpy(dtype=float))
            rows.append(Row({"what": f"minutes of {who}"}, Estimate(*mean, 0.95, "minutes", n, "mean-t")))
    return Finding(name, question, "described", rows[0].estimate, tuple(rows), limitations=(ASSUMED,))


def _hours(ground: Ground, minutes: Minutes) -> Finding:
    name, question, log = "evaluation.costs", "How many staff hours does a contact take?", _log(ground)
    hours = _minutes(log, minutes) / 60
    if len(hours) < ground.minimum:
        return not_analysed(name, question, NO_LOG.format(minimum=ground.minimum))
    each = Estimate(*mean_interval(hours.to_numpy(dtype=float)), 0.95, "hours", len(hours), "mean-t")
    helped = {step: hours.index.isin(log.loc[log["step"] == step, "student_id"]) for step in ("opened", *HELPED)}
    told = told_beside([len(hours), *(int(those.sum()) for those in helped.values())], ground.minimum)
    rows = []
    for (step, those), shown in list(zip(helped.items(), told[1:], strict=True))[1:]:
        keys = {"what": f"hours for each student who {step}"}
        if those.any() and shown:
            rows.append(Row(keys, ratio(hours.to_numpy(dtype=float), those).estimate("hours", "ratio-t", 0.95)))
        else:
            rows.append(_hidden(keys, ground.minimum))
    return Finding(name, question, "described", each, tuple(rows), limitations=(ASSUMED, NOT_EFFECT))


def _hidden(keys: Mapping[str, Key], minimum: int) -> Row:
    return Row(keys, None, "suppressed", few(minimum))


def ratio(hours: Floats, helped: npt.NDArray[np.bool_]) -> Coefficient:
    """All hours over the number helped, its error by linearisation.

    References
    ----------
    Cochran (1977), Sampling Techniques, section 6.4.

    Examples
    --------
    >>> found = ratio(np.array([1.0, 1.0, 2.0, 2.0]), np.array([True, False, True, True]))
    >>> found.value, round(found.se, 3)
    (2.0, 0.544)
    """
    n, value = len(hours), float(hours.sum() / helped.sum())
    left = hours - value * helped
    error = float(np.sqrt(n / (n - 1) * (left @ left))) / float(helped.sum())
    return Coefficient(value, error, n - 1, n)


def _queue(ground: Ground, minutes: Minutes, capacity: float) -> Finding:
    """Hours needed by week beside what a week holds; what does not fit waits, first in first out."""
    name, question = "evaluation.queue", "Can staff keep up, week by week?"
    sentence = f"A week holds {capacity:g} hours; waiting is what is left at the end of a week. {ASSUMED}"
    log = _log(ground)
    log = log.assign(hours=log["step"].map(dict(minutes)).fillna(0.0) / 60, week=_weeks(ground, log))
    log = log[log["hours"] > 0].dropna(subset="week")
    if log["student_id"].nunique() < ground.minimum:
        return not_analysed(name, question, NO_LOG.format(minimum=ground.minimum))
    needed, students = log.groupby("week")["hours"].sum(), log.groupby("week")["student_id"].nunique()
    hidden = _hidden_weeks(students, ground.minimum)
    rows: list[Row] = []
    waits, longest, everyone, lost = 0.0, 0.0, int(log["student_id"].nunique()), False
    for week in range(int(needed.index.min()), ground.protocol.calendar.weeks + 1):
        hours, n = float(needed.get(week, 0.0)), int(students.get(week, 0))
        waits = max(0.0, waits + hours - capacity)
        longest = max(longest, waits)
        lost = week in hidden or (lost and waits > 0)
        if n:
            keys: dict[str, Key] = {"what": "needed", "week": week}
            rows.append(_hidden(keys, ground.minimum) if week in hidden else Row(keys, _sum(hours, n)))
        keys = {"what": "waiting", "week": week}
        rows.append(_hidden(keys, ground.minimum) if lost else Row(keys, _sum(waits, n or everyone)))
    if any(row.estimate is None for row in rows) and longest > 0:
        return Finding(name, question, "described", None, tuple(rows), limitations=(sentence,))
    most = Estimate(longest, None, None, None, "hours", everyone, "first-in-first-out")
    return Finding(name, question, "described", most, tuple(rows), limitations=(sentence,))


def _hidden_weeks(students: pd.Series, minimum: int) -> set[int]:
    """Weeks of few students; of one alone the next smallest too, as all hours less the others would tell it."""
    order = students.sort_values(kind="stable").index.tolist()
    small = int((students < minimum).sum())
    return set(order[: small + (small == 1)])


def _sum(hours: float, n: int) -> Estimate:
    return Estimate(hours, None, None, None, "hours", n, "sum")


def _weeks(ground: Ground, log: pd.DataFrame) -> pd.Series:
    """Teaching week of each step's day; a day of a break counts to the week before."""
    calendar = ground.cohort.frame("calendar").dropna(subset="week")
    starts = calendar.groupby(["presentation", "week"])["day"].min().rename("first_day").reset_index()
    days = log[["presentation", "at"]].reset_index().sort_values("at", kind="stable")
    found = pd.merge_asof(days, starts.sort_values("first_day"), left_on="at", right_on="first_day", by="presentation")
    return found.set_index("index")["week"].reindex(log.index)
