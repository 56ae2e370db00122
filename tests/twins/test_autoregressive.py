"""Regression with autocorrelated errors, worked again with whole matrices and differences instead of derivatives."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.seeds import stream
from la_research.statistics.autoregressive import autoregressive
from la_research.statistics.segmented import Segments, columns, interrupted

GAPS = np.array([0, 1, 2, 3, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22], dtype=float)
SEGMENTS = Segments(11.0)


@pytest.fixture(scope="module")
def drawn():
    rng = stream(2, "tests", "autoregressive")
    errors = np.zeros(23)
    for i in range(1, 23):
        errors[i] = 0.5 * errors[i - 1] + rng.normal()
    x = columns(SEGMENTS, GAPS, np.empty((len(GAPS), 0)))
    return 1 + 0.2 * GAPS + errors[GAPS.astype(int)], x


def covariance(rho: float, variance: float) -> np.ndarray:
    return np.array([[variance * rho ** abs(a - b) for b in GAPS] for a in GAPS])


def restricted(y, x, rho, variance):
    """The restricted log likelihood, from its textbook form."""
    inverse = np.linalg.inv(covariance(rho, variance))
    bread = x.T @ inverse @ x
    rest = y - x @ np.linalg.solve(bread, x.T @ inverse @ y)
    logs = np.linalg.slogdet(covariance(rho, variance))[1] + np.linalg.slogdet(bread)[1]
    return -0.5 * (logs + rest @ inverse @ rest)


def test_variance_and_autocorrelation_are_where_the_restricted_likelihood_is_largest(drawn):
    y, x = drawn
    found = autoregressive(y, x, GAPS)
    best = restricted(y, x, found.rho, found.variance)
    around = [(found.rho + a, found.variance * b) for a in (-1e-3, 0, 1e-3) for b in (0.999, 1, 1.001) if a or b != 1]
    assert best > max(restricted(y, x, *one) for one in around)
    assert best > max(restricted(y, x, rho, found.variance) for rho in np.linspace(0.01, 0.9, 30))


def test_estimates_are_those_of_generalised_least_squares(drawn):
    y, x = drawn
    found = autoregressive(y, x, GAPS)
    inverse = np.linalg.inv(covariance(found.rho, found.variance))
    assert found.beta == pytest.approx(np.linalg.solve(x.T @ inverse @ x, x.T @ inverse @ y), abs=1e-9)


def test_errors_and_degrees_of_freedom_are_kenward_and_rogers(drawn):
    """Their formulas, with differences of the covariance in place of derivatives."""
    y, x = drawn
    found = autoregressive(y, x, GAPS)
    at = np.array([found.variance, found.rho])

    def v(parts):
        return covariance(parts[1], parts[0])

    step = np.array([[1e-4 * found.variance, 0], [0, 1e-4]])
    inverse = np.linalg.inv(v(at))
    first = [(v(at + s) - v(at - s)) / (2 * s.sum()) for s in step]
    second = [
        [(v(at + s + t) - v(at + s - t) - v(at - s + t) + v(at - s - t)) / (4 * s.sum() * t.sum()) for t in step]
        for s in step
    ]
    phi = np.linalg.inv(x.T @ inverse @ x)
    kept = inverse - inverse @ x @ phi @ x.T @ inverse
    information = np.array([[0.5 * np.trace(kept @ a @ kept @ b) for b in first] for a in first])
    doubt = np.linalg.inv(information)
    p = [-x.T @ inverse @ a @ inverse @ x for a in first]
    inner = np.zeros_like(phi)
    for i in range(2):
        for j in range(2):
            q = x.T @ inverse @ first[i] @ inverse @ first[j] @ inverse @ x
            r = x.T @ inverse @ second[i][j] @ inverse @ x
            inner += doubt[i, j] * (q - p[i] @ phi @ p[j] - r / 4)
    adjusted = phi + 2 * phi @ inner @ phi
    for contrast in np.eye(4):
        coefficient = found.of(contrast)
        gradient = np.array([-contrast @ phi @ one @ phi @ contrast for one in p])
        df = 2 * (contrast @ phi @ contrast) ** 2 / (gradient @ doubt @ gradient)
        assert coefficient.se == pytest.approx(np.sqrt(contrast @ adjusted @ contrast), rel=1e-4)
        assert coefficient.df == pytest.approx(max(df, 1.0), rel=1e-4)


def test_independent_errors_are_ordinary_least_squares(drawn):
    import statsmodels.api as sm

    y, x = drawn
    plain, found = sm.OLS(y, x).fit(), autoregressive(y, x, GAPS, independent=True)
    for i, contrast in enumerate(np.eye(4)):
        coefficient = found.of(contrast)
        assert (coefficient.value, coefficient.se) == pytest.approx((plain.params[i], plain.bse[i]), rel=1e-8)
        assert coefficient.df == pytest.approx(16)


def test_counts_without_autocorrelation_are_a_quasi_poisson_regression():
    import statsmodels.api as sm

    rng, times = stream(2, "tests", "autoregressive"), np.arange(40)
    exposure = rng.integers(80, 120, 40)
    y = rng.poisson(exposure * np.exp(-1 + 0.01 * times - 0.3 * (times >= 20)) * rng.gamma(20, 1 / 20, 40))
    found = interrupted(y, times, Segments(20), exposure=exposure, counts=True, independent=True)
    x = columns(Segments(20), times, np.empty((40, 0)))
    plain = sm.GLM(y, x, sm.families.Poisson(), offset=np.log(exposure)).fit(scale="X2")
    level = found.effect_at(20)
    assert (level.value, level.se, level.df) == pytest.approx((plain.params[2], plain.bse[2], 36), rel=1e-6)
    correlated = interrupted(y, times, Segments(20), exposure=exposure, counts=True).effect_at(20)
    assert correlated.value == pytest.approx(level.value)
    assert correlated.se != level.se


def test_ordinary_estimates_with_the_errors_of_the_autoregression(drawn):
    y, x = drawn
    found = autoregressive(y, x, GAPS, weigh=False)
    bread = np.linalg.inv(x.T @ x) @ x.T
    held = bread @ covariance(found.rho, found.variance) @ bread.T
    assert found.beta == pytest.approx(bread @ y)
    assert found.of([0, 0, 1, 0]).se == pytest.approx(np.sqrt(held[2, 2]), rel=1e-9)
