"""Whether an analysis repeated on other data says the same, beside what chance makes of a faithful repeat."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
WORLDS = 1000
"""Faithful repeats that are simulated."""


def interval_overlap(lower: ArrayLike, upper: ArrayLike, lower_other: ArrayLike, upper_other: ArrayLike) -> Floats:
    """How far two intervals lie on each other: the mean of the shares of either that both cover.

    1 for the same interval, 0 for two that touch, below 0 for two apart.

    Parameters
    ----------
    lower, upper, lower_other, upper_other
        Ends of the intervals, lower below upper; broadcast against each other.

    References
    ----------
    Karr, Kohnen, Oganian, Reiter & Sanil (2006), A framework for evaluating the utility of
    data altered to protect confidentiality, The American Statistician 60(3),
    doi:10.1198/000313006X124640: there 0 for all intervals apart.

    Examples
    --------
    >>> interval_overlap(0, 4, 1, 3).item() == (2 / 4 + 2 / 2) / 2
    True
    >>> interval_overlap([0, 0], [4, 4], [4, 6], [8, 10]).tolist()
    [0.0, -0.5]
    """
    a, b, c, d = (np.asarray(end, dtype=float) for end in (lower, upper, lower_other, upper_other))
    shared = np.minimum(b, d) - np.maximum(a, c)
    return np.asarray((shared / (b - a) + shared / (d - c)) / 2)


def faithful_values(value: float, error: float, repeats: int, generator: np.random.Generator) -> Floats:
    """Estimates that faithful repeats would give, shape (worlds, repeats).

    In each world the truth lies about the original estimate as far as its error makes
    likely, and each repeat draws its estimate about that truth with the same error. So two
    errors enter: that of the original, shared by all repeats of a world, and their own.

    Parameters
    ----------
    value, error
        The original estimate and its standard error.
    repeats
        Repeats that are averaged.
    """
    truth = value + error * generator.standard_normal((WORLDS, 1))
    return truth + error * generator.standard_normal((WORLDS, repeats))


def worst_by_chance(statistic: Callable[[Floats], float], worlds: Floats, *, level: float, high_is_bad: bool) -> float:
    """The statistic that a faithful repeat does not exceed in the bad direction, at a level.

    Parameters
    ----------
    statistic
        Of the estimates of one world, shape (repeats,).
    worlds
        What ``faithful_values`` returned.
    level
        Share of worlds that are no worse, 0 to 1.

    Examples
    --------
    >>> worlds = np.array([[1.0, 1.0], [2.0, 2.0], [5.0, 5.0]])
    >>> worst_by_chance(lambda values: float(values.mean()), worlds, level=1.0, high_is_bad=True)
    5.0
    """
    found = np.array([statistic(world) for world in worlds])
    return float(np.quantile(found, level if high_is_bad else 1 - level))
