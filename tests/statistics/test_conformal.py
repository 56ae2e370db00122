"""Conformal thresholds, sets and p-values: by hand, by plain twins, and as often right as they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from la_research.statistics.conformal import (
    conformal_p,
    conformal_threshold,
    label_sets,
    label_thresholds,
    least_students,
    one_row_each,
    shared_thresholds,
)
from la_research.statistics.intervals import clopper_pearson
from la_research.statistics.unlike import mean_distance, unlike_p


def plain_threshold(values: list[float], level: float) -> float:
    """The smallest value at or under which, a further one counted as infinite, the share of values is the level."""
    everyone = [*sorted(values), math.inf]
    return next(v for v in everyone if sum(w <= v for w in everyone) >= level * len(everyone) - 1e-9)


@pytest.mark.parametrize("n", [1, 8, 9, 10, 19, 29, 100])
@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95])
def test_the_threshold_is_that_of_the_definition(n: int, level: float) -> None:
    values = np.random.default_rng(n).normal(size=n).round(1)
    assert conformal_threshold(values, level) == plain_threshold(values.tolist(), level)
    assert math.isfinite(conformal_threshold(values, level)) == (n >= least_students(level))


def test_of_nineteen_students_the_eighteenth_is_the_threshold_at_nine_in_ten() -> None:
    assert conformal_threshold(np.arange(1.0, 20.0), 0.9) == (19 + 1) * 0.9


def test_a_further_value_lies_under_the_threshold_as_often_as_promised() -> None:
    rng = np.random.default_rng(1)
    draws = 4_000
    hit = sum(rng.normal() <= conformal_threshold(rng.normal(size=24), 0.9) for _ in range(draws))
    exact = math.ceil(25 * 0.9) / 25  # 23 of 25 places
    lower, upper = clopper_pearson(hit, draws, 0.999)
    assert lower <= exact <= upper


def test_p_is_the_share_as_unlike_oneself_among_them() -> None:
    assert conformal_p([3.0, 1.0, 2.0], [2.0, 9.0]).tolist() == [(2 + 1) / 4, 1 / 4]


def test_each_label_has_its_own_threshold_and_a_rare_one_is_not_left_out() -> None:
    rng = np.random.default_rng(2)
    label = (rng.random(20_000) < 0.1).astype(float)
    score = np.clip(0.1 + 0.05 * label + 0.05 * rng.normal(size=len(label)), 0, 1)
    half = np.arange(len(label)) % 2 == 0
    possible = label_sets(score[half], label_thresholds(score[~half], label[~half], 0.9))
    for y in (0, 1):
        of = label[half] == y
        assert possible[of, y].mean() == pytest.approx(0.9, abs=0.025)


def test_shared_thresholds_are_the_largest_and_pass_over_groups_too_small_for_one() -> None:
    score, label = np.r_[np.arange(1, 21) / 100, np.arange(41, 61) / 100, [0.99]], np.zeros(41)
    group = np.repeat([0, 1, 2], [20, 20, 1])
    shared = shared_thresholds(score, label, [group], 0.9)
    assert shared[0] == 0.59  # the 19th of 20, as (20 + 1) x 0.9 = 18.9: of the second group
    assert shared[1] == math.inf  # nobody has the label: it stays possible


def test_a_threshold_that_is_not_known_leaves_nothing_possible() -> None:
    assert label_sets(np.array([0.4]), np.array([[np.nan, np.nan]])).tolist() == [[False, False]]


def test_one_row_of_each_student_is_drawn_and_each_row_may_be() -> None:
    who = np.array(["a", "a", "b", "c", "c", "c"])
    drawn = [one_row_each(who, np.random.default_rng(seed)) for seed in range(40)]
    assert all(sorted(who[rows]) == ["a", "b", "c"] for rows in drawn)
    assert set(np.concatenate(drawn)) == set(range(6))


def plain_distance(reference: np.ndarray, row: np.ndarray, nearest: int) -> float:
    """From the definition, one column after the other."""
    total = np.zeros(len(reference))
    for held, value in zip(reference.T, row, strict=True):
        seen = held[~np.isnan(held)]
        low, middle, high = np.percentile(seen, [25, 50, 75])
        scale = high - low or seen.std() or 1.0
        ours = 0.0 if np.isnan(value) else (value - middle) / scale
        theirs = np.where(np.isnan(held), 0.0, (held - middle) / scale)
        total += (ours - theirs) ** 2 + (np.isnan(value) != np.isnan(held))
    return float(np.sort(np.sqrt(total))[:nearest].mean())


def test_distances_are_those_of_the_definition_with_missing_and_constant_columns() -> None:
    rng = np.random.default_rng(3)
    reference, rows = rng.normal(size=(40, 4)), rng.normal(size=(6, 4))
    reference[:, 2], reference[:35, 3] = 1.0, 0.0  # one value for all; one for most, so that quartiles are one
    for held in (reference, rows):
        held[rng.random(held.shape) < 0.2] = np.nan
    expected = [plain_distance(reference, row, 5) for row in rows]
    np.testing.assert_allclose(mean_distance(reference, rows, 5), expected)


def test_a_student_like_the_others_is_as_unlike_as_registered_no_more_often_than_that() -> None:
    hits, asked = 0, 0
    for draw in range(60):
        rng = np.random.default_rng(draw)
        features = rng.exponential(size=(260, 3))
        features[rng.random(features.shape) < 0.1] = np.nan
        found = unlike_p(features, np.arange(60), np.arange(60, 260), rng)
        hits, asked = hits + int((found <= 0.05).sum()), asked + 60
    assert hits / asked <= 0.05 + 0.02  # tested rows of a draw share their calibration: wider than binomial


def test_a_student_unlike_all_others_is_found() -> None:
    rng = np.random.default_rng(4)
    features = np.vstack([rng.normal(size=(400, 3)), [[8.0, -8.0, 8.0]], [[np.nan, np.nan, np.nan]]])
    found = unlike_p(features, np.array([400, 401]), np.arange(400), rng)
    assert found[0] == 1 / 201  # the largest distance beside 200 of the calibration
    assert found[1] <= 0.05


def test_with_fewer_than_two_others_nobody_is_unlike() -> None:
    assert unlike_p(np.zeros((2, 1)), np.array([0]), np.array([1]), np.random.default_rng(1)).tolist() == [1.0]
