"""Exact attribution from leaves: as worked by hand, as the textbook says over all coalitions, and as SHAP finds it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pytest
import shap
from sklearn.ensemble import HistGradientBoostingClassifier

from la_research.explanation import leaves as room
from la_research.explanation.attribution import attribute, pairs
from la_research.explanation.coalitions import tables
from la_research.explanation.leaves import Condition, Leaf, Leaves, leaves_of

WAYS = {None: "tree_path_dependent", 30: "interventional"}


def table(n: int = 400, columns: int = 6, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Columns of which one is constant and one missing for a third; values in single precision."""
    draw = np.random.default_rng(seed)
    values = draw.normal(size=(n, columns))
    label = (values[:, 0] + values[:, 1] * values[:, 2] + draw.logistic(size=n) > 0).astype(int)
    values[draw.random(values.shape) < 0.05] = np.nan
    values[draw.random(n) < 0.3, 1] = np.nan
    values[:, -1] = 3.0
    return values.astype(np.float32).astype(np.float64), label


def boosted(rows: np.ndarray, label: np.ndarray, leaves: int, trees: int = 20) -> Any:
    return HistGradientBoostingClassifier(
        max_iter=trees, max_leaf_nodes=leaves, min_samples_leaf=10, early_stopping=False, random_state=1
    ).fit(rows, label)


def brute(worth: Callable[[frozenset[int]], float], columns: int) -> list[float]:
    """Shapley values as defined: over all coalitions that a column can join."""
    found = []
    for column in range(columns):
        others = [other for other in range(columns) if other != column]
        part = 0.0
        for size in range(columns):
            weight = factorial(size) * factorial(columns - size - 1) / factorial(columns)
            for inside in map(frozenset, combinations(others, size)):
                part += weight * (worth(inside | {column}) - worth(inside))
        found.append(part)
    return found


def along_paths(model: Any, row: np.ndarray, inside: frozenset[int]) -> float:
    """The mean score where columns outside go both ways, by how many students went; node after node."""

    def below(nodes: Any, at: int) -> float:
        node = nodes[at]
        if node["is_leaf"]:
            return float(node["value"])
        sides = int(node["left"]), int(node["right"])
        value = row[node["feature_idx"]]
        if node["feature_idx"] in inside:
            left = bool(node["missing_go_to_left"]) if np.isnan(value) else value <= node["num_threshold"]
            return below(nodes, sides[0 if left else 1])
        counts = [int(nodes[side]["count"]) for side in sides]
        return sum(count * below(nodes, side) for count, side in zip(counts, sides, strict=True)) / sum(counts)

    return sum(below(tree.nodes, 0) for (tree,) in model._predictors)


def test_two_conditions_by_hand() -> None:
    both = {0: Condition(low=1.0, missing=False, share=0.5), 1: Condition(high=2.0, missing=True, share=0.25)}
    model = Leaves(1.0, (Leaf(4.0, both),), 2)
    rows = np.array([[2.0, np.nan], [1.0, 5.0]])  # meets both; meets neither
    values, base = model.shapley(rows)
    nobody, first, second, all_met = 4 * 0.5 * 0.25, 4 * 0.25, 4 * 0.5, 4
    assert base == 1 + nobody
    by_hand = [((first - nobody) + (all_met - second)) / 2, ((second - nobody) + (all_met - first)) / 2]
    np.testing.assert_allclose(values[0], by_hand)
    np.testing.assert_allclose(values[1], [-nobody / 2, -nobody / 2])
    together = all_met - first - second + nobody
    np.testing.assert_allclose(model.pairs(rows)[0], [[0, together / 2], [together / 2, 0]])


def test_left_out_columns_are_those_of_the_background_rows_by_hand() -> None:
    model = Leaves(0.0, (Leaf(6.0, {0: Condition(high=0.0), 1: Condition(low=0.0)}),), 2)
    background = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]])  # meet the first, both, the second
    values, base = model.shapley(np.array([[-1.0, 1.0]]), background)
    assert base == 6 / 3
    alone = 6 * 2 / 3  # with the row's first column two background rows reach the leaf, with its second two
    np.testing.assert_allclose(values, [[((alone - base) + (6 - alone)) / 2] * 2])


