"""What a study of a given size could show: the smallest effect or slope that it finds with a given chance."""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.special import ndtr, ndtri, stdtrit

POWER = 0.8
"""The chance to find what is there, where none is named."""


def detectable(error: float, *, alpha: float = 0.05, power: float = POWER) -> float:
    """The smallest true size that a two-sided normal test finds with the given chance.

    Parameters
    ----------
    error
        Standard error of the estimate, above 0; the result has its unit.
    alpha, power
        Level of the test and chance to exclude zero, both between 0 and 1, ``power`` above
        ``alpha``.

    References
    ----------
    Bloom (1995), Minimum detectable effects, doi:10.1177/0193841X9501900504: the standard
    error times the sum of two critical values, 2.80 at the usual choices.

    Examples
    --------
    >>> round(detectable(1.0), 2)
    2.8
    """
    return error * float(ndtri(1 - alpha / 2) + ndtri(power))


def detectable_supported(
    error: float, smallest: float, *, beyond: bool = False, alpha: float = 0.05, power: float = POWER
) -> float:
    """The smallest true size, in the registered direction, that reads "supported" with the given chance.

    "Supported" asks that the interval excludes zero and that the estimate reaches the smallest
    effect of interest; with ``beyond``, that the whole interval lies above it. So the result
    is never below ``detectable``, and for a chance above one half never below ``smallest``.

    Parameters
    ----------
    error
        Standard error of the estimate, above 0, taken as known and the estimate as normal.
    smallest
        Smallest effect of interest, above 0, in the unit of ``error``, which the result has too.
    beyond
        Whether the whole interval has to lie beyond ``smallest``.
    alpha, power
        As in ``detectable``.

    References
    ----------
    The estimate has to reach a threshold, so the size is the threshold and so many standard
    errors: Bloom (1995), doi:10.1177/0193841X9501900504, with another threshold. Simulation in
    the tests shows the chance.

    Examples
    --------
    >>> [round(detectable_supported(1.0, smallest), 2) for smallest in (0.5, 4.0)]
    [2.8, 4.84]
    >>> round(detectable_supported(1.0, 4.0, beyond=True), 2)
    6.8
    """
    reach = error * float(ndtri(1 - alpha / 2))
    threshold = smallest + reach if beyond else max(reach, smallest)
    return threshold + error * float(ndtri(power))


def detectable_difference(
    arms: tuple[float, float],
    sd: float,
    *,
    alpha: float = 0.05,
    power: float = POWER,
    compliance: float = 1.0,
    loss: float = 0.0,
) -> float:
    """The smallest difference between two arms that a two-sided t test finds with the given chance.

    Parameters
    ----------
    arms
        Students drawn for each arm.
    sd
        Standard deviation of the outcome in an arm; after adjustment, of what is left.
    alpha, power
        As in ``detectable``.
    compliance
        Share of the first arm whom the support reaches, above 0 to 1. The result is the
        effect on them: spread over all who were drawn it is smaller by that share.
    loss
        Share of each arm whose outcome stays unknown, 0 to below 1, whatever the outcome is.

    Returns
    -------
    float
        In the unit of ``sd``; not a number where fewer than two students of an arm are left.

    References
    ----------
    Cohen (1988), Statistical power analysis for the behavioral sciences, 2nd edition, chapter 2.

    Examples
    --------
    64 students an arm find half a standard deviation (Cohen 1992, table 2).

    >>> round(detectable_difference((64, 64), 1.0), 2)
    0.5
    >>> round(detectable_difference((128, 128), 1.0, compliance=0.5, loss=0.5), 2)
    1.0
    """
    from statsmodels.stats.power import TTestIndPower

    left = [n * (1 - loss) for n in arms]
    if min(left) < 2:
        return math.nan
    found = TTestIndPower().solve_power(None, left[0], alpha, power, left[1] / left[0])
    return float(found) * sd / compliance


def size_for_difference(
    difference: float, sd: float, *, alpha: float = 0.05, power: float = POWER, compliance: float = 1.0, loss: float = 0
) -> int:
    """Students to draw for each of two equal arms, so that ``detectable_difference`` is at most this.

    Examples
    --------
    >>> [size_for_difference(d, 1.0) for d in (0.2, 0.5, 0.8)]  # Cohen (1992): 393, 64, 26
    [394, 64, 26]
    """
    from statsmodels.stats.power import TTestIndPower

    left = TTestIndPower().solve_power(abs(difference) * compliance / sd, None, alpha, power, 1.0)
    return math.ceil(round(float(left) / (1 - loss), 6))


def detectable_correlation(n: int, *, alpha: float = 0.05, power: float = POWER) -> float:
    """The smallest correlation, or slope in SD per SD, that n students find with the given chance.

    Not a number where n is below 4.

    References
    ----------
    Cohen (1988), page 546: Fisher's transformation with its bias, against the critical
    value of t.

    Examples
    --------
    >>> [round(detectable_correlation(n), 2) for n in (783, 85)]  # Cohen (1992): .10 and .30
    [0.1, 0.3]
    """
    if n < 4:
        return math.nan
    return float(brentq(lambda r: correlation_power(r, n, alpha=alpha) - power, 0.0, 1 - 1e-12))


def correlation_power(correlation: float, n: int, *, alpha: float = 0.05) -> float:
    """The chance that n students, 4 or more, exclude zero where this is the correlation (from 0 to below 1).

    >>> round(correlation_power(0.3, 50), 4)
    0.5716
    """
    t = float(stdtrit(n - 2, 1 - alpha / 2))
    critical = math.atanh(math.sqrt(t**2 / (t**2 + n - 2)))
    z = math.atanh(correlation) + correlation / (2 * (n - 1))
    root = math.sqrt(n - 3)
    return float(ndtr((z - critical) * root) + ndtr((-z - critical) * root))
