"""Split-conformal inference: how unlike others a value may be, learnt from students who were not fitted to."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from la_research.statistics.intervals import Floats

Bools = NDArray[np.bool_]
Codes = NDArray[np.int64]
ROUNDED = 1e-9
"""What is taken off a count before it is rounded up, so that 27.000000000000004 is 27."""


def conformal_threshold(values: ArrayLike, level: float) -> float:
    """The value under or at which that of a further student lies with at least the chance ``level``.

    It is the k-th smallest of n, with k = (n + 1) x level rounded up; infinite where k is more than n.
    That is exact for students in any order, whatever the values are.

    Parameters
    ----------
    values
        How unlike each student of the calibration is; one a student, none missing.
    level
        0 to 1.

    References
    ----------
    Vovk, Gammerman & Shafer (2005), Algorithmic learning in a random world; Angelopoulos & Bates
    (2023), Conformal prediction: a gentle introduction, doi:10.1561/2200000101.

    Examples
    --------
    Of nine values, (9 + 1) x 0.9 = 9: the largest. Of eight no value is enough.

    >>> conformal_threshold(range(1, 10), 0.9), conformal_threshold(range(1, 9), 0.9)
    (9.0, inf)
    """
    held = np.sort(np.asarray(values, dtype=np.float64))
    k = math.ceil((len(held) + 1) * level - ROUNDED)
    return float(held[k - 1]) if 0 < k <= len(held) else math.inf


def conformal_p(calibration: ArrayLike, values: ArrayLike) -> Floats:
    """The share of students, oneself among them, who are at least as unlike; small for who is unlike all others.

    For a student like those of the calibration it is at most a with at most the chance a.

    References
    ----------
    Bates, Candès, Lei, Romano & Sesia (2023), Testing for outliers with conformal p-values,
    doi:10.1214/22-AOS2244.

    Examples
    --------
    >>> conformal_p([1.0, 2.0, 3.0, 4.0], [5.0, 3.0, 0.0]).tolist()
    [0.2, 0.6, 1.0]
    """
    held, asked = np.sort(np.asarray(calibration, dtype=np.float64)), np.asarray(values, dtype=np.float64)
    return np.asarray((1 + len(held) - np.searchsorted(held, asked, side="left")) / (len(held) + 1))


def least_students(level: float) -> int:
    """The fewest students of a calibration from whom a finite threshold can be had.

    >>> least_students(0.9), least_students(0.95)
    (9, 19)
    """
    return math.ceil(level / (1 - level) - ROUNDED)


def label_thresholds(score: Floats, label: Floats, level: float) -> Floats:
    """How unlike the label's own students a score may be for the label to stay possible: (for 0, for 1).

    A score s is s unlike label 0 and 1 - s unlike label 1. Each label has its own threshold (Vovk's
    label-conditional prediction): with one for both, a rare label would mostly be left out.

    Parameters
    ----------
    score, label
        One a student of the calibration: 0 to 1, and 0 or 1.

    Examples
    --------
    >>> score = np.array([0.1, 0.2, 0.3, 0.5, 0.7, 0.9])
    >>> label_thresholds(score, np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0]), 0.5).round(2).tolist()
    [0.2, 0.3]
    """
    return np.array([conformal_threshold(np.abs(score - y)[label == y], level) for y in (0, 1)])


def shared_thresholds(score: Floats, label: Floats, groups: Iterable[Codes], level: float) -> Floats:
    """Thresholds with which every group has the level: the largest of all students' and of each group's own.

    So nobody's group has to be known when a score is read. A group with fewer students of a label
    than ``least_students`` has none of its own, and nothing is promised to it.

    Parameters
    ----------
    groups
        By attribute: the code of each student's group, below 0 where none is recorded.

    References
    ----------
    Romano, Barber, Sabatti & Candès (2020), With malice toward none: assessing uncertainty via equalized
    coverage, doi:10.1162/99608f92.03f00592. They read the group of the student that is scored; here it is not read.

    Examples
    --------
    >>> score, label, group = np.array([0.1, 0.2, 0.6, 0.7]), np.zeros(4), np.array([0, 0, 1, 1])
    >>> shared_thresholds(score, label, [group], 0.6)[0].round(2), label_thresholds(score, label, 0.6)[0].round(2)
    (np.float64(0.7), np.float64(0.6))
    """
    found = label_thresholds(score, label, level)
    for code in groups:
        for group in np.unique(code[code >= 0]):
            own = label_thresholds(score[code == group], label[code == group], level)
            found = np.where(np.isfinite(own), np.maximum(found, own), found)
    return found


def label_sets(score: Floats, thresholds: Floats) -> Bools:
    """Which labels a score leaves possible, shape (n, 2): whether 0, whether 1.

    Parameters
    ----------
    thresholds
        As ``label_thresholds`` gives them, or one pair a score. Not a number leaves nothing possible.

    Examples
    --------
    >>> label_sets(np.array([0.1, 0.3, 0.9]), np.array([0.4, 0.8])).tolist()
    [[True, False], [True, True], [False, True]]
    """
    unlike = np.column_stack([score, 1 - score])
    return np.asarray(unlike <= thresholds)


def one_row_each(students: ArrayLike, rng: np.random.Generator) -> Codes:
    """Positions of one row of each student, drawn by chance, rising: rows of one student are not two students.

    >>> len(one_row_each(["a", "a", "b"], np.random.Generator(np.random.Philox(1))))
    2
    """
    who = np.asarray(students)
    order = rng.permutation(len(who))
    return np.sort(order[np.unique(who[order], return_index=True)[1]])
