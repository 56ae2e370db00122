"""How much and how regularly a student was active, worked out on paper."""

from __future__ import annotations

from la_research.explanation.trace.desk import Desk, Line
from la_research.explanation.trace.record import Record
from la_research.explanation.trace.seen import counted, seen_weeks, unseen
from la_research.explanation.trace.steps import added, mean_of
from la_research.indicators.engagement import MINIMUM_DAYS, MINIMUM_WEEKS, WINDOW_WEEKS
from la_research.protocol import IndicatorSettings

SHORT = f"Fewer than {MINIMUM_WEEKS} of your weeks were seen so far."


def weekly_activity(desk: Desk, settings: IndicatorSettings, record: Record, week: int) -> list[Line]:
    """The counts of all sources, added."""
    unit, sources = "actions a week", counted(desk.protocol, settings)
    if reason := unseen(record, sources, week):
        return [Line("", None, unit, reason)]
    actions = record.actions(sources, week)
    return [Line(added(actions), sum(actions), unit, what="actions of each source, added")]


def active_days(desk: Desk, settings: IndicatorSettings, record: Record, week: int) -> list[Line]:
    """The largest number of days of one source."""
    unit, sources = "days a week", counted(desk.protocol, settings)
    if reason := unseen(record, sources, week):
        return [Line("", None, unit, reason)]
    days = _days(record, sources, week)
    text = f"max({', '.join(map(str, days))})" if len(days) > 1 else added(days)
    return [Line(text, max(days, default=0), unit, what="days of the source with the most")]


def regularity(desk: Desk, settings: IndicatorSettings, record: Record, week: int) -> list[Line]:
    """One for each of the last seen weeks with enough days, divided by the number of these weeks."""
    unit, sources = "share", counted(desk.protocol, settings)
    if reason := unseen(record, sources, week):
        return [Line("", None, unit, reason)]
    weeks = seen_weeks(record, sources, week)[-(settings.window_weeks or WINDOW_WEEKS) :]
    if len(weeks) < MINIMUM_WEEKS:
        return [Line("", None, unit, SHORT)]
    enough = settings.minimum_days or MINIMUM_DAYS
    days = [max(_days(record, sources, one), default=0) for one in weeks]
    ones = [int(one >= enough) for one in days]
    told = ", ".join(f"week {one} had {n}" for one, n in zip(weeks, days, strict=True))
    what = f"1 for a week with {enough} days or more, else 0: {told}"
    return [Line(mean_of(ones), sum(ones) / len(ones), unit, what=what)]


def _days(record: Record, sources: tuple[str, ...], week: int) -> list[int]:
    return [row["active_days"] for row in record.rows(sources, week)]
