"""Intervals for shares, means and differences of two, in closed form."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, ndtri, stdtrit

Floats = NDArray[np.float64]


def z_value(level: float) -> float:
    """Two-sided critical value of the standard normal.

    >>> round(z_value(0.95), 4)
    1.96
    """
    return float(ndtri((1 + level) / 2))


def wilson(successes: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval for a share.

    Parameters
    ----------
    successes, n
        Counts; neither has to be whole, so that an effective n can stand for clustered
        rows. With n = 0 nothing is known: (0, 1).

    References
    ----------
    Wilson (1927), doi:10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> [round(bound, 4) for bound in wilson(0, 10)]
    [0.0, 0.2775]
    >>> wilson(0, 0)
    (0.0, 1.0)
    """
    if n <= 0:
        return 0.0, 1.0
    lower, upper = wilson_bounds(np.asarray(successes / n), np.asarray(n), z_value(level))
    return float(lower), float(upper)


def wilson_bounds(rates: Floats, ns: Floats, z: float) -> tuple[Floats, Floats]:
    """Wilson's bounds at a critical value, for arrays of shares on ``ns`` rows each (all above 0)."""
    middle = (rates + z**2 / (2 * ns)) / (1 + z**2 / ns)
    half = z * np.sqrt(np.maximum(rates * (1 - rates), 0) / ns + z**2 / (4 * ns**2)) / (1 + z**2 / ns)
    lower, upper = np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
    return np.where(rates <= 0, 0.0, np.minimum(lower, rates)), np.where(rates >= 1, 1.0, np.maximum(upper, rates))


def clopper_pearson(successes: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """The exact interval for a share: it misses the truth at most as often as it says, and mostly less often.

    References
    ----------
    Clopper & Pearson (1934), doi:10.1093/biomet/26.4.404.

    Examples
    --------
    Nobody of 30: the upper end solves (1 - share)^30 = 0.025.

    >>> [round(bound, 4) for bound in clopper_pearson(0, 30)], round(1 - 0.025 ** (1 / 30), 4)
    ([0.0, 0.1157], 0.1157)
    """
    tail = (1 - level) / 2
    lower = float(betaincinv(successes, n - successes + 1, tail)) if successes else 0.0
    upper = float(betaincinv(successes + 1, n - successes, 1 - tail)) if successes < n else 1.0
    return lower, upper


def newcombe_difference(
    successes_a: float, n_a: float, successes_b: float, n_b: float, level: float = 0.95
) -> tuple[float, float, float]:
    """Difference of two independent shares, a minus b, with Newcombe's hybrid score interval.

    Counts may be effective counts, both n above 0.

    Returns
    -------
    tuple
        Difference, lower, upper.

    References
    ----------
    Newcombe (1998), method 10, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.

    Examples
    --------
    >>> [round(number, 4) for number in newcombe_difference(56, 70, 48, 80)]
    [0.2, 0.0524, 0.3339]
    """
    rates, ns = np.array([successes_a / n_a, successes_b / n_b]), np.array([n_a, n_b], dtype=float)
    lower, upper = wilson_bounds(rates, ns, z_value(level))
    difference = rates[0] - rates[1]
    below = math.hypot(rates[0] - lower[0], upper[1] - rates[1])
    above = math.hypot(upper[0] - rates[0], rates[1] - lower[1])
    return float(difference), float(difference - below), float(difference + above)


def normal_interval(value: float, error: float, level: float = 0.95) -> tuple[float, float]:
    """Wald's interval: the value and so many standard errors on either side.

    >>> [round(bound, 2) for bound in normal_interval(1.0, 0.5)]
    [0.02, 1.98]
    """
    return value - z_value(level) * error, value + z_value(level) * error


def mean_interval(
    values: ArrayLike, level: float = 0.95, students: ArrayLike | None = None
) -> tuple[float, float, float]:
    """Mean with its t interval.

    Missing values are left out. With ``students`` (same length) the variance goes by
    student, so that several rows of one student do not count as several students. With
    fewer than two students the bounds are not a number.

    Returns
    -------
    tuple
        Mean, lower, upper.

    Examples
    --------
    >>> [round(number, 3) for number in mean_interval([1.0, 2.0, 3.0])]
    [2.0, -0.484, 4.484]
    """
    rows = np.asarray(values, dtype=float)
    seen = ~np.isnan(rows)
    rows = rows[seen]
    who = np.arange(len(rows)) if students is None else np.asarray(students)[seen]
    if not len(rows):
        return math.nan, math.nan, math.nan
    mean = float(rows.mean())
    totals = student_sums((rows - mean) / len(rows), who)
    groups = len(totals)
    if groups < 2:
        return mean, math.nan, math.nan
    error = math.sqrt(groups / (groups - 1) * float(totals @ totals))
    half = float(stdtrit(groups - 1, (1 + level) / 2)) * error
    return mean, mean - half, mean + half


def effective_n(values: ArrayLike, students: ArrayLike) -> float:
    """How many independent rows would give a share as precise as these rows of students.

    n divided by the design effect: the variance by student over the variance of as many
    independent rows. Never more than (sum of m)^2 / sum of m^2 for students of m rows each: the number
    of students where all have as many rows, and fewer where one has most of them, as what is alike in
    the rows of one student can not be seen from that student. Where every row has one value, that.

    Parameters
    ----------
    values
        0 or 1, one a row.
    students
        Whose row it is.

    References
    ----------
    Kish (1965), Survey Sampling, sections 8.2 and 11.7.

    Examples
    --------
    >>> effective_n([1, 0, 1, 0], ["a", "b", "c", "d"])
    4.0
    >>> effective_n([1, 1, 0, 0, 1, 1, 0, 0], ["a", "a", "b", "b", "c", "c", "d", "d"])
    3.0
    """
    rows = np.asarray(values, dtype=float)
    codes, names = pd.factorize(np.asarray(students))
    n, groups = len(rows), len(names)
    if groups == n:
        return float(n)
    rate, held = rows.mean(), np.bincount(codes)
    most = n**2 / float(held @ held)
    if rate in (0.0, 1.0) or groups < 2:
        return most
    totals = np.bincount(codes, weights=rows - rate)
    variance = groups / (groups - 1) * float(totals @ totals) / n**2
    return float(min(most, n / max(1.0, variance / (rate * (1 - rate) / n))))


def student_sums(rows: Floats, students: ArrayLike) -> Floats:
    """Sum of the rows of each student, in order of first appearance."""
    codes, _ = pd.factorize(np.asarray(students))
    return np.bincount(codes, weights=rows).astype(np.float64)
