"""What the model leans on: as SHAP defines it, found where planted, the same twice, silent where it must be."""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from la_research.cohort import Cohort, Provenance
from la_research.explanation import explain_model, ground
from la_research.explanation.attribution import attribute
from la_research.models import Predictions, fitted
from la_research.protocol import Protocol

N = 300
COLUMNS = ["weekly_activity", "active_days", "late_or_missing", "rag"]
EMPTY = Cohort({}, Provenance("synthetic", "test"), "")
NONE = pa.table({"unit_id": pa.array([], pa.string())})


def study(estimator: str = "boosted", refits: int = 5, **changes: Any) -> Protocol:
    return Protocol.model_validate(
        {
            "format": "la_research.protocol/1",
            "id": "leans",
            "title": "Leans",
            "question": "On what?",
            "data": "synthetic",
            "sources": {"vle": {}},
            "indicators": {name: {} for name in COLUMNS},
            "outcomes": [{"id": "left", "event": ["withdrawn"]}],
            "model": {"label": "left", "estimator": estimator},
            "explanation": {"refits": refits, "background_rows": 30},
            **changes,
        }
    )


def predictions(n: int = N, seed: int = 3) -> Predictions:
    """The label follows late work strongly, activity a little, the others not at all; some values are missing."""
    draw = np.random.default_rng(seed)
    units = [f"u{i:04d}" for i in range(n)]
    values = draw.normal(size=(n, len(COLUMNS))).astype(np.float32).astype(np.float64)
    label = (2.5 * values[:, 2] - 0.5 * values[:, 0] + draw.logistic(size=n) > 0).astype(np.int64)
    values[draw.random(values.shape) < 0.1] = np.nan
    frame = pd.DataFrame(
        {"population": "all", "unit_id": units, "student_id": units, "week": 4, "fold": 1, "score": 0.5, "decision": 0}
    ).assign(label=label)
    return Predictions(frame, {"all": pd.DataFrame(values, index=pd.Index(units, name="unit_id"), columns=COLUMNS)})


def explained(protocol: Protocol, given: Predictions) -> Any:
    return explain_model(protocol, EMPTY, NONE, given)


