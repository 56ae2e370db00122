"""A study whose label follows late work alone, for questions that stand on a ground."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from la_research.cohort import Cohort, Provenance
from la_research.explanation.ground import Ground
from la_research.protocol import Protocol

COLUMNS = ["weekly_activity", "active_days", "late_or_missing", "rag"]
EMPTY, NONE = Cohort({}, Provenance("synthetic", "test"), ""), pa.table({"unit_id": pa.array([], pa.string())})


@pytest.fixture(scope="session")
def ground() -> Callable[..., Ground]:
    """Makes the study: students, contacts, effect of late work, keys of ``explanation``."""
    return planted


def study(**explanation: Any) -> Protocol:
    return Protocol.model_validate(
        {
            "format": "la_research.protocol/1",
            "id": "why",
            "title": "Why",
            "question": "Why?",
            "data": "synthetic",
            "sources": {"vle": {}},
            "indicators": {name: {} for name in COLUMNS},
            "outcomes": [{"id": "left", "event": ["withdrawn"]}],
            "model": {"label": "left", "estimator": "logistic"},
            "explanation": {"refits": 5, "background_rows": 30, **explanation},
        }
    )


def planted(n: int = 400, contacts: int = 40, effect: float = 2.5, **explanation: Any) -> Ground:
    """The label follows late work, by so much; the others have no effect."""
    draw = np.random.default_rng(3)
    units = [f"u{i:04d}" for i in range(n)]
    values = draw.normal(size=(n, len(COLUMNS)))
    label = (effect * values[:, 2] - 1 + draw.logistic(size=n) > 0).astype(float)
    decision = np.zeros(n, dtype=int)
    decision[np.argsort(-values[:, 2])[:contacts]] = 1
    rows = pd.DataFrame({"unit_id": units, "student_id": units, "week": 4, "fold": 1, "score": 0.5})
    features = pd.DataFrame(values, index=pd.Index(units, name="unit_id"), columns=COLUMNS)
    protocol = study(**explanation)
    return Ground(protocol, EMPTY, NONE, "all", rows.assign(decision=decision, label=label), features)
