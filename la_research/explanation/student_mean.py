"""The mean of a number over rows, with its interval by student."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from la_research.finding import Estimate
from la_research.statistics.intervals import mean_interval

LEVEL = 0.95


def student_mean(values: npt.NDArray[np.float64], who: npt.ArrayLike, unit: str) -> Estimate:
    """Mean with its t interval by student; n counts students, and one student has no interval.

    Parameters
    ----------
    values
        One a row. The interval of shares, 0 to 1, ends there.
    who
        Whose row it is.
    unit
        Of the estimate.

    Examples
    --------
    >>> print(student_mean(np.array([1.0, 3.0, 2.0, 4.0]), [1, 1, 2, 2], "log-odds"))
    2.50 (95% CI -3.85 to 8.85) log-odds, n = 2
    """
    value, lower, upper = mean_interval(values, LEVEL, who)
    n = len(np.unique(np.asarray(who)))
    if not lower <= upper:  # one student has no interval
        return Estimate(value, None, None, None, unit, n, "t-by-student")
    if unit == "share":
        lower, upper = max(0.0, lower), min(1.0, upper)
    return Estimate(value, lower, upper, LEVEL, unit, n, "t-by-student")
