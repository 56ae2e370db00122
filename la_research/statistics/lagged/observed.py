"""The normal likelihood of rows with cells missing, for all patterns of missing cells at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from la_research.statistics.intervals import Floats


class Moments(Protocol):
    """Means (p) and covariances (p, p) that a model implies, and the derivatives (k, p, p) of the covariances.

    Its parameters are k of the covariances and then the p means themselves.
    """

    @property
    def mean(self) -> Floats:
        """Means."""

    @property
    def cov(self) -> Floats:
        """Covariances."""

    @property
    def slopes(self) -> Floats:
        """Derivatives of the covariances."""


@dataclass(frozen=True)
class Observed:
    """Rows by which cells they have: how many, and their means and covariances, which is all the likelihood needs.

    Parameters
    ----------
    rows
        (n, p); not a number where missing. A row without any cell adds nothing.
    pattern
        (n,): which of the patterns a row has.
    seen
        (patterns, p): which cells it has.
    count, mean, cov
        Of each pattern: rows; their means (p), 0 where missing; their covariances (p, p) with divisor n.

    References
    ----------
    Finkbeiner (1979), doi:10.1007/BF02296204.

    Examples
    --------
    >>> held = Observed.of(np.array([[1.0, 2.0], [3.0, 6.0], [5.0, np.nan]]))
    >>> held.seen.tolist(), held.count.tolist(), held.mean.tolist()
    ([[True, False], [True, True]], [1, 2], [[5.0, 0.0], [2.0, 4.0]])
    """

    rows: Floats
    pattern: NDArray[np.intp]
    seen: NDArray[np.bool_]
    count: NDArray[np.intp]
    mean: Floats
    cov: Floats

    @classmethod
    def of(cls, rows: Floats) -> Observed:
        """Rows sorted by which cells they have."""
        seen, pattern = np.unique(~np.isnan(rows), axis=0, return_inverse=True)
        pattern = pattern.ravel()
        count = np.bincount(pattern)
        filled = np.nan_to_num(rows)
        mean, cov = np.zeros(seen.shape), np.zeros((*seen.shape, rows.shape[1]))
        np.add.at(mean, pattern, filled)
        mean /= count[:, None]
        away = (filled - mean[pattern]) * seen[pattern]
        np.add.at(cov, pattern, away[:, :, None] * away[:, None, :])
        return cls(rows, pattern, seen, count, mean, cov / count[:, None, None])

    def height(self, at: Moments) -> float:
        """Log-likelihood at these moments; minus infinity where they are impossible."""
        try:
            roots = np.linalg.cholesky(self._padded(at.cov))
        except np.linalg.LinAlgError:
            return -np.inf
        logs = 2 * np.log(np.diagonal(roots, axis1=1, axis2=2)).sum(axis=1)
        inverse, spread = self._inverse(at.cov), self._spread(at.mean)
        size = self.seen.sum(axis=1) * np.log(2 * np.pi) + logs + (inverse * spread).sum(axis=(1, 2))
        return float(-(self.count * size).sum() / 2)

    def gradient(self, at: Moments) -> Floats:
        """Slope of the log-likelihood by each parameter of the covariance, then by each mean."""
        inverse, spread = self._inverse(at.cov), self._spread(at.mean)
        pull = np.einsum("c,cab->ab", self.count / 2, inverse @ spread @ inverse - inverse)
        by_mean = np.einsum("c,cab,cb->a", self.count, inverse, self.mean - at.mean, optimize=True)
        return np.concatenate([np.tensordot(at.slopes, pull, 2), by_mean])

    def information(self, at: Moments) -> Floats:
        """Expected information of the same parameters."""
        inverse, slopes = self._inverse(at.cov), at.slopes
        k, p = slopes.shape[:2]
        flat = inverse.reshape(-1, p * p)
        pairs = ((flat.T * self.count) @ flat).reshape(p, p, p, p)  # ab, cd: what the traces of W dS W dS' are made of
        columns = slopes.reshape(k, -1)
        found = np.zeros((k + p, k + p))
        found[:k, :k] = columns @ pairs.transpose(1, 2, 3, 0).reshape(p * p, p * p) @ columns.T / 2
        found[k:, k:] = np.einsum("c,cab->ab", self.count, inverse)
        return found

    def row_gradients(self, at: Moments) -> Floats:
        """Each row's part of the gradient, (n, k + p)."""
        inverse, columns = self._inverse(at.cov), at.slopes.reshape(len(at.slopes), -1)
        away = np.nan_to_num(self.rows - at.mean)
        white = (inverse[self.pattern] @ away[:, :, None])[:, :, 0]
        drawn = (white[:, :, None] * white[:, None, :]).reshape(len(white), -1) @ columns.T
        expected = inverse.reshape(len(inverse), -1) @ columns.T
        return np.hstack([(drawn - expected[self.pattern]) / 2, white])

    def _padded(self, cov: Floats) -> Floats:
        """The covariance of each pattern's cells, with 1 in the diagonal of those it does not have."""
        both = self.seen[:, :, None] & self.seen[:, None, :]
        return np.where(both, cov, np.eye(len(cov)))

    def _inverse(self, cov: Floats) -> Floats:
        """Inverse of each pattern's covariance, zero for the cells it does not have."""
        return np.asarray(np.linalg.inv(self._padded(cov)) * (self.seen[:, :, None] & self.seen[:, None, :]))

    def _spread(self, mean: Floats) -> Floats:
        """Second moments of each pattern's rows about these means."""
        away = (self.mean - mean) * self.seen
        return self.cov + away[:, :, None] * away[:, None, :]
