"""Generalised estimating equations whose rows of a cluster are all correlated alike, with errors for few clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from la_research.statistics.coefficient import Coefficient
from la_research.statistics.leverage import corrected_covariance, group_products, group_sums

Floats = npt.NDArray[np.float64]
STEPS = 100


@dataclass(frozen=True)
class Marginal:
    """Coefficients on the scale of the outcome, and how rows of a cluster are correlated.

    Parameters
    ----------
    value, covariance
        Shapes (p,) and (p, p).
    correlation
        Of two rows of a cluster, 0 or more.
    clusters, n
        How many; n is what the coefficients are said to rest on.
    """

    value: Floats
    covariance: Floats
    correlation: float
    clusters: int
    n: int

    def at(self, contrast: npt.ArrayLike) -> Coefficient:
        """A combination of the coefficients, shape (p,), against t with clusters less 2."""
        c = np.asarray(contrast, dtype=float)
        return Coefficient(
            float(c @ self.value), float(np.sqrt(c @ self.covariance @ c)), max(self.clusters - 2, 1), self.n
        )


def exchangeable(outcome: Floats, design: Floats, cluster: npt.NDArray[np.intp], n: int | None = None) -> Marginal:
    """Least squares weighted as if rows of a cluster were correlated alike; errors hold where they are not.

    The correlation is found by moments from the residuals, in turn with the coefficients; below 0
    it is 0. The link is the identity, so that of an outcome of 0 and 1 shares are compared.

    Parameters
    ----------
    outcome
        Shape (rows,), none missing.
    design
        Shape (rows, p), of full rank, no column carried by one cluster alone.
    cluster
        Number of each row's cluster, from 0 and without gaps.
    n
        Students; None where each row is one.

    References
    ----------
    Liang and Zeger (1986), doi:10.1093/biomet/73.1.13; Mancl and DeRouen (2001),
    doi:10.1111/j.0006-341X.2001.00126.x; Li, Turner and Preisser (2018), Sample size determination for GEE analyses
    of stepped wedge cluster randomized trials, doi:10.1111/biom.12918 (t with few clusters).

    Examples
    --------
    >>> found = exchangeable(np.array([1.0, 3, 5, 7]), np.ones((4, 1)), np.array([0, 0, 1, 1]))
    >>> found.value.round(6).tolist(), round(found.correlation, 3)
    ([4.0], 0.9)
    """
    clusters, p = int(cluster.max()) + 1, design.shape[1]
    columns = np.column_stack([design, outcome])
    cross, sums = group_products(columns, columns, cluster, clusters), group_sums(columns, cluster, clusters)
    size = np.bincount(cluster).astype(float)
    alike = 0.0
    for _ in range(STEPS):
        taken = alike / (1 + alike * (size - 1))
        whole = cross - taken[:, None, None] * sums[:, :, None] * sums[:, None, :]
        value = np.linalg.solve(whole[:, :p, :p].sum(axis=0), whole[:, :p, p].sum(axis=0))
        before, alike = alike, _correlation(cross, sums, size, value)
        if abs(alike - before) < 1e-10:
            break
    score = whole[:, :p, p] - whole[:, :p, :p] @ value
    covariance = corrected_covariance(whole[:, :p, :p], score)
    return Marginal(value, covariance, alike, clusters, len(outcome) if n is None else n)


def _correlation(cross: Floats, sums: Floats, size: Floats, value: Floats) -> float:
    """Mean product of two residuals of a cluster over their mean square."""
    toward = np.append(-value, 1.0)
    squares = np.einsum("i,cij,j->c", toward, cross, toward)
    pairs = float(((sums @ toward) ** 2 - squares).sum()) / 2
    rows, count = float(size.sum()), float((size * (size - 1)).sum()) / 2 - len(value)
    spread = float(squares.sum()) / (rows - len(value))
    return min(max(pairs / count / spread, 0.0), 0.99) if count > 0 and spread > 0 else 0.0
