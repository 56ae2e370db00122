"""The jump at a cut-off, its neighbours' errors, the density and the honest interval against plain formulas."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import optimize, stats

from la_research.seeds import stream
from la_research.statistics.discontinuity.density import density_jump
from la_research.statistics.discontinuity.honest import Biased, honest_jump
from la_research.statistics.discontinuity.mass_points import crowded_place
from la_research.statistics.discontinuity.neighbours import neighbour_residuals
from la_research.statistics.discontinuity.robust import Options, jump_at_cutoff


def drawn(name: str, n: int = 300):
    rng = stream(4, "twins", "discontinuity", name)
    x = rng.normal(size=n)
    return x, 2.0 * (x >= 0) + np.sin(x) + rng.normal(size=n)


def side_fit(x, y, h, order):
    """Coefficients at the cut-off of one side, by least squares with triangular weights."""
    weights = np.clip(1 - np.abs(x) / h, 0, None)
    return sm.WLS(y, np.vander(x, order + 1, increasing=True), weights=weights).fit().params


@pytest.mark.parametrize("order", [1, 2])
def test_the_plain_jump_is_that_of_two_weighted_regressions(order):
    x, y = drawn("plain")
    jump = jump_at_cutoff(x, y[:, None], x >= 0, options=Options(order, bandwidth=1.2))
    above, below = (side_fit(x[side], y[side], 1.2, order)[0] for side in (x >= 0, x < 0))
    assert jump.conventional.value == pytest.approx(above - below, abs=1e-9)


def test_with_one_bandwidth_the_corrected_jump_is_that_of_one_degree_more():
    x, y = drawn("corrected")
    jump = jump_at_cutoff(x, y[:, None], x >= 0, options=Options(1, bandwidth=1.2))
    above, below = (side_fit(x[side], y[side], 1.2, 2)[0] for side in (x >= 0, x < 0))
    assert jump.robust.value == pytest.approx(above - below, abs=1e-9)
    assert jump.corrected.value == jump.robust.value
    assert jump.robust.se > jump.conventional.se


def test_neighbours_are_the_three_nearest_and_ties_come_all_together():
    rng = stream(4, "twins", "discontinuity", "neighbours")
    x = np.sort(rng.integers(0, 30, 60)).astype(float)
    y = rng.normal(size=60)
    for i, found in enumerate(neighbour_residuals(x, y)):
        away = np.abs(x - x[i])
        others = np.arange(60) != i
        radius = np.sort(away[others])[2]
        near = others & (away <= radius)
        count = near.sum()
        assert found == pytest.approx(np.sqrt(count / (count + 1)) * (y[i] - y[near].mean()), abs=1e-9)


def test_the_density_of_a_uniform_variable_is_that_of_a_cubic_fitted_to_its_distribution_function():
    x = stream(4, "twins", "discontinuity", "density").uniform(-1, 2, 400)
    found = density_jump(x, x >= 0, bandwidth=0.7)
    shares = np.array([(x <= value).mean() for value in x])
    below, above = (side_fit(x[side], shares[side], 0.7, 3)[1] for side in (x < 0, x >= 0))
    assert found.value == pytest.approx((above - below) / ((above + below) / 2), abs=1e-9)


def test_the_error_of_the_density_is_its_spread_over_draws():
    draws = [stream(4, "twins", "discontinuity", "spread", draw).uniform(-1, 1, 300) for draw in range(300)]
    found = [density_jump(x, x >= 0, bandwidth=0.6) for x in draws]
    spread = np.std([one.value for one in found])
    assert np.mean([one.se for one in found]) == pytest.approx(spread, rel=0.15)


def test_the_interval_of_a_biased_estimate_holds_the_truth_at_its_level_whatever_the_bias():
    for bias in (0.0, 0.3, 2.0, 15.0):
        low, high = Biased(0.0, 1.0, bias).interval(0.9)
        assert stats.norm.cdf(high - bias) - stats.norm.cdf(low - bias) == pytest.approx(0.9, abs=1e-6)


def test_its_p_value_is_the_level_at_which_the_interval_reaches_zero():
    found = Biased(2.5, 1.0, 0.7)
    level = optimize.brentq(lambda level: found.interval(level)[0], 0.01, 0.999)
    assert found.p == pytest.approx(1 - level, abs=1e-6)


def test_the_honest_interval_is_that_of_two_lines_whose_bias_is_that_of_the_most_curved_parabolas():
    x, y = drawn("honest", 200)
    x = np.round(4 * x) / 4
    found = honest_jump(x, y, x >= 0, curvature=0.8)
    worst, variance, jump = 0.0, 0.0, 0.0
    for side in (x >= 0, x < 0):
        order = np.argsort(x[side], kind="stable")
        near = np.abs(x[side][order]) < found.bandwidth
        at, values = x[side][order][near], y[side][order][near]
        lines = np.column_stack([np.ones(len(at)), at])
        weighted = lines * (1 - np.abs(at) / found.bandwidth)[:, None]
        counts = np.linalg.inv(weighted.T @ lines)[0] @ weighted.T
        jump += (1 if at[0] >= 0 else -1) * counts @ values
        worst += abs(counts @ (0.8 * at**2 / 2))
        variance += counts**2 @ neighbour_residuals(at, values) ** 2
    assert found.jump.interval(0.95) == pytest.approx(Biased(jump, np.sqrt(variance), worst).interval(0.95), abs=1e-9)


def test_three_neighbouring_places_are_judged_by_a_binomial():
    x = np.repeat([-2.0, -1.0, 0.0, 1.0, 2.0], [40, 40, 80, 40, 40])
    found = crowded_place(x, 0.0)
    k = 1 / x.var()
    assert found.expected == pytest.approx(((1 - k) / (3 - k), (1 + k) / (3 + k)))
    exact = 2 * stats.binom.sf(79, 160, found.expected[1]) if found.share > found.expected[1] else 1.0
    assert found.p == pytest.approx(min(1, exact))
