"""What each design could show, before anything is known: its error, the smallest effect it finds, the size it needs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import expit, nctdtr, ndtri, stdtrit

from la_research.statistics.autoregressive import foreseen
from la_research.statistics.power import POWER
from la_research.statistics.segmented import Segments, columns

Floats = npt.NDArray[np.float64]
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(60)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
MOST = 2**30
"""Size beyond which no plan looks."""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What is planned of a study; each design reads its own.

    Parameters
    ----------
    n
        Students asked; of an interrupted series the number of times.
    share
        Of those who have the support; of a series, of the times after the start.
    consent, loss
        Share who say yes, and share of those whose outcome stays unknown.
    explained
        Share of the outcome's variance that covariates explain.
    cluster_size, size_cv, icc
        Students asked in a group (in a stepped wedge: in every period), how much sizes differ (SD over mean), and the
        intraclass correlation.
    steady
        In a stepped wedge: correlation of a group's effects in two periods (cluster autocorrelation).
    periods, available
        Periods of a stepped wedge, or decisions a student in a micro-randomised trial, and share at which a draw is
        possible.
    correlation
        Of a student's outcome before and after; of a series, of neighbouring times.
    spread
        Without a draw: SD of the logit of the chance of the support, which tells how far apart the groups are.
    """

    n: float
    share: float = 0.5
    consent: float = 1.0
    loss: float = 0.0
    explained: float = 0.0
    cluster_size: float = 20
    size_cv: float = 0.0
    icc: float = 0.0
    steady: float = 1.0
    periods: int = 5
    available: float = 1.0
    correlation: float = 0.5
    spread: float = 1.0

    @property
    def left(self) -> float:
        """Students whose outcome is known."""
        return self.n * self.kept

    @property
    def kept(self) -> float:
        """Share of those asked whose outcome is known."""
        return self.consent * (1 - self.loss)

    @property
    def clusters(self) -> float:
        """Groups."""
        return self.n / self.cluster_size

    @property
    def plain(self) -> float:
        """Variance of the effect of a draw of single students, in variances of the outcome."""
        return (1 - self.explained) / (self.left * self.share * (1 - self.share))


Spread = tuple[float, float]
"""Standard error of an effect, in SDs of the outcome, and degrees of freedom."""


def _randomised(plan: Planned) -> Spread:
    return math.sqrt(plan.plain), plan.left - 2


def _cluster(plan: Planned) -> Spread:
    """Eldridge et al. (2006), doi:10.1093/ije/dyl129: sizes that differ make it worse."""
    size = plan.cluster_size * plan.kept
    effect = 1 + ((1 + plan.size_cv**2) * size - 1) * plan.icc
    return math.sqrt(plan.plain * effect), plan.clusters - 2


def _stepped_wedge(plan: Planned) -> Spread:
    """Hussey and Hughes (2007), doi:10.1016/j.cct.2006.05.007; Hooper et al. (2016), doi:10.1002/sim.7028.

    Groups start one after another, as many at each step, nobody in the first period; other students in each.
    """
    t, own = plan.periods, (1 - plan.icc) / (plan.cluster_size * plan.kept)
    shared = plan.icc * (plan.steady + (1 - plan.steady) * np.eye(t))
    inverse = np.linalg.inv((1 - plan.explained) * (shared + own * np.eye(t)))
    information = np.zeros((t + 1, t + 1))
    for start in range(1, t):
        x = np.column_stack([np.eye(t), np.arange(t) >= start])
        information += plan.clusters / (t - 1) * x.T @ inverse @ x
    return math.sqrt(np.linalg.inv(information)[t, t]), plan.clusters - 2


def _micro_randomised(plan: Planned) -> Spread:
    """Liao et al. (2016), doi:10.1002/sim.6847, of a constant effect; SDs are those of a week within a student."""
    return math.sqrt(plan.plain / (plan.periods * plan.available)), plan.left - 2


def _discontinuity(plan: Planned) -> Spread:
    """Schochet (2009), doi:10.3102/1076998609332748, of a normal running variable and a straight line."""
    height = math.exp(-(float(ndtri(plan.share)) ** 2) / 2) / math.sqrt(2 * math.pi)
    return math.sqrt(plan.plain / (1 - height**2 / (plan.share * (1 - plan.share)))), plan.left - 3


