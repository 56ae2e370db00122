"""Many ways to analyse the same data, judged together: could so many find as much where there is nothing?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from la_research.statistics.coefficient import Coefficient
from la_research.statistics.intervals import Floats

DRAWS = 999


@dataclass(frozen=True, slots=True)
class JointTest:
    """How many of ``draws`` without any association are as extreme as what was found.

    Parameters
    ----------
    median
        Draws in which the median estimate is as far from zero, on either side.
    excluding
        Draws in which as many specifications exclude zero on the same side, whichever it is.
    draws
        How many were made.
    """

    median: int
    excluding: int
    draws: int


def joint_test(found: Sequence[Coefficient], influence: Floats, rng: np.random.Generator) -> JointTest:
    """The whole curve against no association in any specification.

    Simonsohn and others shuffle or resample the data and fit every specification again. Here what
    each student adds to every estimate is multiplied by a normal number of their own: to first order the
    same, estimates of one curve move together as they do in samples, and nothing is fitted.

    Parameters
    ----------
    found
        The estimate of each specification.
    influence
        (students, specifications) what each student adds; 0 where they are not in it. The root of the
        sum of squares of a column is the standard error.

    References
    ----------
    Simonsohn, Simmons & Nelson (2020), doi:10.1038/s41562-020-0912-z. Chernozhukov, Chetverikov & Kato
    (2013), doi:10.1214/13-AOS1161: normal multipliers. In 2,000 panels of 100 students without any association
    and six specifications, the median is found at 5 % in 6.1 % (between) and 4.6 % (within), the number in
    5.6 and 3.0 %.

    Examples
    --------
    >>> from la_research.seeds import stream
    >>> rng = stream(1, "statistics", "example")
    >>> added = rng.normal(0, 0.005, (400, 3))
    >>> joint_test([Coefficient(v, 0.1, 399, 400) for v in (0.5, 0.6, 0.7)], added, rng).median
    0
    """
    values, errors = np.array([one.value for one in found]), np.array([one.se for one in found])
    drawn = rng.normal(size=(DRAWS, len(influence))) @ influence
    far = np.abs(np.median(drawn, axis=1)) >= abs(np.median(values))
    many = _excluding(drawn / errors) >= _excluding(values[None] / errors)[0]
    return JointTest(int(far.sum()), int(many.sum()), DRAWS)


def _excluding(t: Floats) -> Floats:
    """How many of each row lie beyond the 95 % point of one side, of the side that has more."""
    beyond = float(ndtri(0.975))
    return np.asarray(np.maximum((t > beyond).sum(axis=1), (t < -beyond).sum(axis=1)), dtype=float)
