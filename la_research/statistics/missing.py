"""What a share or a gap could be where some rows are missing and nothing is assumed of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from la_research.statistics.bounds import stoye_value
from la_research.statistics.intervals import Floats, effective_n, wilson_bounds, z_value


class Ends(NamedTuple):
    """The least and the greatest that a share could be, and the effective rows behind either."""

    low: float
    low_n: float
    high: float
    high_n: float


def share_ends(label: Floats, decision: Floats, students: ArrayLike) -> Ends:
    """Manski's bounds of the share decided 1 among rows with label 1, each missing value being 0 or 1.

    Parameters
    ----------
    label, decision
        0, 1, or not a number where missing. For a share of all rows, a label of ones.
    students
        Whose row it is.

    Returns
    -------
    Ends
        0 and 1 on no rows where no row could have the label.

    References
    ----------
    Manski (1989), Anatomy of the selection problem, doi:10.2307/145818; of a share among those with a label, which
    is least where the missing have it and are decided 0: Horowitz & Manski (1995), doi:10.2307/2951627.

    Examples
    --------
    >>> nan = np.nan  # two found of three; one without a label but decided 1; one of whom nothing is known
    >>> ends = share_ends(np.array([1, 1, 1, nan, nan]), np.array([1, 1, 0, 1, nan]), range(5))
    >>> ends.low == 2 / (3 + 1), ends.high == (2 + 1 + 1) / (3 + 1 + 1)
    (True, True)
    """
    who, unknown = np.asarray(students), np.isnan(label)
    least = (label == 1) | (unknown & (decision != 1))
    most = (label == 1) | (unknown & (decision != 0))
    low, high = (decision[least] == 1).astype(float), (decision[most] != 0).astype(float)
    if not len(low) or not len(high):
        return Ends(0.0, 0.0, 1.0, 0.0)
    return Ends(float(low.mean()), effective_n(low, who[least]), float(high.mean()), effective_n(high, who[most]))


def share_bounds(ends: Ends, level: float = 0.95) -> tuple[float, float]:
    """Interval of a share of which only ends are known; 0 and 1 where nothing is known of it.

    Wilson's at each end, at the critical value by which the interval holds the share wherever it lies. Where
    nothing is missing it is Wilson's.

    References
    ----------
    Imbens & Manski (2004), doi:10.1111/j.1468-0262.2004.00555.x; Stoye (2009), doi:10.3982/ECTA7347. Ends: Wilson
    (1927), doi:10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> [round(end, 3) for end in share_bounds(Ends(0.2, 100, 0.2, 100))]
    [0.133, 0.289]
    >>> [round(end, 3) for end in share_bounds(Ends(0.2, 100, 0.6, 100))]
    [0.143, 0.677]
    """
    if min(ends.low_n, ends.high_n) <= 0:
        return 0.0, 1.0
    rates, ns = np.array([ends.low, ends.high]), np.array([ends.low_n, ends.high_n])
    lower, upper = wilson_bounds(rates, ns, z_value(level))
    error = max(ends.low - lower[0], upper[1] - ends.high) / z_value(level)
    lower, upper = wilson_bounds(rates, ns, stoye_value(ends.high - ends.low, error, level))
    return float(lower[0]), float(upper[1])


def gap_bounds(first: Ends, second: Ends, level: float = 0.95) -> tuple[float, float]:
    """Interval of the gap between two shares of which only ends are known, first minus second.

    The gap lies between the first's least less the second's greatest, and the reverse. Each end takes its
    Newcombe distance at the critical value by which the interval holds the gap, wherever it lies, at the level:
    about one-sided where the ends are far apart, two-sided where nothing is missing. It is then Newcombe's.

    Returns
    -------
    tuple
        Lower, upper; -1 and 1 where nothing is known of one of them.

    References
    ----------
    Imbens & Manski (2004), doi:10.1111/j.1468-0262.2004.00555.x; that it holds where the ends come in order by
    construction, as here: Stoye (2009), doi:10.3982/ECTA7347. Distances: Newcombe (1998), method 10.

    Examples
    --------
    >>> known = Ends(0.8, 70, 0.8, 70), Ends(0.6, 80, 0.6, 80)
    >>> [round(bound, 4) for bound in gap_bounds(*known)]
    [0.0524, 0.3339]
    """
    if min(*first[1::2], *second[1::2]) <= 0:
        return -1.0, 1.0
    low, high = first.low - second.high, first.high - second.low
    error = max(_distances(first, second, z_value(level))) / z_value(level)
    below, above = _distances(first, second, stoye_value(high - low, error, level))
    return max(low - below, -1.0), min(high + above, 1.0)


def _distances(first: Ends, second: Ends, z: float) -> tuple[float, float]:
    """How far the interval reaches below the least gap and above the greatest."""
    rates = np.array([first.low, second.high, first.high, second.low])
    ns = np.array([first.low_n, second.high_n, first.high_n, second.low_n])
    lower, upper = wilson_bounds(rates, ns, z)
    down, up = rates - lower, upper - rates
    return float(np.hypot(down[0], up[1])), float(np.hypot(up[2], down[3]))