@pytest.mark.parametrize("leaves", [8, 31])
def test_equal_to_all_coalitions_by_both_ways_with_missing_values(leaves: int) -> None:
    rows, label = table(columns=5)
    model = boosted(rows, label, leaves)
    shown, background = rows[:3], rows[50:70]
    assert np.isnan(shown).any()

    def mixed(row: np.ndarray, inside: frozenset[int]) -> float:
        these = background.copy()
        these[:, list(inside)] = row[list(inside)]
        return float(model.decision_function(these).mean())

    taken = leaves_of(model)
    assert taken is not None
    path = [brute(lambda inside, row=row: along_paths(model, row, inside), 5) for row in shown]
    np.testing.assert_allclose(taken.shapley(shown)[0], path, atol=1e-12)
    beside = [brute(lambda inside, row=row: mixed(row, inside), 5) for row in shown[:2]]
    np.testing.assert_allclose(taken.shapley(shown[:2], background)[0], beside, atol=1e-12)


@pytest.mark.parametrize("background", [None, 30])
@pytest.mark.parametrize(("leaves", "trees"), [(8, 60), (31, 20), (2, 1)])
def test_equal_to_shap_with_missing_and_constant_columns_and_for_a_stump(
    leaves: int, trees: int, background: int | None
) -> None:
    rows, label = table()
    model = boosted(rows, label, leaves, trees)
    beside = None if background is None else rows[:background]
    taken = leaves_of(model)
    assert taken is not None
    values, base = taken.shapley(rows, beside)
    explainer = shap.TreeExplainer(model, data=beside, feature_perturbation=WAYS[background])
    # beside background rows SHAP adds up in single precision
    tolerance = 1e-9 if background is None else 1e-6
    np.testing.assert_allclose(values, explainer.shap_values(rows, check_additivity=False), atol=tolerance)
    assert base == pytest.approx(float(np.ravel(explainer.expected_value)[0]), abs=1e-9)
    np.testing.assert_allclose(values.sum(axis=1) + base, model.decision_function(rows), atol=1e-9)
    assert not values[:, -1].any()
    np.testing.assert_allclose(taken.shapley(rows[:1], beside)[0], values[:1], atol=1e-12)


def test_pairs_equal_shap() -> None:
    rows, label = table()
    model = boosted(rows, label, 8)
    found = pairs(model, rows[:30])
    told = shap.TreeExplainer(model).shap_interaction_values(rows[:30])
    told[:, range(6), range(6)] = 0.0
    np.testing.assert_allclose(found, told, atol=1e-9)


def test_a_boosted_model_of_single_leaves_gives_everyone_the_base() -> None:
    rows, label = table(n=60)
    model = HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=50, early_stopping=False).fit(rows, label)
    taken = leaves_of(model)
    assert taken is not None
    values, base = taken.shapley(rows)
    assert not values.any()
    assert base == pytest.approx(model.decision_function(rows)[0])
    assert not taken.pairs(rows).any()


def test_rows_come_out_the_same_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, label = table()
    taken = leaves_of(boosted(rows, label, 8))
    assert taken is not None
    whole = taken.shapley(rows)[0]
    monkeypatch.setattr(room, "AT_ONCE", 150)
    assert (taken.shapley(rows)[0] == whole).all()
    assert taken.shapley(rows[:0])[0].shape == (0, 6)


@pytest.mark.parametrize("limit", ["MOST_COLUMNS", "MOST_PATTERNS"])
def test_where_tables_would_be_too_large_shap_answers(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, label = table()
    model = boosted(rows, label, 8)
    ours = [attribute(model, rows[:20], rows[:30], way) for way in ("path", "interventional")]
    both = pairs(model, rows[:20])
    monkeypatch.setattr(room, limit, 1)
    assert leaves_of(model) is None
    for way, mine in zip(("path", "interventional"), ours, strict=True):
        other = attribute(model, rows[:20], rows[:30], way)
        np.testing.assert_allclose(other.values, mine.values, atol=1e-6)
        assert other.base == pytest.approx(mine.base, abs=1e-9)
    np.testing.assert_allclose(pairs(model, rows[:20]), both, atol=1e-9)


def test_more_than_two_classes_and_other_models_are_not_taken_apart() -> None:
    rows, label = table(n=120)
    assert leaves_of(boosted(rows, label + (rows[:, 0] > 1), 8, 2)) is None
    assert leaves_of(object()) is None


@pytest.mark.parametrize("conditions", [1, 2, 5])
def test_what_all_conditions_bring_is_what_the_leaf_gives_less_its_mean(conditions: int) -> None:
    weights = np.random.default_rng(2).dirichlet(np.ones(2**conditions), size=3)
    reached = np.zeros(2**conditions)
    reached[-1] = 1
    np.testing.assert_allclose(tables(weights).sum(axis=1), reached[None, :] - weights[:, -1:], atol=1e-12)
