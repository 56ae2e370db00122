"""Who did not answer is scored and decided on like everyone, and teaches the model nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from la_research.cohort import eligible
from la_research.indicators import compute_indicators
from la_research.models import Predictions, fit_model, fitted
from la_research.protocol import Protocol
from la_research.store import load_protocol, load_scenario
from la_research.synthetic import generate_cohort


@pytest.fixture(scope="module")
def scored() -> tuple[Protocol, pd.DataFrame, Predictions]:
    protocol = load_protocol("protocols/early-engagement")
    cohort, _ = generate_cohort(load_scenario("default"), n=400, seed=11)
    return protocol, eligible(protocol, cohort), fit_model(protocol, cohort, compute_indicators(protocol, cohort))


def test_every_eligible_student_is_scored_answered_or_not(scored) -> None:
    _, units, predictions = scored
    frame = predictions.frame
    assert sorted(frame["unit_id"]) == sorted(units["unit_id"].unique())
    assert 50 < frame["label"].isna().sum() < len(frame) / 2
    assert frame["score"].between(0, 1).all()


def test_the_highest_tenth_is_taken_among_all_students_of_a_fold(scored) -> None:
    frame = scored[2].frame
    for _, fold in frame.groupby("fold"):
        assert fold["decision"].sum() == int(0.10 * len(fold) + 0.5)
        assert fold.loc[fold["decision"] == 1, "score"].min() >= fold.loc[fold["decision"] == 0, "score"].max()


def test_a_row_without_a_label_does_not_change_the_model(scored) -> None:
    protocol, _, predictions = scored
    ((_, rows, features),) = predictions.parts()
    known = rows["label"].notna().to_numpy()
    whole = fitted(protocol, features, rows["label"], "test")
    answered = fitted(protocol, features[known], rows["label"][known], "test")
    values = np.nan_to_num(features.to_numpy())
    assert (whole.predict_proba(values) == answered.predict_proba(values)).all()
