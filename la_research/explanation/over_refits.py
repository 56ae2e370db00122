"""A number of the model with its interval: how much it moves when the model is fitted to other students."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from la_research.finding import Estimate

Floats = npt.NDArray[np.float64]
LEVEL = 0.95
SAME_ROWS = "The interval shows how much the answer moves when other students are drawn, with the same rows explained"


def over_refits(values: Floats, refits: npt.ArrayLike, unit: str, n: int | Sequence[int]) -> list[Estimate]:
    """Each value with its percentile interval over refits, widened to hold the value.

    Parameters
    ----------
    values
        Of the model fitted to all.
    refits
        Shape (refits, values).
    n
        Rows that each of them rests on; one number where it is the same.

    Examples
    --------
    >>> (found,) = over_refits(np.array([0.5]), np.linspace(0.0, 0.4, 41)[:, None], "share", 60)
    >>> print(found)
    50.0 % (95% CI 1.0 % to 50.0 %), n = 60
    """
    lower, upper = np.quantile(np.asarray(refits, dtype=np.float64), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    sizes = np.broadcast_to(n, values.shape)
    bounds = zip(values, np.minimum(lower, values), np.maximum(upper, values), sizes, strict=True)
    return [Estimate(value, low, high, LEVEL, unit, int(size), "refit-bootstrap") for value, low, high, size in bounds]
