"""The registered model: folds that keep students apart, decisions by rank, and reasons where nothing is fitted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from la_research.cohort import Cohort, Provenance, arrow_schema
from la_research.models import COLUMNS, ESTIMATORS, fit_model
from la_research.protocol import Protocol
from la_research.schema import TABLES

N = 240
PRESENTATIONS = ("2024A", "2024B", "2025A")


def study(**changes: Any) -> Protocol:
    tree: dict[str, Any] = {
        "format": "la_research.protocol/1",
        "id": "scores",
        "title": "Scores",
        "question": "Is it so?",
        "data": "synthetic",
        "population": {"unit": "enrolment", "index_week": 1},
        "consent": {"model_use": "not required", "contact": "not required", "research": "not required"},
        "sources": {"vle": {}, "assessments": {}},
        "indicators": {"weekly_activity": {}, "late_or_missing": {}},
        "outcomes": [
            {"id": "left", "event": ["withdrawn", "failed"]},
            {"id": "mood", "instrument": "PHQ-8", "week": 8},
        ],
        "model": {"label": "left"},
    }
    for key, value in changes.items():
        tree[key] = {**tree[key], **value} if isinstance(value, dict) else value
    return Protocol.model_validate(tree)


def enrolments(n: int = N) -> pd.DataFrame:
    """Every sixth student has a second enrolment in the next presentation."""
    rows = [(f"e{i:03d}", f"s{i:03d}", f"M{i % 2}", PRESENTATIONS[i % 3]) for i in range(n)]
    rows += [(f"f{i:03d}", f"s{i:03d}", "M0", PRESENTATIONS[(i + 1) % 3]) for i in range(0, n, 6)]
    columns = ["enrolment_id", "student_id", "module", "presentation"]
    return pd.DataFrame(rows, columns=columns).assign(start=-3, end=None)


def cohort(
    rows: pd.DataFrame,
    left: list[str],
    feeds: list[tuple[Any, ...]] = (),
    responses: bool = False,  # type: ignore[assignment]
) -> Cohort:
    frames = {
        "enrolments": rows,
        "calendar": pd.DataFrame(
            [(p, day, 1, "teaching") for p in PRESENTATIONS for day in range(1, 8)],
            columns=["presentation", "day", "week", "kind"],
        ),
        "outcomes": pd.DataFrame({"enrolment_id": left, "name": "withdrawn", "value": "yes", "day": None}),
        "feeds": pd.DataFrame(list(feeds), columns=["module", "presentation", "source", "first_day", "last_day"]),
    }
    tables = {
        name: pa.Table.from_pylist(frame.to_dict("records"), schema=arrow_schema(TABLES[name]))
        for name, frame in frames.items()
    }
    return Cohort(tables, Provenance("synthetic", "test"), "")


def indicators(rows: pd.DataFrame, left: list[str], seed: int = 5) -> pa.Table:
    """Less activity among those who left, and a second indicator that is often not observed."""
    draw = np.random.default_rng(seed)
    units = sorted(rows["enrolment_id"])
    activity = draw.poisson(np.where(np.isin(units, left), 6, 12)).astype(float)
    late = np.where(draw.random(len(units)) < 0.3, np.nan, draw.integers(0, 3, len(units)) / 2)
    return pa.table(
        {
            "unit_id": units * 2,
            "week": [1] * (2 * len(units)),
            "indicator": ["late_or_missing"] * len(units) + ["weekly_activity"] * len(units),
            "value": pa.array(np.r_[late, activity], from_pandas=True),
        }
    )


ROWS = enrolments()
LEFT = sorted(ROWS["enrolment_id"])[::5]
RUN = (ROWS["module"] + "-" + ROWS["presentation"]).set_axis(ROWS["enrolment_id"])
"""A presentation is the run of one module."""
RUNS = sorted(set(RUN))


def fit(protocol: Protocol | None = None, feeds: list[tuple[Any, ...]] = ()) -> Any:  # type: ignore[assignment]
    return fit_model(protocol or study(), cohort(ROWS, LEFT, feeds), indicators(ROWS, LEFT))


def test_every_row_with_a_label_is_scored_once() -> None:
    predictions = fit()
    frame = predictions.frame
    assert list(frame.columns) == list(COLUMNS)
    assert frame["unit_id"].to_list() == sorted(ROWS["enrolment_id"])
    assert frame["score"].between(0, 1).all()
    assert frame["label"].to_list() == [int(unit in LEFT) for unit in frame["unit_id"]]
    ((population, part, features),) = predictions.parts()
    assert (population, list(features.columns)) == ("all", ["weekly_activity", "late_or_missing"])
    assert features.index.to_list() == part["unit_id"].to_list()


def test_no_student_stands_on_both_sides_of_a_fold_and_labels_are_spread() -> None:
    frame = fit().frame
    assert (frame.groupby("student_id")["fold"].nunique() == 1).all()
    assert sorted(frame["fold"].unique()) == [1, 2, 3, 4, 5]
    yes = frame.groupby("student_id").agg(fold=("fold", "first"), label=("label", "max")).groupby("fold")["label"].sum()
    assert yes.max() - yes.min() <= 1


def test_a_presentation_is_a_fold_and_its_students_leave_the_training_set(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    import la_research.models as models

    fitted = models.fitted

    def watched(protocol: Protocol, features: pd.DataFrame, label: pd.Series, *names: Any) -> Any:
        owner = ROWS.set_index("enrolment_id")["student_id"]
        assert not set(owner[RUNS[names[-1] - 1] == RUN]) & set(owner[features.index])
        seen.append(names[-1])
        return fitted(protocol, features, label, *names)

    monkeypatch.setattr(models, "fitted", watched)
    frame = fit(study(model={"folds": "presentation"})).frame
    assert seen == [1, 2, 3, 4, 5, 6]
    assert frame["fold"].to_list() == [RUNS.index(RUN[unit]) + 1 for unit in frame["unit_id"]]


def test_a_score_does_not_change_with_the_label_of_those_it_is_tested_with() -> None:
    by_run = study(model={"folds": "presentation"})
    first = set(RUN.index[RUNS[0] == RUN])
    relabelled = [unit for unit in LEFT if unit not in first]
    frame = fit(by_run).frame
    others = fit_model(by_run, cohort(ROWS, relabelled), indicators(ROWS, LEFT)).frame
    mine = frame["unit_id"].isin(first)
    assert (frame.loc[mine, "label"] != others.loc[mine, "label"]).any()
    np.testing.assert_array_equal(frame.loc[mine, "score"], others.loc[mine, "score"])


@pytest.mark.parametrize("share", [0.10, 0.25, 0.001])
def test_the_decision_is_the_highest_share_of_a_fold_rounded_half_up_and_never_nobody(share: float) -> None:
    frame = fit(study(model={"top_share": share})).frame
    for _, part in frame.groupby("fold"):
        chosen = part["decision"] == 1
        assert chosen.sum() == max(1, int(share * len(part) + 0.5))
        assert part.loc[chosen, "score"].min() >= part.loc[~chosen, "score"].max()


@pytest.mark.parametrize("estimator", sorted(ESTIMATORS))
def test_either_estimator_takes_missing_values_and_finds_what_was_planted(estimator: str) -> None:
    predictions = fit(study(model={"estimator": estimator}))
    scores = predictions.frame.groupby("label")["score"].mean()
    assert predictions.features["all"]["late_or_missing"].isna().any()
    assert scores[1] > scores[0] + 0.1


@pytest.mark.parametrize("estimator", sorted(ESTIMATORS))
def test_running_twice_gives_equal_scores_and_another_seed_other_folds(estimator: str) -> None:
    once, twice = (fit(study(model={"estimator": estimator})) for _ in range(2))
    pd.testing.assert_frame_equal(once.frame, twice.frame, check_exact=True)
    assert fit(study(seed=7)).frame["fold"].to_list() != once.frame["fold"].to_list()


def test_the_boosted_model_is_the_registered_one() -> None:
    settings = ESTIMATORS["boosted"](1).get_params()
    assert (settings["max_iter"], settings["max_leaf_nodes"], settings["early_stopping"]) == (100, 8, False)


def test_a_subset_has_its_own_columns_and_only_complete_feeds() -> None:
    whole = [("M0", p, "vle", 1, 7) for p in PRESENTATIONS]
    cut = [("M1", PRESENTATIONS[0], "vle", 1, 6), ("M1", PRESENTATIONS[1], "vle", 2, 7)]
    subset = {"id": "clicks", "requires_feed": ["vle"], "columns": ["weekly_activity"]}
    predictions = fit(study(population={"unit": "enrolment", "index_week": 1, "subsets": [subset]}), whole + cut)
    parts = {population: (frame, features) for population, frame, features in predictions.parts()}
    frame, features = parts["clicks"]
    assert set(frame["unit_id"]) == set(ROWS.loc[ROWS["module"] == "M0", "enrolment_id"])
    assert list(features.columns) == ["weekly_activity"]
    assert len(parts["all"][0]) == len(ROWS)


def test_a_subset_without_a_complete_feed_is_named_and_the_rest_is_scored() -> None:
    subset = {"id": "clicks", "requires_feed": ["vle"], "columns": ["weekly_activity"]}
    predictions = fit(study(population={"unit": "enrolment", "index_week": 1, "subsets": [subset]}))
    assert predictions.reason == "population clicks: fewer than 10 students with either value of the label"
    assert list(predictions.features) == ["all"]


@pytest.mark.parametrize(
    ("changes", "left", "rows", "reason"),
    [
        ({"model": {"label": None}}, LEFT, ROWS, "the protocol registers no label for a model"),
        ({"model": {"label": "mood"}}, LEFT, ROWS, "the data hold no wellbeing instrument"),
        ({}, LEFT[:9], ROWS, "fewer than 10 students with either value of the label"),
        (
            {"model": {"folds": "presentation"}},
            LEFT,
            ROWS[RUN.isin(RUNS[:2]).to_numpy()],
            "folds go by presentation, and there are fewer than 3",
        ),
    ],
)
def test_where_nothing_can_be_fitted_the_reason_is_told(
    changes: dict[str, Any], left: list[str], rows: pd.DataFrame, reason: str
) -> None:
    predictions = fit_model(study(**changes), cohort(rows, left), indicators(rows, left))
    assert predictions.frame.empty
    assert (list(predictions.frame.columns), dict(predictions.features)) == (list(COLUMNS), {})
    assert predictions.reason == reason
    assert list(predictions.parts()) == []
