"""Whether a week of a student was seen at all, and if not, why, in the student's words."""

from __future__ import annotations

from collections.abc import Sequence

from la_research.explanation.trace.record import Record
from la_research.protocol import IndicatorSettings, Protocol
from la_research.schema import ACTIVITY_SOURCES

NOT_REGISTERED = "You were not registered at the end of this week."
NO_SOURCE = "No source that concerns you was recorded on this module."
FEED_GAP = "A source was not recorded on all days of this week."
PART_WEEK = "You registered after this week had begun."


def counted(protocol: Protocol, settings: IndicatorSettings) -> tuple[str, ...]:
    """The sources that an indicator of activity counts."""
    asked = settings.sources or ACTIVITY_SOURCES
    return tuple(source for source in asked if source in ACTIVITY_SOURCES and source in protocol.sources)


def unseen(record: Record, sources: Sequence[str], week: int, *, whole_weeks: bool = True) -> str:
    """Why a week was not seen in these sources; "" where it was.

    Parameters
    ----------
    whole_weeks
        Whether the week in which a student registered counts as not seen.
    """
    if week not in record.registered:
        return NOT_REGISTERED
    first, last = record.weeks[week]
    days = [record.feeds[source] for source in sources if source in record.feeds]
    if not days:
        return NO_SOURCE
    if any(since > first or until < last for since, until in days):
        return FEED_GAP
    start = record.enrolment["start"]
    return PART_WEEK if whole_weeks and start is not None and start > first else ""


def seen_weeks(record: Record, sources: Sequence[str], week: int) -> list[int]:
    """The weeks up to this one that were seen, rising."""
    return [one for one in record.registered if one <= week and not unseen(record, sources, one)]
