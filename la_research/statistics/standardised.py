"""A difference of two means in standard deviations, with Hedges' correction and interval."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from la_research.statistics.intervals import z_value


def standardised_difference(first: ArrayLike, second: ArrayLike, level: float = 0.95) -> tuple[float, float, float]:
    """Hedges' g of the first group against the second: value, lower, upper; not a number where it can not be told.

    The mean of the first less that of the second, in their pooled standard deviation. Values that are not a number are
    left out; two of either group are needed, and some spread.

    References
    ----------
    Hedges (1981), doi:10.3102/10769986006002107; interval: Hedges & Olkin (1985), Statistical methods for
    meta-analysis, chapter 5.

    Examples
    --------
    >>> value, lower, upper = standardised_difference([1, 2, 3, 4], [3, 4, 5, 6])
    >>> round(value, 3) == round(-2 / (5 / 3) ** 0.5 * 0.8686, 3), lower < value < upper
    (True, True)
    >>> standardised_difference([1, 1], [1, 1])
    (nan, nan, nan)
    """
    a, b = (held[~np.isnan(held)] for held in (np.asarray(first, dtype=float), np.asarray(second, dtype=float)))
    free = len(a) + len(b) - 2
    if min(len(a), len(b)) < 2:
        return math.nan, math.nan, math.nan
    spread = math.sqrt((((a - a.mean()) ** 2).sum() + ((b - b.mean()) ** 2).sum()) / free)
    if not spread:
        return math.nan, math.nan, math.nan
    exact = math.exp(gammaln(free / 2) - gammaln((free - 1) / 2)) * math.sqrt(2 / free)
    value = float(exact * (a.mean() - b.mean()) / spread)
    reach = z_value(level) * math.sqrt(1 / len(a) + 1 / len(b) + value**2 / (2 * (len(a) + len(b))))
    return value, value - reach, value + reach
