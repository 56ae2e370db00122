"""AUC, calibration and Brier score, by student where students have several rows."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from la_research.seeds import stream
from la_research.statistics.prediction import (
    auc,
    auc_difference,
    auc_error,
    auc_interval,
    brier,
    calibration,
    calibration_curve,
    placements,
)


def test_auc_counts_pairs_and_half_of_ties():
    assert auc([0, 0, 1], [1, 2, 2]) == (1 + 0.5) / 2


def test_auc_of_one_label_is_not_a_number():
    assert math.isnan(auc([1, 1], [0.2, 0.3]))
    assert all(math.isnan(number) for number in auc_interval([0, 0], [0.2, 0.3]))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=30))
def test_turning_the_scores_round_turns_the_auc_round(rows):
    label, score = [row[0] for row in rows], [float(row[1]) for row in rows]
    if 0 < sum(label) < len(label):
        assert auc(label, score) + auc(label, [-s for s in score]) == pytest.approx(1)


def test_a_perfect_order_still_has_an_interval():
    value, lower, upper = auc_interval([0] * 20 + [1] * 10, range(30))
    assert (value, upper) == (1.0, 1.0)
    assert 0.6 < lower < 0.8  # Wilson's for 10 of 10


def test_a_label_with_one_row_gives_no_error():
    assert math.isnan(auc_error([0, 0, 1], placements([0, 0, 1], [1, 2, 3])))


def test_rows_said_twice_by_a_student_widen_delong_to_what_students_carry():
    rng = stream(3, "tests", "twice")
    label = rng.random(200) < 0.4
    score = label + rng.normal(size=200)
    students = np.arange(200)
    once = auc_error(label, placements(label, score))
    twice = np.repeat(label, 2), np.repeat(score, 2)
    apart = auc_error(twice[0], placements(*twice))
    together = auc_error(twice[0], placements(*twice), np.repeat(students, 2))
    assert apart == pytest.approx(once / math.sqrt(2), rel=0.02)
    assert together == pytest.approx(once, rel=0.005)


def test_delong_covers_the_true_auc():
    """Normal scores one standard deviation apart: AUC = Phi(1/sqrt 2) = 0.7602."""
    rng, draws = stream(4, "tests", "delong"), 500
    label = np.repeat([0, 1], [120, 60])
    covered = 0
    for _ in range(draws):
        _, lower, upper = auc_interval(label, label + rng.normal(size=180))
        covered += lower <= 0.7602499389065233 <= upper
    assert covered >= binom.ppf(0.001, draws, 0.94)


def test_two_scores_of_the_same_rows_share_their_luck():
    rng = stream(5, "tests", "paired")
    label = rng.random(300) < 0.5
    score = label + rng.normal(size=300)
    difference, error = auc_difference(label, score, score + 0.1 * rng.normal(size=300))
    assert error < auc_error(label, placements(label, score)) / 3
    assert abs(difference) < 5 * error


def test_brier_of_two_rows():
    value, error = brier([1, 0], [0.9, 0.5])
    assert value == pytest.approx((0.01 + 0.25) / 2)
    assert error == pytest.approx(math.sqrt(2 * ((0.01 - 0.13) ** 2 + (0.25 - 0.13) ** 2) / 4))


def test_scores_drawn_as_they_say_are_calibrated_and_halved_logits_have_slope_two():
    rng = stream(6, "tests", "calibration")
    logits = rng.normal(-1, 1.5, size=20_000)
    label = rng.random(20_000) < 1 / (1 + np.exp(-logits))
    true = calibration(label, 1 / (1 + np.exp(-logits)))
    assert abs(true.slope - 1) < 4 * true.slope_error
    assert abs(true.intercept) < 4 * true.intercept_error
    halved = calibration(label, 1 / (1 + np.exp(-logits / 2)))
    assert halved.slope == pytest.approx(2 * true.slope)


def test_probabilities_far_too_low_give_the_intercept_they_are_low_by():
    found = calibration([1, 0] * 50, [1e-5] * 100)
    assert found.intercept == pytest.approx(-math.log(1e-5 / (1 - 1e-5)))
    assert math.isnan(found.slope)


def test_labels_that_the_score_separates_have_no_slope_and_one_label_no_intercept():
    assert math.isnan(calibration([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]).slope)
    assert math.isnan(calibration([1, 1, 1], [0.1, 0.2, 0.8]).intercept)


def test_folds_that_differ_in_level_alone_do_not_bend_the_slope():
    rng = stream(8, "tests", "levels")
    logits = rng.normal(-1, 1, size=20_000)
    fold = np.arange(20_000) % 2
    label = rng.random(20_000) < 1 / (1 + np.exp(-logits))
    told = 1 / (1 + np.exp(-(logits + 2 * fold)))
    assert calibration(label, told).slope < 0.7
    within = calibration(label, told, fold=fold)
    assert abs(within.slope - 1) < 4 * within.slope_error


def test_a_fold_with_one_label_says_nothing_of_the_slope():
    label, told = [1, 0, 0, 0, 1, 1, 1, 0], [0.25] * 4 + [0.75] * 4
    found = calibration([*label, 1, 1], [*told, 0.1, 0.9], fold=[1] * 8 + [2] * 2)
    assert found.slope == pytest.approx(calibration(label, told).slope)
    assert math.isnan(calibration([0, 1], [0.4, 0.6], fold=[1, 2]).slope)


def test_calibration_errors_grow_when_rows_belong_to_few_students():
    rng = stream(7, "tests", "clusters")
    probability = rng.uniform(0.1, 0.9, size=200)
    label = rng.random(200) < probability
    once = calibration(label, probability)
    twice = calibration(np.repeat(label, 2), np.repeat(probability, 2), np.repeat(np.arange(200), 2))
    assert twice.slope == pytest.approx(once.slope)
    assert twice.slope_error == pytest.approx(once.slope_error)


def test_equal_scores_stay_in_one_bin_whatever_the_order_of_rows():
    label, probability = [1, 0, 0, 1, 1, 0], [0.2, 0.2, 0.2, 0.2, 0.7, 0.1]
    curve = calibration_curve(label, probability, bins=3)
    assert curve["n"].tolist() == [5, 1]  # 0.1 and the four of 0.2 begin in the lowest third
    assert curve.equals(calibration_curve(label[::-1], probability[::-1], bins=3))
    assert curve["observed"].tolist() == [2 / 5, 1.0]
