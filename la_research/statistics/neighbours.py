"""Groups compared at the same place of an order: strata of neighbours, differences, and the largest of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

from la_research.statistics.intervals import Floats

Codes = NDArray[np.int64]
STRATUM = 20
"""Neighbours in a stratum."""
DRAWS = 999
"""Multipliers, and permutations."""


def neighbour_strata(score: Floats, size: int = STRATUM) -> Codes:
    """Strata of about so many neighbours each, from the lowest score; equal scores stay in the order given.

    >>> neighbour_strata(np.array([0.1, 0.9, 0.2, 0.8, 0.3]), 2).tolist()
    [0, 1, 0, 1, 0]
    """
    rank = np.empty(len(score), dtype=np.int64)
    rank[np.argsort(score, kind="stable")] = np.arange(len(score))
    return rank * max(len(score) // size, 1) // max(len(score), 1)


@dataclass(frozen=True)
class Pair:
    """Two groups, and what a row of each weighs in their difference, by stratum.

    In a stratum with m rows of the one and n of the other the difference of their means weighs m n / (m + n), as in
    a regression with an intercept a stratum; a stratum with only one of them says nothing.

    Parameters
    ----------
    one, other
        Codes; the difference is that of the one less the other.
    weights
        Strata x groups: what is added of a row's value.
    sizes
        Rows of the two in each stratum.
    """

    one: int
    other: int
    weights: Floats
    sizes: Codes

    def difference(self, stratum: Codes, code: Codes, values: Floats) -> Floats:
        """Difference of the means of each column at the same place."""
        return np.asarray(self.weights[stratum, code] @ values)

    def free(self, code: Codes) -> int:
        """Degrees of freedom of its errors: rows of the smaller group, less one."""
        return max(min(int((code == group).sum()) for group in (self.one, self.other)) - 1, 1)

    def influence(self, stratum: Codes, code: Codes, values: Floats) -> Floats:
        """What each row adds to the error of each difference, rows x columns; residuals are freed of their leverage."""
        weight, inside = self.weights[stratum, code], np.isin(code, (self.one, self.other))
        strata, total = len(self.weights), float(self.sizes.prod(axis=1) @ (1 / np.maximum(self.sizes.sum(axis=1), 1)))
        sums = np.zeros((strata, values.shape[1]))
        np.add.at(sums, stratum[inside], values[inside])
        many = np.maximum(self.sizes.sum(axis=1), 1)
        centred = weight * total  # the group's indicator less its mean in the stratum
        left = values - (sums / many[:, None])[stratum] - centred[:, None] * self.difference(stratum, code, values)
        leverage = 1 / many[stratum] + centred**2 / total
        return np.where(inside[:, None], weight[:, None] * left / np.sqrt(np.maximum(1 - leverage, 0.05))[:, None], 0.0)


def pairs(stratum: Codes, code: Codes) -> list[Pair]:
    """All pairs of groups that stand together in some stratum.

    >>> stratum, code = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 1, 0, 1])
    >>> (pair,) = pairs(stratum, code)
    >>> float(pair.difference(stratum, code, np.array([[3.0], [1.0], [2.0], [5.0], [4.0]]))[0]).__round__(3)
    1.286
    """
    groups, strata = int(code.max()) + 1, int(stratum.max()) + 1
    sizes = np.bincount(stratum * groups + code, minlength=strata * groups).reshape(strata, groups)
    found = []
    for one, other in combinations(range(groups), 2):
        both = sizes[:, [one, other]]
        overlap = both.prod(axis=1) / np.maximum(both.sum(axis=1), 1)
        if overlap.sum() > 0:
            weights = np.zeros((strata, groups))
            weights[:, one] = overlap / np.maximum(sizes[:, one], 1) / overlap.sum()
            weights[:, other] = -overlap / np.maximum(sizes[:, other], 1) / overlap.sum()
            found.append(Pair(one, other, weights, both))
    return found


def critical(influence: Floats, errors: Floats, level: float, rng: np.random.Generator) -> float:
    """How many errors the largest of several differences strays at most, at a level: by normal multipliers.

    Parameters
    ----------
    influence
        Rows x differences.
    errors
        Of each difference; one without an error is passed over.

    References
    ----------
    Chernozhukov, Chetverikov & Kato (2013), Gaussian approximations and multiplier bootstrap for maxima,
    doi:10.1214/13-AOS1161.
    """
    varies = errors > 0
    if not varies.any():
        return 0.0
    strays = np.abs(rng.standard_normal((DRAWS, len(influence))) @ influence[:, varies]) / errors[varies]
    return float(np.quantile(strays.max(axis=1), level))


def widened(reach: float, free: NDArray[np.int64]) -> Floats:
    """A normal critical value as Student's at some degrees of freedom: as rarely passed.

    >>> widened(1.959964, np.array([5, 1_000_000])).round(2).tolist()
    [2.57, 1.96]
    """
    return np.asarray(stdtrit(free, ndtr(reach)))


def permuted_within(stratum: Codes, code: Codes, draws: int, rng: np.random.Generator) -> Codes:
    """The groups of the rows, shuffled within each stratum, draws x rows.

    >>> stratum, code = np.array([1, 0, 1, 0]), np.array([0, 1, 1, 1])
    >>> permuted_within(stratum, code, 3, np.random.Generator(np.random.Philox(1)))[:, [1, 3]].tolist()
    [[1, 1], [1, 1], [1, 1]]
    """
    home = np.argsort(stratum, kind="stable")
    shuffled = np.argsort(stratum + rng.random((draws, len(stratum))), axis=1)
    found = np.empty_like(shuffled)
    found[:, home] = code[shuffled]
    return found
