"""Metrics with the influence of every row on them, so that an error can go by student.

Each function gives a value and one influence a row: what the row adds to the error of the value,
to first order. Their sum is zero; the sum of their squares, taken by student, is the variance.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.special import expit, logit, stdtrit

from la_research.statistics.intervals import Floats, student_sums

Influence = tuple[float, Floats]
"""A value, and the influence of each row on it; not a number for a row that was not read."""

NEAREST = 1e-6
"""Probabilities nearer to 0 or 1 than this are moved to it before their logit is taken."""


def clustered_error(influence: ArrayLike, students: ArrayLike | None = None) -> float:
    """Standard error of a value from the influence of its rows, summed by student.

    Not a number with fewer than two students. Rows whose influence is not a number are left
    out. For the difference of two values on the same rows, give the difference of influences.

    References
    ----------
    Hampel (1974), doi:10.1080/01621459.1974.10482962. Liang & Zeger (1986),
    doi:10.1093/biomet/73.1.13, with their sum times G / (G - 1) for G students.

    Examples
    --------
    >>> value, influence = mean([1.0, 2.0, 3.0])
    >>> value, round(clustered_error(influence), 6) == round(math.sqrt(1 / 3), 6)
    (2.0, True)
    >>> clustered_error(influence, ["a", "a", "a"])
    nan
    """
    rows = np.asarray(influence, dtype=float)
    read = ~np.isnan(rows)
    totals = student_sums(rows[read], np.arange(len(rows))[read] if students is None else np.asarray(students)[read])
    groups = len(totals)
    return math.sqrt(groups / (groups - 1) * float(totals @ totals)) if groups > 1 else math.nan


def mean(values: ArrayLike) -> Influence:
    """Mean of the rows, e.g. the mean score.

    >>> mean([1.0, 3.0])
    (2.0, array([-0.5,  0.5]))
    """
    rows = np.asarray(values, dtype=float)
    value = float(rows.mean()) if len(rows) else math.nan
    return value, (rows - value) / max(len(rows), 1)


def balanced_accuracy(label: ArrayLike, decision: ArrayLike) -> Influence:
    """Mean of true positive and true negative rate; not a number where a label is absent.

    References
    ----------
    Brodersen et al. (2010), doi:10.1109/ICPR.2010.764.

    Examples
    --------
    >>> balanced_accuracy([1, 1, 0, 0], [1, 0, 0, 0])[0] == (1 / 2 + 1) / 2
    True
    """
    truth, right = np.asarray(label) == 1, np.asarray(label) == np.asarray(decision)
    value, spread = _by_label(truth, right.astype(float))
    return value, spread / 2


def auc(label: ArrayLike, placed: Floats) -> Influence:
    """AUC from ``prediction.placements``; not a number where a label is absent.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), doi:10.2307/2531595. Their variance divides by n - 1
    within each label, this one by student.

    Examples
    --------
    >>> auc([0, 0, 1, 1], np.array([1.0, 0.75, 0.75, 1.0]))[0]
    0.875
    """
    return _by_label(np.asarray(label) == 1, placed)


def _by_label(truth: np.ndarray, rows: Floats) -> Influence:
    """Mean of two means, one a label, and each row's influence on that of its own."""
    if truth.all() or not truth.any():
        return math.nan, np.full(len(rows), math.nan)
    means = rows[truth].mean(), rows[~truth].mean()
    spread = np.where(truth, rows - means[0], rows - means[1])
    return float(sum(means) / 2), spread / np.where(truth, truth.sum(), (~truth).sum())


def average_precision(label: ArrayLike, score: ArrayLike) -> Influence:
    """Mean over the cases of the share of cases among all rows that score at least as high.

    Rows with one score come in together, as in scikit-learn; nothing is interpolated. Not a
    number without a case.

    References
    ----------
    Boyd, Eng & Page (2013), doi:10.1007/978-3-642-40994-3_29: intervals of it do best on the
    logit scale, ``logit_interval``. The influence is the derivative by the weight of a row.

    Examples
    --------
    >>> average_precision([1, 0, 1], [0.9, 0.5, 0.4])[0] == (1 / 1 + 2 / 3) / 2
    True
    """
    truth = np.asarray(label, dtype=float)
    cases = truth.sum()
    if not cases:
        return math.nan, np.full(len(truth), math.nan)
    _, place = np.unique(-np.asarray(score, dtype=float), return_inverse=True)
    here, above = np.bincount(place, weights=truth), np.cumsum(np.bincount(place))
    precision = np.cumsum(here) / above
    value = float(here @ precision / cases)
    gained, lost = (np.cumsum((here / above * part)[::-1])[::-1] for part in (np.ones(len(here)), precision))
    return value, (truth * (precision[place] - value + gained[place]) - lost[place]) / cases


