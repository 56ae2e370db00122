"""What the explanation says of the model as a whole: by group, by way, of pairs, along a value; when it is silent."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from la_research.disclosure import disclosed
from la_research.explanation.attribution import Unexplained, attribute, pairs, shares
from la_research.explanation.ground import Ground
from la_research.explanation.grouped import grouped_findings, sources
from la_research.explanation.importance import importance_findings
from la_research.explanation.interactions import interaction_findings
from la_research.explanation.perturbation import perturbation_findings
from la_research.explanation.shapes import cut, shape_findings
from la_research.finding import Finding, Findings
from la_research.models import Predictions, fitted
from tests.explanation.test_explanation import COLUMNS, EMPTY, NONE, predictions, study


def ground(given: Predictions, estimator: str = "boosted", **changes: Any) -> Ground:
    _, rows, features = next(given.parts())
    return Ground(study(estimator, **changes), EMPTY, NONE, "all", rows, features)


def asked(question: Any, of: Ground) -> Finding:
    (found,) = question(of)
    return found


@pytest.fixture(scope="module")
def planted() -> Ground:
    """The label follows late work strongly, activity a little; 300 students."""
    return ground(predictions())


def test_a_group_counts_what_its_columns_come_to_together(planted: Ground) -> None:
    rows = asked(grouped_findings, planted).rows
    values = planted.whole["interventional"].values
    online = np.abs(values[:, 0] + values[:, 1]).mean()
    work, lights = np.abs(values[:, 2]).mean(), np.abs(values[:, 3]).mean()
    told = {str(row.keys["aspect"]): row.estimate for row in rows if "aspect" in row.keys}
    whole = online + work + lights
    assert next(iter(told)) == "work handed in"
    assert {name: held.value for name, held in told.items()} == pytest.approx(
        {
            "online activity": online / whole,
            "work handed in": work / whole,
            "classes and online activity": lights / whole,
        }
    )
    for held in told.values():
        assert held.lower <= held.value <= held.upper
    by_source = {row.keys["source"]: row.estimate.value for row in rows if "source" in row.keys}
    assert sum(by_source.values()) == pytest.approx(1)
    assert set(by_source) == {"vle", "assessments"}  # classes are not registered, so the traffic light reads clicks


def test_sources_read_well() -> None:
    several = study(sources={"vle": {}, "library": {}, "attendance": {}, "assessments": {}})
    assert sources(several, COLUMNS) == [
        "activity sources", "activity sources", "assessments", "activity sources and attendance",
    ]  # fmt: skip
    chosen = study(
        sources={"vle": {}, "library": {}, "quizzes": {}}, indicators={"rag": {"sources": ["vle", "library"]}}
    )
    assert sources(chosen, ["rag"]) == ["vle and library"]


def test_how_often_two_ways_name_another_aspect_by_hand(planted: Ground) -> None:
    found = asked(perturbation_findings, planted)
    firsts = []
    for way in ("interventional", "path"):
        values = planted.whole[way].values
        firsts.append(np.argmax(np.abs(np.column_stack([values[:, :2].sum(axis=1), values[:, 2:]])), axis=1))
    assert found.estimate is not None
    assert found.estimate.value == pytest.approx((firsts[0] != firsts[1]).mean())
    assert found.estimate.n == 300
    assert sum(row.estimate.value for row in found.rows) == pytest.approx(0, abs=1e-9)
    assert {row.keys["aspect"] for row in found.rows} == set(planted.aspects)


def test_rows_of_one_student_widen_the_share_and_few_students_are_not_counted(planted: Ground) -> None:
    given = predictions()
    twins = given.frame["student_id"].to_numpy().copy()
    twins[1::2] = twins[::2]
    doubled = ground(Predictions(given.frame.assign(student_id=twins), given.features))
    assert len(np.unique(doubled.students)) == 150
    few = ground(predictions())
    way, changed = planted.whole, planted.whole["path"].values.copy()
    changed[:] = way["interventional"].values
    changed[:4] = changed[:4][:, ::-1] * 3  # four students, of whom another aspect comes first
    few.__dict__["whole"] = {**way, "path": replace(way["path"], values=changed)}
    few.__dict__["refits"] = planted.refits
    found = asked(perturbation_findings, few)
    assert (found.verdict, found.estimate) == ("suppressed", None)


def test_of_a_line_there_is_one_way_and_nothing_works_together() -> None:
    line = ground(predictions(), "logistic")
    assert asked(perturbation_findings, line).reason == "a line can be explained in one way only"
    assert "adds its columns up" in str(asked(interaction_findings, line).reason)
    assert asked(grouped_findings, line).verdict == "described"
    with pytest.raises(Unexplained):
        pairs(line.model, line.shown)


def test_a_planted_pair_comes_first() -> None:
    given = predictions()
    values = given.features["all"].fillna(0.0)
    label = (values["weekly_activity"] * values["rag"] > 0).astype(int).to_numpy()
    together = ground(Predictions(given.frame.assign(label=label), given.features))
    rows = asked(interaction_findings, together).rows
    assert rows[0].keys == {"indicator": "weekly_activity and rag"}
    assert 0.2 < rows[0].estimate.lower <= rows[0].estimate.value <= rows[0].estimate.upper
    assert rows[0].estimate.n == 200
    assert [row.estimate.value for row in rows] == sorted((row.estimate.value for row in rows), reverse=True)


def test_bins_hold_the_mean_of_their_rows_and_never_fewer_than_the_minimum(planted: Ground) -> None:
    found = asked(shape_findings, planted)
    late = [row for row in found.rows if row.keys["indicator"] == "late_or_missing"]
    assert "what" not in late[0].keys
    assert late[-1].keys == {"indicator": "late_or_missing", "what": "not observed"}
    values, moved = planted.shown[:, 2], planted.whole["interventional"].values[:, 2]
    for row in late[:-1]:
        inside = (values > row.keys.get("from", -np.inf)) & (values <= row.keys.get("to", np.inf))
        assert row.estimate.value == pytest.approx(moved[inside].mean())
        assert 10 <= row.estimate.n <= inside.sum()
    assert late[-1].estimate.value == pytest.approx(moved[np.isnan(values)].mean())
    ends = [row.keys["to"] for row in late[:-2]]
    assert ends == sorted(ends)
    assert late[0].estimate.value < late[-2].estimate.value  # the more late work, the higher the score
    assert len({row.keys["indicator"] for row in found.rows}) == 3


def test_a_few_missing_values_do_not_stand_out_from_the_whole() -> None:
    given = predictions()
    late = given.features["all"]["late_or_missing"].fillna(0.1).to_numpy().copy()
    late[:4] = np.nan
    features = given.features["all"].assign(late_or_missing=late)
    found = asked(shape_findings, ground(Predictions(given.frame, {"all": features})))
    rows = [row for row in found.rows if row.keys["indicator"] == "late_or_missing"]
    assert all("what" not in row.keys for row in rows)
    assert sum(row.estimate.n for row in rows) <= 300 - 10


def test_cuts_leave_enough_on_both_sides_and_count_students_not_rows() -> None:
    assert cut(np.array([0.0] * 50 + [1.0] * 9), np.arange(59), 10) == []
    assert cut(np.array([0.0] * 50 + [1.0] * 10), np.arange(60), 10) == [0.0]
    assert cut(np.repeat([0.0, 1.0], 50), np.arange(100), 10) == [0.0]
    assert cut(np.repeat([0.0, 1.0], 50), np.arange(100) // 6, 10) == []  # nine students below
    assert cut(np.arange(0, 1, 0.001), np.arange(1000), 10, bins=2) == [0.499]
    assert cut(np.empty(0), np.empty(0, dtype=np.int64), 10) == []


def test_fewer_students_than_the_minimum_are_told_nothing() -> None:
    given = predictions()
    few = given.frame.iloc[:9].assign(label=[0, 1, 0, 1, 0, 1, 0, 1, 0])
    small = ground(Predictions(few, {"all": given.features["all"].iloc[:9].fillna(0.0)}), "logistic")
    found = disclosed(Findings([*grouped_findings(small), *shape_findings(small)]), 10)
    assert {row.verdict for finding in found for row in finding.rows} == {"suppressed"}


def test_a_constant_column_is_given_nothing_and_named() -> None:
    given = predictions()
    flat = ground(Predictions(given.frame, {"all": given.features["all"].assign(active_days=2.0)}))
    found = next(iter(importance_findings(flat)))
    assert flat.constant == ["active_days"]
    assert found.rows[-1].keys == {"indicator": "active_days"}
    assert found.rows[-1].estimate.value == 0
    assert "The same for all students, so that the model can not lean on it: active days." in found.limitations


def test_what_can_not_be_explained_says_why() -> None:
    given = predictions()
    one = ground(Predictions(given.frame.assign(label=1), given.features))
    assert one.reason == "the label has a single value"
    lacking = ground(Predictions(given.frame, {"all": given.features["all"][COLUMNS[1:]]}))
    assert lacking.reason == "the model is registered with columns that the data do not hold: weekly_activity"
    odd = ground(given)
    odd.__dict__["model"] = KNeighborsClassifier().fit(odd.features.fillna(0.0), odd.rows["label"])
    assert odd.reason == "the model is neither boosted trees nor a line, and can not be taken apart"
    for each in (one, lacking, odd):
        (only,) = importance_findings(each)
        assert (only.verdict, only.reason) == ("not analysed", each.reason)
        for question in (grouped_findings, perturbation_findings, interaction_findings, shape_findings):
            assert asked(question, each).reason == each.reason


def test_rows_of_another_width_and_strange_models_are_refused_in_words() -> None:
    given = predictions()
    _, rows, features = next(given.parts())
    model, values = fitted(study(), features, rows["label"]), features.to_numpy()
    with pytest.raises(Unexplained, match="fitted to 4 columns, and the rows have 3"):
        attribute(model, values[:, :3], values)
    with pytest.raises(Unexplained, match="neither boosted trees nor a line"):
        attribute(LogisticRegression(), values, values)
    single = SimpleNamespace(_predictors=[], classes_=[0], n_features_in_=4)
    with pytest.raises(Unexplained, match="1 values of the label"):
        attribute(single, values, values)


def test_only_the_main_population_is_asked_for_pairs_and_shapes(planted: Ground) -> None:
    subset = replace(planted, population="clicks")
    assert not list(interaction_findings(subset))
    assert not list(shape_findings(subset))


def test_refits_are_held_in_single_precision_and_shares_added_up_in_double(planted: Ground) -> None:
    held = planted.refits["path"]
    assert held.dtype == np.float32
    assert held.shape == (5, 300, 4)
    assert shares(held[0]).dtype == np.float64
    assert len(planted.refitted) == 5
    pd.testing.assert_index_equal(planted.features.columns, pd.Index(COLUMNS))
