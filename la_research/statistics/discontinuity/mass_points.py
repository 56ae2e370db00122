"""Do students crowd at one place beside a cut-off? Counts of neighbouring places, and of the rows nearest to it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from la_research.statistics.discontinuity.local_polynomial import Floats

NEAREST, SHARE = 40, 0.05
"""Rows nearest to the cut-off that are counted: so many, or this share of all, whichever is more."""


class Crowding(NamedTuple):
    """A count beside a cut-off, out of how many, and how likely it would be if students did not choose their side.

    ``share`` is the count out of ``n``; ``expected`` is the range it would have on average.
    """

    share: float
    n: int
    expected: tuple[float, float]
    p: float


def crowded_place(x: Floats, place: float) -> Crowding | None:
    """Whether a place holds more or fewer rows than the places on either side of it allow.

    Where the frequencies lie on a line, the middle one of three neighbouring places holds a third of
    their rows; where they are curved as those of a normal distribution can be, up to twice as much
    as its curvature, it may hold between (1 - k) / (3 - k) and (1 + k) / (3 + k), with k the squared gap
    between places over the variance.

    Parameters
    ----------
    x
        The running variable, shape (n,).
    place
        The middle of the three.

    Returns
    -------
    None where there is no place on one side, or the gaps differ.

    References
    ----------
    Frandsen (2017), Party bias in union representation elections: testing for manipulation in the
    regression discontinuity design when the running variable is discrete,
    doi:10.1108/S0731-905320170000038012. The choice of k is ours.

    Examples
    --------
    >>> x = np.repeat(np.arange(9.0), [30, 40, 50, 60, 100, 20, 50, 40, 30])
    >>> found = crowded_place(x, 4.0)
    >>> round(found.share, 2), found.n, found.p < 0.001
    (0.56, 180, True)
    """
    places, counts = np.unique(x, return_counts=True)
    at = int(np.searchsorted(places, place))
    if not 0 < at < len(places) - 1:
        return None
    gaps = np.diff(places[at - 1 : at + 2])
    if not np.isclose(gaps[0], gaps[1]):
        return None
    k = min(float(gaps[0] ** 2 / x.var()), 1.0)
    return _judged(int(counts[at]), int(counts[at - 1 : at + 2].sum()), ((1 - k) / (3 - k), (1 + k) / (3 + k)))


def crowded_side(x: Floats, above: npt.NDArray[np.bool_]) -> Crowding:
    """Whether more than half of the rows nearest to the cut-off lie above it, or fewer.

    Parameters
    ----------
    x
        Running variable less the cut-off, shape (n,), with few ties.
    above
        Which rows count as above.

    References
    ----------
    Cattaneo, Frandsen and Titiunik (2015), doi:10.1515/jci-2013-0010.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 400)
    >>> moved = np.where((x < 0) & (x > -0.05), -x, x)
    >>> crowded_side(x, x >= 0).p, crowded_side(moved, moved >= 0).p < 0.01
    (1.0, True)
    """
    wanted = min(max(NEAREST, int(SHARE * len(x))), len(x))
    near = np.argsort(np.abs(x), kind="stable")[:wanted]
    return _judged(int(above[near].sum()), wanted, (0.5, 0.5))


def _judged(count: int, n: int, expected: tuple[float, float]) -> Crowding:
    low, high = expected
    share = count / n
    tail = stats.binom.cdf(count, n, low) if share < low else stats.binom.sf(count - 1, n, high)
    inside = low <= share <= high
    return Crowding(share, n, expected, 1.0 if inside else min(1.0, 2 * float(tail)))
