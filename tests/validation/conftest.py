"""A study small enough to work by hand: one module, six weeks, students who answer as they are told to."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

from la_research.cohort import Cohort, Provenance, arrow_schema
from la_research.protocol import parse_protocol, read_tree
from la_research.schema import TABLES

PROTOCOL = """
format: la_research.protocol/1
id: by-hand
title: A study by hand
question: Does activity say anything about wellbeing?
data: synthetic
population: {index_week: 2}
calendar: {weeks: 6}
consent: {model_use: not required, contact: not required, research: not required}
sources: {vle: {}}
indicators: {weekly_activity: {}, active_days: {}}
outcomes:
  - {id: wellbeing, instrument: WHO-5, week: 4}
  - {id: low_mood, instrument: PHQ-8, week: 4, at_least: 10, chosen_by: advisory group}
  - {id: left, event: [withdrawn]}
hypotheses:
  - {id: H1, kind: between, indicator: weekly_activity, outcome: wellbeing, direction: positive, smallest_effect: 0.05}
  - {id: H2, kind: within, indicator: weekly_activity, outcome: wellbeing, direction: positive, smallest_effect: 0.05}
"""


@pytest.fixture
def protocol():
    """Parse the study; ``protocol(("old", "new"), …)`` changes its text first."""

    def parsed(*changes: tuple[str, str]):
        text = PROTOCOL
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return parse_protocol(read_tree(text, "protocol.yaml"))

    return parsed


@pytest.fixture
def cohort():
    """A cohort of students s00, s01 …; ``answers`` maps (student, week) to the five WHO-5 items."""

    def made(students: int, answers: dict[tuple[str, int], list[int]]) -> Cohort:
        ids = [f"s{i:02d}" for i in range(students)]
        frames = {
            "enrolments": pd.DataFrame(
                {"enrolment_id": [f"{i}-ART" for i in ids], "student_id": ids, "module": "ART", "presentation": "2025A"}
            ),
            "calendar": pd.DataFrame(
                [("2025A", day, (day - 1) // 7 + 1, "teaching") for day in range(1, 43)],
                columns=list(TABLES["calendar"].names),
            ),
            "responses": pd.DataFrame(
                [
                    (student, "2025A", week, "WHO-5", item, value)
                    for (student, week), items in answers.items()
                    for item, value in enumerate(items, 1)
                ],
                columns=list(TABLES["responses"].names),
            ),
        }
        return Cohort({name: table(name, frame) for name, frame in frames.items()}, Provenance("synthetic", ""), "")

    return made


def table(name: str, frame: pd.DataFrame) -> pa.Table:
    """The frame as a table of the schema; columns left out are empty."""
    return pa.Table.from_pandas(
        frame.reindex(columns=TABLES[name].names), arrow_schema(TABLES[name]), preserve_index=False
    )


@pytest.fixture
def activity():
    """An indicator table from {student: [value of week 1, week 2, …]}; None is not observed."""

    def made(weeks: dict[str, list[float | None]], indicator: str = "weekly_activity") -> pa.Table:
        rows = [
            (f"{student}-ART", week, indicator, value, None if value is not None else "the feed is absent")
            for student, values in weeks.items()
            for week, value in enumerate(values, 1)
        ]
        columns = ("unit_id", "week", "indicator", "value", "reason")
        types = (pa.string(), pa.int64(), pa.string(), pa.float64(), pa.string())
        arrays = [pa.array(list(column), kind) for column, kind in zip(zip(*rows, strict=True), types, strict=True)]
        return pa.table(dict(zip(columns, arrays, strict=True)))

    return made
