"""What a cohort holds of single enrolments, as plain Python: the page that a calculation on paper starts from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from la_research.cohort import Cohort
from la_research.protocol import Protocol

Days = tuple[int, int]
"""First and last day."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """One student on one module.

    Parameters
    ----------
    enrolment
        The row of ``enrolments``.
    weeks
        First and last day of the module's teaching weeks, rising.
    feeds
        First and last day recorded of the sources that were recorded for the module and concern the student.
    exempt
        Sources that do not concern the student.
    activity, attendance
        Rows of those tables by week.
    assessments
        Rows of that table.
    """

    enrolment: Row
    weeks: Mapping[int, Days]
    feeds: Mapping[str, Days]
    exempt: frozenset[str]
    activity: Mapping[int, list[Row]]
    attendance: Mapping[int, Row]
    assessments: Sequence[Row]

    @property
    def module(self) -> str:
        """Code of the module."""
        return str(self.enrolment["module"])

    @cached_property
    def registered(self) -> list[int]:
        """Weeks at whose end the student was registered, rising."""
        start, end = self.enrolment["start"], self.enrolment["end"]
        return [
            week
            for week, (_, last) in self.weeks.items()
            if (start is None or start <= last) and (end is None or end >= last)
        ]

    def rows(self, sources: Iterable[str], week: int) -> list[Row]:
        """Activity of a week, of those of the sources that were recorded and concern the student."""
        asked = set(sources) & set(self.feeds)
        return [row for row in self.activity.get(week, []) if row["source"] in asked]

    def actions(self, sources: Iterable[str], week: int) -> list[int]:
        """Actions of a week, a number for each source with any."""
        return [row["count"] for row in self.rows(sources, week)]


def records(protocol: Protocol, cohort: Cohort, enrolments: Sequence[str]) -> dict[str, Record]:
    """The records of given enrolments, by enrolment; weeks after the last that the protocol names are left out."""
    rows = {row["enrolment_id"]: row for row in _of(cohort, "enrolments", enrolments)}
    runs = {row["presentation"] for row in rows.values()}
    modules = {(row["module"], row["presentation"]) for row in rows.values()}
    weeks = {run: _weeks(protocol, cohort, run) for run in runs}
    feeds: dict[tuple[str, str], dict[str, Days]] = defaultdict(dict)
    for row in cohort.arrow("feeds").to_pylist():
        if (row["module"], row["presentation"]) in modules:
            feeds[row["module"], row["presentation"]][row["source"]] = (row["first_day"], row["last_day"])
    exempt = defaultdict(set)
    for row in _of(cohort, "applicability", enrolments):
        if not row["applies"]:
            exempt[row["enrolment_id"]].add(row["source"])
    activity: dict[str, dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in _of(cohort, "activity", enrolments):
        activity[row["enrolment_id"]][row["week"]].append(row)
    attendance: dict[str, dict[int, Row]] = defaultdict(dict)
    for row in _of(cohort, "attendance", enrolments):
        attendance[row["enrolment_id"]][row["week"]] = row
    assessments = defaultdict(list)
    for row in _of(cohort, "assessments", enrolments):
        assessments[row["enrolment_id"]].append(row)
    found = {}
    for name, row in rows.items():
        free = frozenset(exempt[name])
        fed = {s: days for s, days in feeds[row["module"], row["presentation"]].items() if s not in free}
        held = (dict(activity[name]), dict(attendance[name]), assessments[name])
        found[name] = Record(row, weeks[row["presentation"]], fed, free, *held)
    return found


def _of(cohort: Cohort, table: str, enrolments: Sequence[str]) -> list[Row]:
    rows = cohort.arrow(table)
    found: list[Row] = rows.filter(pc.is_in(rows["enrolment_id"], pa.array(enrolments, pa.string()))).to_pylist()
    return found


def _weeks(protocol: Protocol, cohort: Cohort, presentation: str) -> dict[int, Days]:
    calendar = cohort.arrow("calendar")
    days: dict[int, list[int]] = defaultdict(list)
    for row in calendar.filter(pc.equal(calendar["presentation"], presentation)).to_pylist():
        if row["week"] is not None and row["week"] <= protocol.calendar.weeks:
            days[row["week"]].append(row["day"])
    return {week: (min(days[week]), max(days[week])) for week in sorted(days)}
