"""Alpha spending: how far a statistic has to go at each interim look, so that all looks together keep one alpha."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

Floats = npt.NDArray[np.float64]
Spending = Literal["obrien_fleming", "pocock"]
POINTS, REACH = 801, 8.0
"""Points of the grid at a look, and standard errors below zero where it begins."""


def spent(kind: Spending, share: float, alpha: float) -> float:
    """One-sided alpha that may be spent by the time a share of the information is there.

    Parameters
    ----------
    kind
        "obrien_fleming": little early, 2 - 2 Phi(z / sqrt(share)) with z the upper alpha / 2 point; "pocock": evenly,
        alpha log(1 + (e - 1) share).
    share
        Above 0, at most 1.
    alpha
        One-sided, of all looks together.

    References
    ----------
    Lan & DeMets (1983), Discrete sequential boundaries for clinical trials, doi:10.1093/biomet/70.3.659.

    Examples
    --------
    >>> [round(spent(kind, 1.0, 0.025), 6) for kind in ("obrien_fleming", "pocock")]
    [0.025, 0.025]
    >>> round(spent("obrien_fleming", 0.5, 0.025), 6), round(spent("pocock", 0.5, 0.025), 6)
    (0.001525, 0.015503)
    """
    if kind == "pocock":
        return float(alpha * np.log1p((np.e - 1) * share))
    return float(2 * ndtr(ndtri(alpha / 2) / np.sqrt(share)))


def boundaries(shares: Sequence[float], alpha: float, kind: Spending = "obrien_fleming") -> list[float]:
    """The value of z from which on each look stops, one-sided.

    The joint law of the looks is a random walk with independent increments (information proportional to the shares);
    the density of what has not crossed yet is carried from look to look on a grid, by Simpson's rule.

    Parameters
    ----------
    shares
        Of the information at each look, rising, above 0 and at most 1.
    alpha
        One-sided, of all looks together.

    Raises
    ------
    ValueError
        The shares do not rise, or lie outside 0 to 1.

    References
    ----------
    Armitage, McPherson & Rowe (1969), doi:10.2307/2343787. Jennison & Turnbull (1999), Group Sequential Methods,
    chapters 7 and 19.

    Examples
    --------
    Five even looks, alpha .025 one-sided: Reboussin, DeMets, Kim & Lan (2000), doi:10.1016/s0197-2456(00)00057-x.

    >>> [round(z, 2) for z in boundaries((0.2, 0.4, 0.6, 0.8, 1.0), 0.025)]
    [4.88, 3.36, 2.68, 2.29, 2.03]
    """
    if not shares or min(shares) <= 0 or max(shares) > 1 or any(b <= a for a, b in pairwise(shares)):
        raise ValueError("shares of the information have to rise from above 0 to at most 1")
    goes = np.diff([0.0, *(spent(kind, share, alpha) for share in shares)])
    found = [float(-ndtri(goes[0]))]
    grid, weight = _grid(shares[0], found[0])
    density = weight * np.exp(-(grid**2) / (2 * shares[0])) / np.sqrt(2 * np.pi * shares[0])
    for before, share, alone in zip(shares, shares[1:], goes[1:], strict=False):
        spread = np.sqrt(share - before)
        found.append(_boundary(grid, density, spread, share, float(alone)))
        later, weight = _grid(share, found[-1])
        steps = np.exp(-(((later[:, None] - grid[None, :]) / spread) ** 2) / 2) / (spread * np.sqrt(2 * np.pi))
        grid, density = later, weight * (steps @ density)
    return found


def _boundary(grid: Floats, density: Floats, spread: float, share: float, alone: float) -> float:
    """The z at which the chance of crossing now, not having crossed before, is what may be spent now."""

    def over(z: float) -> float:
        return float(density @ ndtr((grid - z * np.sqrt(share)) / spread)) - alone

    return float(brentq(over, -REACH, 2 * REACH, xtol=1e-10))


def _grid(share: float, z: float) -> tuple[Floats, Floats]:
    """Points of the walk that have not crossed ``z``, and Simpson's weights."""
    points = np.linspace(-REACH * np.sqrt(share), z * np.sqrt(share), POINTS)
    weights = np.full(POINTS, 2.0)
    weights[1::2], weights[[0, -1]] = 4.0, 1.0
    return points, weights * (points[1] - points[0]) / 3
