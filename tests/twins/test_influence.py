"""Influences once more: how a metric with weights, by another program, moves with the weight of a row."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import binom
from sklearn.metrics import average_precision_score, balanced_accuracy_score, brier_score_loss, roc_auc_score

from la_research.seeds import stream
from la_research.statistics import influence
from la_research.statistics.gaps import tukey_z
from la_research.statistics.intervals import mean_interval, normal_interval
from la_research.statistics.prediction import placements
from la_research.statistics.simultaneous import wald_inference

STEP = 1e-5


def rows(name, n=60):
    rng = stream(71, "twins", name)
    label = (rng.random(n) < 0.4).astype(int)
    probability = 1 / (1 + np.exp(-np.round(rng.normal(size=n) + label, 1)))
    return label, probability


def offset(label, probability, weights):
    x = np.log(probability / (1 - probability))
    family = sm.families.Binomial()
    return sm.GLM(label, np.ones(len(x)), family=family, offset=x, freq_weights=weights).fit(tol=1e-14).params[0]


def slope(label, probability, weights):
    design = sm.add_constant(np.log(probability / (1 - probability)))
    return sm.GLM(label, design, family=sm.families.Binomial(), freq_weights=weights).fit(tol=1e-14).params[1]


METRICS = {
    "mean": (lambda y, p: influence.mean(p), lambda y, p, w: np.average(p, weights=w)),
    "balanced accuracy": (
        lambda y, p: influence.balanced_accuracy(y, p > 0.5),
        lambda y, p, w: balanced_accuracy_score(y, p > 0.5, sample_weight=w),
    ),
    "auc": (
        lambda y, p: influence.auc(y, placements(y, p)),
        lambda y, p, w: roc_auc_score(y, p, sample_weight=w),
    ),
    "average precision": (
        influence.average_precision,
        lambda y, p, w: average_precision_score(y, p, sample_weight=w),
    ),
    "brier": (influence.brier, lambda y, p, w: brier_score_loss(y, p, sample_weight=w)),
    "calibration intercept": (influence.calibration_intercept, offset),
    "calibration slope": (influence.calibration_slope, slope),
}


@pytest.mark.parametrize("metric", METRICS)
def test_influence_is_the_derivative_by_the_weight_of_a_row(metric):
    ours, theirs = METRICS[metric]
    label, probability = rows(metric)
    value, found = ours(label, probability)
    assert value == pytest.approx(theirs(label, probability, np.ones(60)), abs=1e-9)
    assert found.sum() == pytest.approx(0, abs=1e-9)
    for row in range(0, 60, 7):
        up, down = np.ones(60), np.ones(60)
        up[row], down[row] = 1 + STEP, 1 - STEP
        moved = (theirs(label, probability, up) - theirs(label, probability, down)) / (2 * STEP)
        assert found[row] == pytest.approx(moved, abs=1e-6)


def test_error_of_a_mean_by_student_is_that_of_its_interval():
    values, student = stream(72, "twins", "mean").normal(size=50), np.repeat(np.arange(10), 5)
    value, found = influence.mean(values)
    middle, _, upper = mean_interval(values, 0.95, student)
    assert value == pytest.approx(middle)
    assert influence.clustered_error(found, student) * 2.2621571628 == pytest.approx(upper - middle)


def truth_of(name):
    """Every metric on very many rows stands for its truth."""
    label, probability = drawn(stream(73, "twins", "truth"), 400_000)
    return METRICS[name][0](label, probability)[0]


def drawn(rng, n):
    x = rng.normal(size=n) * 1.2 - 1
    return (rng.random(n) < 1 / (1 + np.exp(-x))).astype(int), 1 / (1 + np.exp(-(0.3 + 0.8 * x)))


@pytest.mark.parametrize("metric", [name for name in METRICS if name != "auc"])
def test_interval_holds_the_truth_as_often_as_it_says(metric):
    rng, truth, draws, held = stream(74, "twins", "coverage", metric), truth_of(metric), 300, 0
    for _ in range(draws):
        label, probability = drawn(rng, 200)
        value, found = METRICS[metric][0](label, probability)
        error = influence.clustered_error(found)
        if metric == "average precision":
            lower, upper = influence.logit_interval(value, error, df=label.sum() - 1)
        else:
            lower, upper = normal_interval(value, error)
        held += lower <= truth <= upper
    assert held >= binom.ppf(0.001, draws, 0.95)


def test_all_pairs_are_held_at_once_though_errors_differ():
    rng, errors, draws = stream(75, "twins", "pairs"), np.array([1.0, 5.0, 5.0, 2.0]), 2000
    missed = 0
    for _ in range(draws):
        pairs = wald_inference(rng.normal(size=4) * errors, errors).pairs(tukey_z(4, 0.95))
        missed += bool((pairs.lower > 0).any())
    assert missed <= binom.ppf(0.999, draws, 0.05)


@pytest.mark.parametrize("one", [influence.average_precision, influence.calibration_intercept])
def test_metric_without_a_case_is_not_a_number(one):
    value, found = one([0, 0, 0], [0.1, 0.2, 0.3])
    assert math.isnan(value)
    assert np.isnan(found).all()
    assert math.isnan(influence.clustered_error(found))


def test_folds_with_one_label_are_not_read_by_the_slope():
    label, probability = rows("folds")
    fold = np.repeat([1, 2, 3], 20)
    label[fold == 3] = 0
    value, found = influence.calibration_slope(label, probability, fold)
    without = influence.calibration_slope(label[:40], probability[:40], fold[:40])
    assert np.isnan(found[40:]).all()
    assert (value, influence.clustered_error(found)) == pytest.approx(
        (without[0], influence.clustered_error(without[1]))
    )


@pytest.mark.parametrize("decision", [[1, 1], [0, 0]])
def test_balanced_accuracy_needs_both_labels(decision):
    assert math.isnan(influence.balanced_accuracy(decision, decision)[0])


def test_logit_interval_at_an_end_knows_nothing():
    assert influence.logit_interval(1.0, 0.0) == (0.0, 1.0)
    assert all(math.isnan(bound) for bound in influence.logit_interval(math.nan, math.nan))
