"""Every shipped indicator worked out on paper, by id, and a student's lines over all modules."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import replace

from la_research.explanation.trace import engagement, relative, submissions
from la_research.explanation.trace.desk import Desk, Line
from la_research.explanation.trace.record import Record
from la_research.explanation.trace.seen import NOT_REGISTERED
from la_research.explanation.trace.steps import Step, mean_of
from la_research.indicators.registry import INDICATORS
from la_research.protocol import IndicatorSettings

NOT_IN = "This work was not handed in."
TRACED: dict[str, Callable[[Desk, IndicatorSettings, Record, int], list[Line]]] = {
    "weekly_activity": engagement.weekly_activity,
    "active_days": engagement.active_days,
    "regularity": engagement.regularity,
    "late_or_missing": submissions.late_or_missing,
    "registration_lead": submissions.registration_lead,
    "study_load": submissions.study_load,
    "previous_attempts": submissions.previous_attempts,
    "peer_share": relative.peer_share,
    "rag": relative.rag,
    "baseline_departure": relative.baseline_departure,
}
"""From the desk, the indicator's settings, a record and a week to lines, of which the last gives the value."""


def indicator_steps(desk: Desk, name: str, week: int) -> Iterator[Step]:
    """The lines of an indicator in a week; the mean over several modules is a line of its own."""
    inside = [record for record in desk.own if week in record.registered]
    if not inside:
        yield Step("indicator", name, week, "", None, INDICATORS[name].unit, NOT_REGISTERED)
        return
    ends = []
    for record in inside:
        lines = TRACED[name](desk, desk.protocol.indicators[name], record, week)
        ends.append(lines[-1])
        where = f"{record.module}: " if len(inside) > 1 else ""
        for line in lines:
            what = f"{where}{line.what}".removesuffix(": ")
            yield Step("indicator", name, week, line.arithmetic, line.value, line.unit, line.reason, what)
    if len(inside) > 1:
        values = [line.value for line in ends if line.value is not None]
        reason = "" if values else ends[0].reason
        mean = math.fsum(values) / len(values) if values else None
        text, unit = mean_of(values) if values else "", INDICATORS[name].unit
        yield Step("indicator", name, week, text, mean, unit, reason, "mean of your modules" if values else "")


def record_steps(desk: Desk, weeks: Iterable[int]) -> Iterator[Step]:
    """What was recorded of the student in these weeks, in the sources of the study; a silent week has no line.

    Of a source the actions, of classes those attended, of work the day it was handed in.
    """
    asked = list(weeks)
    for record in desk.own:
        where = f"{record.module}: " if len(desk.own) > 1 else ""
        for step in _recorded(desk.protocol.sources, record, [week for week in asked if week in record.weeks]):
            yield replace(step, what=where + step.what)


def _recorded(sources: Container[str], record: Record, weeks: list[int]) -> Iterator[Step]:
    for week in weeks:
        for row in record.activity.get(week, []):
            if row["source"] in sources:
                actions = "action" if row["count"] == 1 else "actions"
                days = f"{actions}, on {row['active_days']} {'day' if row['active_days'] == 1 else 'days'}"
                yield Step("record", row["source"], week, "", row["count"], actions, what=days)
        held = record.attendance.get(week)
        if held and "attendance" in sources:
            classes = "class" if held["attended"] == 1 else "classes"
            what = f"{classes} you came to, of {held['expected']}"
            yield Step("record", "attendance", week, "", held["attended"], classes, what=what)
    until = max((record.weeks[week][1] for week in weeks), default=0)
    for row in record.assessments if "assessments" in sources else ():
        if row["due_day"] is not None and row["due_day"] <= until:
            what = f"day you handed in {row['assessment_id']}, due on day {row['due_day']}"
            reason = NOT_IN if row["submitted_day"] is None else ""
            yield Step("record", "assessments", None, "", row["submitted_day"], "day", reason, what)
