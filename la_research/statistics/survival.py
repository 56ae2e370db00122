"""Time until an event: who is still there, how many have had it with other outcomes in the way, and time lost to it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike

from la_research.statistics.coefficient import Coefficient
from la_research.statistics.intervals import z_value

Floats = npt.NDArray[np.float64]
LARGE = 1e9
"""Degrees of freedom of an estimate whose distribution is taken as normal."""


@dataclass(frozen=True)
class RiskSet:
    """Who was at risk and what happened, at each time at which an event of any kind did.

    Parameters
    ----------
    times
        Rising, shape (k,).
    at_risk
        Students still there just before, shape (k,); whoever is censored at a time is still there at it.
    events, others
        Events of the kind asked about, and of any other kind, shape (k,).
    n, last
        Students, and the last time at which any of them was followed.
    """

    times: Floats
    at_risk: Floats
    events: Floats
    others: Floats
    n: int
    last: float

    @property
    def free(self) -> Floats:
        """Share without any event after each time: the product-limit estimate, shape (k,)."""
        return np.asarray(np.cumprod(1 - (self.events + self.others) / self.at_risk), dtype=float)

    @property
    def free_before(self) -> Floats:
        """The same just before each time."""
        return np.concatenate([[1.0], self.free[:-1]]) if len(self.times) else np.empty(0)

    @property
    def incidence(self) -> Floats:
        """Share that has had the event after each time, others being able to have had another one, shape (k,)."""
        return np.cumsum(self.free_before * self.events / self.at_risk)


def risk_set(times: ArrayLike, codes: ArrayLike) -> RiskSet:
    """The risk set of students followed for some time.

    Parameters
    ----------
    times
        How long each was followed, 0 or more, shape (n,).
    codes
        0 where nothing had happened by then (censored), 1 the event, 2 and more other outcomes, shape (n,).

    Examples
    --------
    Four students leave; one is censored at time 2 and one at time 3, after the event there.

    >>> found = risk_set([1, 2, 2, 3, 3, 4], [1, 1, 0, 1, 0, 1])
    >>> found.at_risk.tolist(), found.free.round(3).tolist()
    ([6.0, 5.0, 3.0, 1.0], [0.833, 0.667, 0.444, 0.0])
    """
    when, what = np.asarray(times, dtype=float), np.asarray(codes, dtype=float)
    moments, place = np.unique(when, return_inverse=True)
    size = len(moments)
    gone = np.bincount(place, minlength=size)
    events = np.bincount(place[what == 1], minlength=size)
    others = np.bincount(place[what > 1], minlength=size)
    at_risk = len(when) - np.concatenate([[0], np.cumsum(gone)[:-1]])
    kept = events + others > 0
    held = (moments[kept], at_risk[kept].astype(float), events[kept].astype(float), others[kept].astype(float))
    return RiskSet(*held, len(when), float(moments[-1]))


def free_interval(found: RiskSet, level: float = 0.95) -> tuple[Floats, Floats]:
    """Ends of the interval of the share without an event at each time, log-log, by Greenwood's error.

    Where everybody, or nobody, is still free, and nothing tells an error, both ends are that share.

    References
    ----------
    Greenwood (1926); Kalbfleisch & Prentice (1980), The statistical analysis of failure time data, chapter 1.

    Examples
    --------
    >>> lower, upper = free_interval(risk_set([1, 2, 3, 4], [1, 1, 0, 0]))
    >>> [round(float(end), 3) for end in (lower[0], upper[0])]
    [0.128, 0.961]
    """
    out = found.events + found.others
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(out / (found.at_risk * (found.at_risk - out))))
        reach = np.exp(z_value(level) * spread / np.log(found.free))
        lower, upper = found.free ** (1 / reach), found.free**reach
    known = np.isfinite(lower) & np.isfinite(upper) & (found.free > 0)
    return np.where(known, np.minimum(lower, upper), found.free), np.where(known, np.maximum(lower, upper), found.free)


def _weighed(found: RiskSet, weight: Floats) -> tuple[float, float]:
    """A weighted sum of the steps of the incidence, and its variance.

    Linearised in the hazards of the event and of the others, which are multinomial given who is at risk; without
    other outcomes and with the weight of ``time_free`` the variance is Greenwood's.
    """
    steps = found.free_before * found.events / found.at_risk * weight
    later = steps.sum() - np.cumsum(steps)
    out = found.events + found.others
    kept = 1 - out / found.at_risk
    pull = np.divide(later, kept, out=np.zeros_like(later), where=kept > 0)
    own = found.free_before * weight - pull
    mean = (own * found.events - pull * found.others) / found.at_risk
    square = own**2 * found.events + pull**2 * found.others - mean**2 * found.at_risk
    return float(steps.sum()), float((square / found.at_risk**2).sum())


def incidence_at(found: RiskSet, horizon: float) -> Coefficient:
    """Share that has had the event by a time: Aalen and Johansen's estimate, with the error of its linearisation.

    References
    ----------
    Aalen & Johansen (1978), Scandinavian Journal of Statistics 5:141-150; Marubini & Valsecchi (1995), Analysing
    survival data from clinical trials and observational studies, chapter 10, for the variance.

    Examples
    --------
    Without censoring it is the plain share.

    >>> found = incidence_at(risk_set([1, 2, 3, 4], [1, 2, 1, 0]), 3)
    >>> round(found.value, 6), round(found.se, 6) == round((0.5 * 0.5 / 4) ** 0.5, 6)
    (0.5, True)
    """
    value, variance = _weighed(found, (found.times <= horizon).astype(float))
    return Coefficient(value, math.sqrt(max(variance, 0.0)), LARGE, found.n)


def incidence_interval(share: Coefficient, level: float = 0.95) -> tuple[float, float]:
    """Ends of the interval of a share from ``incidence_at``, log-log, so that they stay between 0 and 1.

    A share without an error has both ends at itself.

    Examples
    --------
    >>> found = incidence_at(risk_set([1, 2, 3, 4], [1, 2, 1, 0]), 3)
    >>> [round(end, 3) for end in incidence_interval(found)]
    [0.155, 0.942]
    """
    if not share.se or not 0 < share.value < 1:
        return share.value, share.value
    log = math.log(1 - share.value)
    reach = math.exp(z_value(level) * share.se / ((1 - share.value) * abs(log)))
    return 1 - (1 - share.value) ** (1 / reach), 1 - (1 - share.value) ** reach


def time_free(found: RiskSet, horizon: float) -> Coefficient:
    """Mean time up to a horizon without the event (restricted mean survival time).

    Who has another outcome is taken as without the event from then on: it is the horizon less the area under the
    incidence. Without other outcomes it is the area under the product-limit curve.

    References
    ----------
    Royston & Parmar (2013), doi:10.1186/1471-2288-13-152; Andersen (2013), doi:10.1002/sim.5903, for time lost to
    one of several outcomes; Uno et al. (2014), doi:10.1200/JCO.2014.55.2208.

    Examples
    --------
    >>> found = time_free(risk_set([1, 2, 3, 4], [1, 1, 1, 0]), 4)
    >>> found.value == (1 + 2 + 3 + 4) / 4
    True
    """
    lost, variance = _weighed(found, np.maximum(horizon - found.times, 0.0))
    return Coefficient(horizon - lost, math.sqrt(max(variance, 0.0)), LARGE, found.n)


def log_rank(times: ArrayLike, codes: ArrayLike, treated: ArrayLike) -> Coefficient:
    """Log ratio of hazards of the event, treated against others, by the log-rank test's one step; its p is the test's.

    Other outcomes are taken as censored, so hazards are those of the event among students still there.

    References
    ----------
    Mantel (1966), Cancer Chemotherapy Reports 50:163-170; Yusuf et al. (1985),
    doi:10.1016/S0033-0620(85)80003-7, for the one step: observed less expected, over its variance.

    Examples
    --------
    >>> found = log_rank([1, 2, 3, 4], [1, 1, 1, 1], [True, False, True, False])
    >>> round(found.value, 4) == round((2 - (2 / 4 + 1 / 3 + 1 / 2)) / (1 / 4 + 2 / 9 + 1 / 4), 4)
    True
    """
    when, event = np.asarray(times, dtype=float), np.asarray(codes, dtype=float) == 1
    drawn = np.asarray(treated, dtype=bool)
    moments = np.unique(when[event])
    everybody, ours = np.sort(when), np.sort(when[drawn])
    at_risk = len(everybody) - np.searchsorted(everybody, moments).astype(float)
    treated_at_risk = len(ours) - np.searchsorted(ours, moments).astype(float)
    happened = np.diff(np.searchsorted(np.sort(when[event]), np.append(moments, np.inf))).astype(float)
    share = treated_at_risk / at_risk
    room = np.divide(at_risk - happened, at_risk - 1, out=np.zeros_like(at_risk), where=at_risk > 1)
    variance = float((happened * share * (1 - share) * room).sum())
    if not variance:
        return Coefficient(0.0, 0.0, LARGE, len(when))
    return Coefficient(
        float((drawn & event).sum() - (happened * share).sum()) / variance, 1 / math.sqrt(variance), LARGE, len(when)
    )
