"""Gaps within modules, weighted to the pooled module mix, and what they differ from the pooled gap.

A pooled gap can come from the modules that groups are on. Here each pair of groups is compared
inside every module that holds both, and the module gaps are averaged by how much of all the
students the module holds. One covariance, summed by student, gives all errors: pooled, within,
and of their difference, which rest on the same students.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix

from la_research.audit.groups import Codes
from la_research.audit.measured import Measured
from la_research.statistics.gaps import Pairs
from la_research.statistics.intervals import Floats, effective_n, wilson_bounds, z_value
from la_research.statistics.prediction import placements


@dataclass(frozen=True, slots=True)
class Cells:
    """A metric by group and stratum, and pooled, with their covariance by student.

    Parameters
    ----------
    value
        k groups x m strata; not a number where a cell holds too little.
    pooled
        k groups.
    mix
        Weight of each of m strata: its rows, for an AUC its pairs of a row with need and one
        without.
    covariance
        Of all numbers above, in the order value (row by row), pooled, mix.
    n
        Effective rows behind each value and each pooled one; not a number for an AUC.
    """

    value: Floats
    pooled: Floats
    mix: Floats
    covariance: Floats
    n: Floats

    @property
    def groups(self) -> int:
        """Number of groups."""
        return len(self.pooled)

    def share(self, pair: tuple[int, int]) -> Floats:
        """Weight of each stratum in a pair's gap; 0 where one of the groups holds too little."""
        held = ~np.isnan(self.value[list(pair)]).any(axis=0)
        total = self.mix[held].sum()
        return np.asarray(np.where(held, self.mix, 0.0) / total if total else np.zeros(len(self.mix)))

    def gaps(self, pair: tuple[int, int]) -> Floats:
        """First minus second group in every stratum that both hold; 0 elsewhere."""
        return np.asarray(np.nan_to_num(self.value[pair[0]] - self.value[pair[1]]))


@dataclass(frozen=True, slots=True)
class Contrast:
    """A gap as a weighted sum of cells: its value and its weights on them."""

    value: float
    weights: Floats

    def minus(self, other: Contrast) -> Contrast:
        """This gap less another of the same cells."""
        return Contrast(self.value - other.value, self.weights - other.weights)

    def error(self, cells: Cells) -> float:
        """Standard error, by the delta method."""
        part = np.flatnonzero(self.weights)
        weights = self.weights[part]
        return math.sqrt(max(float(weights @ cells.covariance[np.ix_(part, part)] @ weights), 0.0))

    def bounds(self, cells: Cells, z: float) -> tuple[float, float]:
        """Newcombe's interval of a weighted sum of shares; Wald's for AUCs.

        Each cell lends the distance to its Wilson bound in place of its standard error, so that
        a cell where nobody or everybody was chosen is not taken for certain. What the mix and
        students in several cells add is kept. With one stratum it is Newcombe's interval.
        """
        shares = np.concatenate([cells.value.ravel(), cells.pooled])
        part = np.flatnonzero(self.weights[: len(shares)])
        if np.isnan(cells.n[part]).any():
            half = z * self.error(cells)
            return self.value - half, self.value + half
        squared = self.weights[part] ** 2
        rest = self.error(cells) ** 2 - float(squared @ cells.covariance.diagonal()[part])
        lower, upper = wilson_bounds(shares[part], cells.n[part], z)
        down, up = shares[part] - lower, upper - shares[part]
        ahead = self.weights[part] > 0
        below = float(squared @ np.where(ahead, down, up) ** 2) + z**2 * rest
        above = float(squared @ np.where(ahead, up, down) ** 2) + z**2 * rest
        return self.value - math.sqrt(max(below, 0.0)), self.value + math.sqrt(max(above, 0.0))


