"""What one student's score is worth: its standard error, the error at each score, and the smallest reliable change."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from la_research.statistics.intervals import z_value
from la_research.statistics.psychometrics.reliability import complete


def measurement_error(spread: float, reliability: float) -> float:
    """Standard error of measurement: the standard deviation of scores of someone who does not change.

    Parameters
    ----------
    spread
        Standard deviation of the scores, in their points.
    reliability
        0 to 1; outside it is taken as the nearest end.

    References
    ----------
    Lord & Novick (1968), Statistical theories of mental test scores.

    Examples
    --------
    >>> measurement_error(10.0, 0.84) == 10.0 * 0.16**0.5
    True
    """
    return float(spread * np.sqrt(1 - np.clip(reliability, 0.0, 1.0)))


def reliable_change(spread: float, reliability: float, level: float = 0.95) -> float:
    """The smallest change of a score that errors of measurement alone would rarely make, in points.

    References
    ----------
    Jacobson & Truax (1991), doi:10.1037/0022-006X.59.1.12.

    Examples
    --------
    >>> round(reliable_change(7.5, 0.80), 2) == round(1.96 * 7.5 * 0.2**0.5 * 2**0.5, 2)
    True
    """
    return z_value(level) * float(np.sqrt(2)) * measurement_error(spread, reliability)


class BandError(NamedTuple):
    """Scores from and to (both included), the error of measurement there with its interval, and rows."""

    low: float
    high: float
    value: float
    lower: float
    upper: float
    n: int


def conditional_error(items: ArrayLike, bands: int = 5, level: float = 0.95) -> list[BandError]:
    """Standard error of measurement of the sum of items at low, middle and high scores.

    A student's error variance is items x variance of their answers over items: Lord's binomial error for items of 0
    and 1, and Brennan's absolute error for answers of any range. Differences in difficulty between items count as
    error. Rows with a missing cell are left out.

    Parameters
    ----------
    bands
        Into how many bands of about equal size the scores are cut; ties stay together, so that there may be fewer.

    References
    ----------
    Lord (1957), doi:10.1177/001316445701700407; Brennan (1998), doi:10.1177/014662169802200401.

    Examples
    --------
    Of four items of 0 and 1, who got two right has an error variance of 2 x (4 - 2) / (4 - 1).

    >>> rows = [[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 0, 1], [0, 1, 1, 0]]
    >>> conditional_error(rows, bands=1)[0].value == (2 * (4 - 2) / (4 - 1)) ** 0.5
    True
    """
    held = complete(items)
    total = held.sum(axis=1)
    square = held.shape[1] * held.var(axis=1, ddof=1)
    cuts = np.unique(np.quantile(total, np.arange(1, bands) / bands, method="lower"))
    band = np.searchsorted(cuts, total, side="left")
    made = []
    for one in np.unique(band):
        inside = band == one
        n, mean = int(inside.sum()), float(square[inside].mean())
        reach = z_value(level) * float(square[inside].std(ddof=1) / np.sqrt(n)) if n > 1 else float("inf")
        lower, upper = np.sqrt(max(mean - reach, 0.0)), np.sqrt(mean + reach)
        made.append(
            BandError(float(total[inside].min()), float(total[inside].max()), mean**0.5, float(lower), float(upper), n)
        )
    return made
