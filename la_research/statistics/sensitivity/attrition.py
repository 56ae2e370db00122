"""Outcomes that are missing: bounds whatever the reason, and how different the missing would have to be."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from la_research.statistics.bounds import Bounds, stoye_value
from la_research.statistics.coefficient import Coefficient

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Trimmed:
    """The mean of an arm without its upper or lower end, and the variance of that mean."""

    mean: float
    variance: float

    @classmethod
    def of(cls, values: Floats, share: float, share_variance: float) -> _Trimmed:
        """Without the upper ``share`` of values; one value may count in part."""
        ordered = np.sort(values)
        counts = np.clip((1 - share) * len(ordered) - np.arange(len(ordered)), 0, 1)
        mean = float(counts @ ordered / counts.sum())
        edge = float(ordered[max(int(np.ceil(counts.sum())) - 1, 0)])
        spread = float(counts @ (ordered - mean) ** 2) / counts.sum()
        kept = 1 - share
        variance = (spread + (edge - mean) ** 2 * share) / (len(values) * kept)
        return cls(mean, variance + ((edge - mean) / kept) ** 2 * share_variance)


def lee_bounds(outcome: Floats, known: Bools, treated: Bools, level: float = 0.95) -> Bounds:
    """Least and most that the effect can be on those whose outcome would be known in either arm.

    The arm with more known outcomes is trimmed at one end, then the other, until as large a share is
    known as in the other arm. It supposes the support was drawn by lot, and that it moves everyone's
    chance to answer, if at all, in one direction.

    Parameters
    ----------
    outcome
        One value a student; any value where it is not known.
    known, treated
        Shape (students,); two or more outcomes known in each arm.
    level
        Chance with which the interval holds the true effect, wherever between the bounds it is.

    References
    ----------
    Lee (2009), doi:10.1111/j.1467-937X.2009.00536.x, its proposition 3 for the errors; Imbens and Manski (2004),
    doi:10.1111/j.1468-0262.2004.00555.x, for the interval.

    Examples
    --------
    Four answered with the support and two of four without: the upper or lower two of the first are left out.

    >>> had = np.array([True] * 4 + [False] * 4)
    >>> y = np.array([1.0, 2, 3, 4, 1, 3, 0, 0])
    >>> found = lee_bounds(y, np.array([True] * 6 + [False] * 2), had)
    >>> found.least, found.most  # 1.5 - 2 and 3.5 - 2
    (-0.5, 1.5)
    """
    shares = {arm: float(known[treated == arm].mean()) for arm in (True, False)}
    more = shares[True] >= shares[False]
    sign = 1.0 if more else -1.0
    trimmed, other = outcome[known & (treated == more)], outcome[known & (treated != more)]
    ratio = shares[not more] / shares[more]
    doubt = sum((1 - shares[arm]) / (shares[arm] * int((treated == arm).sum())) for arm in (True, False))
    share_variance = ratio**2 * doubt if ratio < 1 else 0.0
    low = _Trimmed.of(trimmed, 1 - ratio, share_variance)
    high = _Trimmed.of(-trimmed, 1 - ratio, share_variance)
    ends = sorted(
        (sign * (mean - float(other.mean())), variance)
        for mean, variance in ((low.mean, low.variance), (-high.mean, high.variance))
    )
    errors = [math.sqrt(variance + float(other.var(ddof=1)) / len(other)) for _, variance in ends]
    (least, _), (most, _) = ends
    reach = stoye_value(most - least, max(errors), level)
    return Bounds(least, most, least - reach * errors[0], most + reach * errors[1])


def shifted(found: Coefficient, share: float, arm: int, shift: float) -> Coefficient:
    """The effect, had those of one arm whose outcome is missing differed from what was taken by ``shift``.

    Parameters
    ----------
    found
        The effect where the missing are taken to be like those known.
    share
        Of the arm whose outcome is missing, 0 to 1; below 0 for the arm without the support, whose shift
        moves the effect the other way.
    arm
        Students of the arm.
    shift
        In units of the outcome.

    References
    ----------
    White, Carpenter and Horton (2018), doi:10.5705/ss.202016.0308: the mean score, without covariates.

    Examples
    --------
    >>> shifted(Coefficient(2.0, 0.5, 98, 100), 0.2, 50, -5.0).value
    1.0
    """
    more = shift**2 * abs(share) * (1 - abs(share)) / arm
    return Coefficient(found.value + share * shift, math.sqrt(found.se**2 + more), found.df, found.n)


def tipping_point(found: Coefficient, share: float, arm: int, level: float = 0.95) -> float | None:
    """The shift of one arm's missing outcomes from which on the interval holds zero; None where none does.

    Parameters
    ----------
    found, share, arm
        As in ``shifted``; 0 comes back where the interval holds zero already.

    Examples
    --------
    >>> found = Coefficient(2.0, 0.5, 98, 100)
    >>> shift = tipping_point(found, 0.2, 50)
    >>> round(shift, 1), abs(round(shifted(found, 0.2, 50, shift).interval(0.95)[0], 6))
    (-4.4, 0.0)
    """
    t = float(stdtrit(found.df, (1 + level) / 2))
    if abs(found.value) <= t * found.se:
        return 0.0
    part = abs(share) * (1 - abs(share)) / arm
    square, linear, fixed = share**2 - t**2 * part, 2 * found.value * share, found.value**2 - (t * found.se) ** 2
    roots = np.roots([square, linear, fixed]) if square else np.array([-fixed / linear] if linear else [])
    towards = [float(root.real) for root in roots if abs(root.imag) < 1e-12 and root.real * share * found.value < 0]
    return min(towards, key=abs) if towards else None
