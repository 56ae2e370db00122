"""The random intercept cross-lagged panel model the long way: wave by wave, row by row, by numeric derivatives."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize
from scipy.stats import multivariate_normal

from la_research.seeds import stream
from la_research.statistics.lagged.maximum import best, misfit
from la_research.statistics.lagged.moments import Waves, start_of
from la_research.statistics.lagged.observed import Observed

WAVES = 4
PLACES = 7 + 5 * WAVES


def values(waves=WAVES):
    """Parameters without any zero or symmetry."""
    draw = stream(1, "twins", "lagged", "values")
    return start_of(waves) + 0.1 * draw.uniform(-1, 1, size=7 + 5 * waves)


def answers(n=200, waves=WAVES):
    """Rows of the model, three cells in ten missing."""
    draw = stream(2, "twins", "lagged", "rows")
    at = Waves(values(waves), waves)
    rows = draw.multivariate_normal(at.mean, at.cov, size=n)
    rows[draw.random(rows.shape) < 0.3] = np.nan
    return rows


def model(at):
    return Waves(at, WAVES)


def numeric(what, at, step=1e-6):
    """Central differences, one row a parameter."""
    return np.array([(what(at + one) - what(at - one)) / (2 * step) for one in step * np.eye(len(at))])


def test_the_covariance_is_that_of_going_from_wave_to_wave():
    at = model(values())
    spread = at.fresh[0]
    for first in range(WAVES):
        passed = spread
        for later in range(first, WAVES):
            found = at.cov[2 * later : 2 * later + 2, 2 * first : 2 * first + 2]
            assert found == pytest.approx(at.intercepts + passed, abs=1e-12)
            passed = at.lag @ passed
        if first < WAVES - 1:
            spread = at.lag @ spread @ at.lag.T + at.fresh[first + 1]


def test_slopes_of_the_covariance_are_its_numeric_derivatives():
    expected = numeric(lambda at: model(at).cov, values())
    assert model(values()).slopes == pytest.approx(expected[: 7 + 3 * WAVES], abs=1e-8)
    assert expected[7 + 3 * WAVES :] == pytest.approx(0.0)


def test_the_likelihood_is_the_density_of_what_each_row_answered():
    rows, at = answers(), model(values())
    expected = sum(
        multivariate_normal.logpdf(row[seen], at.mean[seen], at.cov[np.ix_(seen, seen)])
        for row in rows
        if (seen := ~np.isnan(row)).any()
    )
    assert Observed.of(rows).height(at) == pytest.approx(expected, abs=1e-8)


def test_the_gradient_is_the_numeric_one_and_the_sum_over_rows():
    held, at = Observed.of(answers()), values()
    expected = numeric(lambda at: held.height(model(at)), at)
    assert held.gradient(model(at)) == pytest.approx(expected, rel=1e-6, abs=1e-5)
    assert held.row_gradients(model(at)).sum(axis=0) == pytest.approx(held.gradient(model(at)), abs=1e-9)


def test_the_expected_information_is_that_of_every_pattern_by_its_traces():
    held, at = Observed.of(answers(n=40)), model(values())
    k, p = at.slopes.shape[:2]
    expected = np.zeros((k + p, k + p))
    for seen, count in zip(held.seen, held.count, strict=True):
        inverse = np.linalg.inv(at.cov[np.ix_(seen, seen)])
        moved = [inverse @ slope[np.ix_(seen, seen)] for slope in at.slopes]
        expected[:k, :k] += count / 2 * np.array([[np.trace(a @ b) for b in moved] for a in moved])
        expected[k:, k:][np.ix_(seen, seen)] += count * inverse
    assert held.information(at) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_the_maximum_is_that_of_a_general_optimiser():
    held = Observed.of(answers(n=600))
    found = best(held, model, start_of(WAVES), np.arange(600))
    searched = minimize(
        lambda at: -held.height(model(at)) / 600,
        values(),
        jac=lambda at: -held.gradient(model(at)) / 600,
        method="BFGS",
    )
    assert found.height == pytest.approx(-600 * searched.fun, abs=1e-3)
    assert found.values == pytest.approx(searched.x, abs=0.01)
    expected = -approx_fprime(found.values, lambda at: held.gradient(model(at)), 1e-6)
    assert found.information == pytest.approx(expected, rel=1e-3, abs=0.05)


def test_without_missing_cells_the_test_of_the_model_is_the_discrepancy_of_the_covariances():
    draw, n, p = stream(3, "twins", "lagged", "whole"), 800, 2 * WAVES
    rows = draw.multivariate_normal(np.zeros(p), model(values()).cov, size=n)
    held, who = Observed.of(rows), np.arange(n)
    found = best(held, model, start_of(WAVES), who)
    sample, implied = np.cov(rows.T, ddof=0), model(found.values).cov
    assert model(found.values).mean == pytest.approx(rows.mean(axis=0), abs=1e-6)
    inner = np.trace(np.linalg.solve(implied, sample)) - p
    plain = n * (np.linalg.slogdet(implied)[1] - np.linalg.slogdet(sample)[1] + inner)
    tested = misfit(held, found, who)
    assert tested.df == p * (p + 1) // 2 - (7 + 3 * WAVES)
    # Yuan and Bentler's divisor is 1 for normal rows, but for chance
    assert tested.chisq == pytest.approx(plain, rel=0.1)
