"""How well scores tell yes from no (AUC), and whether they mean what they say (calibration, Brier).

Several rows may belong to one student: every error then goes by student. A score or label
that is missing has to be left out before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from la_research.statistics.influence import brier as squared_error
from la_research.statistics.influence import calibration_intercept, calibration_slope, clustered_error
from la_research.statistics.intervals import Floats, normal_interval, wilson


def auc(label: ArrayLike, score: ArrayLike) -> float:
    """Chance that a row labelled 1 scores higher than one labelled 0; ties count half.

    Not a number where one of the labels is absent.

    References
    ----------
    Mann & Whitney (1947), doi:10.1214/aoms/1177730491.

    Examples
    --------
    >>> auc([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8]) == (1 + 0.5 + 1 + 1) / 4
    True
    """
    truth = np.asarray(label, dtype=bool)
    cases = int(truth.sum())
    controls = len(truth) - cases
    if not cases or not controls:
        return math.nan
    ranks = rankdata(np.asarray(score, dtype=float))
    return float((ranks[truth].sum() - cases * (cases + 1) / 2) / (cases * controls))


def placements(label: ArrayLike, score: ArrayLike) -> Floats:
    """For every row, the share of the other label's rows that it stands on the right side of.

    Their mean over the rows of either label is the AUC. Found by ranks, so 30,000 rows take
    milliseconds. Both labels must be there.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), doi:10.2307/2531595, by the ranks of Sun & Xu
    (2014), doi:10.1109/LSP.2014.2337313.

    Examples
    --------
    >>> placements([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8]).tolist()
    [1.0, 0.75, 0.75, 1.0]
    """
    truth = np.asarray(label, dtype=bool)
    scores = np.asarray(score, dtype=float)
    overall = rankdata(scores)
    found = np.empty(len(scores))
    for side, sign in ((truth, 1), (~truth, -1)):
        others = int((~side).sum())
        outranked = (overall[side] - rankdata(scores[side])) / others
        found[side] = outranked if sign > 0 else 1 - outranked
    return found


def auc_error(label: ArrayLike, placed: Floats, students: ArrayLike | None = None) -> float:
    """Standard error of the AUC, or of a difference of two AUCs, from its placements.

    Without ``students`` this is DeLong's; with them, Obuchowski's for clustered rows, where a
    student may have rows of either label. Not a number with fewer than two students of a label.

    Parameters
    ----------
    label
        0 or 1, one a row.
    placed
        ``placements`` of one score, or their difference between two scores of the same rows.
    students
        Whose row it is.

    References
    ----------
    DeLong et al. (1988), doi:10.2307/2531595. Obuchowski (1997), doi:10.2307/2533958.

    Examples
    --------
    >>> truth, score = [0, 0, 1, 1], [0.1, 0.5, 0.4, 0.8]
    >>> round(auc_error(truth, placements(truth, score)) ** 2, 6) == (0.125 / 2 + 0.125 / 2)
    True
    """
    truth = np.asarray(label, dtype=bool)
    who = np.arange(len(truth)) if students is None else pd.factorize(np.asarray(students))[0]
    groups = int(who.max()) + 1
    if groups < len(truth):
        return _clustered_error(truth, placed, who, groups)
    if min(truth.sum(), (~truth).sum()) < 2:
        return math.nan
    return math.sqrt(sum(float(np.var(placed[side], ddof=1)) / int(side.sum()) for side in (truth, ~truth)))


def _clustered_error(truth: np.ndarray, placed: Floats, who: np.ndarray, groups: int) -> float:
    value = placed[truth].mean()
    totals, factors = [], []
    for side in (truth, ~truth):
        rows = np.where(side, placed - value, 0.0) / int(side.sum())
        holders = len(np.unique(who[side]))
        if holders < 2:
            return math.nan
        totals.append(np.bincount(who, weights=rows, minlength=groups))
        factors.append(holders / (holders - 1))
    cases, controls = totals
    joint = 2 * groups / (groups - 1) * float(cases @ controls)
    variance = factors[0] * float(cases @ cases) + factors[1] * float(controls @ controls) + joint
    return math.sqrt(max(variance, 0.0))


def auc_interval(
    label: ArrayLike, score: ArrayLike, level: float = 0.95, students: ArrayLike | None = None
) -> tuple[float, float, float]:
    """AUC with its DeLong (or Obuchowski) interval, kept inside 0 and 1.

    A perfect or perfectly reversed order has no visible variance; its interval is then
    Wilson's for as many pairs as the rarer label has rows. Not a number where a label is absent
    or has one row only.

    Returns
    -------
    tuple
        AUC, lower, upper.

    Examples
    --------
    >>> [round(number, 3) for number in auc_interval([0, 0, 1, 1], [0.1, 0.5, 0.4, 0.8])]
    [0.75, 0.057, 1.0]
    """
    truth = np.asarray(label, dtype=bool)
    value = auc(truth, score)
    if math.isnan(value):
        return value, math.nan, math.nan
    error = auc_error(truth, placements(truth, score), students)
    if error == 0:
        rarer = min(int(truth.sum()), int((~truth).sum()))
        return value, *wilson(value * rarer, rarer, level)
    lower, upper = normal_interval(value, error, level)
    return value, max(lower, 0.0), min(upper, 1.0)


def auc_difference(
    label: ArrayLike, score_a: ArrayLike, score_b: ArrayLike, students: ArrayLike | None = None
) -> tuple[float, float]:
    """AUC of score a minus AUC of score b on the same rows, and its standard error.

    References
    ----------
    DeLong et al. (1988), doi:10.2307/2531595.

    Examples
    --------
    >>> auc_difference([0, 1, 0, 1], [1, 2, 3, 4], [1, 2, 3, 4])
    (0.0, 0.0)
    """
    placed = placements(label, score_a) - placements(label, score_b)
    return float(placed[np.asarray(label, dtype=bool)].mean()), auc_error(label, placed, students)


def brier(label: ArrayLike, probability: ArrayLike, students: ArrayLike | None = None) -> tuple[float, float]:
    """Mean squared distance of probability and label (0 is best), and its standard error.

    References
    ----------
    Brier (1950), doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.

    Examples
    --------
    >>> round(brier([1, 0], [0.8, 0.4])[0], 12) == (0.04 + 0.16) / 2
    True
    """
    value, influence = squared_error(label, probability)
    return value, clustered_error(influence, students)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Intercept (0 is best: right on average) and slope (1 is best: right spread), with errors."""

    intercept: float
    intercept_error: float
    slope: float
    slope_error: float


