"""What the registered model leans on, by aspect of study and by source of data: indicators told together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from la_research.explanation.attribution import shares, summed
from la_research.explanation.ground import Ground
from la_research.explanation.over_refits import SAME_ROWS, held_by, over_refits
from la_research.finding import Finding, Row, not_analysed
from la_research.indicators.registry import INDICATORS
from la_research.protocol import Protocol
from la_research.schema import ACTIVITY_SOURCES

QUESTION = "What does the model lean on, by aspect of study and by source of data?"
LIMITATIONS = (
    "Importance says what the model used, not what causes wellbeing.",
    "Where two indicators of a group pull a score in opposite ways, they cancel before the size is taken.",
    "An indicator that reads several sources counts under all their names at once; which of them mattered is not told.",
    f"{SAME_ROWS}; it is widened where the share itself lies outside.",
)


def grouped_findings(ground: Ground) -> Iterator[Finding]:
    """``explanation.grouped``: rows by ``aspect`` and rows by ``source``, the largest share first.

    A group's attribution of a row is the sum over its columns; its share is the mean absolute
    of that, over the sum of all groups. The shares of all aspects, and of all sources, sum to 1.
    n counts students.
    """
    name = ground.name("grouped")
    if ground.reason:
        yield not_analysed(name, QUESTION, ground.reason)
        return
    rows = (
        *_rows(ground, "aspect", ground.aspects),
        *_rows(ground, "source", sources(ground.protocol, ground.columns)),
    )
    sure = held_by(ground.protocol.explanation.refits)
    yield Finding(name, QUESTION, "described", rows=rows, limitations=(*LIMITATIONS, *sure))


def _rows(ground: Ground, key: str, groups: Sequence[str]) -> list[Row]:
    names, values = summed(ground.whole["interventional"].values, groups)
    refits = [shares(summed(each, groups)[1]) for each in ground.refits["interventional"]]
    found = shares(values)
    estimates = over_refits(found, refits, "share", ground.n)
    return [Row({key: names[i]}, estimates[i]) for i in np.argsort(-found, kind="stable")]


def sources(protocol: Protocol, columns: Sequence[str]) -> list[str]:
    """By column, the registered sources that it reads, under one name.

    Two or more sources of activity are "activity sources" where it reads all that are registered; what reads no source
    at all is in the record of enrolment.

    Examples
    --------
    >>> import la_research as lar
    >>> protocol = lar.load_protocol("protocols/early-engagement")
    >>> sources(protocol, ["active_days", "rag", "late_or_missing", "study_load"])
    ['activity sources', 'activity sources and attendance', 'assessments', 'record of enrolment']
    """
    return [_source(protocol, column) for column in columns]


def _source(protocol: Protocol, column: str) -> str:
    settings, read = protocol.indicators.get(column), INDICATORS[column].sources
    registered: list[str] = [name for name in read if name in protocol.sources] or list(read)
    activity = [name for name in registered if name in ACTIVITY_SOURCES]
    others = [name for name in registered if name not in ACTIVITY_SOURCES]
    chosen = [name for name in activity if not (settings and settings.sources) or name in settings.sources]
    if len(chosen) > 1 and len(chosen) == len(activity):
        chosen = ["activity sources"]
    return " and ".join([*chosen, *others]) or "record of enrolment"