def brier(label: ArrayLike, probability: ArrayLike) -> Influence:
    """Mean squared distance of probability and label; 0 is best.

    References
    ----------
    Brier (1950), doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.

    Examples
    --------
    >>> round(brier([1, 0], [0.8, 0.4])[0], 12) == (0.04 + 0.16) / 2
    True
    """
    return mean((np.asarray(probability, dtype=float) - np.asarray(label, dtype=float)) ** 2)


def calibration_intercept(label: ArrayLike, probability: ArrayLike) -> Influence:
    """Log odds by which probabilities are too low on average; 0 is best.

    The intercept of a logistic regression with the logit of the probability as an offset. Not a
    number with one label only.

    References
    ----------
    Cox (1958), doi:10.1093/biomet/45.3-4.562.

    Examples
    --------
    >>> round(calibration_intercept([1, 0, 0, 0], [0.5] * 4)[0], 6) == round(math.log(1 / 3), 6)
    True
    """
    truth = np.asarray(label, dtype=float)
    return _last(np.ones((len(truth), 1)), _logit(probability), truth)


def calibration_slope(label: ArrayLike, probability: ArrayLike, fold: ArrayLike | None = None) -> Influence:
    """Coefficient of the logit in a logistic regression; 1 is best, below 1 too extreme.

    With ``fold``, each fold that holds either label has an intercept of its own; rows of the
    others are not read. Not a number where the fit does not exist: one label or one score only,
    or labels that the score separates perfectly.

    References
    ----------
    Cox (1958), doi:10.1093/biomet/45.3-4.562.

    Examples
    --------
    >>> round(calibration_slope([1, 0, 0, 0, 1, 1, 1, 0], [0.25] * 4 + [0.75] * 4)[0], 6)
    1.0
    """
    truth, x = np.asarray(label, dtype=float), _logit(probability)
    where = np.zeros(len(truth)) if fold is None else np.asarray(fold)
    both = np.array([name for name in np.unique(where) if np.ptp(truth[where == name]) > 0])
    here, influence = np.isin(where, both), np.full(len(truth), math.nan)
    if not len(both):
        return math.nan, influence
    own = (where[here, None] == both[None, :]).astype(float)
    centred = x[here] - own @ ((own.T @ x[here]) / own.sum(axis=0))
    value, influence[here] = _last(np.column_stack([own, centred]), np.zeros(len(centred)), truth[here])
    return value, influence


def _logit(probability: ArrayLike) -> Floats:
    return np.asarray(logit(np.clip(np.asarray(probability, dtype=float), NEAREST, 1 - NEAREST)))


def logistic(
    design: Floats | sparse.csr_array, label: Floats, offset: Floats | float = 0.0
) -> tuple[Floats, Floats] | None:
    """Coefficients of a logistic regression (k,) and each row's influence on them (rows, k), by Newton's steps.

    None where there is no fit: columns that can not be told apart, or that tell exactly who has the label.

    >>> slopes, influence = logistic(np.ones((4, 1)), np.array([1.0, 0, 0, 0]))
    >>> round(float(slopes[0]), 6) == round(math.log(1 / 3), 6), influence.shape
    (True, (4, 1))
    """
    beta = np.zeros(design.shape[1])
    for _ in range(100):
        fitted = expit(design @ beta + offset)
        squares = design.T @ (design * (fitted * (1 - fitted))[:, None])
        information = squares.toarray() if sparse.issparse(squares) else squares
        if np.linalg.eigvalsh(information)[0] < 1e-12 * max(len(label), 1):
            return None
        step = np.clip(np.linalg.solve(information, design.T @ (label - fitted)), -3, 3)
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            residual = label - expit(design @ beta + offset)
            return beta, np.asarray((design @ np.linalg.inv(information)) * residual[:, None])
    return None


def _last(design: Floats, offset: Floats, label: Floats) -> Influence:
    """The last coefficient of a logistic regression; not a number where there is no fit."""
    fit = logistic(design, label, offset)
    return (math.nan, np.full(len(label), math.nan)) if fit is None else (float(fit[0][-1]), fit[1][:, -1])


def logit_interval(value: float, error: float, level: float = 0.95, df: float = math.inf) -> tuple[float, float]:
    """Interval of a share's logit, turned back: inside 0 and 1, longer towards the middle.

    At 0 and at 1 it knows nothing: (0, 1).

    Parameters
    ----------
    df
        Degrees of freedom; for ``average_precision`` the number of cases less one. With 10 to 100
        cases that made coverage 93.9 to 96.9 % of 95 in simulation, where Wald's had 85 to 94.

    Examples
    --------
    >>> [round(bound, 3) for bound in logit_interval(0.9, 0.05)]
    [0.752, 0.964]
    """
    if not 0 < value < 1:
        return (0.0, 1.0) if value in (0, 1) else (math.nan, math.nan)
    reach = float(stdtrit(df, (1 + level) / 2)) * error / (value * (1 - value))
    return float(expit(logit(value) - reach)), float(expit(logit(value) + reach))
