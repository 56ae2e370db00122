"""A regression over time whose errors follow one another: restricted likelihood, and errors fit for short series."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from la_research.statistics.coefficient import Coefficient

Floats = npt.NDArray[np.float64]
SPAN = 2.0
"""An autocorrelation is looked for up to 1 less this by the points: beyond it, trend and chance look alike."""
MOST_TIMES = 2.0
"""Kenward and Roger's adjustment makes an error at most so many times as large. Near an autocorrelation of 1 it grows
without end; with 24 points the intervals held the truth as often with this limit, and were 20 to 55 % narrower."""
MOST_DF = 1e6
"""Degrees of freedom where the variance is as good as known."""


@dataclass(frozen=True)
class Autoregressive:
    """A regression with errors of a first-order autoregression.

    Parameters
    ----------
    beta
        Its coefficients, shape (k,).
    rho, variance
        Autocorrelation of neighbouring points, and variance of an error.
    covariance
        Of the coefficients, with Kenward and Roger's adjustment, before its limit, shape (k, k).
    plain, slopes, doubt
        What degrees of freedom are made of: the covariance without the adjustment, its derivatives by
        variance and autocorrelation, shape (2, k, k), and the covariance of these two, shape (2, 2).
    n
        Points in time.
    """

    beta: Floats
    rho: float
    variance: float
    covariance: Floats
    plain: Floats
    slopes: Floats
    doubt: Floats
    n: int

    def of(self, contrast: ArrayLike) -> Coefficient:
        """A weighted sum of coefficients, shape (k,), with Satterthwaite's degrees of freedom; n is points in time."""
        weights = np.asarray(contrast, dtype=float)
        gradient = self.slopes @ weights @ weights
        doubt = float(gradient @ self.doubt @ gradient)
        plain = float(weights @ self.plain @ weights)
        df = 2 * plain**2 / doubt if doubt > 2 * plain**2 / MOST_DF else MOST_DF
        wider = min(max(float(weights @ self.covariance @ weights), 0.0), MOST_TIMES**2 * plain)
        error = math.sqrt(wider)
        return Coefficient(float(weights @ self.beta), error, max(df, 1.0), self.n)


def autoregressive(
    y: ArrayLike, x: ArrayLike, place: ArrayLike, *, independent: bool = False, weigh: bool = True
) -> Autoregressive:
    """Regression whose errors are a stationary first-order autoregression, by restricted maximum likelihood.

    The autocorrelation comes from the restricted likelihood, profiled over all else. Points may be missing: two
    points d places apart are correlated by its d-th power. Standard errors allow for the autocorrelation being
    estimated (Kenward and Roger), degrees of freedom are Satterthwaite's.

    Parameters
    ----------
    y
        One value a point, shape (n,).
    x
        Columns of full rank with the constant, shape (n, k), n above k + 1.
    place
        Whole numbers, rising, one a point.
    independent
        Whether the autocorrelation is taken as zero: ordinary least squares and Student's t.
    weigh
        Whether the coefficients are those of generalised least squares; else those of ordinary least
        squares, with errors that allow for the autocorrelation.

    References
    ----------
    Cheang & Reinsel (2000), doi:10.1080/01621459.2000.10474282 (restricted likelihood with AR errors);
    Kenward & Roger (1997), doi:10.2307/2533558; Turner et al. (2021), doi:10.1186/s12874-021-01306-w, who
    find it and Satterthwaite's degrees of freedom best for interrupted series.

    Examples
    --------
    >>> y = [1.0, 2.1, 2.9, 4.2, 5.0, 5.8, 7.1, 8.0]
    >>> x = np.column_stack([np.ones(8), np.arange(8)])
    >>> fitted = autoregressive(y, x, np.arange(8), independent=True)
    >>> slope = fitted.of([0, 1])
    >>> round(slope.value, 3), round(slope.se, 4), round(slope.df, 6)
    (0.994, 0.0206, 6.0)
    """
    outcome, columns, places = (np.asarray(item, dtype=float) for item in (y, x, place))
    rho = 0.0 if independent else _best(outcome, columns, np.diff(places))
    rest, beta = _least_squares(*_whitened(outcome, columns, np.diff(places), rho))
    n, k = columns.shape
    variance = float(rest @ rest) / (n - k)
    gaps = np.abs(places[:, None] - places[None, :])
    if weigh or independent:
        return _generalised(columns, gaps, beta, rho, variance, independent)
    return _ordinary(outcome, columns, gaps, rho, variance)


def _best(y: Floats, x: Floats, steps: Floats) -> float:
    """The autocorrelation of the largest restricted likelihood; a coarse look first, as it may have two peaks."""
    furthest = 1 - SPAN / len(y)
    grid = np.linspace(-furthest, furthest, 25)
    values = [_misfit(rho, y, x, steps) for rho in grid]
    start = int(np.argmin(values))
    ends = grid[max(start - 1, 0)], grid[min(start + 1, len(grid) - 1)]
    found = minimize_scalar(_misfit, None, ends, (y, x, steps), "bounded", options={"xatol": 1e-7})
    return float(found.x) if found.fun <= values[start] else float(grid[start])


def _misfit(rho: float, y: Floats, x: Floats, steps: Floats) -> float:
    """Minus the restricted log likelihood at an autocorrelation, variance and coefficients profiled; constants out."""
    rest, _ = _least_squares(*(white := _whitened(y, x, steps, rho)))
    n, k = x.shape
    spread = np.linalg.slogdet(white[1].T @ white[1])[1]
    shrunk = np.log1p(-(_power(rho, steps) ** 2)).sum()
    return float((n - k) * math.log(max(float(rest @ rest), 1e-300)) + shrunk + spread) / 2


