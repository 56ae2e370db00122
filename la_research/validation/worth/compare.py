"""AUC of a score, and of two scores on the same pairs of students, never across models; and a plain share."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from la_research.finding import Estimate
from la_research.statistics.folds import fold_auc, fold_auc_difference, influence_error
from la_research.statistics.intervals import Floats, effective_n, wilson, z_value

COIN = 0.5
"""AUC of a score that knows nothing."""
PERFECT = "a score puts every pair in the right order, so that its error can not be seen"
ALIKE = "both scores put every pair of students in the same order"
NO_PAIRS = "no fold holds two students with and two without the outcome whom both scores order"


@dataclass(frozen=True)
class Gain:
    """AUC of one score less that of another on the same pairs.

    Parameters
    ----------
    value
        The difference, -1 to 1.
    influence
        Of each row on it; not a number for rows that were not read.
    error
        Its standard error, by student.
    n
        Rows that it rests on.
    """

    value: float
    influence: Floats
    error: float
    n: int

    def estimate(self, level: float, reach: float | None = None) -> Estimate:
        """With its interval; ``reach`` standard errors where several hold at once."""
        wide = (z_value(level) if reach is None else reach) * self.error
        method = "delong-paired-within-folds" if reach is None else "delong-paired-max-t"
        return Estimate(self.value, self.value - wide, self.value + wide, level, "AUC", self.n, method)


def share_of(values: pd.Series, students: pd.Series, level: float) -> Estimate:
    """Share of rows that are 1, with Wilson's interval for as many rows as students make them worth."""
    share, n = float(values.mean()), effective_n(values, students)
    return Estimate(share, *wilson(share * n, n, level), level, "share", len(values), "wilson")


def auc_of(rows: pd.DataFrame, score: ArrayLike, level: float, fold: ArrayLike | None = None) -> Estimate | None:
    """AUC over the pairs of a fold; None where no fold has any. Rows without a score are left out.

    Parameters
    ----------
    rows
        label, student_id and fold.
    fold
        In place of the rows' own.
    """
    scores, where = np.asarray(score, dtype=float), rows["fold"].to_numpy() if fold is None else np.asarray(fold)
    kept = ~np.isnan(scores)
    part = rows[kept]
    value, lower, upper = fold_auc(part["label"], scores[kept], where[kept], part["student_id"].to_numpy(), level)
    if math.isnan(value):
        return None
    return Estimate(value, lower, upper, level, "AUC", len(part), "delong-within-folds")


def gain_of(rows: pd.DataFrame, first: ArrayLike, second: ArrayLike, fold: ArrayLike | None = None) -> Gain | str:
    """AUC of the first score less that of the second, or why it can not be told; parameters as ``auc_of``."""
    scores = np.stack([np.asarray(first, dtype=float), np.asarray(second, dtype=float)])
    where = rows["fold"].to_numpy() if fold is None else np.asarray(fold)
    kept = ~np.isnan(scores).any(axis=0)
    label, who = rows["label"].to_numpy()[kept], rows["student_id"].to_numpy()[kept]
    value, part = fold_auc_difference(label, scores[0, kept], scores[1, kept], where[kept], who)
    if math.isnan(value):
        return NO_PAIRS
    error = influence_error(part, who)
    if error == 0:
        return PERFECT if _perfect(rows[kept], scores[0, kept], where[kept]) else ALIKE
    influence = np.full(len(rows), math.nan)
    influence[kept] = part
    return Gain(value, influence, error, int(np.isfinite(part).sum()))


def _perfect(rows: pd.DataFrame, score: Floats, fold: Floats) -> bool:
    found = auc_of(rows, score, 0.95, fold)
    return found is not None and found.value in (0, 1)
