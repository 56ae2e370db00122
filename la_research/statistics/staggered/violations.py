"""How far apart the courses may drift after the start before the effect could be nothing."""

from __future__ import annotations

from collections.abc import Mapping

from scipy.special import stdtrit

from la_research.statistics.staggered.aggregation import Effect
from la_research.statistics.staggered.errors import Errors

FARTHEST = 20.0


def robust_interval(
    effect: Effect, before: Mapping[float, Effect], errors: Errors, relative: float, level: float
) -> tuple[float, float]:
    """The interval of an effect if courses drift apart at most ``relative`` times as fast as they ever did before.

    From one time to the next after the start the treated and the others may drift apart by up to ``relative`` times
    the largest such change before. If that largest change was the one at a given time, of a given sign, the effect
    lies between two sums of estimates; their outer confidence limits make an interval, and the union over all times
    and both signs holds whichever it was. It is wider than the conditional intervals of the source, which use that the
    other changes before are smaller.

    Parameters
    ----------
    effect
        The effect; ``Effect.steps`` says how long it had to drift.
    before
        Changes from time to time before the start (``PreTrends.effects``).
    relative
        0 or more; 0 says that the courses were parallel after the start.

    References
    ----------
    Rambachan and Roth (2023), A more credible approach to parallel trends, doi:10.1093/restud/rdad018: the
    restriction on relative magnitudes; the union of intervals by projection is its least favourable case.

    Examples
    --------
    >>> import numpy as np
    >>> from la_research.statistics.staggered.panel import Panel
    >>> errors = Errors(Panel.plain(np.zeros((4, 2)), np.arange(2.0), np.array([1.0, 1.0, np.inf, np.inf])))
    >>> still = np.array([1.0, -1.0, 1.0, -1.0]) * 0.001
    >>> effect, before = Effect(2.0, still, 2, steps=1.5), {-1.0: Effect(0.4, still, 2, 0.0)}
    >>> [round(end, 1) for end in robust_interval(effect, before, errors, 2, 0.95)]  # 2 ± 2 · 1.5 · 0.4
    [0.8, 3.2]
    """
    ends = [
        _between(effect, one, sign * relative * effect.steps, errors, level)
        for one in before.values()
        for sign in (1.0, -1.0)
    ]
    possible = [pair for pair in ends if pair[0] <= pair[1]]
    return min(pair[0] for pair in possible), max(pair[1] for pair in possible)


def _between(effect: Effect, change: Effect, drift: float, errors: Errors, level: float) -> tuple[float, float]:
    ends = []
    for side in (-1.0, 1.0):
        value = effect.value + side * drift * change.value
        found = errors.of(Effect(value, effect.influence + side * drift * change.influence, 0, 0.0))
        ends.append(value + side * float(stdtrit(found.df, (1 + level) / 2)) * found.se)
    return ends[0], ends[1]


def breakdown(effect: Effect, before: Mapping[float, Effect], errors: Errors, level: float) -> float | None:
    """The largest ``relative`` of ``robust_interval`` whose interval excludes zero, to 0.01; None where none does.

    Examples
    --------
    >>> import numpy as np
    >>> from la_research.statistics.staggered.panel import Panel
    >>> errors = Errors(Panel.plain(np.zeros((4, 2)), np.arange(2.0), np.array([1.0, 1.0, np.inf, np.inf])))
    >>> still = np.array([1.0, -1.0, 1.0, -1.0]) * 0.001
    >>> round(breakdown(Effect(2.0, still, 2, steps=1.0), {-1.0: Effect(0.4, still, 2, 0.0)}, errors, 0.95), 1)
    5.0
    """

    def excludes(relative: float) -> bool:
        low, high = robust_interval(effect, before, errors, relative, level)
        return low > 0 or high < 0

    if not excludes(0.0):
        return None
    low, high = 0.0, FARTHEST
    if excludes(high):
        return high
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (middle, high) if excludes(middle) else (low, middle)
    return low
