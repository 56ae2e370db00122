"""How far groups differ, at the same place of an order, in which of several kinds a row is: total variation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import numpy as np

from la_research.statistics.intervals import Floats
from la_research.statistics.neighbours import DRAWS, Codes, Pair, critical, permuted_within, widened

ROUNDED = 1e-9
"""Under which two distances are one."""


@dataclass(frozen=True)
class Apart:
    """The largest distance of two groups, with what it is by chance.

    Parameters
    ----------
    observed
        Total variation distance of the pair that is farthest apart beyond chance, measured by its own spread: the share
        of the one group that would have to be of another kind to be like the other, at the same place.
    chance
        Its root mean square where groups are shuffled within strata: a distance is never below zero.
    lower, upper
        Hold the largest distance over pairs at the level asked.
    p
        Chance of a distance as large as this one, each pair measured by its own spread, if groups did not matter.
    pair
        The two groups.
    """

    observed: float
    chance: float
    lower: float
    upper: float
    p: float
    pair: Pair

    @property
    def value(self) -> float:
        """The distance, less what chance alone makes of it, as squares; not below zero, and inside the interval.

        Chance adds to a distance as noise adds to a length: much to none at all, and little to a long one.
        """
        freed = math.sqrt(max(self.observed**2 - self.chance**2, 0.0))
        return min(max(freed, self.lower), self.upper)


def kinds_apart(
    stratum: Codes, code: Codes, kinds: Floats, found: list[Pair], level: float, rng: np.random.Generator
) -> Apart:
    """The largest distance between groups in the distribution of kinds.

    A distance is the largest difference in the share of any set of kinds. So the interval is that of the
    largest of all these differences, over all pairs, where each holds at once with the others (max-T);
    its lower end is 0 where the p-value is above 1 - ``level``.
    The p-value shuffles groups within strata, which is exact where rows of a stratum are alike but for their
    group.

    Parameters
    ----------
    stratum, code
        Of each row; one row a student.
    kinds
        Rows x kinds: 1 in the column of the row's kind, else 0.
    found
        The pairs of groups; at least one.

    References
    ----------
    Phipson & Smyth (2010), Permutation p-values should never be zero, doi:10.2202/1544-6115.1585.

    Examples
    --------
    >>> stratum, code = np.repeat([0, 1], 20), np.tile([0, 1], 20)
    >>> from la_research.statistics.neighbours import pairs
    >>> kinds = np.eye(2)[code]
    >>> apart = kinds_apart(stratum, code, kinds, pairs(stratum, code), 0.95, np.random.Generator(np.random.Philox(1)))
    >>> round(apart.observed, 9), apart.p
    (1.0, 0.001)
    """
    distances = _distances(stratum, code[None, :], kinds, found)[0]
    shuffled = _distances(stratum, permuted_within(stratum, code, DRAWS, rng), kinds, found)
    middle, spread = shuffled.mean(axis=0), shuffled.std(axis=0)
    each = np.where(spread > ROUNDED, spread, np.inf)  # a pair that can not differ tells nothing
    beyond, by_chance = (distances - middle) / each, ((shuffled - middle) / each).max(axis=1)
    first = int(beyond.argmax())
    p = float((1 + (by_chance >= beyond[first] - ROUNDED).sum()) / (DRAWS + 1))
    lower, upper = _interval(stratum, code, kinds, found, level, rng)
    chance = float(np.sqrt((shuffled[:, first] ** 2).mean()))
    return Apart(float(distances[first]), chance, lower if p <= 1 - level else 0.0, upper, p, found[first])


def _distances(stratum: Codes, codes: Codes, kinds: Floats, found: list[Pair]) -> Floats:
    """Total variation distances, one row a labelling of the rows and one column a pair."""
    return np.column_stack([np.abs(pair.weights[stratum, codes] @ kinds).sum(axis=1) / 2 for pair in found])


def _interval(
    stratum: Codes, code: Codes, kinds: Floats, found: list[Pair], level: float, rng: np.random.Generator
) -> tuple[float, float]:
    used = kinds[:, kinds.any(axis=0)]
    sets = np.array([one for one in product((0.0, 1.0), repeat=used.shape[1]) if one[0] == 0][1:]).T
    if not sets.size:
        return 0.0, 0.0
    shares = used @ sets
    values = np.concatenate([pair.difference(stratum, code, shares) for pair in found])
    influence = np.hstack([pair.influence(stratum, code, shares) for pair in found])
    errors = np.sqrt((influence**2).sum(axis=0))
    free = np.repeat([pair.free(code) for pair in found], sets.shape[1])
    reach = widened(critical(influence, errors, level, rng), free) * errors
    size = np.abs(values)
    return float(max(0.0, (size - reach).max())), float(min(1.0, (size + reach).max()))
