"""Measures of a simulation, written once more from Morris, White and Crowther (2019) and Gelman and Carlin (2014)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from la_research.statistics.simulation import Simulated, share

PLANTED = 2.0


@pytest.fixture(scope="module")
def seen() -> Simulated:
    generator = np.random.Generator(np.random.Philox(3))
    value = 2.1 + 0.5 * generator.standard_normal(400)
    errors = 0.45 + 0.1 * generator.random(400)
    return Simulated(value, value - 1.96 * errors, value + 1.96 * errors, errors, "points")


def half(estimate) -> float:
    return (estimate.upper - estimate.lower) / (2 * 1.959963984540054)


def test_bias_and_its_monte_carlo_error(seen):
    n, mean = len(seen.value), sum(seen.value) / len(seen.value)
    error = math.sqrt(sum((v - mean) ** 2 for v in seen.value) / (n * (n - 1)))
    assert (seen.bias(PLANTED).value, half(seen.bias(PLANTED))) == pytest.approx((mean - PLANTED, error))


def test_empirical_se_and_its_monte_carlo_error(seen):
    n, mean = len(seen.value), sum(seen.value) / len(seen.value)
    spread = math.sqrt(sum((v - mean) ** 2 for v in seen.value) / (n - 1))
    assert (seen.empirical_se().value, half(seen.empirical_se())) == pytest.approx(
        (spread, spread / math.sqrt(2 * (n - 1)))
    )


def test_model_se_and_its_monte_carlo_error(seen):
    n, squares = len(seen.errors), [e**2 for e in seen.errors]
    mean = sum(squares) / n
    spread = sum((s - mean) ** 2 for s in squares) / (n - 1)
    assert (seen.model_se().value, half(seen.model_se())) == pytest.approx(
        (math.sqrt(mean), math.sqrt(spread / (4 * n * mean)))
    )


def test_rmse_is_the_root_of_the_mean_squared_error_and_its_error_follows_by_the_delta_method(seen):
    n, squares = len(seen.value), [(v - PLANTED) ** 2 for v in seen.value]
    mse = sum(squares) / n
    error = math.sqrt(sum((s - mse) ** 2 for s in squares) / (n * (n - 1)))
    found = seen.rmse(PLANTED)
    assert (found.value, half(found)) == pytest.approx((math.sqrt(mse), error / (2 * math.sqrt(mse))))


def test_coverage_counts_the_intervals_that_hold_the_planted_size(seen):
    held = sum(low <= PLANTED <= high for low, high in zip(seen.lower, seen.upper, strict=True))
    assert seen.coverage(PLANTED).value == held / 400


def test_one_study_has_a_bias_and_no_interval_and_no_spread():
    one = np.array([1.0])
    alone = Simulated(one, one - 1, one + 1, one, "points")
    assert (alone.bias(0.5).value, alone.bias(0.5).lower) == (0.5, None)
    assert alone.empirical_se().value is None
    assert share(np.array([True])).value == 1.0


@pytest.mark.parametrize("planted", [0.3, 1.0, 4.0])
def test_errors_of_sign_and_size_are_those_of_a_truncated_normal(planted):
    error, reach = 2.0, stats.norm.ppf(0.975)
    value = planted + error * np.random.Generator(np.random.Philox(11)).standard_normal(100_000)
    seen = Simulated(value, value - reach * error, value + reach * error, np.full(len(value), error), "points")
    d, normal = planted / error, stats.norm
    right, wrong = normal.sf(reach - d), normal.cdf(-reach - d)
    size = d * (right - wrong) + normal.pdf(reach - d) + normal.pdf(reach + d)
    excludes = seen.above_zero() | seen.below_zero()
    low, high = stats.binom.ppf([0.0005, 0.9995], excludes.sum(), wrong / (right + wrong))
    assert low <= seen.below_zero().sum() <= high
    times = seen.exaggeration(planted)
    assert abs(times.value - size / (right + wrong) / d) < 3.3 * (times.upper - times.value) / 1.96
    assert (times.n, times.unit) == (excludes.sum(), "times")


def test_without_an_interval_that_excludes_zero_there_is_no_exaggeration():
    value = np.array([0.1, -0.1])
    assert Simulated(value, value - 1, value + 1, np.ones(2), "points").exaggeration(0.5).value is None
