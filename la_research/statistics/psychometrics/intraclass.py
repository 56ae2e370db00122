"""Agreement of repeated measurements: the six intraclass correlations of Shrout and Fleiss with their F intervals."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fdtri

from la_research.statistics.psychometrics.reliability import Coefficient
from la_research.statistics.psychometrics.unfit import Unfit

Form = Literal["ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k"]
FORMS: tuple[Form, ...] = ("ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k")
"""Other raters for everyone; the same raters, drawn from many; the same raters, and no others: of one rating, or k."""


class _Squares(NamedTuple):
    """Mean squares between targets, within them, between raters and left over, and how many of both."""

    target: float
    within: float
    rater: float
    rest: float
    n: int
    k: int


def intraclass(ratings: ArrayLike, form: Form, level: float = 0.95) -> Coefficient:
    """One of the six intraclass correlations.

    Parameters
    ----------
    ratings
        One row a target (a student), one column a rater, occasion or source; a row with a missing cell is left out.
    form
        One of ``FORMS``. Test-retest agreement is "ICC2", where a shift between occasions counts as disagreement.

    Raises
    ------
    Unfit
        ``few_items`` (one column), ``few_rows`` (under three), ``constant_item`` (targets or ratings do not differ).

    References
    ----------
    Shrout & Fleiss (1979), doi:10.1037/0033-2909.86.2.420; McGraw & Wong (1996), doi:10.1037/1082-989X.1.1.30.

    Examples
    --------
    Six targets and four judges, Shrout & Fleiss (1979), table 2.

    >>> judged = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> [round(intraclass(judged, form).value, 2) for form in FORMS]
    [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]
    """
    squares = _squares(ratings)
    lower, value, upper = {"1": _one_way, "2": _random, "3": _fixed}[form[3]](squares, level)
    if form.endswith("k"):
        lower, value, upper = (_stepped_up(number, squares.k) for number in (lower, value, upper))
    return Coefficient(value, lower, upper, squares.n)


def _squares(ratings: ArrayLike) -> _Squares:
    held = np.atleast_2d(np.asarray(ratings, dtype=float))
    held = held[~np.isnan(held).any(axis=1)]
    n, k = held.shape
    if k < 2:
        raise Unfit("few_items", "one measurement of each can not agree with another")
    if n < 3:
        raise Unfit("few_rows", "too few are measured in full: three or more are needed")
    rows, columns, mean = held.mean(axis=1, keepdims=True), held.mean(axis=0), held.mean()
    target = k * float(((rows - mean) ** 2).sum()) / (n - 1)
    within = float(((held - rows) ** 2).sum()) / (n * (k - 1))
    rater = n * float(((columns - mean) ** 2).sum()) / (k - 1)
    rest = float(((held - rows - columns + mean) ** 2).sum()) / ((n - 1) * (k - 1))
    scale = float(np.abs(held).max()) ** 2 * 1e-12
    if target <= scale or rest <= scale:
        raise Unfit("constant_item", "the measurements do not differ between targets, or agree to the last digit")
    return _Squares(target, within, rater, rest, n, k)


def _one_way(s: _Squares, level: float) -> tuple[float, float, float]:
    return _of_ratio(s.target / s.within, s.n - 1, s.n * (s.k - 1), s.k, level)


def _fixed(s: _Squares, level: float) -> tuple[float, float, float]:
    return _of_ratio(s.target / s.rest, s.n - 1, (s.n - 1) * (s.k - 1), s.k, level)


def _of_ratio(ratio: float, above: float, below: float, k: int, level: float) -> tuple[float, float, float]:
    """Lower, value and upper of (F - 1) / (F + k - 1) where F is an F of these degrees of freedom, up to a factor."""
    tail = (1 + level) / 2
    ends = ratio / float(fdtri(above, below, tail)), ratio, ratio * float(fdtri(below, above, tail))
    lower, value, upper = ((f - 1) / (f + k - 1) for f in ends)
    return lower, value, upper


def _random(s: _Squares, level: float) -> tuple[float, float, float]:
    n, k = s.n, s.k
    value = (s.target - s.rest) / (s.target + (k - 1) * s.rest + k * (s.rater - s.rest) / n)
    f = s.rater / s.rest
    top = (k - 1) * (n - 1) * (k * value * f + n * (1 + (k - 1) * value) - k * value) ** 2
    bottom = (n - 1) * k**2 * value**2 * f**2 + (n * (1 + (k - 1) * value) - k * value) ** 2
    freedom, tail = top / bottom, (1 + level) / 2
    down, up = float(fdtri(n - 1, freedom, tail)), float(fdtri(freedom, n - 1, tail))
    spread = k * s.rater + (k * n - k - n) * s.rest
    lower = n * (s.target - down * s.rest) / (down * spread + n * s.target)
    upper = n * (up * s.target - s.rest) / (spread + n * up * s.target)
    return lower, value, upper


def _stepped_up(one: float, k: int) -> float:
    """Spearman and Brown's step from one measurement to the mean of k."""
    return k * one / (1 + (k - 1) * one)
