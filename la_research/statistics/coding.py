"""Do coders of the same text agree, and how many codes would further interviews still bring?"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import binom, expit, logit, stdtrit

from la_research.statistics.intervals import Floats, z_value

Codes = frozenset[str]


LEAST_SOURCES = 4
"""Sources below which there is no interval: those of three held the truth in 90 to 96 % of draws."""
Interval = tuple[float, float | None, float | None]
"""A value with the ends of its interval; None where it can not be told how far it may be off."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Krippendorff's alpha with its interval.

    Parameters
    ----------
    alpha
        1 where coders always agree, 0 where they agree as often as by chance, below it less often.
    agreed
        Share of the pairs of coders of a unit who gave the very same codes.
    units
        Units that two coders or more have coded.
    """

    alpha: Interval
    agreed: Interval
    units: int


def coder_agreement(
    coded: Sequence[Sequence[Codes]], source: Sequence[object] | None = None, level: float = 0.95
) -> Agreement | None:
    """Krippendorff's alpha of coders who gave each unit no code, one or several.

    Two sets of codes differ by the share of their codes that only one of them has (Jaccard's
    distance); with one code each that is the nominal alpha. Intervals are a jackknife of units, or
    of their sources, from which several units come, by t on the logarithm of one minus alpha (of
    a share, on its log-odds). Of 800 to 1,000 draws of 12 units a source, 95 % intervals held the
    truth in 94 to 97 % (4 sources), 94 to 98 % (6 to 10) and 94 to 97 % (15 to 30).

    Parameters
    ----------
    coded
        One entry a unit: the codes that each of its coders gave. A unit with one coder says nothing.
    source
        Where each unit comes from, e.g. its interview; None where every unit stands for itself.

    Returns
    -------
    Agreement or None
        None where fewer than two units (or sources) have two coders, or all codes are the same. No interval with fewer
        than ``LEAST_SOURCES`` sources, or where coders differ in one of them at most.

    References
    ----------
    Krippendorff (2004), Content analysis, chapter 11; Passonneau (2006), Measuring agreement on
    set-valued items, LREC: a distance between sets.

    Examples
    --------
    >>> a, b = frozenset({"fear"}), frozenset({"hope"})
    >>> found = coder_agreement([(a, a), (b, b), (a, b), (b, b)])
    >>> round(found.alpha[0], 3), found.agreed
    (0.533, (0.75, None, None))
    """
    kept = [i for i, codes in enumerate(coded) if len(codes) > 1]
    values = sorted({one for i in kept for one in coded[i]}, key=sorted)
    origin = pd.factorize(np.array([str(source[i]) if source is not None else str(i) for i in kept]))[0]
    if len(values) < 2 or np.unique(origin).size < 2:
        return None
    far = np.array([[_distance(a, b) for b in values] for a in values])
    place = {one: i for i, one in enumerate(values)}
    counts = np.zeros((len(kept), len(values)))
    for row, i in enumerate(kept):
        for one in coded[i]:
            counts[row, place[one]] += 1
    held = counts.sum(axis=1)
    apart = ((counts @ far) * counts).sum(axis=1) / (held - 1)
    same, pairs = (counts * (counts - 1)).sum(axis=1), held * (held - 1)
    sums = pd.DataFrame(np.column_stack([same, pairs, apart, counts])).groupby(origin).sum().to_numpy()
    whole = sums.sum(axis=0)
    drawn = np.vstack([whole, whole - sums])  # as they are, and without one source after the other
    alpha = _alpha(drawn[:, 3:], drawn[:, 2], far)
    return Agreement(
        _told(alpha, lambda v: np.log(1 - v), lambda v: 1 - np.exp(v), level),
        _told(drawn[:, 0] / drawn[:, 1], logit, expit, level),
        len(kept),
    )


def _told(drawn: Floats, scale: Callable[[Floats], Floats], back: Callable[[Floats], Floats], level: float) -> Interval:
    """The first value, with the jackknife interval that the others give it on a scale."""
    sources = len(drawn) - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = scale(drawn)
    if sources < LEAST_SOURCES or not np.isfinite(scaled).all():
        return float(drawn[0]), None, None
    error = math.sqrt((sources - 1) / sources * float(((scaled[1:] - scaled[0]) ** 2).sum()))
    ends = back(scaled[0] + np.array([-1, 1]) * stdtrit(sources - 1, (1 + level) / 2) * error)
    return float(drawn[0]), float(ends.min()), float(ends.max())


def _distance(a: Codes, b: Codes) -> float:
    return 1 - len(a & b) / len(a | b) if a | b else 0.0


def _alpha(marginal: Floats, apart: Floats, far: Floats) -> Floats:
    """One alpha for each row of how often each set was given (draws, sets); not a number where nothing could differ."""
    n = marginal.sum(axis=1)
    chance = ((marginal @ far) * marginal).sum(axis=1) / (n * (n - 1))
    return np.asarray(1 - np.divide(apart / n, chance, out=np.full(len(n), np.nan), where=chance > 0))


def expected_codes(interviews: int, heard: ArrayLike) -> Floats:
    """Codes expected among the first 1, 2, … of all interviews, whatever their order.

    Parameters
    ----------
    interviews
        How many there are.
    heard
        In how many of them each code was heard, 1 or more.

    References
    ----------
    Colwell, Mao & Chang (2004), doi:10.1890/03-0557: the sample-based rarefaction curve.

    Examples
    --------
    Three interviews; one code in all of them, one in a single one.

    >>> expected_codes(3, [3, 1]).round(3).tolist()
    [1.333, 1.667, 2.0]
    """
    without = interviews - np.asarray(heard, dtype=float)
    drawn = np.arange(1, interviews + 1)[:, None]
    missed = binom(without, drawn) / binom(interviews, drawn)
    return np.asarray((1 - missed).sum(axis=1))


def unheard_codes(interviews: int, heard: ArrayLike, level: float = 0.95) -> tuple[float, float, float] | None:
    """How many codes were not heard yet, at least, with its interval (Chao's estimate for incidences).

    Parameters
    ----------
    interviews, heard
        As ``expected_codes`` takes them.

    Returns
    -------
    tuple or None
        Number, lower and upper end; None where fewer than two codes were heard once, so that nothing
        hints at further ones.

    References
    ----------
    Chao (1987), doi:10.2307/2531532, bias-corrected form; interval on the logarithm of what is unheard.

    Examples
    --------
    Ten interviews; four codes were heard once, two twice, six more often.

    >>> [round(end, 2) for end in unheard_codes(10, [1] * 4 + [2] * 2 + [5] * 6)]
    [1.8, 0.22, 14.64]
    """
    once, twice = (float((np.asarray(heard) == times).sum()) for times in (1, 2))
    share = (interviews - 1) / interviews
    value = share * once * (once - 1) / (2 * (twice + 1))
    if value <= 0:
        return None
    variance = (
        share * once * (once - 1) / (2 * (twice + 1))
        + share**2 * once * (2 * once - 1) ** 2 / (4 * (twice + 1) ** 2)
        + share**2 * once**2 * twice * (once - 1) ** 2 / (4 * (twice + 1) ** 4)
    )
    spread = math.exp(z_value(level) * math.sqrt(math.log1p(variance / value**2)))
    return value, value / spread, value * spread
