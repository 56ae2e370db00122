"""What belongs to the campus and to no student: its calendar, and which sources were recorded."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from la_research.cohort import arrow_schema
from la_research.schema import SOURCES, TABLES
from la_research.synthetic.calendar import presentation
from la_research.synthetic.scenario import Scenario

CAMPUS = ("calendar", "feeds")
"""The tables that no cell holds."""


def campus_tables(scenario: Scenario) -> dict[str, pa.Table]:
    """Calendar and feeds in key order: every source was recorded on every module all term."""
    term, years = scenario.term, presentation(np.arange(scenario.years.count))
    weeks: dict[int, int | None] = {int(term.first_day(w)) + i: int(w) for w in term.numbers for i in range(7)}
    if term.break_after:
        weeks |= dict.fromkeys(
            range(int(term.first_day(term.break_after)) + 7, 14 + int(term.first_day(term.break_after)))
        )
    days = [
        {"presentation": year, "day": day, "week": week, "kind": "teaching" if week else "break"}
        for year in years
        for day, week in sorted(weeks.items())
    ]
    feeds = [
        {"module": code, "presentation": year, "source": source, "first_day": 1, "last_day": term.last_day}
        for code in sorted(module.code for module in scenario.modules)
        for year in years
        for source in sorted(SOURCES)
    ]
    rows = {"calendar": days, "feeds": feeds}
    return {name: pa.Table.from_pylist(rows[name], schema=arrow_schema(TABLES[name])) for name in CAMPUS}
