"""How well scores tell yes from no when each fold was scored by a model of its own."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

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
    rows = pd.DataFrame({"label": np.asarray(label, dtype=bool), "score": score, "fold": fold, "student": students})
    usable = [part for _, part in rows.groupby("fold", sort=True) if _pairs(part) and _both_twice(part)]
    if not usable:
        return math.nan, math.nan, math.nan
    kept = pd.concat(usable)
    total = sum(_pairs(part) for part in usable)
    placed = [placements(part["label"], part["score"]) for part in usable]
    value = sum(_pairs(part) * float(at[part["label"]].mean()) for part, at in zip(usable, placed, strict=True)) / total
    pulls = [_pulls(part, at) * _pairs(part) / total for part, at in zip(usable, placed, strict=True)]
    error = _error(np.concatenate(pulls), kept["student"])
    if error == 0:
        rarer = min(int(kept["label"].sum()), int((~kept["label"]).sum()))
        return value, *wilson(value * rarer, rarer, level)
    lower, upper = normal_interval(value, error, level)
    return value, max(lower, 0.0), min(upper, 1.0)


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


def _error(pulls: Floats, students: pd.Series) -> float:
    return math.sqrt(float((np.bincount(pd.factorize(students)[0], pulls) ** 2).sum()))
