"""Do coders of the same text agree, and how many codes would further interviews still bring?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import binom

from la_research.statistics.intervals import Floats, z_value
from la_research.statistics.resampling import student_weights

Codes = frozenset[str]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Krippendorff's alpha with its interval.

    Parameters
    ----------
    value, lower, upper
        1 where coders always agree, 0 where they agree as often as by chance, below it less often.
    units
        Units that two coders or more have coded.
    agreed
        Share of the pairs of coders of a unit who gave the very same codes, with its interval.
    """

    value: float
    lower: float
    upper: float
    units: int
    agreed: tuple[float, float, float]


def coder_agreement(
    coded: Sequence[Sequence[Codes]],
    rng: np.random.Generator,
    *,
    source: Sequence[object] | None = None,
    replicates: int = 1000,
    level: float = 0.95,
) -> Agreement | None:
    """Krippendorff's alpha of coders who gave each unit no code, one or several.

    Two sets of codes differ by the share of their codes that only one of them has (Jaccard's
    distance); with one code each that is the nominal alpha. The interval is a percentile bootstrap
    of units, or of their sources, from which several units come.

    Parameters
    ----------
    coded
        One entry a unit: the codes that each of its coders gave. A unit with one coder says nothing.
    source
        Where each unit comes from, e.g. its interview; None where every unit stands for itself.
    replicates, level
        Of the bootstrap.

    Returns
    -------
    Agreement or None
        None where fewer than two units (or sources) have two coders, or all codes are the same.

    References
    ----------
    Krippendorff (2004), Content analysis, chapter 11; Passonneau (2006), Measuring agreement on
    set-valued items, LREC: a distance between sets.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> a, b = frozenset({"fear"}), frozenset({"hope"})
    >>> found = coder_agreement([(a, a), (b, b), (a, b), (b, b)], rng)
    >>> round(found.value, 3), found.agreed[0]
    (0.533, 0.75)
    """
    kept = [i for i, codes in enumerate(coded) if len(codes) > 1]
    values = sorted({one for i in kept for one in coded[i]}, key=sorted)
    origin = np.array([str(source[i]) if source is not None else str(i) for i in kept])
    if len(values) < 2 or np.unique(origin).size < 2:
        return None
    far = np.array([[_distance(a, b) for b in values] for a in values])
    place = {one: i for i, one in enumerate(values)}
    counts = np.zeros((len(kept), len(values)))
    for row, i in enumerate(kept):
        for one in coded[i]:
            counts[row, place[one]] += 1
    held = counts.sum(axis=1)
    apart = np.einsum("uv,vw,uw->u", counts, far, counts) / (held - 1)
    same, pairs = (counts * (counts - 1)).sum(axis=1), held * (held - 1)
    weights = np.vstack([np.ones(len(kept)), student_weights(origin, replicates, rng)])  # first of all as they are
    alpha, alike = (
        _told(draws, level) for draws in (_alpha(weights, counts, apart, far), weights @ same / (weights @ pairs))
    )
    return Agreement(*alpha, len(kept), alike)


def _told(draws: Floats, level: float) -> tuple[float, float, float]:
    """The first draw, and the percentiles of the others, held apart so that they include it."""
    whole = float(draws[0])
    lower, upper = (float(end) for end in np.nanquantile(draws[1:], [(1 - level) / 2, (1 + level) / 2]))
    return whole, min(lower, whole), max(upper, whole)


def _distance(a: Codes, b: Codes) -> float:
    return 1 - len(a & b) / len(a | b) if a | b else 0.0


def _alpha(weights: Floats, counts: Floats, apart: Floats, far: Floats) -> Floats:
    """One alpha for each row of weights (draws, units); not a number where nothing could differ."""
    marginal = weights @ counts
    n = marginal.sum(axis=1)
    seen = weights @ apart / n
    chance = np.einsum("rv,vw,rw->r", marginal, far, marginal) / (n * (n - 1))
    return np.asarray(np.where(chance > 0, 1 - seen / np.where(chance > 0, chance, 1), np.nan))


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
