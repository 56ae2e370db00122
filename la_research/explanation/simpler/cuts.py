"""Where an indicator is cut into ranges: near quantiles, at numbers that people read."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
QUANTILES = (0.1, 0.3, 0.7, 0.9)
"""Shares of the rows that are to lie under each cut-off: five ranges at most, of which the middle one is the widest."""
SHIFT = 0.03
"""Share of the students that a rounder number may move to another range."""
FINEST = 6
"""Digits of the finest number that is tried, counted from the largest value."""


def readable_cuts(values: Floats, students: npt.NDArray[np.int64], least: int) -> tuple[float, ...]:
    """Cut-offs of a column, rising; a range goes from its cut-off to under the next.

    Each quantile is moved to the value that has the nearest share of rows under it, and from there to the roundest
    number (1, 2 or 5 and zeros, or a multiple of them) that moves at most 3 % of the rows. Many equal values make fewer
    ranges, and so does a range with fewer students than ``least``, which joins its neighbour.

    Parameters
    ----------
    values
        The column; NaN where it is not observed.
    students
        Whose row it is, as numbers from 0.
    least
        Students below whom there is no range.

    Returns
    -------
    tuple
        None to four numbers. None where the column is constant, or observed for nobody.

    Examples
    --------
    >>> who = np.arange(200)
    >>> readable_cuts(who / 7, who, 10)
    (2.0, 8.0, 20.0, 25.0)
    >>> readable_cuts(np.maximum(who - 120.0, 0.0), who, 10)  # most have none
    (1.0, 20.0, 60.0)
    >>> readable_cuts(np.ones(200), who, 10)
    ()
    """
    seen = ~np.isnan(values)
    column, who = single(values[seen]), students[seen]
    kinds, first = np.unique(np.sort(column), return_index=True)
    if len(kinds) < 2:
        return ()
    under = first / len(column)  # share of the rows under each value
    found: list[float] = []
    for share in QUANTILES:
        nearest = int(np.argmin(np.abs(under[1:] - share))) + 1
        found.append(_rounded(kinds, under, nearest))
    return _wide_enough(tuple(sorted(set(found))), column, who, least)


def single(values: Floats) -> Floats:
    """Values in single precision, as features are: what is printed as 0.7 is not under a cut-off of 0.7.

    >>> float(np.float32(0.7)) >= 0.7, bool(single(np.array([0.7]))[0] >= single(np.array([0.7]))[0])
    (False, True)
    """
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def places(values: Floats, cuts: tuple[float, ...]) -> npt.NDArray[np.int64]:
    """The range of each value, from 0; -1 where it is not observed.

    >>> places(np.array([1.0, 2.0, 9.0, np.nan]), (2.0, 5.0)).tolist()
    [0, 1, 2, -1]
    """
    found = np.searchsorted(single(np.array(cuts)), single(values), side="right")
    return np.where(np.isnan(values), -1, found)


def _rounded(kinds: Floats, under: Floats, nearest: int) -> float:
    """The roundest number that has about as many rows under it as a value; the value where none has."""
    for number in _round_numbers(float(kinds[nearest]), float(np.abs(kinds).max())):
        place = int(np.searchsorted(kinds, single(np.array([number]))[0]))  # the first value that is not under it
        if 0 < place < len(kinds) and abs(under[place] - under[nearest]) <= SHIFT:
            return number
    return float(kinds[nearest])


def _round_numbers(value: float, largest: float) -> Iterator[float]:
    """Numbers near a value, roundest first.

    >>> list(_round_numbers(37.0, 80.0))[:5]
    [50.0, 40.0, 40.0, 35.0, 36.0]
    """
    top = math.floor(math.log10(largest))
    for power in range(top, top - FINEST, -1):
        for step in (5, 2, 1):
            yield round(round(value / (step * 10.0**power)) * step * 10.0**power, max(0, -power))


def _wide_enough(cuts: tuple[float, ...], column: Floats, who: npt.NDArray[np.int64], least: int) -> tuple[float, ...]:
    """The cuts without those beside a range of too few students: the smallest such range joins a neighbour first."""
    while cuts:
        place = places(column, cuts)
        sizes = [len(np.unique(who[place == i])) for i in range(len(cuts) + 1)]
        few = int(np.argmin(sizes))
        if sizes[few] >= least:
            break
        below = few > 0 and (few == len(cuts) or sizes[few - 1] <= sizes[few + 1])
        gone = few - 1 if below else few
        cuts = (*cuts[:gone], *cuts[gone + 1 :])
    return cuts
