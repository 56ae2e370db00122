"""What was known before, in arms that were drawn: how far apart it lies, and whether the draw would set it so far."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from la_research.statistics.coefficient import Coefficient

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
EXCEED, BATCH, MOST = 10, 50, 5_000
"""Draws as far apart that end the test, draws between looks, and the most that are made."""


def standardised_difference(values: Floats, treated: npt.NDArray[np.bool_]) -> Coefficient:
    """Difference of a covariate's means in standard deviations, both arms' variances averaged; 0 where none varies.

    Values that are missing are left out. Its error is what the draw alone makes of equal arms.

    Examples
    --------
    >>> found = standardised_difference(np.array([1.0, 3.0, 2.0, 4.0]), np.array([False, False, True, True]))
    >>> round(found.value, 3), found.n
    (0.707, 4)
    """
    known = ~np.isnan(values)
    ones, zeros = values[known & treated], values[known & ~treated]
    if min(len(ones), len(zeros)) < 2:
        return Coefficient(0.0, 0.0, 1, len(ones) + len(zeros))
    spread = float(np.sqrt((ones.var(ddof=1) + zeros.var(ddof=1)) / 2))
    n = len(ones) + len(zeros)
    value = float(ones.mean() - zeros.mean()) / spread if spread > 0 else 0.0
    return Coefficient(value, float(np.sqrt(1 / len(ones) + 1 / len(zeros))), n - 2, n)


class Omnibus(NamedTuple):
    """p-value of all columns together, and of how many draws it was made."""

    p: float
    draws: int

    @property
    def stopped_early(self) -> bool:
        """Whether so many draws lay as far apart that more were not needed."""
        return self.draws < MOST - 1


def omnibus(columns: Floats, arm: Codes, cluster: Codes, stratum: Codes, rng: np.random.Generator) -> Omnibus:
    """Whether columns that the draw can not have moved differ between arms by more than draws make them.

    The statistic sums, over arms, the squared standardised distance from the mean of all,
    columns made unrelated first. Draws are made again within strata, whole clusters at a time.
    They end as soon as ten lie as far apart, so an unremarkable draw costs 50 of them.

    Parameters
    ----------
    columns
        Shape (students, k), none missing; columns that repeat others or are the same for all add nothing.
    arm, cluster, stratum
        Whole numbers from 0, one a student; a student each where none are clustered.

    References
    ----------
    Hansen and Bowers (2008), Covariate balance in simple, stratified and clustered comparative studies,
    doi:10.1214/08-STS254; Besag and Clifford (1991), Sequential Monte Carlo p-values, doi:10.1093/biomet/78.2.301.

    Examples
    --------
    >>> arm, none = np.repeat([0, 1], 50), np.zeros(100, dtype=int)
    >>> omnibus(arm[:, None] * 1.0, arm, np.arange(100), none, np.random.default_rng(1)).p < 0.001
    True
    """
    sums, size, lots, within = _by_group(columns, arm, cluster, stratum)
    if not sums.shape[1]:
        return Omnibus(1.0, 0)
    observed = _distance(lots[None, :], sums, size)[0] * (1 - 1e-9)
    places = [np.flatnonzero(within == one) for one in np.unique(within)]
    beyond = made = 0
    while beyond < EXCEED and made < MOST - 1:
        again = np.repeat(lots[None, :].astype(np.int8), min(BATCH, MOST - 1 - made), axis=0)
        for place in places:
            again[:, place] = rng.permuted(again[:, place], axis=1)
        beyond += int((_distance(again, sums, size) >= observed).sum())
        made += len(again)
    return Omnibus((beyond + 1) / (made + 1), made)


def _by_group(columns: Floats, arm: Codes, cluster: Codes, stratum: Codes) -> tuple[Floats, Floats, Codes, Codes]:
    """Sums of the unrelated columns by cluster, its size, arm and stratum."""
    flags = stratum[:, None] == np.unique(stratum)
    left = columns - flags @ np.linalg.lstsq(flags.astype(float), columns, rcond=None)[0]
    spread = left.std(axis=0)
    left = left[:, spread > 1e-9 * np.maximum(np.abs(columns).max(axis=0, initial=0), 1e-300)]
    first, group = np.unique(cluster, return_index=True, return_inverse=True)[1:]
    if not left.shape[1]:
        return np.empty((len(first), 0)), np.bincount(group).astype(float), arm[first], stratum[first]
    basis, lengths, _ = np.linalg.svd(left / left.std(axis=0), full_matrices=False)
    basis = basis[:, lengths > 1e-9 * lengths[0]]
    sums = np.column_stack([np.bincount(group, weights=column) for column in basis.T])
    return sums.astype(float), np.bincount(group).astype(float), arm[first], stratum[first]


def _distance(arms: npt.NDArray[np.integer], sums: Floats, size: Floats) -> Floats:
    """Of each draw, shape (draws, groups): how far the arms' means lie from that of all."""
    found = np.zeros(len(arms))
    for one in range(int(arms[0].max()) + 1):
        inside = (arms == one).astype(float)
        found += ((inside @ sums) ** 2).sum(axis=1) / (inside @ size)
    return found
