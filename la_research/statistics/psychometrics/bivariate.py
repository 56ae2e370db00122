"""Two normal variables that correlate: chances of the cells that thresholds cut, and how they change."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from la_research.statistics.intervals import Floats

NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)


def normal_corner(a: Floats, b: Floats, r: float) -> Floats:
    """Chance that both lie below, for every pair of thresholds: shape (len(a), len(b)).

    Parameters
    ----------
    a, b
        Thresholds, finite.
    r
        Correlation, between -0.999 and 0.999: accurate to about 1e-10 up to 0.9, and to 1e-6 beyond.

    References
    ----------
    The integral over the correlation of Drezner & Wesolowsky (1990), doi:10.1080/00949659008811236.

    Examples
    --------
    At thresholds 0 it is 1/4 + arcsin(r) / 2 pi.

    >>> round(float(normal_corner(np.zeros(1), np.zeros(1), 0.5)[0, 0]), 12) == round(1 / 4 + 1 / 12, 12)
    True
    """
    h, k = a[:, None, None], b[None, :, None]
    angle = np.arcsin(r) * (NODES + 1) / 2
    height = np.exp(-(h**2 + k**2 - 2 * h * k * np.sin(angle)) / (2 * np.cos(angle) ** 2))
    return np.asarray(ndtr(a)[:, None] * ndtr(b) + height @ WEIGHTS * np.arcsin(r) / (4 * np.pi))


def normal_height(a: Floats, b: Floats, r: float) -> Floats:
    """Density at every pair of thresholds: shape (len(a), len(b)); the slope of ``normal_corner`` by r."""
    h, k = a[:, None], b[None, :]
    left = 1 - r * r
    return np.asarray(np.exp(-(h**2 + k**2 - 2 * r * h * k) / (2 * left)) / (2 * np.pi * np.sqrt(left)))


def cells(corners: Floats, *, first: Floats | None = None, second: Floats | None = None) -> Floats:
    """What lies between thresholds, from what lies below both: one more row and column than ``corners``.

    Parameters
    ----------
    first, second
        What lies below the row's threshold alone, and the column's; 0 where left out, as for a slope by r.
    """
    rows, columns = corners.shape
    below = np.zeros((rows + 2, columns + 2))
    below[1:-1, 1:-1] = corners
    if first is not None and second is not None:
        below[1:-1, -1], below[-1, 1:-1], below[-1, -1] = first, second, 1.0
    return np.diff(np.diff(below, axis=0), axis=1)