def _differences(plan: Planned) -> Spread:
    """Two times: the change has 2 (1 - correlation) times the variance; in groups as in a trial of groups."""
    change = 2 * (1 - plan.correlation)
    error, df = _cluster(plan) if plan.icc else _randomised(plan)
    return error * math.sqrt(change), df


def _series(plan: Planned) -> Spread:
    """The change of level of a straight course, by restricted likelihood; SDs are those of the series' errors."""
    times = np.arange(round(plan.n))
    start = times[-1] + 1 - round(plan.n * plan.share)
    x = columns(Segments(float(start)), times, np.empty((len(times), 0)))
    found = foreseen(x, times, plan.correlation).of([0, 0, 1, 0])
    return found.se, found.df


def _observational(plan: Planned) -> Spread:
    """The efficiency bound of Hahn (1998), doi:10.2307/2998560, where the logit of the chance is normal."""
    logits = plan.spread * _NODES
    middle = brentq(lambda shift: _WEIGHTS @ expit(shift + logits) - plan.share, -30, 30)
    chance = expit(middle + logits)
    return math.sqrt((1 - plan.explained) * float(_WEIGHTS @ (1 / (chance * (1 - chance)))) / plan.left), plan.left - 2


ERRORS: dict[str, Callable[[Planned], Spread]] = {
    "randomised": _randomised,
    "cluster": _cluster,
    "stepped_wedge": _stepped_wedge,
    "micro_randomised": _micro_randomised,
    "rdd": _discontinuity,
    "did": _differences,
    "its": _series,
    "observational": _observational,
}
"""The error of each design that can be planned, by its kind."""


def power_of(kind: str, effect: float, *, alpha: float = 0.05, **planned: Any) -> float:
    """The chance to exclude zero where this is the effect, by a two-sided t test; 0 where nothing could be tested.

    Parameters
    ----------
    kind
        A key of ``ERRORS``.
    effect
        In SDs of the outcome; of a series, of its errors.
    alpha
        Level of the test.
    planned
        What ``Planned`` holds.

    Examples
    --------
    >>> round(power_of("randomised", 0.5, n=128), 2)  # Cohen (1992)
    0.8
    """
    error, df = ERRORS[kind](Planned(**planned))
    if df < 1:
        return 0.0
    critical, shift = float(stdtrit(df, 1 - alpha / 2)), abs(effect) / error
    below, contrary = (np.nan_to_num(nctdtr(df, shift, end)) for end in (critical, -critical))  # far tails underflow
    return float(1 - below + contrary)


def detectable_effect(kind: str, *, alpha: float = 0.05, power: float = POWER, **planned: Any) -> float:
    """The smallest effect that a design of this size finds with the given chance, in SDs.

    Not a number where nothing could be tested: too few students, groups or times are left.

    Parameters
    ----------
    kind, alpha, planned
        As in ``power_of``.
    power
        Chance to exclude zero, above ``alpha``.

    Examples
    --------
    >>> round(detectable_effect("randomised", n=128), 2)
    0.5
    >>> round(detectable_effect("cluster", n=800, cluster_size=20, icc=0.05), 2)
    0.28
    """
    error, df = ERRORS[kind](Planned(**planned))
    if df < 1:
        return math.nan
    most = error * (stdtrit(df, 1 - alpha / 2) + stdtrit(df, power) + 10)
    return float(brentq(lambda effect: power_of(kind, effect, alpha=alpha, **planned) - power, 0, most))


def size_for(
    kind: str, effect: float, *, alpha: float = 0.05, power: float = POWER, least: int = 8, **planned: Any
) -> int | None:
    """The smallest n, students asked or times, with which a design finds an effect with the given chance.

    None where a billion would not do. Groups may come out as a fraction: round up to whole ones.

    Parameters
    ----------
    kind, effect, alpha, power, planned
        As in ``power_of``; without ``n``.
    least
        Smallest size that is looked at.

    Examples
    --------
    >>> size_for("randomised", 0.5), size_for("rdd", 0.5), size_for("randomised", 0.5, consent=0.8, loss=0.2)
    (128, 348, 200)
    """

    def enough(n: int) -> bool:
        return power_of(kind, effect, alpha=alpha, **planned, n=n) >= power

    high = least
    while not enough(high):
        high *= 2
        if high > MOST or (kind == "its" and high > 2**11):
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
