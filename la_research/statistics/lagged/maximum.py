"""The best parameters of a model of means and covariances, errors by student, and a test of the model."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from la_research.statistics.intervals import Floats
from la_research.statistics.lagged.observed import Moments, Observed
from la_research.statistics.psychometrics.likelihood import climb
from la_research.statistics.psychometrics.robust import sandwich
from la_research.statistics.psychometrics.unfit import Unfit

Model = Callable[[Floats], Moments]
"""What a model implies at its parameters."""


@dataclass(frozen=True)
class Best:
    """Parameters (q) at the maximum, its height, the observed information there and the gradient by student."""

    values: Floats
    height: float
    information: Floats
    scores: Floats

    @property
    def trace(self) -> float:
        """Parameters, each counted by how much more it varies than normal rows, all independent, would let it."""
        return float(np.trace(np.linalg.solve(self.information, self.scores.T @ self.scores)))

    def told(self, what: Callable[[Floats], Floats]) -> Iterator[tuple[float, float]]:
        """What the parameters come to, each with its error by the delta method."""
        steps = 1e-6 * np.eye(len(self.values))
        slopes = np.array([(what(self.values + step) - what(self.values - step)) / 2e-6 for step in steps])
        errors = np.sqrt(np.einsum("ik,ij,jk->k", slopes, sandwich(self.information, self.scores), slopes))
        yield from zip(what(self.values).tolist(), errors.tolist(), strict=True)


@dataclass(frozen=True, slots=True)
class Misfit:
    """A chi-square, divided so that it holds for rows that are not normal, and its degrees of freedom.

    With six waves a model that holds has a p under .05 in 8 of 100 draws of 500 students; more often with fewer.
    """

    chisq: float
    df: int
    n: int

    @property
    def p(self) -> float:
        """Chance of so large a chi-square, were the model true."""
        return float(chi2.sf(self.chisq, self.df))

    @property
    def rmsea(self) -> float:
        """Root mean square error of approximation: misfit a degree of freedom, whatever the number of rows."""
        return math.sqrt(max(self.chisq / self.df - 1, 0.0) / self.n)


@dataclass(frozen=True)
class _Free:
    """Any covariances and means of p columns."""

    values: Floats
    slopes: Floats

    @property
    def cov(self) -> Floats:
        return np.tensordot(self.values[: len(self.slopes)], self.slopes, 1)

    @property
    def mean(self) -> Floats:
        return self.values[len(self.slopes) :]


def best(held: Observed, model: Model, start: Floats, student: NDArray[np.intp]) -> Best:
    """Climb to the maximum, and what errors need there.

    Rows of the same student are added up, so that they are never taken for independent.

    Raises
    ------
    Unfit
        What ``climb`` raises; ``not_converged`` where the climb ended on no summit.

    Examples
    --------
    The variance of three rows, and its robust error.

    >>> free = lambda values: _Free(values, np.ones((1, 1, 1)))
    >>> found = best(Observed.of(np.array([[0.0], [3.0], [6.0]])), free, np.array([1.0, 0.0]), np.arange(3))
    >>> [round(number, 3) for number in next(found.told(lambda values: values))]
    [6.0, 2.449]
    """

    def slope(values: Floats) -> tuple[Floats, Floats]:
        at = model(values)
        return held.gradient(at), held.information(at)

    values, _ = climb(lambda values: held.height(model(values)), slope, start)
    rows = held.row_gradients(model(values))
    scores: Floats = np.zeros((student.max() + 1, rows.shape[1]))
    np.add.at(scores, student, rows)
    information = _observed_information(held, model, values)
    if np.linalg.eigvalsh(information)[0] <= 0:
        raise Unfit("not_converged", "the estimation ended where the likelihood has no maximum")
    return Best(values, held.height(model(values)), information, scores)


def _observed_information(held: Observed, model: Model, values: Floats) -> Floats:
    """Minus the second derivatives of the log-likelihood, from central differences of its gradient."""
    found = np.array([
        (held.gradient(model(values - step)) - held.gradient(model(values + step))) / 2e-5
        for step in 1e-5 * np.eye(len(values))
    ])  # fmt: skip
    return np.asarray((found + found.T) / 2)


def misfit(held: Observed, found: Best, student: NDArray[np.intp]) -> Misfit | None:
    """How far a model lies from means and covariances that are free.

    Parameters
    ----------
    found
        The best of the model over the same rows.

    Returns
    -------
    Misfit or None
        None where the free ones can not be fitted, as where no row has both of two columns, or nothing is left over.

    References
    ----------
    Yuan & Bentler (2000), doi:10.1111/0081-1750.00078.
    """
    p = held.seen.shape[1]
    rows, columns = np.tril_indices(p)
    slopes = np.zeros((len(rows), p, p))
    slopes[np.arange(len(rows)), rows, columns] = slopes[np.arange(len(rows)), columns, rows] = 1.0
    start = np.r_[np.where(rows == columns, np.nanvar(held.rows, axis=0)[rows], 0.0), np.zeros(p)]
    df = len(start) - len(found.values)
    try:
        free = best(held, lambda values: _Free(values, slopes), start, student)
    except Unfit:
        return None
    stretch = (free.trace - found.trace) / df if df else 0.0
    if stretch <= 0:
        return None
    return Misfit(max(2 * (free.height - found.height), 0.0) / stretch, df, len(found.scores))
