"""Rates against true need where records miss some of it: sharp bounds, and an interval for what lies between them.

A record of need is taken to be right; who has none may still be in need. How often need is
recorded lies in a declared range, and may hang on whether the rule selected the student. The
counts then leave each rate in an interval that no more data of the same kind would narrow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from la_research.statistics.intervals import Floats, z_value

Rate = Literal["tpr", "fnr", "fpr", "ppv", "tnr", "fdr"]
Recorded = tuple[float, float]
OTHER: dict[Rate, Rate] = {"tpr": "fnr", "fnr": "tpr", "fpr": "tnr", "tnr": "fpr", "ppv": "fdr", "fdr": "ppv"}
"""One less a rate is its other; the least of one is one less the most of the other."""
STEP = 1e-4
"""Share of a count by which it is moved to see how a bound follows it."""
UNSEEN = 1.0
"""Added to every count before a limit is worked out, so that a rate of 0 or 1 has an error too."""


class Bounds(NamedTuple):
    """The least and most that the counts allow, and the confidence interval of what lies between."""

    least: float
    most: float
    lower: float
    upper: float


def rate_bounds(counts: ArrayLike, recorded: Recorded, rate: Rate) -> tuple[Floats, Floats]:
    """Sharp bounds of a rate against true need in one group, or in many at once.

    With P the students recorded and s the share of need that is recorded, P(1/s - 1) students
    more are in need without a record. They are spread over the selected and the others in any
    way in which there are enough of them; the bounds are the extremes over s and the spread.

    Parameters
    ----------
    counts
        Shape (..., 4), students or shares: recorded and selected, recorded and not selected,
        not recorded and selected, neither; 0 or more.
    recorded
        Least and most share of true need that is recorded, above 0 and at most 1. Where the
        group is too small for the need that this asks for, all of it is in need.
    rate
        tpr (selected, of those in need), fpr (selected, of those not in need), ppv (in need, of
        those selected), or what is left to 1: fnr, tnr, fdr.

    Returns
    -------
    tuple of arrays
        Least and most, 0 to 1; not a number for tpr and fnr where nobody is recorded, for ppv
        where nobody is selected. Where everyone may be in need, fpr is between 0 and 1.

    References
    ----------
    Manski (2003), Partial Identification of Probability Distributions, doi:10.1007/b97478,
    chapter 1: bounds by what the missing part can be.

    Examples
    --------
    Of 100 students 20 have a record, 10 of them selected; at least two thirds of need is recorded:

    >>> least, most = rate_bounds([10, 10, 10, 70], (2 / 3, 1.0), "tpr")
    >>> round(float(least), 3), round(float(most), 3)  # 10 / 30, and 20 / 30
    (0.333, 0.667)
    """
    counts = np.asarray(counts, dtype=float)
    return 1 - _most(_caps(counts, recorded, OTHER[rate])), _most(_caps(counts, recorded, rate))


def gap_bounds(
    first: ArrayLike, second: ArrayLike, recorded: tuple[Recorded, Recorded], rate: Rate, level: float = 0.95
) -> Bounds:
    """The rate of one group less that of another: sharp bounds, and an interval that holds the true gap at the level.

    Parameters
    ----------
    first, second
        Counts of the two groups as ``rate_bounds`` takes them, of independent students.
    recorded
        The range of the share recorded in the first and in the second group.
    level
        Chance with which the interval holds the true gap, wherever between the bounds it is. The
        limits of fpr are too short (83 to 91 % at one end) where the range leaves only a few
        students who are surely not in need.

    References
    ----------
    Imbens & Manski (2004), doi:10.1111/j.1468-0262.2004.00555.x, in the form of Stoye (2009),
    doi:10.3982/ECTA7347: the bounds are in order by construction. Agresti & Caffo (2000),
    doi:10.1080/00031305.2000.10474560: one student is added to each count. Where several caps may be the smallest,
    they share the chance of error (Bonferroni), for the smallest of estimates is too small; Chernozhukov, Lee &
    Rosen (2013), doi:10.3982/ECTA8718, say so in general.

    Examples
    --------
    >>> gap = gap_bounds([300, 300, 100, 1300], [240, 360, 100, 1300], ((1, 1), (1, 1)), "tpr")  # nothing is missed
    >>> [round(bound, 3) for bound in gap]
    [0.1, 0.1, 0.044, 0.156]
    """
    (least_a, most_a), (least_b, most_b) = map(rate_bounds, (first, second), recorded, (rate, rate))
    least, most = float(least_a - most_b), float(most_a - least_b)
    if math.isnan(least + most):
        return Bounds(math.nan, math.nan, math.nan, math.nan)
    above, below = _Most.of(first, second, recorded, rate), _Most.of(second, first, recorded[::-1], rate)
    z = stoye_value(most - least, max(above.error(), below.error()), level)
    return Bounds(least, most, max(min(least, -below.limit(z)), -1.0), min(max(most, above.limit(z)), 1.0))


def gap_if_recorded(
    first: ArrayLike, second: ArrayLike, shares: tuple[float, float], rate: Rate, level: float = 0.95
) -> tuple[float, float, float]:
    """The same gap were need recorded at a known share in each group, whoever the rule selects.

    Then the recorded stand for all in need: tpr and fnr are those by the record, whatever the
    shares, while fpr and ppv move, for some of those without a record are in need.

    Parameters
    ----------
    shares
        Share of true need that is recorded in the first and the second group.

    Returns
    -------
    tuple
        Gap, lower, upper (Wald's, one student added to each count); not a number where the
        counts do not fit the shares: more selected or not selected students would be in need
        than there are.

    Examples
    --------
    >>> alike = [30, 30, 40, 100]
    >>> [round(number, 3) for number in gap_if_recorded(alike, alike, (0.5, 1.0), "fpr")]  # 10 / 80 less 40 / 140
    [-0.161, -0.363, 0.036]
    """
    sides = [
        _at(np.asarray(counts, dtype=float), share, rate) for counts, share in zip((first, second), shares, strict=True)
    ]
    (value_a, middle_a, error_a), (value_b, middle_b, error_b) = sides
    reach = z_value(level) * math.hypot(error_a, error_b)
    value, middle = value_a - value_b, middle_a - middle_b
    return value, max(min(value, middle - reach), -1.0), min(max(value, middle + reach), 1.0)


def _at(counts: Floats, share: float, rate: Rate) -> tuple[float, float, float]:
    """The rate at a share recorded whoever is selected; the same at counts with UNSEEN added, and its error."""

    def rated(counts: Floats) -> Floats:
        found, missed = counts[..., 0] / share, counts[..., 1] / share
        selected, rest = counts[..., [0, 2]].sum(axis=-1) - found, counts[..., [1, 3]].sum(axis=-1) - missed
        over = {"tpr": (found, missed), "fnr": (missed, found), "fpr": (selected, rest), "tnr": (rest, selected),
                "ppv": (found, selected), "fdr": (selected, found)}[rate]  # fmt: skip
        with np.errstate(divide="ignore", invalid="ignore"):
            fits = (selected >= 0) & (rest >= 0)
            return np.where(fits, over[0] / (over[0] + over[1]), math.nan)

    held = counts + UNSEEN
    return float(rated(counts)), float(rated(held)), float(_errors(rated(_near(held))[:, None], held)[0])


def stoye_value(width: float, error: float, level: float = 0.95) -> float:
    """Critical value for both ends of an identified interval, so that each point in it is held at the level.

    Two-sided (1.96 at 95 %) where the interval is a point, one-sided (1.645) where it is wide.

    Parameters
    ----------
    width
        Of the interval between the bounds, 0 or more.
    error
        The larger standard error of its two ends, 0 or more.

    Examples
    --------
    >>> round(stoye_value(0.0, 0.1), 3), round(stoye_value(0.1, 0.1), 3), round(stoye_value(9.0, 0.1), 3)
    (1.96, 1.681, 1.645)
    """
    far = width / error if error > 0 else math.inf
    return float(brentq(lambda z: ndtr(z + far) - ndtr(-z) - level, 0.0, z_value(level) + 1e-9, xtol=1e-12))


@dataclass(frozen=True)
class _Most:
    """The most that a gap can be: the smallest sum of a cap of the first rate and one of the other's rest, less one."""

    sums: Floats
    errors: Floats

    @classmethod
    def of(cls, first: ArrayLike, second: ArrayLike, recorded: tuple[Recorded, Recorded], rate: Rate) -> _Most:
        a, error_a = _with_errors(first, recorded[0], rate)
        b, error_b = _with_errors(second, recorded[1], OTHER[rate])
        return cls(np.add.outer(a, b).ravel() - 1, np.hypot.outer(error_a, error_b).ravel())

    def error(self) -> float:
        return float(self.errors[self.sums.argmin()])

    def limit(self, z: float) -> float:
        """Upper limit at a critical value; sums that can not be told apart share the chance of error."""
        rivals = (self.sums < (self.sums + z * self.errors).min()).sum()
        shared = float(ndtri(1 - ndtr(-z) / max(rivals, 1)))
        return float((self.sums + shared * self.errors).min())


def _with_errors(counts: ArrayLike, recorded: Recorded, rate: Rate) -> tuple[Floats, Floats]:
    """The caps of a rate, and 1, at counts with UNSEEN added, and their errors by the delta method.

    Counts may be taken as Poisson: no cap changes when all of them grow alike, so that multinomial ones give the same.
    """
    held = np.asarray(counts, dtype=float) + UNSEEN
    caps, errors = _caps(held, recorded, rate), _errors(_caps(_near(held), recorded, rate), held)
    told = np.isfinite(caps) & np.isfinite(errors)
    return np.append(caps[told], 1.0), np.append(errors[told], 0.0)


def _near(counts: Floats) -> Floats:
    """Eight rows: each count moved up, then each moved down."""
    return np.asarray(counts * (1 + STEP * np.vstack([np.eye(4), -np.eye(4)])))


def _errors(near: Floats, counts: Floats) -> Floats:
    """Standard errors of functions of the counts, from their values at the eight rows (8, functions)."""
    slopes = (near[:4] - near[4:]) / (2 * STEP)  # by the logarithm of each count
    return np.asarray(np.sqrt((slopes**2 / counts[:, None]).sum(axis=0)))


def _most(caps: Floats) -> Floats:
    return np.asarray(np.minimum(caps.min(axis=-1), 1.0))


def _caps(counts: Floats, recorded: Recorded, rate: Rate) -> Floats:
    """Smooth functions of the counts, the smallest of which (or 1) is the most that a rate can be; last axis: which."""
    if rate == "fnr" or rate == "tnr":
        return _caps(counts[..., [1, 0, 3, 2]], recorded, "tpr" if rate == "fnr" else "fpr")
    found, missed, selected = counts[..., 0], counts[..., 1], counts[..., 2]
    have, everyone, chosen = found + missed, counts.sum(axis=-1), found + selected
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = (np.maximum(share, have / everyone) for share in recorded)
        if rate == "tpr":
            caps = [1 - low * missed / have, high * chosen / have, chosen / (chosen + missed)]
        elif rate == "fpr":
            rest = np.maximum(everyone - have / low, 0)
            caps = [np.where(rest > 0, selected / rest, 1.0)]  # where everyone may be in need nothing is known
        elif rate == "ppv":
            caps = [(found + have / low - have) / chosen]
        else:
            caps = [selected / chosen, (everyone - have / high) / chosen]
    return np.stack(caps, axis=-1)
