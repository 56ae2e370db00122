"""Studies whose every row is told by hand: student, module, attributes, label, decision, score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from la_research.audit import audit_fairness
from la_research.cohort import Cohort, Provenance
from la_research.finding import Findings
from la_research.models import Predictions
from la_research.protocol import Protocol, parse_protocol, read_tree
from la_research.schema import TABLES
from la_research.seeds import stream

PROTOCOL = """
format: la_research.protocol/1
id: audited
title: A study to be audited
question: Does the rule work for everyone?
data: synthetic
sources: {vle: {}}
consent: {model_use: not required, research: not required}
indicators: {weekly_activity: {}}
outcomes:
  - {id: wellbeing_8, instrument: WHO-5, week: 8}
  - {id: low_mood_8, instrument: PHQ-8, week: 8, at_least: 10, chosen_by: advisory group}
model: {label: low_mood_8}
"""
GENDER = "fairness: {sensitive: {gender: {margin: 0.1}}}"


@dataclass(frozen=True)
class Study:
    """A protocol, a cohort and predictions that were written down, not fitted."""

    protocol: Protocol
    cohort: Cohort
    predictions: Predictions

    def audit(self) -> Findings:
        return audit_fairness(self.protocol, self.cohort, self.predictions)

    def having(self, **tables: dict[str, Any]) -> Study:
        """The same study with more tables in its cohort, from columns."""
        held = {name: self.cohort.arrow(name) for name in TABLES} | {n: pa.table(t) for n, t in tables.items()}
        return replace(self, cohort=Cohort(held, self.cohort.provenance, self.cohort.digest))

    def scoring(self, units: Sequence[str]) -> Study:
        """The same study with the scores of some units alone."""
        frame = self.predictions.frame
        return replace(self, predictions=Predictions(frame[frame["unit_id"].isin(units)], self.predictions.features))

    def shuffled(self) -> Study:
        order = stream(1, "tests", "shuffle").permutation(len(self.predictions.frame))
        frame = self.predictions.frame.iloc[order].reset_index(drop=True)
        return replace(self, predictions=Predictions(frame, self.predictions.features))


def study(rows: Sequence[dict[str, Any]], fairness: str = GENDER, asked: str = PROTOCOL) -> Study:
    """One enrolment a row: label, decision; and where it matters student, module, score and attributes."""
    table = pd.DataFrame(rows).rename(columns={"student": "student_id"})
    n = len(table)
    ids = [f"e{i:05d}" for i in range(n)]
    table = table.assign(unit_id=ids, enrolment_id=ids, presentation="2025A")
    for name, value in (("student_id", ids), ("module", "A"), ("score", 0.5), ("fold", 1)):
        table[name] = table.get(name, value)
    enrolments = {name: table[name] for name in ("enrolment_id", "student_id", "module", "presentation")}
    nothing = pa.array([None] * n, pa.int64())
    numbers = dict.fromkeys(("start", "end", "credits", "previous_attempts"), nothing)
    attributes = [name for name in ("gender", "disability", "ethnicity", "age_band") if name in table]
    vault = [pa.table({"enrolment_id": ids, "attribute": [a] * n, "value": list(table[a])}) for a in attributes]
    days = np.arange(1, 29)
    calendar = {"presentation": ["2025A"] * 28, "day": days, "week": (days - 1) // 7 + 1, "kind": ["teaching"] * 28}
    tables = {"enrolments": pa.table({**enrolments, **numbers}), "calendar": pa.table(calendar)}
    if vault:
        tables["vault"] = pa.concat_tables(vault)
    cohort = Cohort(tables, Provenance("synthetic", "by hand"), "sha256:0")
    frame = table[["unit_id", "student_id", "score", "decision", "label", "fold"]].assign(population="all", week=4)
    protocol = parse_protocol(read_tree(asked + fairness, "protocol.yaml"))
    features = pd.DataFrame(index=pd.Index(ids, name="unit_id"))
    return Study(protocol, cohort, Predictions(frame, {"all": features}))


def many(n: int, chosen: int, **same: Any) -> list[dict[str, Any]]:
    """n rows with need that are alike, of which so many were chosen."""
    return [{"label": 1, "decision": int(i < chosen), **same} for i in range(n)]


@pytest.fixture(scope="session")
def by_hand() -> Callable[..., Study]:
    return study


@pytest.fixture
def consenting() -> Callable[..., Study]:
    """As ``by_hand``, scoring only who said yes on day 1; a row's ``said`` holds pairs of a day and an answer."""

    def made(rows: Sequence[dict[str, Any]], fairness: str = GENDER) -> Study:
        asked = PROTOCOL.replace("model_use: not required", "model_use: required")
        told = study([{k: v for k, v in row.items() if k != "said"} for row in rows], fairness, asked)
        said = [(f"e{i:05d}", *pair) for i, row in enumerate(rows) for pair in row.get("said", [(1, True)])]
        yes = [f"e{i:05d}" for i, row in enumerate(rows) if row.get("said", [(1, True)])[-1:] == [(1, True)]]
        names = ("student_id", "from_day", "given")
        columns = {name: [row[i] for row in said] for i, name in enumerate(names)}
        same = {"presentation": ["2025A"] * len(said), "flag": ["model_use"] * len(said)}
        return told.having(consent=columns | same).scoring(yes)

    return made


@pytest.fixture
def alike() -> Callable[..., list[dict[str, Any]]]:
    return many


@pytest.fixture(scope="session")
def campus() -> Study:
    """1,200 rows of 1,050 students on three modules, drawn once: two attributes, scores with some order."""
    rng, n, students = stream(2, "tests", "campus"), 1200, 1050
    who = np.concatenate([np.arange(students), rng.integers(0, students, n - students)])
    gender, ethnicity = rng.choice(["F", "M"], students), rng.choice(["Asian", "Black", "White"], students)
    label = (rng.random(n) < 0.4).astype(int)
    score = np.round(1 / (1 + np.exp(-(label + rng.normal(size=n)))), 3)
    rows = [
        {
            "student": f"s{who[i]:05d}",
            "module": "ABC"[int(rng.integers(3))],
            "gender": gender[who[i]],
            "ethnicity": ethnicity[who[i]],
            "label": label[i],
            "decision": int(score[i] > 0.75),
            "score": score[i],
        }
        for i in range(n)
    ]
    return study(rows, "fairness: {sensitive: {gender: {}, ethnicity: {}}, intersections: [[gender, ethnicity]]}")