def exact(model: Any, row: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Shapley values from the textbook: all coalitions, absent columns taken from the background."""
    columns = range(len(row))

    def worth(inside: tuple[int, ...]) -> float:
        mixed = background.copy()
        mixed[:, list(inside)] = row[list(inside)]
        return float(model.decision_function(mixed).mean())

    values = np.zeros(len(row))
    for j in columns:
        others = [k for k in columns if k != j]
        for size in range(len(others) + 1):
            weight = 1 / (len(row) * comb(len(others), size))
            for inside in combinations(others, size):
                values[j] += weight * (worth((*inside, j)) - worth(inside))
    return values


@pytest.mark.parametrize("estimator", ["boosted", "logistic"])
def test_values_equal_the_textbook_formula_also_with_missing_values(estimator: str) -> None:
    _, rows, features = next(predictions().parts())
    model = fitted(study(estimator), features, rows["label"])
    shown, background = features.to_numpy()[:4], features.to_numpy()[20:30]
    found = attribute(model, shown, background)
    assert np.isnan(shown).any()
    np.testing.assert_allclose(found.values, [exact(model, row, background) for row in shown], atol=1e-6)
    assert found.base == pytest.approx(model.decision_function(background).mean(), abs=1e-6)
    assert found.gap <= 1e-6


@pytest.mark.parametrize("estimator", ["boosted", "logistic"])
def test_the_planted_column_comes_first_and_shares_sum_to_one(estimator: str) -> None:
    found = explained(study(estimator), predictions())
    rows = found["explanation.importance"].rows
    assert [row.keys["indicator"] for row in rows][:2] == ["late_or_missing", "weekly_activity"]
    assert sum(row.estimate.value for row in rows) == pytest.approx(1)
    for row in rows:
        assert row.estimate.lower <= row.estimate.value <= row.estimate.upper
        assert (row.estimate.unit, row.estimate.method) == ("share", "refit-bootstrap")
    ranks = found["explanation.ranks"].rows
    assert [row.estimate.value for row in ranks] == [1, 2, 3, 4]
    assert ranks[0].keys == {"indicator": "late_or_missing"}


def test_additivity_is_checked_and_the_gap_is_shown() -> None:
    found = explained(study(), predictions())["explanation.additivity"]
    assert found.estimate.value <= 1e-6
    assert found.assumptions[0].holds is True


def test_where_the_parts_do_not_add_up_importance_is_not_analysed(monkeypatch: pytest.MonkeyPatch) -> None:
    true = ground.attribute

    def broken(*args: Any) -> Any:
        found = true(*args)
        return type(found)(found.values, found.base, 0.25)

    monkeypatch.setattr(ground, "attribute", broken)
    found = explained(study(), predictions())
    assert found["explanation.importance"].verdict == "not analysed"
    assert (
        found["explanation.importance"].reason == "the parts of the explanation miss the score by up to 0.25 log-odds"
    )
    assert found["explanation.additivity"].assumptions[0].holds is False
    assert "explanation.ranks" not in found


def test_running_twice_gives_equal_findings_and_another_seed_others() -> None:
    given = predictions()
    assert explained(study(), given) == explained(study(), given)
    assert explained(study(), given) != explained(study(seed=7), given)


def test_a_refit_draws_students_not_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    given = predictions()
    twins = given.frame["student_id"].to_numpy().copy()
    twins[1::2] = twins[::2]  # two rows a student
    given = Predictions(given.frame.assign(student_id=twins), given.features)
    counts: list[pd.Series] = []
    true = ground.fitted

    def watched(protocol: Protocol, features: pd.DataFrame, label: pd.Series, *names: Any) -> Any:
        counts.append(features.index.value_counts().reindex(given.frame["unit_id"], fill_value=0))
        return true(protocol, features, label, *names)

    monkeypatch.setattr(ground, "fitted", watched)
    explained(study("logistic"), given)
    whole, *refits = counts
    assert (whole == 1).all()
    assert len(refits) == 5
    for times in refits:
        assert (times.to_numpy()[::2] == times.to_numpy()[1::2]).all()
        assert times.max() > 1


def test_a_model_that_gives_everyone_the_same_score_leans_on_nothing() -> None:
    given = predictions()
    flat = pd.DataFrame(1.0, index=given.features["all"].index, columns=COLUMNS)
    found = explained(study(), Predictions(given.frame, {"all": flat}))
    assert found["explanation.importance"].reason == "the model gives every student the same score"


def test_without_scores_the_reason_is_passed_on() -> None:
    nothing = Predictions(pd.DataFrame(), {}, "the data hold no wellbeing instrument")
    finding, *met = explained(study(), nothing)
    assert {one.id.rpartition(".")[0] for one in met} == {"explanation.met"}
    assert (finding.id, finding.verdict) == ("explanation.importance", "not analysed")
    assert finding.reason == "the data hold no wellbeing instrument"


def test_a_subset_carries_its_name_and_one_that_was_not_scored_says_so() -> None:
    subsets = [{"id": "clicks", "columns": COLUMNS[:2]}, {"id": "on-campus", "columns": COLUMNS[:2]}]
    protocol = study(population={"subsets": subsets})
    given = predictions()
    both = pd.concat([given.frame, given.frame.assign(population="clicks")], ignore_index=True)
    features = {**given.features, "clicks": given.features["all"][COLUMNS[:2]]}
    found = explained(protocol, Predictions(both, features, "population on-campus: fewer than 10 students"))
    assert [row.keys["indicator"] for row in found["explanation.clicks.importance"].rows] == COLUMNS[:2]
    assert found["explanation.on_campus.importance"].verdict == "not analysed"
    assert "on-campus" in str(found["explanation.on_campus.importance"].reason)


def test_fewer_than_ten_students_are_suppressed() -> None:
    given = predictions(n=N)
    few = predictions(n=N).frame.iloc[:9].assign(label=[0, 1, 0, 1, 0, 1, 0, 1, 0])
    found = explained(study("logistic"), Predictions(few, {"all": given.features["all"].iloc[:9]}))
    assert {row.verdict for row in found["explanation.importance"].rows} == {"suppressed"}
    assert found["explanation.additivity"].verdict == "suppressed"