def cells_of(measure: Measured, code: Codes, groups: int) -> Cells:
    """The metric in every group and stratum; rows with code -1 count in the mix only.

    Parameters
    ----------
    measure
        The rows that the metric reads.
    code
        Group of each of them, 0 to ``groups`` - 1, or -1.
    groups
        Number of groups.

    References
    ----------
    Kitagawa (1955), doi:10.1080/01621459.1955.10501299: direct standardisation to the pooled
    mix. Zou & Donner (2008), doi:10.1002/sim.3095: intervals of sums from those of their parts.
    Covariance by per-student influence functions, weights of the mix included.
    """
    strata = int(measure.stratum.max()) + 1
    if not measure.ranks and not measure.clustered:
        place, size = np.where(code >= 0, code, groups) * strata + measure.stratum, (groups + 1) * strata
        counts = (np.bincount(place, weights, size) for weights in (measure.counted, np.ones(len(place))))
        return cells_of_counts(*(count.astype(float).reshape(groups + 1, strata) for count in counts))
    cell = np.where(code >= 0, code * strata + measure.stratum, -1)
    value, inner = _influences(measure, cell, groups * strata)
    pooled, outer = _influences(measure, code, groups)
    mix, weight = _mix(measure, strata)
    n = np.concatenate([_sizes(measure, cell, groups * strata), _sizes(measure, code, groups)])
    start = groups * strata
    columns = np.concatenate([cell, start + code, start + groups + measure.stratum])
    entries = np.concatenate([inner, outer, weight])
    held = np.concatenate([cell >= 0, code >= 0, np.ones(len(code), dtype=bool)])
    who, student = np.unique(measure.student, return_inverse=True)
    students = np.tile(student, 3)
    shape = (len(who), start + groups + strata)
    totals = coo_matrix((entries[held], (students[held], columns[held])), shape=shape).tocsr()
    covariance = len(who) / max(len(who) - 1, 1) * (totals.T @ totals).toarray()
    return Cells(value.reshape(groups, strata), pooled, mix, covariance, n)


def cells_of_counts(chosen: Floats, total: Floats) -> Cells:
    """The cells of a share where every student has one row, from how many were chosen of how many.

    Parameters
    ----------
    chosen, total
        One row a group and a last one for students in no group, one column a stratum.

    Examples
    --------
    Every stratum chooses 10 percentage points fewer of the first group, which is mostly where many are chosen.

    >>> total = np.array([[400.0, 100.0], [100.0, 400.0], [0.0, 0.0]])
    >>> cells = cells_of_counts(np.array([[220.0, 10.0], [65.0, 80.0], [0.0, 0.0]]), total)
    >>> gaps = pooled_contrast(cells, (0, 1)), within_contrast(cells, (0, 1))
    >>> [round(gap.value, 12) for gap in gaps]
    [0.17, -0.1]
    """
    x, n = chosen[:-1], total[:-1]
    sums, sizes = x.sum(axis=1), n.sum(axis=1)
    value, pooled = _rate(x, n), _rate(sums, sizes)
    rate, whole = np.nan_to_num(value), np.nan_to_num(pooled)
    own, outer = _scale(n), _scale(sizes)
    groups, strata = n.shape
    start = groups * strata
    covariance = np.zeros((start + groups + strata,) * 2)
    np.fill_diagonal(
        covariance,
        np.concatenate(
            [
                (n * rate * (1 - rate) * own**2).ravel(),
                sizes * whole * (1 - whole) * outer**2,
                total.sum(axis=0),
            ]
        ),
    )
    group = start + np.arange(groups).repeat(strata)
    covariance[np.arange(start), group] = (n * rate * (1 - rate) * own * outer[:, None]).ravel()
    with_mix = n * (rate - whole[:, None]) * outer[:, None]
    covariance[start : start + groups, start + groups :] = with_mix
    covariance = np.triu(covariance) + np.triu(covariance, 1).T
    everyone = float(total.sum())
    factor = everyone / max(everyone - 1, 1)
    return Cells(value, pooled, total.sum(axis=0), factor * covariance, np.concatenate([n.ravel(), sizes]))


def _rate(chosen: Floats, total: Floats) -> Floats:
    """Shares; not a number on fewer than two rows."""
    return np.asarray(np.where(total > 1, chosen / np.maximum(total, 1), math.nan))


def _scale(n: Floats) -> Floats:
    """What makes a sum of squared residuals the variance of a mean; 0 on fewer than two rows."""
    return np.asarray(np.where(n > 1, 1 / np.sqrt(np.maximum(n * (n - 1), 1)), 0.0))


def pooled_contrast(cells: Cells, pair: tuple[int, int]) -> Contrast:
    """First minus second group over all strata together."""
    weights = np.zeros(len(cells.covariance))
    start = cells.value.size
    weights[start + pair[0]], weights[start + pair[1]] = 1.0, -1.0
    return Contrast(float(cells.pooled[pair[0]] - cells.pooled[pair[1]]), weights)


