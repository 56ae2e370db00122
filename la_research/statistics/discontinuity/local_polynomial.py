"""One side of a cut-off: local polynomials at it, as weights on the outcomes, and how sure they are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from la_research.statistics.discontinuity.neighbours import neighbour_residuals

Floats = npt.NDArray[np.float64]
Kernel = Literal["triangular", "epanechnikov", "uniform"]
SINGULAR = 1e13
"""Condition of the products of powers from which on they are not told apart."""


def kernel_weights(u: Floats, kernel: Kernel) -> Floats:
    """The kernel at distances u, in bandwidths: 0 beyond 1.

    Examples
    --------
    >>> kernel_weights(np.array([0.0, -0.5, 2.0]), "triangular").tolist()
    [1.0, 0.5, 0.0]
    """
    if kernel == "uniform":
        height = np.full(u.shape, 0.5)
    else:
        height = 1 - np.abs(u) if kernel == "triangular" else 0.75 * (1 - u**2)
    return np.where(np.abs(u) <= 1, height, 0.0)


@dataclass(frozen=True)
class Side:
    """The rows on one side of a cut-off, sorted by their distance from it.

    Parameters
    ----------
    x
        Running variable less the cut-off, shape (n,), ascending.
    columns
        The outcome, and what else is fitted beside it (treatment, covariates), shape (n, k).
    cluster
        Group of each row, whole numbers; None where rows are independent.
    """

    x: Floats
    columns: Floats
    cluster: npt.NDArray[np.intp] | None = None

    @classmethod
    def of(cls, x: Floats, columns: Floats, kept: npt.NDArray[np.bool_], cluster: npt.NDArray[np.intp] | None) -> Side:
        """The rows that are kept, sorted."""
        order = np.flatnonzero(kept)[np.argsort(x[kept], kind="stable")]
        return cls(x[order], columns[order], None if cluster is None else cluster[order])

    @cached_property
    def distances(self) -> Floats:
        """The different distances from the cut-off, nearest first."""
        return np.unique(np.abs(self.x))

    @property
    def reach(self) -> float:
        """Distance of the farthest row."""
        return float(self.distances[-1])

    def within(self, bandwidth: float, kernel: Kernel) -> Side:
        """The rows that a kernel gives some weight."""
        closed = kernel == "uniform"
        first = int(np.searchsorted(self.x, -bandwidth, "left" if closed else "right"))
        last = int(np.searchsorted(self.x, bandwidth, "right" if closed else "left"))
        rows = slice(first, last)
        return Side(self.x[rows], self.columns[rows], None if self.cluster is None else self.cluster[rows])


@dataclass(frozen=True)
class LocalPolynomial:
    """A polynomial in the distance, fitted by least squares to rows that count by their distance.

    Parameters
    ----------
    rows, bandwidth, order, kernel
        The rows, how far they may lie and count, the degree, and how they count by distance.

    References
    ----------
    Fan and Gijbels (1996), Local polynomial modelling and its applications.

    Examples
    --------
    >>> x = np.linspace(0, 1, 50)
    >>> fit = LocalPolynomial(Side(x, (2 + 3 * x)[:, None]), 0.5, 1, "triangular")
    >>> [round(float(fit.derivatives(power)[0]), 6) for power in (0, 1)]
    [2.0, 3.0]
    """

    rows: Side
    bandwidth: float
    order: int
    kernel: Kernel

    @cached_property
    def powers(self) -> Floats:
        """Powers of the distance in bandwidths, shape (n, order + 1)."""
        return np.vander(self.rows.x / self.bandwidth, self.order + 1, increasing=True)

    @cached_property
    def smoother(self) -> Floats:
        """What turns values of the rows into coefficients of the distance in bandwidths, shape (order + 1, n).

        Raises
        ------
        numpy.linalg.LinAlgError
            Where the rows stand at too few different places.
        """
        if len(self.rows.x) <= self.order:
            raise np.linalg.LinAlgError("too few different places")
        wide = max(1.0, self.bandwidth / (self.rows.reach or self.bandwidth)) ** np.arange(self.order + 1)
        powers = self.powers * wide
        weighted = powers.T * kernel_weights(self.rows.x / self.bandwidth, self.kernel)
        products = weighted @ powers
        if np.linalg.cond(products) > SINGULAR:
            raise np.linalg.LinAlgError("too few different places")
        return np.asarray(wide[:, None] * np.linalg.solve(products, weighted))

    def weights(self, power: int) -> Floats:
        """What each row counts in the coefficient of a power of the distance."""
        return np.asarray(self.smoother[power] / self.bandwidth**power)

    def leak(self, power: int) -> float:
        """How much of the next power of the distance shows in a coefficient, both in bandwidths."""
        return float(self.smoother[power] @ (self.rows.x / self.bandwidth) ** (self.order + 1))

    def derivatives(self, power: int) -> Floats:
        """The derivative of that order at the cut-off, of each column."""
        return np.asarray(math.factorial(power) * self.weights(power) @ self.rows.columns)

    def variance(self, weights: Floats, combination: Floats) -> float:
        """Variance of ``weights @ columns @ combination``.

        Rows that are independent of each other: a row's residual is its value less the mean of its
        three nearest neighbours. Clusters: residuals of the fit are summed within each, with the
        usual factor for few (CR1).
        """
        values = self.rows.columns @ combination
        if self.rows.cluster is None:
            scores = weights * neighbour_residuals(self.rows.x, values)
            return float(scores @ scores)
        scores = weights * (values - self.powers @ (self.smoother @ values))
        groups = np.unique(self.rows.cluster, return_inverse=True)[1]
        sums, n, g = np.bincount(groups, scores), len(scores), int(groups.max()) + 1
        return float(sums @ sums) * (n - 1) / (n - self.order - 1) * g / (g - 1)
