"""What the record says of hand-ins and of the registration, worked out on paper."""

from __future__ import annotations

from la_research.explanation.trace.desk import Desk, Line
from la_research.explanation.trace.record import Record, Row
from la_research.explanation.trace.seen import NOT_REGISTERED, unseen
from la_research.explanation.trace.steps import mean_of, term
from la_research.protocol import IndicatorSettings

NOTHING_DUE = "No work was due yet."
NOT_RECORDED = "This was not recorded for you."


def late_or_missing(desk: Desk, settings: IndicatorSettings, record: Record, week: int) -> list[Line]:
    """One for each work that was late or missing, divided by the number of works due so far."""
    sources = tuple(source for source in ("assessments",) if source in desk.protocol.sources)
    if reason := unseen(record, sources, week, whole_weeks=False):
        return [Line("", None, "share", reason)]
    start, until = record.enrolment["start"], record.weeks[week][1]
    due = [row for row in record.assessments if row["due_day"] is not None and row["due_day"] <= until]
    due = [row for row in due if start is None or row["due_day"] >= start]
    if not due:
        return [Line("", None, "share", NOTHING_DUE)]
    ones = [int(row["submitted_day"] is None or row["submitted_day"] > row["due_day"]) for row in due]
    what = f"1 for late or missing work, else 0: {', '.join(map(_told, due))}"
    return [Line(mean_of(ones), sum(ones) / len(ones), "share", what=what)]


def _told(row: Row) -> str:
    handed_in = "not in" if row["submitted_day"] is None else f"in on day {row['submitted_day']}"
    return f"{row['assessment_id']} due on day {row['due_day']}, {handed_in}"


def registration_lead(desk: Desk, settings: IndicatorSettings, record: Record, week: int) -> list[Line]:
    """The first day of term less the day of registration."""
    start = record.enrolment["start"]
    if reason := _missing(record, week, start):
        return [Line("", None, "days", reason)]
    return [Line(f"1 - {term(start)}", 1 - start, "days", what="day 1 less the day you registered")]


def study_load(desk: Desk, settings: IndicatorSettings, record: Record, week: int) -> list[Line]:
    """Credits, as recorded."""
    return [_taken(record, week, "credits", "credits")]


def previous_attempts(desk: Desk, settings: IndicatorSettings, record: Record, week: int) -> list[Line]:
    """Earlier attempts, as recorded."""
    return [_taken(record, week, "previous_attempts", "attempts")]


def _taken(record: Record, week: int, column: str, unit: str) -> Line:
    held = record.enrolment[column]
    if reason := _missing(record, week, held):
        return Line("", None, unit, reason)
    return Line("", held, unit, what="as it was recorded")


def _missing(record: Record, week: int, held: int | None) -> str:
    if week not in record.registered:
        return NOT_REGISTERED
    return NOT_RECORDED if held is None else ""
