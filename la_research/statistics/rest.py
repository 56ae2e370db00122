"""How well scores tell the values of an attribute apart, each value against the rest, fold by fold."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from la_research.statistics.intervals import Floats, normal_interval, student_sums, wilson
from la_research.statistics.prediction import placements

LENT = math.sqrt(2)
"""By how much an error widens because each fold's scores come from a model that the other folds made."""


class ToldApart(NamedTuple):
    """An AUC with its interval; not a number where no fold holds two students of a value and two others."""

    value: float
    lower: float
    upper: float


def rest_auc(
    value: ArrayLike, scores: Floats, fold: ArrayLike, students: ArrayLike, level: float = 0.95, tests: int = 1
) -> ToldApart:
    """Mean AUC of each value against the rest, weighted by the share of the value, with its interval.

    Scores of different folds are never compared. Each fold's AUC counts with its number of
    pairs; a fold with fewer than two students on either side says nothing of a value. The
    error joins DeLong's placements of a student over folds, rows and values, times the root of
    two: without any link, what fold a teaches fold b is what b teaches a, so a mean over folds
    has twice the variance that independent folds would have. Where the link is strong the
    interval is wider than it need be.

    Parameters
    ----------
    value
        Code of each row's value, from 0.
    scores
        n x k: how much a row looks like each of the first k values, by a model that did not see
        its fold. k = 1 compares value 0 with all others.
    fold, students
        One a row.
    level, tests
        The interval holds for so many tests at once (Bonferroni).

    References
    ----------
    DeLong et al. (1988), doi:10.2307/2531595. Provost & Domingos (2003),
    doi:10.1023/A:1024099825458: one against the rest by share. Nadeau & Bengio (2003),
    doi:10.1023/A:1024068626366: folds that share rows; the factor for no link is ours.

    Examples
    --------
    >>> scores = np.array([[0.1], [0.4], [0.4], [0.8]])
    >>> rest_auc([1, 1, 0, 0], scores, [1, 1, 1, 1], list("abcd")).value == (1 + 1 + 0.5 + 1) / 4
    True
    """
    held, folds = np.asarray(value), np.asarray(fold)
    who = np.unique(np.asarray(students), return_inverse=True)[1]
    parts = [_one(held == code, scores[:, code], folds, who) for code in range(scores.shape[1])]
    told = [(code, auc, pull) for code, (auc, pull) in enumerate(parts) if not math.isnan(auc)]
    if not told:
        return ToldApart(math.nan, math.nan, math.nan)
    shares = np.array([(held == code).mean() for code, _, _ in told])
    weights = shares / shares.sum()
    middle = float(weights @ [auc for _, auc, _ in told])
    pulls = weights @ np.array([pull for _, _, pull in told])
    error = LENT * math.sqrt(float((student_sums(pulls, who) ** 2).sum()))
    shown = 1 - (1 - level) / tests
    if error == 0:
        rarer = min(int((held == code).sum()) for code, _, _ in told) / LENT**2
        return ToldApart(middle, *wilson(middle * rarer, rarer, shown))
    lower, upper = normal_interval(middle, error, shown)
    return ToldApart(middle, max(lower, 0.0), min(upper, 1.0))


def _one(label: np.ndarray, score: Floats, fold: np.ndarray, students: np.ndarray) -> tuple[float, Floats]:
    """AUC of one value against the rest over all folds, and what each row contributes to its error."""
    total, weight, pulls = 0.0, 0, np.zeros(len(label))
    for name in np.unique(fold):
        rows = np.flatnonzero(fold == name)
        sides = [rows[label[rows]], rows[~label[rows]]]
        holders = [len(np.unique(students[side])) for side in sides]
        if min(holders) < 2:
            continue
        placed = np.empty(len(label))
        placed[rows] = placements(label[rows], score[rows])
        pairs = len(sides[0]) * len(sides[1])
        total, weight = total + pairs * float(placed[sides[0]].mean()), weight + pairs
        for side, several in zip(sides, holders, strict=True):
            spread = math.sqrt(several / (several - 1)) * pairs / len(side)
            pulls[side] = (placed[side] - placed[side].mean()) * spread
    return (total / weight, pulls / weight) if weight else (math.nan, pulls)