def _whitened(y: Floats, x: Floats, steps: Floats, rho: float) -> tuple[Floats, Floats]:
    """Values and columns whose errors are independent and of one variance: what each point adds to the last."""
    pull = _power(rho, steps)
    scale = 1 / np.sqrt(1 - pull**2)
    values = np.concatenate([y[:1], (y[1:] - pull * y[:-1]) * scale])
    return values, np.vstack([x[:1], (x[1:] - pull[:, None] * x[:-1]) * scale[:, None]])


def _power(rho: float, steps: Floats) -> Floats:
    return np.sign(rho) ** steps * np.abs(rho) ** steps if rho else np.zeros_like(steps)


def _least_squares(y: Floats, x: Floats) -> tuple[Floats, Floats]:
    beta: Floats = np.asarray(np.linalg.lstsq(x, y, rcond=None)[0], dtype=float)
    return y - x @ beta, beta


def _derivatives(gaps: Floats, rho: float, variance: float) -> tuple[Floats, Floats, Floats]:
    """Correlation of two points; derivatives of their covariance by rho, and by rho twice."""
    near, far = np.maximum(gaps - 1, 0), np.maximum(gaps - 2, 0)
    first = np.where(gaps >= 1, gaps * _power_of(rho, near), 0.0)
    second = np.where(gaps >= 2, gaps * (gaps - 1) * _power_of(rho, far), 0.0)
    return _power_of(rho, gaps), variance * first, variance * second


def _power_of(rho: float, gaps: Floats) -> Floats:
    return np.where(gaps == 0, 1.0, np.sign(rho) ** gaps * np.abs(rho) ** gaps)


def _inverse(square: Floats) -> Floats:
    return np.asarray(np.linalg.pinv(square, hermitian=True), dtype=float)


def _information(inverse: Floats, changes: list[Floats], x: Floats, phi: Floats) -> tuple[Floats, Floats, Floats]:
    """Covariance of variance and autocorrelation (expected restricted information), and Kenward and Roger's P and Q."""
    solved = [inverse @ change for change in changes]
    seen = inverse @ x
    p = np.array([-(x.T @ one @ seen) for one in solved])
    q = np.array([[x.T @ one @ two @ seen for two in solved] for one in solved])
    size = len(changes)
    held = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            trace = float((solved[i] * solved[j].T).sum())
            held[i, j] = trace / 2 - np.trace(phi @ q[i, j]) + np.trace(phi @ p[i] @ phi @ p[j]) / 2
    return _inverse(held), p, q


def _generalised(
    x: Floats, gaps: Floats, beta: Floats, rho: float, variance: float, independent: bool
) -> Autoregressive:
    correlation, by_rho, twice = _derivatives(gaps, rho, variance)
    inverse = _inverse(variance * correlation)
    phi = _inverse(x.T @ inverse @ x)
    changes = [correlation] if independent else [correlation, by_rho]
    doubt, p, q = _information(inverse, changes, x, phi)
    seen = inverse @ x
    curved = np.zeros((2, 2, *phi.shape))
    curved[0, 1] = curved[1, 0] = seen.T @ (by_rho / variance) @ seen
    curved[1, 1] = seen.T @ twice @ seen
    size = len(changes)
    inner = sum(
        (doubt[i, j] * (q[i, j] - p[i] @ phi @ p[j] - curved[i, j] / 4) for i in range(size) for j in range(size)),
        start=np.zeros_like(phi),
    )
    adjusted = phi + 2 * phi @ inner @ phi
    slopes = np.array([-phi @ one @ phi for one in p])
    return Autoregressive(beta, rho, variance, adjusted, phi, slopes, doubt, len(x))


def _ordinary(y: Floats, x: Floats, gaps: Floats, rho: float, variance: float) -> Autoregressive:
    correlation, by_rho, _ = _derivatives(gaps, rho, variance)
    inverse = _inverse(variance * correlation)
    doubt, _, _ = _information(inverse, [correlation, by_rho], x, _inverse(x.T @ inverse @ x))
    bread: Floats = np.asarray(np.linalg.pinv(x), dtype=float)
    covariance = variance * bread @ correlation @ bread.T
    slopes = np.array([bread @ correlation @ bread.T, bread @ by_rho @ bread.T])
    return Autoregressive(bread @ y, rho, variance, covariance, covariance, slopes, doubt, len(x))


def foreseen(x: ArrayLike, place: ArrayLike, rho: float) -> Autoregressive:
    """What a regression would tell of these columns, were the errors' variance 1 and their autocorrelation known.

    Its coefficients are zero; ``of`` gives the error that a contrast would have, and its degrees of freedom.

    Parameters
    ----------
    x, place
        As in ``autoregressive``.
    rho
        Autocorrelation of the errors, between -1 and 1.

    Examples
    --------
    >>> mean = foreseen(np.ones((25, 1)), np.arange(25), 0.3).of([1])
    >>> round(mean.se, 2), round(mean.df, 1)  # without autocorrelation 0.2 and 24
    (0.24, 4.7)
    """
    columns, places = np.asarray(x, dtype=float), np.asarray(place, dtype=float)
    gaps = np.abs(places[:, None] - places[None, :])
    return _generalised(columns, gaps, np.zeros(columns.shape[1]), rho, 1.0, False)
