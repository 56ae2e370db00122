"""In how many students does an association point the other way? A share by a model, not a count of noisy slopes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import brentq, minimize_scalar
from scipy.special import hyp2f1
from scipy.stats import chi2

from la_research.statistics.cells import Codes, Panel, centred, codes
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.intervals import Floats

SIZES = np.linspace(0.02, 0.98, 49)
"""Correlations within a student that are tried."""
SHARES = np.linspace(0.0, 1.0, 21)
"""Shares at which the likelihood is looked at first."""
ROUNDS = 20
"""Times that means of students and of module-weeks are taken out in turn."""
HALVINGS = 16
"""Halvings of the interval in which the best share of the other students is sought."""


@dataclass(frozen=True)
class OwnSlopes:
    """What the weeks of each student say of an association; one entry a student with two answers or more.

    Parameters
    ----------
    answers
        Weeks with an answer, 2 or more, (students,).
    xx, xy, yy
        Sums of squares and products of the indicator and the score, each less its means of student and of
        module-week and in units of its pooled spread, (students,); squares above 0.
    """

    answers: Floats
    xx: Floats
    xy: Floats
    yy: Floats

    @property
    def students(self) -> int:
        """Students whose answers and activity both vary."""
        return len(self.answers)

    @property
    def negative(self) -> Floats:
        """1 where the student's own slope, as observed, lies below zero."""
        return (self.xy < 0).astype(float)

    def turned(self) -> OwnSlopes:
        """The same with the sign of every slope turned."""
        return replace(self, xy=-self.xy)


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of students by the sign of their true association.

    Parameters
    ----------
    against
        In whom it is negative, with ``lower`` and ``upper``.
    along
        In whom it is positive; in the rest there is none.
    size
        Its correlation within a student, above 0, the same for both.
    """

    against: float
    lower: float
    upper: float
    along: float
    size: float


def own_slopes(panel: Panel) -> OwnSlopes:
    """Association of each student over the weeks in which the questionnaire was answered.

    The indicator, less the median of its module and week, is ranked within the student: a silent week is the
    quietest and no more. Left out are who answered once, and who always answered or did the same.

    Parameters
    ----------
    panel
        Cells of the design; a student on several modules is several units.

    Examples
    --------
    Two students feel better when they do more, the third when they do less; the fourth answered once.

    >>> nan, who, week = np.nan, np.repeat(np.arange(4), 3), np.tile([2, 4, 6], 4)
    >>> x = np.array([1, 2, 4, 4, 2, 1, 2, 4, 1, 1, 1, 1.0])
    >>> y = np.array([5, 6, 9, 9, 6, 5, 5, 1, 9, 1, nan, nan])
    >>> found = own_slopes(Panel(who, who, np.zeros(12), week, x, y))
    >>> found.answers.tolist(), found.negative.tolist()
    ([3.0, 3.0, 3.0], [0.0, 0.0, 1.0])
    """
    here = ~np.isnan(panel.y)
    unit, group, week = (codes(values[here]) for values in (panel.unit, panel.group, panel.week))
    stratum = codes(group * (week.max(initial=0) + 1) + week)
    answers = np.bincount(unit).astype(float)
    usual = pd.Series(panel.x[here]).groupby(stratum).transform("median")
    ranks = (panel.x[here] - usual).round(9).groupby(unit).rank().to_numpy(dtype=float)
    x, y = (_twice_centred(values, unit, stratum) for values in (ranks / (answers[unit] + 1), panel.y[here]))
    xx, xy, yy = (np.bincount(unit, product).astype(np.float64) for product in (x * x, x * y, y * y))
    kept = (answers > 1) & (xx > 1e-9) & (yy > 1e-9)
    return _scaled(answers[kept], xx[kept], xy[kept], yy[kept])


def opposite_share(own: OwnSlopes, level: float = 0.95) -> Shares:
    """Share of students whose true association is negative, from all students' own correlations.

    In each student the two go together with the same correlation, or with the same one turned, or not at all;
    what is observed scatters about it as a correlation of so few weeks does (a bivariate normal, whose spreads may
    differ between students). Share and size have the greatest likelihood, the interval is the profile's.

    A few weeks say little of one student; whether they say enough of all of them is for the interval. Where the
    association is weak the share comes out too low (tests/truth/opposite_results.csv). A normal distribution of
    slopes would read 13 % as opposite where 55 % go along and the rest neither way: Phi(-0.55 / 0.497).

    Parameters
    ----------
    own
        As ``own_slopes`` returns it, of one student or more.
    level
        Of the interval.

    References
    ----------
    Fisher (1915), doi:10.1093/biomet/10.4.507, in the form of Hotelling (1953),
    doi:10.1111/j.2517-6161.1953.tb00135.x: the distribution of a correlation. Laird (1978),
    doi:10.1080/01621459.1978.10480103: a distribution of effects on a few points by maximum likelihood.

    Examples
    --------
    Of 400 students with 30 answers, a quarter go the other way and a quarter neither way.

    >>> from la_research.seeds import stream
    >>> rng, who, week = stream(1, "docs"), np.repeat(np.arange(400), 30), np.tile(np.arange(30), 400)
    >>> x, noise = rng.normal(size=(2, 12000))
    >>> y = 0.7 * np.repeat([1, 1, -1, 0], 3000) * x + noise
    >>> found = opposite_share(own_slopes(Panel(who, who, np.zeros(12000), week, x, y)))
    >>> found.lower < 0.25 < found.upper, found.upper - found.lower < 0.12
    (True, True)
    """
    profile = _Profile(_ratios(own, SIZES), _ratios(own.turned(), SIZES))
    heights = np.array([profile.at(share)[0] for share in SHARES])
    best = int(heights.argmax())
    ends = SHARES[max(best - 1, 0)], SHARES[min(best + 1, len(SHARES) - 1)]
    found = minimize_scalar(lambda share: -profile.at(share)[0], bounds=ends, method="bounded", options={"xatol": 1e-4})
    against = float(found.x) if -found.fun > heights[best] else float(SHARES[best])
    top, size, along = profile.at(against)
    cut = top - chi2.ppf(level, 1) / 2

    def crossed(outward: Floats) -> float:
        inside = against
        for share in outward:
            if profile.at(share)[0] < cut:
                return float(brentq(lambda q: profile.at(q)[0] - cut, inside, share, xtol=1e-4))
            inside = float(share)
        return inside

    lower, upper = crossed(SHARES[against > SHARES][::-1]), crossed(SHARES[against < SHARES])
    return Shares(against, lower, upper, along, size)


def slope_spread(own: OwnSlopes, level: float = 0.95) -> tuple[Coefficient, Coefficient]:
    """Mean of the true slopes, and their variance beyond what chance adds to each.

    Of every student with three answers or more, the squared distance of the own slope from the mean is set against
    the error that the student's own weeks show. The variance may come out below zero; its error is that of a mean
    over students.

    Examples
    --------
    >>> from la_research.seeds import stream
    >>> rng, who, week = stream(1, "docs"), np.repeat(np.arange(1000), 6), np.tile(np.arange(6), 1000)
    >>> x, noise = rng.normal(size=(2, 6000))
    >>> y = np.repeat([0.9, 0.1], 3000) * x + noise
    >>> mean, variance = slope_spread(own_slopes(Panel(who, who, np.zeros(6000), week, x, y)))
    >>> [round(c.value, 1) for c in (mean, variance)], variance.interval(0.95)[0] > 0
    ([0.4, 0.1], True)
    """
    mean = float(own.xy.sum() / own.xx.sum())
    long = own.answers > 2
    xx, xy, yy, n = own.xx[long], own.xy[long], own.yy[long], own.answers[long]
    beyond = (xy - mean * xx) ** 2 / xx - np.maximum(yy - xy**2 / xx, 0) / (n - 2)
    variance = float(beyond.sum() / xx.sum())
    return (
        _ratio(mean, own.xy - mean * own.xx, own.xx),
        _ratio(variance, beyond - variance * xx, xx),
    )


@dataclass(frozen=True, slots=True)
class Alike:
    """What as many students with as many answers would show if one true correlation held for all of them.

    Parameters
    ----------
    negative
        Share of own slopes seen below zero, (draws,).
    variance
        What ``slope_spread`` would take for variance of true slopes, (draws,).
    """

    negative: Floats
    variance: Floats


def all_alike(own: OwnSlopes, rng: np.random.Generator, draws: int = 199) -> Alike:
    """Draws of students who all have the correlation that fits best, read as the data are.

    Indicator and score are drawn from a bivariate normal, as many weeks as each student answered.

    Parameters
    ----------
    own
        As ``own_slopes`` returns it, of one student or more.

    References
    ----------
    Davison & Hinkley (1997), Bootstrap methods and their application, section 4.2.3: the parametric bootstrap.

    Examples
    --------
    With no association at all half of the slopes are seen below zero, and none of their spread is true.

    >>> from la_research.seeds import stream
    >>> own = OwnSlopes(np.full(400, 4.0), np.ones(400), np.tile([0.5, -0.5], 200), np.ones(400))
    >>> alike = all_alike(own, stream(1, "docs"))
    >>> round(float(alike.negative.mean()), 1), bool(abs(alike.variance.mean()) < 0.02)
    (0.5, True)
    """
    sizes = np.concatenate([-SIZES, [0.0], SIZES])
    size = float(sizes[np.log(np.maximum(_ratios(own, sizes), 1e-300)).sum(axis=0).argmax()])
    found = [_drawn(own.answers, size, rng) for _ in range(draws)]
    return Alike(
        np.array([drawn.negative.mean() for drawn in found]),
        np.array([slope_spread(drawn)[1].value for drawn in found]),
    )


def _drawn(answers: Floats, size: float, rng: np.random.Generator) -> OwnSlopes:
    """Own slopes of students with so many answers and one true correlation."""
    given = np.arange(int(answers.max())) < answers[:, None]
    x, noise = rng.standard_normal((2, *given.shape))
    y = np.where(given, size * x + math.sqrt(1 - size**2) * noise, 0.0)
    ranks = np.where(given, x, np.inf).argsort(axis=1).argsort(axis=1) + 1.0
    left = answers[:, None]
    x = np.where(given, ranks / (left + 1) - 0.5, 0.0)
    y = np.where(given, y - y.sum(axis=1, keepdims=True) / left, 0.0)
    return _scaled(answers, (x * x).sum(axis=1), (x * y).sum(axis=1), (y * y).sum(axis=1))


def _scaled(answers: Floats, xx: Floats, xy: Floats, yy: Floats) -> OwnSlopes:
    """Sums in units of their pooled spread."""
    of_x, of_y = (math.sqrt(squares.sum() / max((answers - 1).sum(), 1)) or 1.0 for squares in (xx, yy))
    return OwnSlopes(answers, xx / of_x**2, xy / (of_x * of_y), yy / of_y**2)


@dataclass(frozen=True)
class _Profile:
    """Likelihood ratios of (students, sizes) for a positive and for a negative association, against none."""

    along: Floats
    against: Floats

    def at(self, share: float) -> tuple[float, float, float]:
        """Greatest log-likelihood with that share opposite, and the size and the share along that reach it."""
        low, high = np.zeros(len(SIZES)), np.ones(len(SIZES))
        rest = share * self.against + (1 - share)
        more = (1 - share) * (self.along - 1)
        for _ in range(HALVINGS):  # the log-likelihood is concave in the part of the rest that goes along
            middle = (low + high) / 2
            rising = (more / np.maximum(rest + middle * more, 1e-300)).sum(axis=0) > 0
            low, high = np.where(rising, middle, low), np.where(rising, high, middle)
        part = (low + high) / 2
        heights = np.log(np.maximum(rest + part * more, 1e-300)).sum(axis=0)
        best = int(heights.argmax())
        return float(heights[best]), float(SIZES[best]), float((1 - share) * part[best])


def _ratios(own: OwnSlopes, sizes: Floats) -> Floats:
    """Density of each own correlation (students,) at each true one, over that at zero; (students, sizes)."""
    n = own.answers[:, None]
    product = np.clip(own.xy / np.sqrt(own.xx * own.yy), -1, 1)[:, None] * sizes
    series = hyp2f1(0.5, 0.5, n - 0.5, (1 + product) / 2) / hyp2f1(0.5, 0.5, n - 0.5, 0.5)
    return np.asarray((1 - sizes**2) ** ((n - 1) / 2) * (1 - product) ** (1.5 - n) * series)


def _ratio(value: float, left: Floats, below: Floats) -> Coefficient:
    """A ratio of sums over students with the error that what is ``left`` of each leaves."""
    n = len(left)
    error = math.sqrt(n / max(n - 1, 1) * float(left @ left)) / float(below.sum())
    return Coefficient(value, error, max(n - 1, 1), n)


def _twice_centred(values: Floats, unit: Codes, stratum: Codes) -> Floats:
    """Values less the means of their student and of their module-week."""
    for _ in range(ROUNDS):
        values = centred(centred(values, stratum), unit)
    return values
