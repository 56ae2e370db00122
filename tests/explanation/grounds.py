"""A ground made of arrays: students with a label, a score, values of indicators and a recorded group."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from la_research.cohort import Cohort, Provenance
from la_research.explanation.ground import Ground
from la_research.models import student_folds
from la_research.protocol import Protocol

COLUMNS = ["weekly_activity", "active_days", "late_or_missing"]
WEEKS = 4


def study(**explanation: Any) -> Protocol:
    """A protocol that registers one attribute, and abstaining where it is given."""
    return Protocol.model_validate(
        {
            "format": "la_research.protocol/1",
            "id": "by-group",
            "title": "By group",
            "question": "For whom?",
            "data": "synthetic",
            "sources": {"vle": {}},
            "population": {"index_week": WEEKS},
            "indicators": {name: {} for name in COLUMNS},
            "outcomes": [{"id": "left", "event": ["withdrawn"]}],
            "model": {"label": "left", "estimator": "logistic"},
            "fairness": {"sensitive": {"gender": {}}},
            "explanation": {"refits": 5, "background_rows": 30, **explanation},
        }
    )


def table(units: list[str], silent: np.ndarray | None = None) -> pa.Table:
    """Two weekly indicators with a value in every week, but in none of the first weeks that ``silent`` counts."""
    silent = np.zeros(len(units), dtype=int) if silent is None else silent
    rows = [
        (unit, week, name, None if week <= quiet else 1.0)
        for unit, quiet in zip(units, silent, strict=True)
        for week in range(1, WEEKS + 3)
        for name in COLUMNS[:2]
    ]
    return pa.table(
        dict(zip(("unit_id", "week", "indicator", "value"), map(list, zip(*rows, strict=True)), strict=True))
    )


def ground(
    protocol: Protocol,
    group: np.ndarray,
    values: np.ndarray,
    label: np.ndarray,
    *,
    score: np.ndarray | None = None,
    presentation: np.ndarray | None = None,
    silent: np.ndarray | None = None,
    students: np.ndarray | None = None,
) -> Ground:
    """One row a unit, of a student each unless told; None as a group is nothing recorded."""
    n = len(label)
    units = [f"u{i:05d}" for i in range(n)]
    who = np.array(units) if students is None else students
    score = np.full(n, 0.5) if score is None else score
    vault = [(unit, "gender", value) for unit, value in zip(units, group, strict=True) if value is not None]
    columns = ("enrolment_id", "attribute", "value")
    runs = [f"20{20 + run}A" for run in (np.zeros(n, dtype=int) if presentation is None else presentation)]
    enrolled = pd.DataFrame({"unit_id": units, "enrolment_id": units, "student_id": who, "module": "m"})
    enrolled = enrolled.assign(presentation=runs)
    tables = {
        "vault": pa.Table.from_pandas(pd.DataFrame(vault, columns=columns, dtype=str), preserve_index=False),
        "enrolments": pa.Table.from_pandas(
            enrolled.assign(start=None, end=None, credits=None, previous_attempts=None), preserve_index=False
        ),
    }
    cohort = Cohort(tables, Provenance("synthetic", "test"), "")
    rows = pd.DataFrame({"population": "all", "unit_id": units, "student_id": who, "week": WEEKS, "label": label})
    fold = student_folds(rows["student_id"], rows["label"], 5, np.random.default_rng(1))
    rows = rows.assign(fold=fold, score=score, decision=(score >= np.quantile(score, 0.9)).astype(int))
    features = pd.DataFrame(values, index=pd.Index(units, name="unit_id"), columns=COLUMNS)
    made = Ground(protocol, cohort, table(units, silent), "all", rows, features)
    made.__dict__["enrolments"] = enrolled  # without a calendar nobody would be eligible
    return made
