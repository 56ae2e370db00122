"""How well scores tell yes from no when each fold was scored by a model of its own."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from la_research.statistics.influence import Influence
from la_research.statistics.intervals import Floats, normal_interval, wilson
from la_research.statistics.prediction import placements


def fold_auc(
    label: ArrayLike, score: ArrayLike, fold: ArrayLike, students: ArrayLike, level: float = 0.95
) -> tuple[float, float, float]:
    """AUC over all pairs of a yes and a no of the same fold, with its interval by student.

    Scores of different folds come from different models and are never compared: each fold's
    AUC counts with its number of pairs. The error joins DeLong's placements of a student
    over all folds and rows. A fold with fewer than two students of either label says
    nothing and is left out; where all are, the result is not a number.

    Parameters
    ----------
    label, score, fold, students
        One a row: 0 or 1, the score, the fold it was tested in, whose row it is.

    Returns
    -------
    tuple
        AUC, lower, upper; the bounds kept inside 0 and 1. A perfect order has no visible
        error; its interval is Wilson's for as many pairs as the rarer label has rows.

    References
    ----------
    DeLong et al. (1988), doi:10.2307/2531595. Forman & Scholz (2010), Apples-to-apples in
    cross-validation studies, doi:10.1145/1882471.1882479: why folds are not pooled.

    Examples
    --------
    Perfect in each fold, though a no of the second fold scores above the yes of the first.

    >>> label, score = [1, 1, 0, 0, 1, 1, 0, 0], [0.4, 0.5, 0.1, 0.2, 0.9, 0.8, 0.6, 0.7]
    >>> fold_auc(label, score, [1, 1, 1, 1, 2, 2, 2, 2], list("abcdefgh"))[0]
    1.0
    """
    value, pulls = fold_auc_influence(label, score, fold, students)
    read, error = ~np.isnan(pulls), influence_error(pulls, students)
    if not read.any():
        return math.nan, math.nan, math.nan
    if error == 0:
        yes = np.asarray(label, dtype=bool)[read]
        rarer = min(int(yes.sum()), int((~yes).sum()))
        return value, *wilson(value * rarer, rarer, level)
    lower, upper = normal_interval(value, error, level)
    return value, max(lower, 0.0), min(upper, 1.0)


def fold_auc_influence(label: ArrayLike, score: ArrayLike, fold: ArrayLike, students: ArrayLike) -> Influence:
    """AUC over all pairs of the same fold, and the influence of each row on it, with DeLong's n - 1.

    Not a number for the rows of a fold that says nothing. Parameters as in ``fold_auc``.
    """
    columns = {"label": label, "score": score, "fold": fold, "student": students}
    rows = pd.DataFrame({name: np.asarray(column) for name, column in columns.items()}).astype({"label": bool})
    usable = [part for _, part in rows.groupby("fold", sort=True) if _pairs(part) and _both_twice(part)]
    value, pulls, total = 0.0, np.full(len(rows), math.nan), sum(_pairs(part) for part in usable)
    for part in usable:
        placed, share = placements(part["label"], part["score"]), _pairs(part) / total
        value += share * float(placed[part["label"]].mean())
        pulls[part.index] = share * _pulls(part, placed)
    return (value if usable else math.nan), pulls


def fold_auc_difference(
    label: ArrayLike, score_a: ArrayLike, score_b: ArrayLike, fold: ArrayLike, students: ArrayLike
) -> Influence:
    """Fold-wise AUC of score a less that of score b on the same pairs, and the influence of each row.

    Parameters
    ----------
    label, fold, students
        As in ``fold_auc``.
    score_a, score_b
        Two scores of each row, each from a model of its own in every fold.

    Returns
    -------
    tuple
        The difference, and influences as ``fold_auc_influence`` gives them: ``influence_error`` of
        them is its standard error. 0 and zeros where both put every pair in the same order.

    References
    ----------
    DeLong et al. (1988), doi:10.2307/2531595, for two scores of the same rows.

    Examples
    --------
    >>> label, fold, who = [1, 1, 0, 0], [1, 1, 1, 1], list("abcd")
    >>> value, influence = fold_auc_difference(label, [4, 2, 3, 1], [1, 2, 3, 4], fold, who)
    >>> value == 3 / 4 - 0 / 4, round(influence_error(influence, who) ** 2, 6) == round(0.125 / 2 + 0.125 / 2, 6)
    (True, True)
    """
    first, second = (fold_auc_influence(label, score, fold, students) for score in (score_a, score_b))
    return first[0] - second[0], first[1] - second[1]


def influence_error(influence: ArrayLike, students: ArrayLike) -> float:
    """Standard error of a value from influences that hold their n - 1 already; rows that are not a number are left out.

    >>> influence_error([0.3, 0.1, float("nan"), -0.4], ["a", "a", "b", "c"]) == math.sqrt((0.3 + 0.1) ** 2 + 0.4**2)
    True
    """
    return math.sqrt(float((np.bincount(pd.factorize(np.asarray(students))[0], np.nan_to_num(influence)) ** 2).sum()))


def _pairs(part: pd.DataFrame) -> int:
    yes = int(part["label"].sum())
    return yes * (len(part) - yes)


def _both_twice(part: pd.DataFrame) -> bool:
    return all(len(set(part.loc[part["label"] == side, "student"])) >= 2 for side in (True, False))


def _pulls(part: pd.DataFrame, placed: Floats) -> Floats:
    """What each row contributes to the error of its fold's AUC."""
    pulls = np.zeros(len(part))
    for side in (part["label"].to_numpy(), ~part["label"].to_numpy()):
        holders = part["student"].to_numpy()[side]
        students = len(set(holders))
        pulls[side] = (placed[side] - placed[side].mean()) / len(holders) * math.sqrt(students / (students - 1))
    return pulls
