"""Shares, rates and AUC against what an instrument stands for, where it is itself right only so often.

The instrument finds a share ``sensitivity`` of those in need and passes a share ``specificity`` of
the others, whatever their score. Neither is known, so a range of both is tried; what comes
out is a range too, and says nothing where the instrument may be no better than chance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from la_research.statistics.influence import clustered_error
from la_research.statistics.intervals import Floats, wilson

Range = tuple[float, float]
"""Least and most of a share, 0 to 1."""
NOTHING = 1e-9
"""Shares this small are none."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """Between what a number lies over a range of errors, and an interval that holds at either end.

    Parameters
    ----------
    least, most
        The extremes of the corrected number.
    lower, upper
        The lowest and highest bound of the intervals at both ends.
    """

    least: float
    most: float
    lower: float
    upper: float


def corrected_share(
    positives: float, n: float, sensitivity: Range, specificity: Range, level: float = 0.95
) -> Corrected | None:
    """Share in need behind the share that an instrument finds.

    Parameters
    ----------
    positives, n
        Counts; an effective n may stand for clustered rows.

    Returns
    -------
    Corrected or None
        Kept inside 0 and 1. None where sensitivity and specificity may add up to 1 or less: the
        instrument is then no better than chance.

    References
    ----------
    Rogan & Gladen (1978), doi:10.1093/oxfordjournals.aje.a112510; the interval is Wilson's, turned by
    the same line.

    Examples
    --------
    Of 200 students 60 score above the cut, which finds 80 % of those in need and passes 90 % of the others.

    >>> round(corrected_share(60, 200, (0.8, 0.8), (0.9, 0.9)).least, 6) == round((0.3 + 0.9 - 1) / (0.8 + 0.9 - 1), 6)
    True
    """
    if sensitivity[0] + specificity[0] - 1 < NOTHING or n <= 0:
        return None
    share, bounds = positives / n, wilson(positives, n, level)
    corners = [(a, b) for a in sensitivity for b in specificity]

    def turned(value: float) -> list[float]:
        return [min(max((value + b - 1) / (a + b - 1), 0.0), 1.0) for a, b in corners]

    return Corrected(min(turned(share)), max(turned(share)), min(turned(bounds[0])), max(turned(bounds[1])))


def corrected_tpr(
    found: ArrayLike, chosen: ArrayLike, specificity: Range, students: ArrayLike | None = None, level: float = 0.95
) -> Corrected | None:
    """Share chosen of those in need, from whom the instrument found and who was chosen.

    With f = 1 - specificity it is (P(found and chosen) - f P(chosen)) / (P(found) - f): how many
    in need are overlooked does not matter, how many others are found does.

    Parameters
    ----------
    found, chosen
        0 or 1, one a row, none missing.
    specificity
        Least and most share of those not in need whom the instrument passes.
    students
        Whose row it is.

    Returns
    -------
    Corrected or None
        Kept inside 0 and 1. None where the instrument may find no more than its false positives.

    References
    ----------
    Gart & Buck (1966), Comparison of a screening test and a reference test in epidemiologic studies,
    American Journal of Epidemiology 83:593-602. The error, from the influence of each row by student, is ours.

    Examples
    --------
    >>> found, chosen = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0], [1, 1, 1, 0, 1, 0, 0, 0, 0, 0]
    >>> exact = corrected_tpr(found, chosen, (1, 1))
    >>> round(exact.least, 6) == round(exact.most, 6) == 3 / 4
    True
    >>> round(corrected_tpr(found, chosen, (0.9, 1)).most, 6) == round((0.3 - 0.1 * 0.4) / (0.4 - 0.1), 6)
    True
    """
    truth, taken = np.asarray(found, dtype=float), np.asarray(chosen, dtype=float)
    if not truth.size or truth.mean() - (1 - specificity[0]) < NOTHING:
        return None
    return _over([_rate(truth, taken, 1 - share, students, level) for share in specificity])


def corrected_fpr(
    found: ArrayLike, chosen: ArrayLike, sensitivity: Range, students: ArrayLike | None = None, level: float = 0.95
) -> Corrected | None:
    """Share chosen of those not in need: (s P(chosen) - P(found and chosen)) / (s - P(found)).

    Parameters and result as ``corrected_tpr``, with s the share of those in need whom the
    instrument finds: how many others it finds does not matter. None where it may find no more
    than it found.

    Examples
    --------
    >>> found, chosen = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0], [1, 1, 1, 0, 1, 0, 0, 0, 0, 0]
    >>> round(corrected_fpr(found, chosen, (1, 1)).least, 6) == round(1 / 6, 6)
    True
    """
    truth, taken = np.asarray(found, dtype=float), np.asarray(chosen, dtype=float)
    if not truth.size or sensitivity[0] - truth.mean() < NOTHING:
        return None
    return _over([_rate(truth, taken, share, students, level) for share in sensitivity])


def corrected_auc(
    value: float, lower: float, upper: float, share: float, sensitivity: Range, specificity: Range
) -> Corrected | None:
    """AUC for true need, from the AUC for what the instrument found and its interval.

    Errors of the instrument mix both sides, so that the AUC seen is nearer to one half, by the
    positive and the negative predictive value less 1. The share found is taken as known.

    Parameters
    ----------
    value, lower, upper
        AUC for the instrument's answer, with its interval, 0 to 1.
    share
        Share that the instrument found, above 0 and below 1.

    Returns
    -------
    Corrected or None
        Kept inside 0 and 1. None where nobody or everybody might be in need.

    References
    ----------
    Scott, Blanchard & Handy (2013), arXiv:1303.1208: contaminated classes mix their distributions.

    Examples
    --------
    >>> exact = corrected_auc(0.7, 0.6, 0.8, 0.2, (1, 1), (1, 1))
    >>> round(exact.least, 6), round(exact.upper, 6)
    (0.7, 0.8)
    """
    pulls = []
    for found in sensitivity:
        for passed in specificity:
            need = (share + passed - 1) / (found + passed - 1) if found + passed > 1 else math.nan
            if not NOTHING < need < 1 - NOTHING:
                return None
            pulls.append((found + passed - 1) * need * (1 - need) / (share * (1 - share)))

    def turned(seen: float) -> list[float]:
        return [min(max(0.5 + (seen - 0.5) / pull, 0.0), 1.0) for pull in pulls]

    return Corrected(min(turned(value)), max(turned(value)), min(turned(lower)), max(turned(upper)))


def _rate(truth: Floats, taken: Floats, other: float, students: ArrayLike | None, level: float) -> Floats:
    """(P(both) - other P(chosen)) / (P(found) - other), and Wilson's bounds for as many rows as its error is worth."""
    below = truth.mean() - other
    value = (np.mean(truth * taken) - other * taken.mean()) / below
    rows = (truth * taken - other * taken - value * (truth - other)) / (below * len(truth))
    error = clustered_error(rows, students)
    kept = float(min(max(value, 0.0), 1.0))
    worth = value * (1 - value) / error**2 if 0 < value < 1 and error > 0 else abs(below) * len(truth)
    return np.array([kept, *wilson(kept * worth, worth, level)])


def _over(ends: list[Floats]) -> Corrected:
    """The rate is monotone in the share that is not known, so its extremes are those at the ends."""
    values, lower, upper = np.stack(ends, axis=1)
    return Corrected(float(values.min()), float(values.max()), float(lower.min()), float(upper.max()))
