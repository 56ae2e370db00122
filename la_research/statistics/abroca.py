"""The area between two groups' ROC curves (ABROCA), and a test that the two curves are one.

An area between two curves is never negative: in every sample it is above zero, and the more so
the smaller the groups. A percentile bootstrap interval can not hold zero either. So the area is
given with what equal curves would make of it, the mean and the 95th centile of its null.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from la_research.statistics.intervals import Floats
from la_research.statistics.multiplicity import holm
from la_research.statistics.roc import Codes, area_between, segments, turned

ENOUGH = 10
"""Rows of each label that a group has to have in a stratum for the area there to be tested; see ``abroca_test``."""


@dataclass(frozen=True, slots=True)
class Abroca:
    """The area between the ROC curves of two groups, and what chance alone makes of it.

    Parameters
    ----------
    groups
        The two groups, by their values.
    value
        The area, 0 to 1; with strata, their weighted mean. Not a number where no stratum holds
        both labels in both groups, and then neither are the next three.
    p
        Chance of an area at least as large where the curves are equal.
    null_mean, null_upper
        Mean and 95th centile of the area where the curves are equal.
    n
        Students compared.
    covered
        Weight of the strata that could be compared among all, 0 to 1.
    """

    groups: tuple[object, ...]
    value: float
    p: float
    null_mean: float
    null_upper: float
    n: int
    covered: float

    @property
    def excess(self) -> float:
        """The area less what equal curves give on average; may be below 0."""
        return self.value - self.null_mean


def abroca(label: ArrayLike, score: ArrayLike, group: ArrayLike, stratum: ArrayLike | None = None) -> float:
    """The area between the ROC curves of two groups: exact, ties and crossings included.

    It depends on the order of scores within each group only.

    Parameters
    ----------
    label, score
        0 or 1, and any number, one a row; none missing.
    group
        Two different values; ``ValueError`` with more.
    stratum
        Where each row is compared. The areas of strata are averaged, each by its number of pairs
        of a case and a control; one in which a group lacks a label is left out.

    Returns
    -------
    float
        0 to 1; not a number where nothing can be compared.

    References
    ----------
    Gardner, Brooks & Baker (2019), doi:10.1145/3303772.3303791.

    Examples
    --------
    In group a one of four pairs is the wrong way round.

    >>> label, score = [1, 0, 1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1, 0.6, 0.4]
    >>> abroca(label, score, ["a", "a", "a", "a", "b", "b"])
    0.25
    """
    sample = _sample(label, score, group, stratum)
    return _area(sample, sample.group)


def abroca_test(
    label: ArrayLike,
    score: ArrayLike,
    group: ArrayLike,
    rng: np.random.Generator,
    *,
    stratum: ArrayLike | None = None,
    students: ArrayLike | None = None,
    permutations: int = 2000,
) -> Abroca:
    """The area between two groups' ROC curves, and a permutation test that the curves are equal.

    Base rates and distributions of scores may differ: each score becomes its place in its own
    group (and stratum), half among the controls and half among the cases. That leaves each
    curve as it is, and where the curves are equal, it makes the rows of one label exchangeable
    between the groups. Then groups are permuted within label and stratum. In 2,000 draws each,
    with base rates of .2 and .5, shifted scores, ties, strata, several rows a student, and groups
    of 20 to 800 rows a label, equal curves were told apart at 5 % in 4.5 to 5.7 % of draws. Places among
    a few rows are no place in a population: with 1 to 3 rows of a label in each of 15 to 20 strata they were told
    apart in 9 to 26 %. So a stratum in which a group has fewer than 10 rows of a label stays out, and
    counts in ``covered``. With 10 cases and 10 controls beside 20 and 20 in each of 20 strata it was
    then 9 of 176 draws, in 5 strata with 40 and 40 beside them 27 of 646.

    Parameters
    ----------
    label, score, group, stratum
        As in ``abroca``.
    rng
        Draws the permutations.
    students
        Whose row it is. Students are permuted whole, among those with as many rows of each
        label in each stratum; one whose rows are in both groups counts as two.
    permutations
        How many; ``p`` is at least 1 / (permutations + 1).

    References
    ----------
    Venkatraman (2000), doi:10.1111/j.0006-341X.2000.01134.x, permutes ranks within groups for
    unpaired curves. Places among equal parts of both labels are ours: with ranks, base rates
    that differ would have to be weighted away in the statistic.

    Examples
    --------
    >>> from la_research.seeds import stream
    >>> rng = stream(1, "statistics", "example")
    >>> label, group = np.tile([0, 1], 100), np.repeat(["a", "b"], 100)
    >>> score = rng.normal(size=200) + label * np.where(group == "a", 3, 0)
    >>> found = abroca_test(label, score, group, rng, permutations=199)
    >>> found.groups, round(found.value, 1), found.p, found.excess > 0.3
    (('a', 'b'), 0.5, 0.005, True)
    """
    sample = _sample(label, score, group, stratum, students, placed=True)
    value = _area(sample, sample.group)
    null = np.array([_area(sample, permuted) for permuted in _permuted(sample, rng, permutations)])
    none = math.isnan(value)
    p = math.nan if none else float(1 + (null >= value - 1e-12).sum()) / (permutations + 1)
    mean, upper = (math.nan, math.nan) if none else (float(null.mean()), float(np.quantile(null, 0.95)))
    return Abroca(sample.names, value, p, mean, upper, len(np.unique(sample.student)), sample.covered)


def abroca_pairs(
    label: ArrayLike,
    score: ArrayLike,
    group: ArrayLike,
    rng: np.random.Generator,
    *,
    pairs: Sequence[tuple[object, object]] | None = None,
    stratum: ArrayLike | None = None,
    students: ArrayLike | None = None,
    permutations: int = 2000,
) -> list[Abroca]:
    """``abroca_test`` of each of several pairs of groups, with p by Holm over them.

    Every pair has its own permutations, among its own two groups: then a third group that
    differs does not blur them, and Holm keeps the chance of any false finding. The rest of all
    students together is never a side: where scores are shifted between groups, its curve is not
    theirs, even if all their curves are equal.

    Parameters
    ----------
    pairs
        Values of ``group``, e.g. each beside one baseline, as Gardner et al. do. All pairs, in
        sorted order, where None; with k groups they take k - 1 times as long as two groups.

    Examples
    --------
    >>> from la_research.seeds import stream
    >>> label, score, group = [0, 1] * 3, [1, 2, 1, 2, 2, 1], ["a", "a", "b", "b", "c", "c"]
    >>> found = abroca_pairs(label, score, group, stream(1, "statistics", "example"), permutations=9)
    >>> [(pair.groups, pair.value, round(pair.p, 6)) for pair in found]
    [(('a', 'b'), 0.0, 1.0), (('a', 'c'), 1.0, 0.9), (('b', 'c'), 1.0, 1.0)]
    """
    rows = pd.DataFrame({"label": np.asarray(label), "score": np.asarray(score), "group": np.asarray(group)})
    rows["stratum"] = 0 if stratum is None else np.asarray(stratum)
    rows["student"] = np.arange(len(rows)) if students is None else np.asarray(students)
    found = []
    for pair in combinations(sorted(rows["group"].unique()), 2) if pairs is None else pairs:
        kept = rows[rows["group"].isin(pair)]
        truth, scores, groups, where, who = (kept[name].to_numpy() for name in rows.columns)
        found.append(abroca_test(truth, scores, groups, rng, stratum=where, students=who, permutations=permutations))
    return [replace(one, p=p) for one, p in zip(found, holm([one.p for one in found]), strict=True)]


@dataclass(frozen=True, slots=True)
class _Sample:
    """Rows of two groups, ready to be counted whichever group each is put into.

    ``counts`` has the rows of each label in each segment, and ``base`` the position there of each
    row. ``ends`` is where the segments of each stratum end, ``weights`` what its area counts.
    """

    names: tuple[object, ...]
    group: Codes
    label: Codes
    stratum: Codes
    student: Codes
    base: Codes
    counts: Codes
    ends: Codes
    weights: Floats
    covered: float


def _sample(
    label: ArrayLike,
    score: ArrayLike,
    group: ArrayLike,
    stratum: ArrayLike | None = None,
    students: ArrayLike | None = None,
    placed: bool = False,
) -> _Sample:
    truth, scores = np.asarray(label, dtype=np.int64), np.asarray(score, dtype=float)
    code, names = pd.factorize(np.asarray(group), sort=True)
    if len(names) > 2:
        raise ValueError(f"{len(names)} groups: an area lies between two curves; abroca_pairs takes more")
    where = np.zeros(len(truth), dtype=np.int64) if stratum is None else pd.factorize(np.asarray(stratum))[0]
    who = np.arange(len(truth)) if students is None else pd.factorize(np.asarray(students))[0]
    cells: Codes = np.bincount((where * 2 + code) * 2 + truth, minlength=4 * (int(where.max()) + 1)).reshape(-1, 2, 2)
    whole: NDArray[np.bool_] = np.all(cells >= (ENOUGH if placed and where.any() else 1), axis=(1, 2))
    pairs = cells.sum(axis=1).prod(axis=1).astype(float)
    kept = whole[where]
    truth, scores, code, who = truth[kept], scores[kept], code[kept], who[kept]
    where = (np.cumsum(whole, dtype=np.int64) - 1)[where[kept]]
    segment, last = segments(truth, _places(truth, scores, where * 2 + code) if placed else scores, where)
    ends = np.flatnonzero(np.diff(last, append=len(whole))) + 1
    weights = pairs[whole] / pairs[whole].sum()
    covered = float(pairs[whole].sum() / pairs.sum()) if pairs.any() else 0.0
    base = truth * len(last) + segment
    counts = np.bincount(base, minlength=2 * len(last)).reshape(2, -1)
    return _Sample(tuple(names.tolist()), code, truth, where, who, base, counts, ends, weights, covered)


def _places(truth: Codes, score: Floats, cell: Codes) -> Floats:
    """Place of each row in its cell, 0 to 1: half among its controls, half among its cases."""
    place = np.empty(len(score))
    for rows in _parts(cell):
        overall = rankdata(score[rows])
        for side in (truth[rows] == 1, truth[rows] == 0):
            own, others = rankdata(score[rows[side]]), int((~side).sum())
            place[rows[side]] = (own - 0.5) / len(own) + (overall[side] - own) / others
    return np.round(place / 2, 12)


def _permuted(sample: _Sample, rng: np.random.Generator, permutations: int) -> Iterator[Codes]:
    """The group of each row, with students permuted among those who hold as many rows of each kind."""
    unit, student = pd.factorize(sample.student * 2 + sample.group)
    cell = sample.stratum * 2 + sample.label
    if len(student) < len(unit):
        held = np.zeros((len(student), int(cell.max()) + 1), dtype=np.int64)
        np.add.at(held, (unit, cell), 1)
        kind = np.unique(held, axis=0, return_inverse=True)[1].ravel()
    else:
        kind = cell
    group = student % 2
    parts = [(rows, int(group[rows].sum())) for rows in _parts(kind)]
    for _ in range(permutations):
        drawn = np.zeros(len(student), dtype=np.int64)
        for rows, second in parts:
            drawn[rows[rng.choice(len(rows), second, replace=False, shuffle=False)]] = 1
        yield drawn[unit]


def _parts(code: Codes) -> list[Codes]:
    """Rows of each code that occurs."""
    order = np.argsort(code, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(code[order])) + 1)


def _area(sample: _Sample, group: Codes) -> float:
    if not len(sample.ends):
        return math.nan
    second = np.bincount(sample.base[group == 1], minlength=sample.counts.size).reshape(2, -1)
    first = np.split(sample.counts - second, sample.ends[:-1], axis=1)
    areas = map(_between, first, np.split(second, sample.ends[:-1], axis=1))
    return math.fsum(weight * area for weight, area in zip(sample.weights.tolist(), areas, strict=True))


def _between(first: Codes, second: Codes) -> float:
    return area_between(turned(first), turned(second))
