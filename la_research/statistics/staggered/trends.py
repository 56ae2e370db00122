"""Were the groups on the same course before? A joint test, what it could have found, and what that would make."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ncfdtr
from scipy.stats import f as variance_ratio

from la_research.statistics.coefficient import Coefficient
from la_research.statistics.power import POWER
from la_research.statistics.staggered.aggregation import Effect, events
from la_research.statistics.staggered.errors import Errors
from la_research.statistics.staggered.group_time import Cells, comparable
from la_research.statistics.staggered.panel import Floats, Panel


@dataclass(frozen=True)
class PreTrends:
    """What the times before the start say.

    Parameters
    ----------
    effects
        Change from each time to the next that the treated made more than the others, by time since the start.
    p
        Of the joint test that all are zero.
    slope
        The change apart from one time to the next, if it was the same all along.
    detectable
        The slope that the joint test finds with 80 % power.
    bends
        p-value of the test that all changes are the same, whatever their size; 1 where it can not be made.
    """

    effects: dict[float, Effect]
    p: float
    slope: Coefficient
    detectable: float
    bends: float


def pre_trends(cells: Cells, errors: Errors, alpha: float = 0.05) -> PreTrends | None:
    """Joint test of the changes before the start, with its power against a course apart; None where there are none.

    The test is Hotelling's, over times since the start. The slope weights the changes by the inverse of
    their covariance, which no other average is more precise than. Where there are not more clusters than twice the
    changes that can not be had soundly, and each counts by its own variance; then, and where degrees of freedom do not
    suffice, the slope alone is tested.

    Parameters
    ----------
    cells
        With a varying base; see ``group_time_effects``.
    alpha
        Level of the joint test whose power is told.

    References
    ----------
    Roth (2022), Pretest with caution: event-study estimates after testing for parallel trends,
    doi:10.1257/aeri.20210236: the slope that a pre-test would find with a given power.

    Examples
    --------
    >>> from la_research.seeds import stream
    >>> from la_research.statistics.staggered.group_time import group_time_effects
    >>> from la_research.statistics.staggered.panel import Panel
    >>> treated = np.repeat([True, False], 200)
    >>> outcome = stream(1, "statistics", "trends").normal(size=(400, 5))
    >>> outcome += np.where(treated, 0.5, 0)[:, None] * np.arange(5)
    >>> panel = Panel.plain(outcome, np.arange(5.0), np.where(treated, 4.0, np.inf))
    >>> found = pre_trends(group_time_effects(panel), Errors(panel))
    >>> found.p < 0.001, round(found.slope.value, 1), round(found.detectable, 2)
    (True, 0.6, 0.15)
    """
    before = {event: effect for event, effect in events(cells).items() if event < 0}
    if not before:
        return None
    value = np.array([effect.value for effect in before.values()])
    influence = np.stack([effect.influence for effect in before.values()])
    parts = errors.parts(influence)
    if not (parts**2).sum(axis=1).all():
        return None
    inverse, joint = _inverse(parts)
    weights = inverse.sum(axis=0) / inverse.sum()
    slope = errors.of(Effect(float(weights @ value), weights @ influence, 0, 1.0))
    joint = joint and slope.df > len(value) + 1
    k = len(value) if joint else 1
    df = slope.df - k + 1
    statistic = value @ inverse @ value if joint else (slope.value / slope.se) ** 2
    p = float(variance_ratio.sf(statistic * df / (k * slope.df), k, df))
    bent = statistic - (slope.value / slope.se) ** 2
    bends = float(variance_ratio.sf(bent * (df + 1) / ((k - 1) * slope.df), k - 1, df + 1)) if k > 1 else 1.0
    return PreTrends(before, p, slope, slope.se * _needed(k, df, alpha) ** 0.5, bends)


def _inverse(parts: Floats) -> tuple[Floats, bool]:
    """The inverse of the covariance, or of its diagonal where there are too few clusters; whether it is the whole."""
    covariance = parts @ parts.T
    joint = bool(parts.shape[1] > 2 * len(parts) and np.linalg.cond(covariance) < 1e10)
    return np.asarray(np.linalg.inv(covariance if joint else np.diag(np.diag(covariance)))), joint


def _needed(k: int, df: float, alpha: float) -> float:
    """The non-centrality at which an F test of ``k`` numbers has the power of ``POWER``."""
    limit, most = float(variance_ratio.isf(alpha, k, df)), 1.0
    while ncfdtr(k, df, most, limit) > 1 - POWER:
        most *= 2
    return float(brentq(lambda size: 1 - ncfdtr(k, df, size, limit) - POWER, 0.0, most))


def exposure(panel: Panel, anticipation: int = 0) -> float:
    """Times over which the overall effect by groups counts a change, on average: what a slope is multiplied by.

    Examples
    --------
    One unit has one time with the support, the other two: (1 + 1.5) / 2.

    >>> exposure(Panel.plain(np.zeros((3, 4)), np.arange(4.0), np.array([3.0, 2.0, np.inf])))
    1.25
    """
    panel = comparable(panel, anticipation)
    start = panel.start[~panel.never]
    return float(np.mean(anticipation + 1 + (len(panel.times) - 1 - start) / 2))
