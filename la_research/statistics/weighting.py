"""Those who are there made to stand for all: inverse-probability weights, and shares that are worked out with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from la_research.statistics.intervals import Floats, student_sums

TRIMMED = (0.01, 0.99)
"""Centiles of the weights beyond which none goes."""
PENALTY = 1e-6
"""Ridge of the logistic regression: next to none, but what is always or never there keeps a finite chance."""


def chance_of_inclusion(included: NDArray[np.bool_], columns: pd.DataFrame) -> Floats:
    """The chance of being there, by logistic regression on categories.

    Parameters
    ----------
    included
        Who is there, one a row.
    columns
        Categories of everyone, there or not; one that is not recorded is a category of its own.

    Returns
    -------
    numpy.ndarray
        For every row, above 0, below 1. Where all rows are there, or none is, that share.

    Examples
    --------
    >>> there = np.array([True, True, True, False, True, False, False, False])
    >>> chance_of_inclusion(there, pd.DataFrame({"module": list("AAAABBBB")})).round(3).tolist()
    [0.75, 0.75, 0.75, 0.75, 0.25, 0.25, 0.25, 0.25]
    """
    from sklearn.linear_model import LogisticRegression

    if included.all() or not included.any():
        return np.full(len(included), included.mean())
    kinds, kind = np.unique(columns.fillna("not recorded").astype(str).to_numpy(dtype=str), axis=0, return_inverse=True)
    told = pd.get_dummies(pd.DataFrame(kinds), drop_first=True, dtype=float).to_numpy()
    there, size = (np.bincount(kind.ravel(), weights=rows) for rows in (included, np.ones(len(kind))))
    if not told.shape[1]:
        return np.full(len(included), included.mean())
    sides = np.repeat([1, 0], len(kinds))
    model = LogisticRegression(C=1 / PENALTY, solver="newton-cholesky", tol=1e-8, max_iter=200)
    model.fit(np.vstack([told, told]), sides, sample_weight=np.concatenate([there, size - there]))
    return np.asarray(model.predict_proba(told)[:, 1][kind.ravel()], dtype=np.float64)


def inverse_weights(included: NDArray[np.bool_], chance: Floats, group: NDArray[np.int64]) -> Floats:
    """How many rows each row that is there stands for: stabilised by group, trimmed at the 1st and 99th centile.

    Parameters
    ----------
    included, chance
        Who is there, and the chance of it, for everyone.
    group
        Group of everyone, from 0; -1 for none. The share of a group that is there is put over the chance,
        so that weights are about 1 in every group and a group that is seldom there is not trimmed for it.

    Returns
    -------
    numpy.ndarray
        Of the rows that are there, in their order.

    References
    ----------
    Robins, Hernan & Brumback (2000), doi:10.1097/00001648-200009000-00011: stabilised weights. Cole & Hernan
    (2008), doi:10.1093/aje/kwn164: trimming at centiles.

    Examples
    --------
    >>> there, group = np.array([True, True, True, False]), np.zeros(4, dtype=int)
    >>> inverse_weights(there, np.array([1.0, 0.5, 1.0, 0.5]), group).round(3).tolist()
    [0.75, 1.485, 0.75]
    """
    code = group + 1
    size, there = np.bincount(code), np.bincount(code, weights=included)
    held = code[included]
    weights = there[held] / size[held] / chance[included]
    return np.clip(weights, *np.quantile(weights, TRIMMED))


def weighted_share(values: ArrayLike, weights: Floats, students: ArrayLike) -> tuple[float, float]:
    """A share of weighted rows, and how many independent rows would give it as precisely.

    The variance is robust, by student, and takes weights as given, which errs on the wide side where they were
    estimated. Where every row has one value it can not be seen, and Kish's number of students counts.

    Parameters
    ----------
    values
        0 or 1, one a row; at least one row.
    weights
        Above 0.
    students
        Whose row it is.

    References
    ----------
    Hajek (1971): weights divided by their sum. Kish (1965), Survey Sampling: the effective number.

    Examples
    --------
    >>> share, n = weighted_share([1, 0, 0, 1], np.array([3.0, 1.0, 1.0, 1.0]), [1, 2, 3, 4])
    >>> round(share, 3), round(n, 2)
    (0.667, 3.0)
    """
    rows = np.asarray(values, dtype=float)
    share = float(weights @ rows / weights.sum())
    totals = student_sums(weights, students)
    kish = float(totals.sum() ** 2 / (totals @ totals))
    if share in (0.0, 1.0) or len(totals) < 2:
        return share, kish
    off = student_sums(weights * (rows - share), students) / weights.sum()
    variance = len(off) / (len(off) - 1) * float(off @ off)
    return share, min(share * (1 - share) / variance, float(len(totals)))
