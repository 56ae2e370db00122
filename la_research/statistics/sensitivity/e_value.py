"""E-value: how strongly something not measured would have to go with the support and the outcome to explain it all."""

from __future__ import annotations

import math

CONTINUOUS = 0.91
"""Logarithm of the risk ratio that a difference of one SD is about as much as."""


def e_value(ratio: float) -> float:
    """The E-value of a risk ratio: 1 where there is nothing to explain.

    Something not measured would have to go with both support and outcome by a risk ratio of at
    least this much, beyond all that was adjusted for, to explain the ratio away.

    Parameters
    ----------
    ratio
        Risk ratio, above 0; below 1 its inverse is taken.

    References
    ----------
    VanderWeele and Ding (2017), doi:10.7326/M16-2607.

    Examples
    --------
    >>> round(e_value(3.9), 3), round(e_value(0.8), 3), e_value(1.0)
    (7.263, 1.809, 1.0)
    """
    ratio = max(ratio, 1 / ratio)
    return ratio + math.sqrt(ratio * (ratio - 1))


def ratio_of_difference(difference: float) -> float:
    """The risk ratio that a difference in SDs is about as much as.

    References
    ----------
    VanderWeele and Ding (2017), doi:10.7326/M16-2607, table 2, after Chinn (2000),
    doi:10.1002/1097-0258(20001130)19:22<3127::AID-SIM784>3.0.CO;2-M.

    Examples
    --------
    >>> round(ratio_of_difference(0.5), 3) == round(math.exp(0.91 * 0.5), 3)
    True
    """
    return math.exp(CONTINUOUS * difference)


def interval_e_value(lower: float, upper: float) -> float:
    """The E-value of the end of a risk ratio's interval that is nearer to 1; 1 where it holds 1.

    >>> interval_e_value(0.9, 2.0), interval_e_value(1.8, 2.5)
    (1.0, 3.0)
    """
    if lower <= 1 <= upper:
        return 1.0
    return e_value(lower if lower > 1 else upper)