def within_contrast(cells: Cells, pair: tuple[int, int]) -> Contrast | None:
    """First minus second group inside strata, averaged over the pooled mix; None where no stratum holds both."""
    share, gaps = cells.share(pair), cells.gaps(pair)
    if not share.any():
        return None
    value = float(share @ gaps)
    strata = len(share)
    weights = np.zeros(len(cells.covariance))
    weights[pair[0] * strata : (pair[0] + 1) * strata] = share
    weights[pair[1] * strata : (pair[1] + 1) * strata] = -share
    weights[cells.value.size + cells.groups :] = np.where(share > 0, gaps - value, 0) / cells.mix[share > 0].sum()
    return Contrast(value, weights)


def one_stratum(cells: Cells, pair: tuple[int, int], stratum: int) -> Contrast:
    """First minus second group in one stratum that holds both."""
    weights = np.zeros(len(cells.covariance))
    strata = cells.value.shape[1]
    weights[pair[0] * strata + stratum], weights[pair[1] * strata + stratum] = 1.0, -1.0
    return Contrast(float(cells.value[pair[0], stratum] - cells.value[pair[1], stratum]), weights)


def within_pairs(cells: Cells, alpha: float, compared: Sequence[tuple[int, int]]) -> Pairs | None:
    """Simultaneous intervals (Bonferroni) of the pairs that are compared; others are minus infinity."""
    found = {pair: within_contrast(cells, pair) for pair in compared}
    known = {pair: contrast for pair, contrast in found.items() if contrast is not None}
    if not known:
        return None
    shape, z = (cells.groups, cells.groups), bonferroni_z(len(known), alpha)
    pairs = Pairs(*(np.full(shape, -math.inf) for _ in range(3)))
    for (a, b), contrast in known.items():
        lower, upper = contrast.bounds(cells, z)
        pairs.difference[a, b], pairs.lower[a, b], pairs.upper[a, b] = contrast.value, lower, upper
        pairs.difference[b, a], pairs.lower[b, a], pairs.upper[b, a] = -contrast.value, -upper, -lower
    return pairs


def bonferroni_z(pairs: int, alpha: float) -> float:
    """Two-sided critical value at alpha over so many pairs.

    >>> round(bonferroni_z(1, 0.05), 2), round(bonferroni_z(6, 0.05), 2)
    (1.96, 2.64)
    """
    return z_value(1 - alpha / pairs)


def _mix(measure: Measured, strata: int) -> tuple[Floats, Floats]:
    """Weight of each stratum, and what one more row like each would add to it."""
    count = np.bincount(measure.stratum, minlength=strata).astype(float)
    if not measure.ranks:
        return count, np.ones(len(measure.stratum))
    need = np.bincount(measure.stratum, weights=measure.truth, minlength=strata)
    other = np.where(measure.truth == 1, (count - need)[measure.stratum], need[measure.stratum])
    return need * (count - need), other


def _sizes(measure: Measured, cell: Codes, cells: int) -> Floats:
    """Effective rows of each cell; not a number for an AUC."""
    if measure.ranks:
        return np.full(cells, math.nan)
    if not measure.clustered:
        return np.bincount(cell[cell >= 0], minlength=cells).astype(float)
    order = np.argsort(cell, kind="stable")
    bounds = np.searchsorted(cell[order], np.arange(cells + 1))
    rows = (order[bounds[i] : bounds[i + 1]] for i in range(cells))
    return np.array([effective_n(measure.counted[r], measure.student[r]) if len(r) else 0.0 for r in rows])


def _influences(measure: Measured, cell: Codes, cells: int) -> tuple[Floats, Floats]:
    """Value of each cell, and each row's influence on its own."""
    value, influence = np.full(cells, math.nan), np.zeros(len(cell))
    order = np.argsort(cell, kind="stable")
    bounds = np.searchsorted(cell[order], np.arange(cells + 1))
    one = _order if measure.ranks else _share
    for i in range(cells):
        rows = order[bounds[i] : bounds[i + 1]]
        value[i], influence[rows] = one(measure, rows)
    return value, influence


def _share(measure: Measured, rows: Codes) -> tuple[float, Floats]:
    n = len(rows)
    if n < 2:
        return math.nan, np.zeros(n)
    counted = measure.counted[rows]
    value = float(counted.mean())
    return value, (counted - value) / math.sqrt(n * (n - 1))


def _order(measure: Measured, rows: Codes) -> tuple[float, Floats]:
    truth = measure.truth[rows] == 1
    need = int(truth.sum())
    if min(need, len(rows) - need) < 2:
        return math.nan, np.zeros(len(rows))
    placed = placements(truth, measure.guess[rows])
    value = float(placed[truth].mean())
    n = np.where(truth, need, len(rows) - need)
    return value, (placed - value) / np.sqrt(n * (n - 1))