def calibration(
    label: ArrayLike, probability: ArrayLike, students: ArrayLike | None = None, fold: ArrayLike | None = None
) -> Calibration:
    """Logistic recalibration of probabilities on their own logit.

    The slope is the coefficient of the logit; the intercept is fitted with the logit as an
    offset, so it is the log odds by which probabilities are too low on average. With
    ``fold``, the slope is that within folds: each has an intercept of its own, because each
    had a model of its own, and one with a single label says nothing of it. Errors are robust,
    by student where given. Not a number where a fit does not exist: one label only, one
    score only, or labels that the score separates perfectly.

    References
    ----------
    Cox (1958), doi:10.1093/biomet/45.3-4.562. Van Calster et al. (2019),
    doi:10.1186/s12916-019-1466-7.

    Examples
    --------
    >>> found = calibration([1, 0, 0, 0, 1, 1, 1, 0], [0.25] * 4 + [0.75] * 4)
    >>> abs(found.intercept) < 1e-9, round(found.slope, 6)
    (True, 1.0)
    """
    shift, of_shift = calibration_intercept(label, probability)
    slope, of_slope = calibration_slope(label, probability, fold)
    return Calibration(shift, clustered_error(of_shift, students), slope, clustered_error(of_slope, students))


def calibration_curve(label: ArrayLike, probability: ArrayLike, bins: int = 10) -> pd.DataFrame:
    """Predicted and observed share in bins of equal count.

    Rows with the same probability stay in one bin, so bins may be uneven or fewer.

    Returns
    -------
    pandas.DataFrame
        bin (from 1), predicted (mean probability), observed (share labelled 1), n; ordered by
        probability.

    Examples
    --------
    >>> calibration_curve([0, 1, 1, 1], [0.1, 0.3, 0.8, 0.9], bins=2).round(2).values.tolist()
    [[1.0, 0.2, 0.5, 2.0], [2.0, 0.85, 1.0, 2.0]]
    """
    scores = np.asarray(probability, dtype=float)
    before = rankdata(scores, method="min") - 1
    place = np.floor(before * bins / max(len(scores), 1)).astype(int)
    rows = pd.DataFrame({"place": place, "predicted": scores, "observed": np.asarray(label, dtype=float)})
    grouped = rows.sort_values(["place", "predicted"], kind="stable").groupby("place", sort=True)
    curve = grouped.agg(predicted=("predicted", "mean"), observed=("observed", "mean"), n=("observed", "size"))
    return curve.reset_index(drop=True).rename_axis("bin").rename(index=lambda i: i + 1).reset_index()
