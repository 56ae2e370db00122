"""What is not in the data about one student, and what the model can not know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from la_research.cohort import Cohort
from la_research.cohort.flow import eligible
from la_research.explanation.trace.desk import Desk
from la_research.explanation.trace.record import Record
from la_research.explanation.trace.seen import NOT_REGISTERED, PART_WEEK, counted, unseen
from la_research.protocol import IndicatorSettings, Protocol
from la_research.schema import SOURCES

NAMES = {
    "vle": "course pages",
    "library": "the library",
    "lecture_capture": "recorded lectures",
    "quizzes": "practice quizzes",
    "attendance": "classes",
    "assessments": "work handed in",
    "placement": "placements",
    "careers": "the careers service",
    "union": "the union",
    "volunteering": "volunteering",
}
"""What students call a source."""
ALWAYS = (
    "No reason for a quiet week or a missed class is in the data.",
    "Study on paper, or with friends, leaves no trace here.",
    "Weeks of illness, more paid work or care for others are not in the data.",
    "How you feel can not be read from these numbers.",
)
"""True of everybody."""


def unknown_of(
    protocol: Protocol, cohort: Cohort, unit_id: str, *, units: pd.DataFrame | None = None
) -> tuple[str, ...]:
    """Plain sentences on what the study does not know of a student, up to the index week.

    Parameters
    ----------
    unit_id
        A student or an enrolment, as the protocol counts them. Of one that is not in the study nothing is said.
    units
        Who is in the study, as ``eligible`` returns it, where that was worked out before.

    Returns
    -------
    tuple of str
        Sources that were not recorded or do not concern the student, weeks that were not seen, sources that the study
        does not look at, and what no source can hold.

    Examples
    --------
    >>> import la_research as lar
    >>> protocol, cohort = lar.load_protocol("protocols/early-engagement"), lar.load_cohort("synthetic/handmade")
    >>> print(*unknown_of(protocol, cohort, "online_only_a")[:2], sep="\\n")
    Classes do not concern you, so they are not counted.
    No record of the library, recorded lectures or practice quizzes was kept.
    """
    desk = Desk(protocol, cohort, eligible(protocol, cohort) if units is None else units, unit_id)
    if not desk.own:
        return ()
    said = []
    for record in desk.own:
        where = f"{record.module}: " if len(desk.own) > 1 else ""
        said += [where + sentence for sentence in (*_sources(protocol, record), *_weeks(protocol, record))]
    others = [NAMES[source] for source in SOURCES if source not in protocol.sources]
    if others:
        said.append(f"The study does not look at {_listed(others, 'or')}.")
    return (*said, *ALWAYS)


def _sources(protocol: Protocol, record: Record) -> Iterator[str]:
    free = [NAMES[source] for source in protocol.sources if source in record.exempt]
    if free:
        one = len(free) == 1 and not free[0].endswith("s")
        rest = "does not concern you, so it is" if one else "do not concern you, so they are"
        told = _listed(free, "and")
        yield f"{told[0].upper()}{told[1:]} {rest} not counted."
    absent = [s for s in protocol.sources if s not in record.exempt and s not in record.feeds]
    if absent:
        yield f"No record of {_listed([NAMES[source] for source in absent], 'or')} was kept."


def _weeks(protocol: Protocol, record: Record) -> Iterator[str]:
    weeks = [week for week in record.weeks if week <= protocol.population.index_week]
    sources = counted(protocol, IndicatorSettings())
    why: dict[str, list[int]] = {}
    for week in weeks:
        if reason := unseen(record, sources, week):
            why.setdefault(reason, []).append(week)
    for reason, held in why.items():
        told = f"{'Week' if len(held) == 1 else 'Weeks'} {_listed([str(week) for week in held], 'and')}"
        were = "was" if len(held) == 1 else "were"
        if reason == NOT_REGISTERED:
            yield f"{told} {were} before or after your time on the module."
        elif reason == PART_WEEK:
            yield f"{told} {were} left out, as you joined in the middle."
        else:
            yield f"What you did online in {told.lower()} was not seen in full."


def _listed(names: Sequence[str], last: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"
