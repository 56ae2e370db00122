"""The largest gap among several groups, with an interval that holds for every pair at once.

A resampled largest gap is never zero, so its interval excludes zero however equal the groups
are. Here every pair gets an interval at the critical value of the studentised range, all of
them hold together at the level, and the largest gap is bounded by the furthest of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaincinv, ndtr

from la_research.statistics.intervals import Floats, wilson_bounds

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(240)
_NODES, _WEIGHTS = 9 * _NODES, 9 * _WEIGHTS * np.exp(-((9 * _NODES) ** 2) / 2) / np.sqrt(2 * np.pi)
FURTHEST = 40.0
"""Critical values beyond this are not told apart."""


class Gap(NamedTuple):
    """The largest gap, its interval, and the positions of the higher and the lower group."""

    value: float
    lower: float
    upper: float
    pair: tuple[int, int]


class Pairs(NamedTuple):
    """Row minus column for every two groups, and simultaneous bounds: three k x k arrays."""

    difference: Floats
    lower: Floats
    upper: Floats


PairsAt = Callable[[float], Pairs]
"""From a critical value to the intervals of all pairs."""


def furthest(pairs: Pairs, most: float = 1.0) -> Gap:
    """The largest gap that simultaneous intervals of all pairs allow, never above ``most``: of shares or AUCs, 1."""
    between = pairs.difference.copy()
    np.fill_diagonal(between, -np.inf)
    high, low = np.unravel_index(int(np.argmax(between)), between.shape)
    value = float(pairs.difference[high, low])
    lower = max(0.0, float(pairs.lower.max()))
    upper = min(most, float(pairs.upper.max()))
    return Gap(value, min(lower, value), max(upper, value), (int(high), int(low)))


def newcombe_pairs(rates: Floats, ns: Floats, z: float) -> Pairs:
    """Newcombe's interval for every pair of shares, the last axis of ``rates``, at a critical value."""
    lower, upper = wilson_bounds(rates, ns, z)
    below, above = rates - lower, upper - rates
    difference = rates[..., :, None] - rates[..., None, :]
    apart = 1 - np.eye(len(ns))
    down = np.hypot(below[..., :, None], above[..., None, :]) * apart
    up = np.hypot(above[..., :, None], below[..., None, :]) * apart
    return Pairs(difference, difference - down, difference + up)


def wald_pairs(difference: Floats, errors: Floats, z: float) -> Pairs:
    """Wald's interval for every pair, from their differences and standard errors (k x k each)."""
    return Pairs(difference, difference - z * errors, difference + z * errors)


def reach(pairs: PairsAt, margin: float) -> float:
    """The critical value at which the simultaneous interval of the largest gap comes down to the margin.

    0 where even the estimates do not lie beyond the margin, at most ``FURTHEST``.

    Parameters
    ----------
    pairs
        Intervals of all pairs at a critical value.
    margin
        The gap that would matter, 0 or more.

    Examples
    --------
    >>> pairs = lambda z: newcombe_pairs(np.array([0.5, 0.3]), np.array([200.0, 200.0]), z)
    >>> z = reach(pairs, 0.05)
    >>> bool(abs(pairs(z).lower.max() - 0.05) < 1e-8)
    True
    """

    def beyond(z: float) -> float:
        lower = pairs(z).lower
        between = ~np.eye(len(lower), dtype=bool)  # a group beside itself has no gap, also where the margin is 0
        return float(lower.max(where=between, initial=-np.inf)) - margin

    if beyond(0.0) <= 0:
        return 0.0
    return FURTHEST if beyond(FURTHEST) > 0 else float(brentq(beyond, 0.0, FURTHEST, xtol=1e-10))


def all_within(pairs: Pairs, margin: float) -> bool:
    """Whether the interval of every pair lies inside plus and minus the margin."""
    return bool(pairs.upper.max() < margin)


@lru_cache(maxsize=1024)
def tukey_z(groups: int, level: float, df: float = math.inf) -> float:
    """Critical value for all pairs of k independent normal estimates: q(k, df) over the root of 2.

    ``df`` are the degrees of freedom of their errors; infinite where those are known.
    With estimates of unequal precision it is conservative (Hayter 1984, doi:10.1214/aos/1176346392).

    >>> round(tukey_z(2, 0.95), 4), round(tukey_z(4, 0.95), 4)
    (1.96, 2.569)
    """
    return float(brentq(lambda z: tukey_survival(z, groups, df) - (1 - level), 0.0, FURTHEST, xtol=1e-12))


def tukey_survival(z: float, groups: int, df: float = math.inf) -> float:
    """Chance that some pair of k independent normals differs by more than z times the root of 2 errors.

    Errors have ``df`` degrees of freedom; standard normals where that is infinite.

    >>> round(tukey_survival(1.96, 2), 3), round(tukey_survival(2.228, 2, 10), 3)  # t of 2.228 on 10
    (0.05, 0.05)
    """
    if math.isinf(df):
        return float(_beyond(np.array([z]), groups)[0])
    return float(np.clip(_WEIGHTS @ _beyond(z * _spreads(df), groups), 0.0, 1.0))


def _beyond(z: Floats, groups: int) -> Floats:
    inside = ndtr(_NODES) - ndtr(_NODES - z[:, None] * np.sqrt(2))
    return np.asarray(np.clip(1 - groups * (inside ** (groups - 1) @ _WEIGHTS), 0.0, 1.0))


@lru_cache(maxsize=256)
def _spreads(df: float) -> Floats:
    """Errors seen over true ones, roots of chi-square over df, at the centiles of the nodes."""
    return np.asarray(np.sqrt(2 * gammaincinv(df / 2, ndtr(np.minimum(_NODES, 8.0))) / df))
