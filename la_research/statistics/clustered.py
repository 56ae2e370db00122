"""Least squares whose errors allow groups of rows to share their fate, with as many degrees of freedom as there are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from la_research.statistics.coefficient import Coefficient

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
EXACT = 1e-8
"""Share of a group's variance left below which a direction of it counts as fitted exactly."""


@dataclass(frozen=True)
class Fit:
    """Least squares of one or more outcomes on the same columns.

    Parameters
    ----------
    values
        Coefficients, shape (k, outcomes).
    pushes
        What each group's corrected residuals add to the coefficients, shape (groups, k, outcomes): their sum of
        products is the covariance.
    bread, leaned, kept
        (X'X)^-1; for each group its corrected columns times its own columns, X'A'X, shape (groups, k, k), and
        times themselves, X'A'AX: of these the degrees of freedom are made. None where every row is a group.
    n
        Rows.
    """

    values: Floats
    pushes: Floats
    bread: Floats
    leaned: Floats | None
    kept: Floats | None
    n: int

    def covariance(self, left: Floats, right: Floats, outcomes: tuple[int, int] = (0, 0)) -> float:
        """Of two weighted sums of coefficients, each of the outcome named."""
        return float((self.pushes[:, :, outcomes[0]] @ left) @ (self.pushes[:, :, outcomes[1]] @ right))

    def of(self, contrast: Floats, outcome: int = 0) -> Coefficient:
        """A weighted sum of coefficients, e.g. ``[0, 1]`` for the second, with Satterthwaite's degrees of freedom.

        Where every row is its own group they are rows less columns.
        """
        value, se = float(contrast @ self.values[:, outcome]), self.covariance(contrast, contrast, (outcome, outcome))
        return Coefficient(value, float(np.sqrt(se)), self.df(contrast), self.n)

    def df(self, contrast: Floats) -> float:
        """Degrees of freedom of the error of a weighted sum, were all rows alike and unrelated."""
        if self.leaned is None or self.kept is None:
            return float(self.n - len(self.values))
        along = self.bread @ contrast
        shared = self.leaned @ along
        spread = np.diag(np.einsum("i,gij,j->g", along, self.kept, along)) - shared @ self.bread @ shared.T
        return float(np.trace(spread) ** 2 / (spread**2).sum())


def least_squares(design: Floats, outcomes: Floats, cluster: Codes | None = None) -> Fit:
    """Least squares with CR2 errors, which are unbiased where all rows are alike and unrelated; HC2 without groups.

    Parameters
    ----------
    design
        Shape (rows, k), of full rank.
    outcomes
        Shape (rows,) or (rows, outcomes), none missing.
    cluster
        Group of each row, whole numbers from 0 without gaps; None where every row is its own.

    References
    ----------
    Bell and McCaffrey (2002), Bias reduction in standard errors for linear regression with multi-stage samples;
    Pustejovsky and Tipton (2018), Small-sample methods for cluster-robust variance estimation and hypothesis testing
    in fixed effects models, doi:10.1080/07350015.2016.1247004. A direction that a group fits exactly is left out, as
    there.

    Examples
    --------
    Four groups of two, of which two were drawn: the error is that of four means.

    >>> drawn = np.repeat([1.0, 1.0, 0.0, 0.0], 2)
    >>> outcome = np.array([5.0, 7.0, 8.0, 8.0, 3.0, 3.0, 5.0, 5.0])
    >>> fit = least_squares(np.column_stack([np.ones(8), drawn]), outcome, np.repeat([0, 1, 2, 3], 2))
    >>> found = fit.of(np.array([0.0, 1.0]))
    >>> round(found.value, 6), round(found.se**2, 6), round(found.df, 6)
    (3.0, 2.0, 2.0)
    """
    held = outcomes[:, None] if outcomes.ndim == 1 else outcomes
    bread: Floats = np.linalg.inv(design.T @ design).astype(float)
    values = bread @ (design.T @ held)
    residual = held - design @ values
    if cluster is None:
        lever = np.einsum("ij,ij->i", design @ bread, design)
        left = np.sqrt(np.clip(1 - lever, EXACT, None))
        pushes = (design @ bread)[:, :, None] * (residual / left[:, None])[:, None, :]
        return Fit(values, pushes, bread, None, None, len(held))
    order = np.argsort(cluster, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(cluster))[:-1])
    root: Floats = np.linalg.cholesky(bread).astype(float)
    corrected = [_corrected(design[rows], root) for rows in parts]
    pushes = np.stack([bread @ (a.T @ residual[rows]) for a, rows in zip(corrected, parts, strict=True)])
    leaned = np.stack([design[rows].T @ a for a, rows in zip(corrected, parts, strict=True)])
    kept = np.stack([a.T @ a for a in corrected])
    return Fit(values, pushes, bread, leaned, kept, len(held))


def _corrected(columns: Floats, root: Floats) -> Floats:
    """A group's columns times (I - H)^-1/2, H its part of the hat matrix; shape as ``columns``."""
    basis, lengths, _ = np.linalg.svd(columns @ root, full_matrices=False)
    left = 1 - lengths**2
    factor = np.where(left > EXACT, 1 / np.sqrt(np.clip(left, EXACT, None)), 0.0)
    found: Floats = columns + basis @ ((factor - 1)[:, None] * (basis.T @ columns))
    return found
