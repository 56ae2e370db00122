"""A trial small enough to work by hand: one module, six weeks, a draw in week 2, WHO-5 in weeks 2 and 5."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa
import pytest

from la_research.cohort import Cohort, Provenance, arrow_schema
from la_research.protocol import parse_protocol, read_tree
from la_research.schema import TABLES

PROTOCOL = """
format: la_research.protocol/1
id: by-hand
title: A trial by hand
question: Does a contact help?
data: synthetic
population: {index_week: 2}
calendar: {weeks: 6}
consent: {model_use: not required, contact: not required, research: not required}
sources: {vle: {}}
indicators: {weekly_activity: {}}
outcomes:
  - {id: wellbeing_5, instrument: WHO-5, week: 5}
  - {id: left, event: [withdrawn], chosen_by: advisory group}
hypotheses:
  - {id: H3, kind: effect, outcome: wellbeing_5, direction: positive, smallest_effect: 3}
support: {trial: early, covariates: [baseline]}
"""


@dataclass
class Campus:
    """What happened to students s00, s01 …; ``arm`` in their order, everything else by student."""

    arm: list[str]
    before: dict[str, list[int]] = field(default_factory=dict)
    after: dict[str, list[int]] = field(default_factory=dict)
    counts: dict[str, list[int]] = field(default_factory=dict)
    steps: list[tuple[str, str]] = field(default_factory=list)
    left: set[str] = field(default_factory=set)
    probability: float | dict[str, float] = 0.5
    cluster: str | None = None
    extra_draws: list[tuple[str, str, int]] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [f"s{i:02d}" for i in range(len(self.arm))]

    def cohort(self) -> Cohort:
        frames = {
            "enrolments": [(f"{i}-ART", i, "ART", "2025A", None, None, None, None) for i in self.ids],
            "calendar": [("2025A", day, (day - 1) // 7 + 1, "teaching") for day in range(1, 43)],
            "feeds": [("ART", "2025A", "vle", 1, 42)],
            "activity": [
                (f"{i}-ART", week, "vle", count, 1, None)
                for i, counts in self.counts.items()
                for week, count in enumerate(counts, 1)
                if count
            ],
            "responses": [
                (i, "2025A", week, "WHO-5", item, value)
                for week, answers in ((2, self.before), (5, self.after))
                for i, items in answers.items()
                for item, value in enumerate(items, 1)
            ],
            "assignments": [
                *((i, "2025A", "early", arm, 2, self.cluster, self._chance(i))
                  for i, arm in zip(self.ids, self.arm, strict=True)),
                *((i, "2025A", "early", arm, week, self.cluster, 0.5) for i, arm, week in self.extra_draws),
            ],
            "contacts": [(i, "2025A", 15, "early", step) for i, step in self.steps],
            "outcomes": [(f"{i}-ART", "withdrawn", "yes", 30) for i in sorted(self.left)],
        }  # fmt: skip
        return Cohort({name: table(name, rows) for name, rows in frames.items()}, Provenance("synthetic", ""), "")

    def _chance(self, student: str) -> float:
        return self.probability[student] if isinstance(self.probability, dict) else self.probability


def table(name: str, rows: list[tuple]) -> pa.Table:
    frame = pd.DataFrame(rows, columns=list(TABLES[name].names))
    return pa.Table.from_pandas(frame, arrow_schema(TABLES[name]), preserve_index=False)


@pytest.fixture
def campus() -> type[Campus]:
    """The builder of small trials."""
    return Campus


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
