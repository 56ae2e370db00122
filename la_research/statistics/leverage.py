"""Errors by group of rows from sums of scores, each group's own pull on the fit taken back (Mancl and DeRouen)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


def group_sums(values: Floats, group: Codes, groups: int) -> Floats:
    """Sums of rows by group, shape (groups, k).

    Parameters
    ----------
    values
        One row or more a group, shape (rows, k).
    group
        Number of each row's group, from 0.
    groups
        How many there are; one without rows has sums of 0.

    Examples
    --------
    >>> group_sums(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([0, 2, 0]), 3).tolist()
    [[6.0, 8.0], [0.0, 0.0], [3.0, 4.0]]
    """
    return np.stack([np.bincount(group, column, groups) for column in values.T], axis=1)


def group_products(left: Floats, right: Floats, group: Codes, groups: int) -> Floats:
    """Sums by group of the products of two tables' columns, shape (groups, k, m).

    >>> group_products(np.array([[1.0], [2.0]]), np.array([[3.0], [4.0]]), np.array([0, 0]), 1).tolist()
    [[[11.0]]]
    """
    order = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[order], np.arange(groups + 1))
    return np.stack([left[order[a:b]].T @ right[order[a:b]] for a, b in pairwise(ends)])


def corrected_covariance(information: Floats, score: Floats, *, corrected: bool = True) -> Floats:
    """Covariance of weighted least squares, its rows alike within groups only.

    A group's residuals are too small by its leverage, as it pulled the fit towards itself; the
    correction divides them by one less that leverage. It needs no matrix of the size of a group,
    because X'W (I - XB X'W)^-1 r = (I - X'WX B)^-1 X'W r.

    Parameters
    ----------
    information
        X'WX of each group, shape (groups, k, k); their sum is invertible. For other equations the derivative of each
        group's score, sign turned; it need not be symmetric.
    score
        X'Wr of each group with the residuals r of the fit, shape (groups, k).
    corrected
        Whether leverage is corrected for.

    Returns
    -------
    numpy.ndarray
        Shape (k, k). Where one group alone carries a coefficient its leverage is 1: numpy's ``LinAlgError``,
        or a number without meaning; callers keep such columns out.

    References
    ----------
    Mancl and DeRouen (2001), A covariance estimator for GEE with improved small-sample properties,
    doi:10.1111/j.0006-341X.2001.00126.x.

    Examples
    --------
    The mean of three groups of one row, 1, 2 and 6: each leverage is 1/3, so residuals count 3/2.

    >>> information, score = np.ones((3, 1, 1)), np.array([[1.0 - 3], [2.0 - 3], [6.0 - 3]])
    >>> round(float(corrected_covariance(information, score)[0, 0]), 6) == (3 / 2) ** 2 * (4 + 1 + 9) / 3**2
    True
    """
    bread = np.linalg.inv(information.sum(axis=0))
    if corrected:
        score = np.asarray(np.linalg.solve(np.eye(len(bread)) - information @ bread, score[:, :, None]))[:, :, 0]
    return np.asarray(bread @ (score.T @ score) @ bread.T)
