"""How much of a sum of items is what they share: alpha, omega, and alpha of ordered answers, each with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fdtri

from la_research.statistics.intervals import Floats, z_value
from la_research.statistics.psychometrics.confirmatory import confirmatory
from la_research.statistics.psychometrics.unfit import checked, named


class Coefficient(NamedTuple):
    """A coefficient, its interval, and the rows it rests on."""

    value: float
    lower: float
    upper: float
    n: int


def complete(items: ArrayLike, least: int = 2, names: Sequence[str] | None = None) -> Floats:
    """Items of the rows that answered all of them, if there is something to measure in these."""
    held = np.asarray(items, dtype=float)
    return checked(held[~np.isnan(held).any(axis=1)], least, names)


def cronbach_alpha(items: ArrayLike, level: float = 0.95, names: Sequence[str] | None = None) -> Coefficient:
    """Cronbach's alpha of a sum of items with Feldt's interval.

    The reliability of the sum where all items have one factor with equal loadings; below it where loadings differ,
    above it where errors correlate. Rows with a missing cell are left out.

    Raises
    ------
    Unfit
        What ``checked`` raises.

    References
    ----------
    Cronbach (1951), doi:10.1007/BF02310555; interval: Feldt (1965), doi:10.1007/BF02289499.

    Examples
    --------
    >>> items = [[1, 2, 1], [2, 2, 3], [3, 4, 4], [4, 4, 3], [5, 5, 5]]
    >>> [round(number, 3) for number in cronbach_alpha(items)[:3]]
    [0.952, 0.759, 0.995]
    """
    held = complete(items, names=names)
    n, k = held.shape
    cov = np.cov(held.T)
    value = k / (k - 1) * (1 - np.trace(cov) / cov.sum())
    low, high = (float(fdtri(n - 1, (n - 1) * (k - 1), tail)) for tail in ((1 - level) / 2, (1 + level) / 2))
    return Coefficient(float(value), float(1 - (1 - value) * high), float(1 - (1 - value) * low), n)


def mcdonald_omega(items: ArrayLike, level: float = 0.95, names: Sequence[str] | None = None) -> Coefficient:
    """McDonald's omega: the share of a sum's variance that one common factor explains.

    From a one-factor model by maximum likelihood on raw items; rows with a missing cell stay in. The interval is by
    the delta method. Reversed items have to be turned first: the sum is of the items as they are.

    Raises
    ------
    Unfit
        What ``confirmatory`` raises; ``few_items`` under three.

    References
    ----------
    McDonald (1999), Test theory; interval: Raykov (2002), doi:10.1207/S15327906MBR3701_04.

    Examples
    --------
    >>> items = [[1, 2, 1], [2, 2, 3], [3, 4, 4], [4, 4, 3], [5, 5, 5], [2, 1, 1], [4, 5, 3], [1, 1, 2]]
    >>> round(mcdonald_omega(items).value, 3)
    0.943
    """
    held = checked(items, least=3, names=names)
    found = confirmatory(held, [tuple(range(held.shape[1]))], names=names)
    cells, moments = found.model.groups[0], found.moments()
    total, error = float(moments.loading.sum()), float(moments.residual.sum())
    whole = total**2 + error
    slope = np.zeros(found.model.free)
    slope[cells.loading[:, 0]] = 2 * total * error / whole**2
    slope[cells.residual] = -(total**2) / whole**2
    reach = z_value(level) * float(np.sqrt(slope @ found.covariance @ slope))
    value = total**2 / whole
    return Coefficient(value, max(value - reach, 0.0), min(value + reach, 1.0), found.n)


def unreversed(items: ArrayLike, names: Sequence[str] | None = None) -> str:
    """A sentence on items that go against the rest, which look as if they were not turned; empty where none does.

    Against: the other sign on the first principal component of the correlations than most items have.

    >>> unreversed([[1, 1, 5], [2, 2, 4], [4, 3, 2], [5, 5, 1]], ("calm", "rested", "tense"))
    "item 'tense' goes against the others: was it to be reversed?"
    """
    held = complete(items, names=names)
    first = np.linalg.eigh(np.corrcoef(held.T))[1][:, -1]
    against = np.flatnonzero(first < 0 if (first > 0).sum() >= (first < 0).sum() else first > 0)
    if not len(against):
        return ""
    verb, it = ("goes", "was it") if len(against) == 1 else ("go", "were they")
    return f"{named(against, names)} {verb} against the others: {it} to be reversed?"
