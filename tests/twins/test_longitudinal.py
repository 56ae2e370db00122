"""Invariance over waves the long way: matrices written out, the density of every row, numeric derivatives."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize
from scipy.stats import chi2, multivariate_normal

from la_research.seeds import stream
from la_research.statistics.psychometrics.likelihood import blocks_of, model_log_likelihood, score_and_information
from la_research.statistics.psychometrics.longitudinal import wave_invariance, wave_model


def answers(*name, n=200):
    """Two waves of three items; an item's own part comes back in the second wave."""
    draw = stream(12, "twins", "waves", *name)
    factors = draw.normal(size=(n, 2)) @ np.array([[1, 0.5], [0, 1]])
    own = draw.normal(size=(n, 1, 3))
    return 0.8 * factors[:, :, None] + 0.6 * own + 0.8 * draw.normal(size=(n, 2, 3))


def scalar_moments(at):
    """Loadings 3, residuals 6, intercepts 3; covariance and variance of the factors, second mean; residual pairs 3."""
    loading, residual, intercept, (between, spread, mean), pairs = np.split(at, [3, 9, 12, 15])
    by = np.zeros((6, 2))
    by[:3, 0] = by[3:, 1] = loading
    left = np.diag(residual)
    left[[0, 1, 2], [3, 4, 5]] = left[[3, 4, 5], [0, 1, 2]] = pairs
    cov = by @ np.array([[1, between], [between, spread]]) @ by.T + left
    return np.tile(intercept, 2) + by @ np.array([0, mean]), cov


def misfit(at, mean, cov):
    """Wishart's discrepancy of means and covariances, as every textbook has it."""
    middle, implied = scalar_moments(at)
    if np.linalg.eigvalsh(implied)[0] <= 0:
        return 1e6
    away, inverse = mean - middle, np.linalg.inv(implied)
    logs = np.linalg.slogdet(implied)[1] - np.linalg.slogdet(cov)[1]
    return logs + np.trace(cov @ inverse) - 6 + away @ inverse @ away


def test_the_scalar_chi_square_is_that_of_the_discrepancy_written_out():
    held = answers("whole").reshape(200, 6)
    mean, cov = held.mean(axis=0), np.cov(held.T, ddof=0)
    start = np.concatenate([np.full(3, 0.8), np.full(6, 1.0), mean[:3], [0.4, 1.0, 0.0], np.full(3, 0.2)])
    least = minimize(misfit, start, (mean, cov), method="BFGS", options={"gtol": 1e-6})
    steps = {step.name: step for step in wave_invariance(held.reshape(200, 2, 3))}
    fit = steps["scalar"].solution.fit
    assert fit.chisq == pytest.approx(200 * least.fun, rel=1e-5)
    assert fit.df == 27 - 18
    assert fit.p == pytest.approx(chi2.sf(200 * least.fun, 9), rel=1e-4)
    assert steps["scalar"].delta_df == 2


def test_the_maximum_with_missed_waves_is_that_of_the_density_of_every_row():
    held = answers("missed", n=120)
    held[::4, 1] = np.nan
    held[1::5, 0] = np.nan
    found = next(step for step in wave_invariance(held) if step.name == "scalar").solution
    moments, cells = found.moments(), found.model.groups[0]
    at = np.concatenate([
        moments.loading[:3, 0], moments.residual, found.values[cells.intercept[:3]],
        [moments.factor[1, 0], moments.factor[1, 1], moments.latent[1]], moments.cov[[3, 4, 5], [0, 1, 2]]
        - moments.loading[:3, 0] ** 2 * moments.factor[1, 0],
    ])  # fmt: skip
    rows = held.reshape(120, 6)

    def height(values):
        middle, cov = scalar_moments(values)
        total = 0.0
        for row in rows[~np.isnan(rows).all(axis=1)]:
            seen = ~np.isnan(row)
            total += multivariate_normal.logpdf(row[seen], middle[seen], cov[np.ix_(seen, seen)])
        return total

    assert height(at) == pytest.approx(found.log_likelihood, rel=1e-10)
    assert approx_fprime(at, height, 1e-6) == pytest.approx(np.zeros(len(at)), abs=0.02)


def test_the_gradient_is_the_numeric_derivative_with_residuals_that_go_together():
    rows = answers("slopes").reshape(200, 6)
    rows[::3, 3:] = np.nan
    model, blocks = wave_model(3, 2, equal=("loading",), apart={"loading": (1,)}), blocks_of(rows)
    at = 1.0 + 0.1 * stream(12, "twins", "waves", "start").normal(size=model.free)
    cells = model.groups[0]
    at[cells.factor[1, 0]], at[cells.crossed[2]] = 0.3, 0.2
    numeric = approx_fprime(at, lambda values: model_log_likelihood(model, values, blocks), 1e-7)
    assert score_and_information(model, at, blocks)[0] == pytest.approx(numeric, rel=1e-3, abs=0.01)
