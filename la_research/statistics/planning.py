"""How large groups have to be for the audit to say "disparity" or "equivalent", by numerical integration."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from la_research.statistics.gaps import tukey_z
from la_research.statistics.intervals import Floats, wilson_bounds, z_value
from la_research.statistics.power import POWER
from la_research.statistics.score import score_of
from la_research.statistics.simultaneous import SPARSE

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
_NODES, _WEIGHTS = 6 * _NODES, 6 * _WEIGHTS * np.exp(-((6 * _NODES) ** 2) / 2) / np.sqrt(2 * np.pi)
HALVINGS = 16
"""Steps to find the share at which a bound meets the margin; the last one is shorter than 2e-5."""
MOST = 1e8
"""Students a group beyond which no plan looks."""
Bound = Callable[[Floats, Floats, Floats, Floats], Floats]
"""Of a higher and a lower share on n and m rows: above 0 where what is asked of their gap holds."""


def disparity_power(
    rate: float, gap: float, n: float, groups: int = 2, *, margin: float = 0.0, alpha: float = 0.05, tests: int = 1
) -> float:
    """The chance of the verdict "disparity" where one of k equal groups lies apart from all others.

    Parameters
    ----------
    rate
        Share of the others. The one apart is higher, above one half lower: the harder way.
    gap
        How far apart it is, 0 or more.
    n
        Students whom the metric reads, in each group.
    groups
        How many groups, 2 or more.
    margin
        The gap that would matter, 0 or more.
    alpha, tests
        Level of the audit, and how many comparisons Holm counts: this one is judged at the
        hardest step.

    Returns
    -------
    float
        As the audit judges, by ``gap_inference``; 0 to 1.

    References
    ----------
    Given the share of the group apart the others are independent, so the chance is one
    integral. Shares are taken as normal; the rare disparity between two of the others is left
    out. Simulation of the audit's rule in ``tests/truth/audit_cells.py`` shows how near it comes.

    Examples
    --------
    >>> round(disparity_power(0.3, 0.15, 500, 4, margin=0.05), 2)
    0.93
    """
    return _shown(rate, gap, [n] * groups, margin, alpha / tests)


def equivalence_power(rate: float, n: float, groups: int = 2, *, margin: float, alpha: float = 0.05) -> float:
    """The chance of the verdict "equivalent" where k groups of n students have the same rate.

    Holm does not enter: equivalence needs every pair.

    References
    ----------
    All pairs lie within the margin where the highest and the lowest share do; given the
    lowest, the others are independent. Shares are taken as normal.

    Examples
    --------
    >>> round(equivalence_power(0.3, 500, 4, margin=0.1), 2)
    0.73
    """
    sizes = np.array([float(n)])
    z = z_value(1 - 2 * alpha)
    inside = _bound(rate, sizes, z, margin, within=True)
    error = math.sqrt(rate * (1 - rate) / n)
    lowest = np.clip(rate + error * _NODES, 0, 1)
    highest = _meets(lambda high: inside(high, lowest, sizes, sizes), lowest, np.minimum(lowest + margin, 1))
    room = np.clip(ndtr((highest - rate) / error) - ndtr(_NODES), 0, 1)
    return float(np.clip(groups * (_WEIGHTS @ room ** (groups - 1)), 0, 1))


def size_for_disparity(
    rate: float,
    gap: float,
    groups: int = 2,
    *,
    margin: float = 0.0,
    alpha: float = 0.05,
    tests: int = 1,
    power: float = POWER,
) -> int | None:
    """Students a group for this chance of "disparity"; None where a hundred million would not do.

    >>> size_for_disparity(0.3, 0.15, 4, margin=0.05), size_for_disparity(0.3, 0.05, 4, margin=0.05)
    (348, None)
    """
    if gap <= margin:
        return None
    start = 2 * rate * (1 - rate) * ((tukey_z(groups, 1 - alpha / tests) + float(ndtri(power))) / (gap - margin)) ** 2

    def surplus(n: float) -> float:
        return disparity_power(rate, gap, n, groups, margin=margin, alpha=alpha, tests=tests) - power

    return _size(surplus, start)


@lru_cache(maxsize=512)
def size_for_equivalence(
    rate: float, groups: int = 2, *, margin: float, alpha: float = 0.05, power: float = POWER
) -> int | None:
    """Students a group for this chance of "equivalent" where rates are the same; None where the margin is 0.

    >>> size_for_equivalence(0.3, 2, margin=0.1), size_for_equivalence(0.3, 12, margin=0.1)
    (357, 809)
    """
    if margin <= 0:
        return None
    start = 2 * rate * (1 - rate) * ((z_value(1 - 2 * alpha) + tukey_z(groups, power)) / margin) ** 2
    return _size(lambda n: equivalence_power(rate, n, groups, margin=margin, alpha=alpha) - power, start)


@lru_cache(maxsize=512)
def detectable_disparity(
    ns: tuple[float, ...],
    rate: float,
    *,
    apart: int | None = None,
    margin: float = 0.0,
    alpha: float = 0.05,
    tests: int = 1,
    power: float = POWER,
) -> float:
    """The smallest gap that groups of these sizes show as "disparity" with this chance, one apart from all others.

    Parameters
    ----------
    ns
        Students of each group whom the metric reads, effective numbers where rows are clustered.
    rate, margin, alpha, tests
        As in ``disparity_power``.
    apart
        Position of the group apart; without one the smallest, which is the hardest to show.

    Returns
    -------
    float
        A difference of two shares; not a number where not even the largest would be shown.

    Examples
    --------
    >>> round(detectable_disparity((500, 500, 500, 500), 0.3, margin=0.05), 2)
    0.13
    >>> round(detectable_disparity((5000, 500, 500, 50), 0.3, margin=0.05), 2)
    0.27
    """
    first = min(range(len(ns)), key=lambda i: ns[i]) if apart is None else apart
    sizes, room = (ns[first], *ns[:first], *ns[first + 1 :]), max(rate, 1 - rate)

    def surplus(gap: float) -> float:
        return _shown(rate, gap, sizes, margin, alpha / tests) - power

    if margin >= room or surplus(room) < 0:
        return math.nan
    return float(brentq(surplus, margin, room, xtol=1e-3))


def _shown(rate: float, gap: float, ns: Sequence[float], margin: float, alpha: float) -> float:
    """Chance that the first group, apart from all others by this gap, is seen beyond the margin of one of them."""
    low = min(rate, 1 - rate)
    apart, (one, *others) = min(low + gap, 1.0), ns
    sizes, times = np.unique(np.asarray(others, dtype=float), return_counts=True)
    z = tukey_z(len(ns), 1 - alpha)
    pooled = (apart * one + low * sum(others)) / sum(ns)
    beyond = _bound(pooled, np.array([one, *sizes]), z, margin, within=False)
    error = math.sqrt(max(apart * (1 - apart), 0) / one)
    high = np.clip(apart + error * _NODES, 0, 1)[:, None]
    needed = _meets(lambda two: beyond(high, two, np.array(one), sizes), np.zeros((len(high), len(sizes))), high)
    chance = ndtr((needed - low) / np.sqrt(low * (1 - low) / sizes)) * (needed > 0)
    return float(np.clip(1 - _WEIGHTS @ ((1 - chance) ** times).prod(axis=1), 0, 1))


def _meets(holds: Callable[[Floats], Floats], low: Floats, high: Floats) -> Floats:
    """The largest share between two at which something still holds, by bisection; the lower one where it never does."""
    low, high = np.broadcast_arrays(low, high)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        inside = holds(middle) > 0
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return low


def _bound(pooled: float, ns: Floats, z: float, margin: float, *, within: bool) -> Bound:
    """Whether a pair is seen beyond the margin, or within it, by the method that expected cells ask for."""
    side = -1.0 if within else 1.0

    def by_score(one: Floats, two: Floats, n: Floats, m: Floats) -> Floats:
        return side * score_of(one, two, n, m, np.array(margin)) - z

    def by_newcombe(one: Floats, two: Floats, n: Floats, m: Floats) -> Floats:
        (low, high), (below, above) = wilson_bounds(one, n, z), wilson_bounds(two, m, z)
        reach = np.hypot(high - one, two - below) if within else np.hypot(one - low, above - two)
        return np.asarray(side * (one - two - margin) - reach)

    return by_score if float(ns.min()) * min(pooled, 1 - pooled) < SPARSE else by_newcombe


def _size(surplus: Callable[[float], float], start: float) -> int | None:
    """The least size at which a chance is enough, searched for around a first guess."""
    low, high = max(2.0, start / 2), max(4.0, 2 * start)
    while surplus(high) < 0:
        low, high = high, 2 * high
        if high > MOST:
            return None
    while low > 2 and surplus(low) >= 0:
        low, high = max(2.0, low / 2), low
    if surplus(low) >= 0:
        return math.ceil(low)
    return math.ceil(float(brentq(surplus, low, high, xtol=0.5)))
