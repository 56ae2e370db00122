"""Score intervals for every pair of shares, and how far apart equal groups come by chance, by permutation."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from la_research.seeds import stream
from la_research.statistics.gaps import Pairs
from la_research.statistics.intervals import Floats

DRAWS = 9_999
"""Permutations behind a p-value; they tell nothing of chances below 1 in 10,000."""
HALVINGS = 44
"""Steps of the bisection that finds a bound; the last one is shorter than 1e-12."""
TOGETHER = 250
"""Permutations worked on at once, so that their numbers stay in fast memory."""
TIE = 1e-7
"""Statistics that differ by less are the same table; closer than two tables ever come, wider than rounding."""


def score_pairs(rates: Floats, ns: Floats, z: float) -> Pairs:
    """Miettinen and Nurminen's score interval for every pair of shares, at a critical value.

    Parameters
    ----------
    rates, ns
        A share for each of k groups, and the rows behind it, above 0.
    z
        Critical value, 0 or more.

    Returns
    -------
    Pairs
        Bounds are the differences at which ``score_z`` is plus and minus the critical value.

    References
    ----------
    Miettinen & Nurminen (1985), doi:10.1002/sim.4780040211.

    Examples
    --------
    The worked example of Newcombe (1998), table II, method 6: 56 of 70 against 48 of 80.

    >>> pairs = score_pairs(np.array([56 / 70, 48 / 80]), np.array([70.0, 80.0]), 1.959964)
    >>> round(float(pairs.lower[0, 1]), 4), round(float(pairs.upper[0, 1]), 4)
    (0.0528, 0.3382)
    """
    difference = rates[..., :, None] - rates[..., None, :]
    low, high = np.full_like(difference, -1.0), difference.copy()
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        inside = score_z(rates, ns, middle) < z
        low, high = np.where(inside, low, middle), np.where(inside, middle, high)
    lower = np.where(np.eye(rates.shape[-1], dtype=bool), 0.0, high)
    return Pairs(difference, lower, -np.swapaxes(lower, -1, -2))


def score_z(rates: Floats, ns: Floats, difference: Floats | float) -> Floats:
    """The score statistic of every pair, row minus column, where this is their true difference.

    Parameters
    ----------
    rates, ns
        Shares of k groups, the last axis, and their rows.
    difference
        One for all pairs, or k x k (with the leading axes of ``rates``); from -1 to 1.

    Returns
    -------
    array
        k x k: observed less true difference over the standard error that the true one gives,
        with the factor N/(N - 1). It falls as the true difference rises. 0 on the diagonal and
        where nothing was observed that could differ.

    References
    ----------
    Miettinen & Nurminen (1985), equation 8; the restricted estimate by their closed form
    (appendix I), as Farrington & Manning (1990), doi:10.1002/sim.4780091208, write it.

    Examples
    --------
    >>> score_z(np.array([0.5, 0.5, 0.3]), np.array([100, 100, 100]), 0.0)[0].round(2).tolist()
    [0.0, 0.0, 2.88]
    """
    z = score_of(
        rates[..., :, None], rates[..., None, :], ns[:, None], ns[None, :], np.asarray(difference, dtype=float)
    )
    return np.where(np.eye(len(ns), dtype=bool), 0.0, z)


def score_of(one: Floats, two: Floats, n: Floats, m: Floats, difference: Floats) -> Floats:
    """``score_z`` of single pairs: shares on n and m rows, element by element."""
    first = _restricted(one, two, m / n, difference)
    second = np.clip(first - difference, 0, 1)
    variance = (first * (1 - first) / n + second * (1 - second) / m) * (n + m) / (n + m - 1)
    off = one - two - difference
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(np.abs(off) < 1e-15, 0.0, off / np.sqrt(variance)))


def _restricted(one: Floats, two: Floats, ratio: Floats, difference: Floats) -> Floats:
    """Most likely first share, given both shares seen and their true difference: the root of a cubic."""
    a = 1 + ratio
    b = -(a + one + ratio * two + difference * (ratio + 2))
    c = difference**2 + difference * (2 * one + a) + one + ratio * two
    d = -one * difference * (1 + difference)
    shift = b / (3 * a)
    v = shift**3 - b * c / (6 * a**2) + d / (2 * a)
    u = np.copysign(np.sqrt(np.maximum(shift**2 - c / (3 * a), 0)), v)
    with np.errstate(divide="ignore", invalid="ignore"):
        angle = np.arccos(np.clip(np.where(u == 0, 0.0, v / u**3), -1, 1))
    root = 2 * u * np.cos((np.pi + angle) / 3) - shift
    return np.asarray(np.clip(root, np.maximum(difference, 0), np.minimum(1 + difference, 1)))


@lru_cache(maxsize=512)
def permuted_max(ns: tuple[int, ...], total: int, seed: int) -> Floats:
    """The largest score statistic of any pair, in permutations of so many successes over groups of these sizes.

    Parameters
    ----------
    ns
        Rows of each group, all independent.
    total
        Successes in all groups together.
    seed
        Of the stream "statistics", "max-t"; the same for every table.

    Returns
    -------
    array
        9,999 numbers in rising order.

    References
    ----------
    Westfall & Young (1993), Resampling-based multiple testing, chapter 2: the largest statistic
    of all pairs under permutation, which given the total is the multivariate hypergeometric.

    Examples
    --------
    >>> largest = permuted_max((20,) * 6, 60, 0)
    >>> round(permuted_z(0.05, largest), 2)  # Tukey's value is 2.85
    2.81
    """
    drawn = stream(seed, "statistics", "max-t").multivariate_hypergeometric(ns, total, DRAWS, method="marginals")
    order = np.argsort(ns, kind="stable")
    sizes, first = np.unique(np.array(ns, dtype=float)[order], return_index=True)
    several = np.diff(np.append(first, len(ns))) > 1
    most, least = (ends.reduceat(drawn[:, order], first, axis=1) for ends in (np.maximum, np.minimum))
    found = [
        _largest_of_sizes(most[i : i + TOGETHER], least[i : i + TOGETHER], sizes, several)
        for i in range(0, DRAWS, TOGETHER)
    ]
    return np.sort(np.concatenate(found))


def _largest_of_sizes(
    most: NDArray[np.int64], least: NDArray[np.int64], sizes: Floats, several: NDArray[np.bool_]
) -> Floats:
    """The largest statistic of each draw, from the most and the least successes of all groups of one size.

    For two sizes the statistic rises as the higher share does and as the lower one falls, so no
    other groups of these sizes lie as far apart. ``several``: whether there is more than one group.
    """
    largest = np.zeros(len(most))
    for i, n in enumerate(sizes):
        after = np.arange(i, len(sizes))
        turned = after[several[after] | several[i]]  # two groups alone in their sizes are compared once
        for x, y, m in ((most[:, i], least[:, after], sizes[after]), (least[:, i], most[:, turned], sizes[turned])):
            np.maximum(largest, _pooled_z(x[:, None], y, n, m).max(axis=1, initial=0.0), out=largest)
    return largest


def _pooled_z(x: NDArray[np.int64], y: NDArray[np.int64], n: float, m: Floats) -> Floats:
    """The score statistic at no difference, without its sign, of x in n against y in m."""
    pooled = (x + y) / (n + m)
    variance = pooled * (1 - pooled) * (n + m) ** 2 / (n * m * (n + m - 1))
    return np.asarray(np.abs(x / n - y / m) / np.sqrt(np.where(variance > 0, variance, 1.0)))


def permuted_survival(z: float, largest: Floats) -> float:
    """Chance of as large a statistic in permutations, the table seen counted as one of them; 0 beyond all of them.

    >>> permuted_survival(2.0, np.array([0.5, 1.0, 2.0])), permuted_survival(2.1, np.array([0.5, 1.0, 2.0]))
    (0.5, 0.0)
    """
    beyond = len(largest) - int(np.searchsorted(largest, z - TIE))
    return (1 + beyond) / (1 + len(largest)) if beyond else 0.0


def permuted_z(alpha: float, largest: Floats) -> float:
    """The smallest critical value that permutations pass with a chance of at most alpha.

    Beyond all of them where alpha is below what so many permutations can show.

    >>> permuted_z(0.5, np.array([0.5, 1.0, 2.0])) == 1.0 + TIE
    True
    """
    allowed = max(int(np.floor(alpha * (1 + len(largest)) + 1e-9)) - 1, 0)
    return float(largest[-allowed - 1] + TIE) if allowed < len(largest) else 0.0
