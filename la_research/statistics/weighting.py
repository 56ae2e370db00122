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
    told = columns.fillna("not recorded").astype(str)
    kind = told.groupby(list(told)).ngroup().to_numpy()
    kinds = pd.get_dummies(told.assign(kind=kind).drop_duplicates("kind").set_index("kind").sort_index(), dtype=float)
    there, size = (np.bincount(kind, weights=rows) for rows in (included, np.ones(len(kind))))
    sides = np.repeat([1, 0], len(kinds))
    model = LogisticRegression(C=1 / PENALTY, solver="newton-cholesky", tol=1e-8, max_iter=200)
    model.fit(np.vstack([kinds, kinds]), sides, sample_weight=np.concatenate([there, size - there]))
    return np.asarray(model.predict_proba(kinds.to_numpy())[kind, 1], dtype=np.float64)


def inverse_weights(included: NDArray[np.bool_], chance: Floats) -> Floats:
    """How much each row that is there stands for, as many as are there in all: trimmed at the 1st and 99th centile.

    Parameters
    ----------
    included, chance
        Who is there, and the chance of it, for everyone of one group. Weights are stabilised by the group's share
        that is there, so that they are about 1 in every group.

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
    >>> inverse_weights(np.array([True, True, True, False]), np.array([1.0, 0.5, 1.0, 0.5])).round(3).tolist()
    [0.75, 1.485, 0.75]
    """
    weights = included.mean() / chance[included]
    low, high = np.quantile(weights, TRIMMED)
    return np.asarray(np.clip(weights, low, high), dtype=np.float64)


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
