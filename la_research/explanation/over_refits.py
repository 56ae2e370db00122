"""A number of the model with its interval: how much it moves when the model is fitted to other students."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from la_research.finding import Estimate

Floats = npt.NDArray[np.float64]
LEVEL = 0.95
"""What an interval holds where there are refits enough."""
ENOUGH = round(2 / (1 - LEVEL)) - 1
"""Refits of which the lowest and the highest hold that much of further ones."""
SAME_ROWS = "The interval shows how much the answer moves when other students are drawn, with the same rows explained"


def over_refits(values: Floats, refits: npt.ArrayLike, unit: str, n: int | Sequence[int]) -> list[Estimate]:
    """Each value with an interval that holds a further refit with a known chance, widened to hold the value.

    Its ends are the refits that come (R + 1) / 40 from either end of R, rounded down: then one more
    refit lies between them with a chance of 95 % or a little more. Of fewer than 39 refits they are the lowest and the
    highest, and the level is what these hold, (R - 1) / (R + 1).

    Parameters
    ----------
    values
        Of the model fitted to all.
    refits
        Shape (refits, values).
    n
        Students that each of them rests on; one number where it is the same.

    References
    ----------
    Wilks (1941), Determination of sample sizes for setting tolerance limits, doi:10.1214/aoms/1177731788.

    Examples
    --------
    >>> for refits in (39, 20):
    ...     print(over_refits(np.array([0.5]), np.linspace(0.0, 0.4, refits)[:, None], "share", 60)[0])
    50.0 % (95% CI 0.0 % to 50.0 %), n = 60
    50.0 % (90.5% CI 0.0 % to 50.0 %), n = 60
    """
    ordered = np.sort(np.asarray(refits, dtype=np.float64), axis=0)
    place = _place(len(ordered))
    lower, upper = np.minimum(ordered[place - 1], values), np.maximum(ordered[-place], values)
    level, sizes = held(len(ordered)), np.broadcast_to(n, values.shape)
    bounds = zip(values, lower, upper, sizes, strict=True)
    return [Estimate(value, low, high, level, unit, int(size), "refit-bootstrap") for value, low, high, size in bounds]


def held(refits: int) -> float:
    """The chance that one more refit lies in the interval: 95 % where there are enough, else what there is.

    >>> round(held(20), 3), round(held(5), 3), held(200)
    (0.905, 0.667, 0.95)
    """
    return min(LEVEL, 1 - 2 * _place(refits) / (refits + 1))


def held_by(refits: int) -> tuple[str, ...]:
    """What has to be said of an interval over few refits.

    >>> held_by(20)[0][-71:], held_by(39)
    ('holds one more with a chance of 90.5 %; for 95 %, 39 refits are needed.', ())
    """
    if refits >= ENOUGH:
        return ()
    return (
        (
            f"The interval goes from the lowest to the highest of {refits} refits, and holds one more with a chance of "
            f"{100 * held(refits):.3g} %; for {100 * LEVEL:.0f} %, {ENOUGH} refits are needed."
        ),
    )


def _place(refits: int) -> int:
    """How many places from either end of the refits the interval ends, from 1."""
    return max(1, math.floor(round((refits + 1) * (1 - LEVEL) / 2, 9)))
