"""Who answered which questionnaires, told so that no small group can be worked out, and what answering goes with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.special import expit

from la_research.statistics.coefficient import Coefficient
from la_research.statistics.influence import clustered_error
from la_research.statistics.intervals import Floats

Bools = NDArray[np.bool_]
KINDS = ("every time", "never", "until they stopped", "now and then")
"""How students answered over the waves; the third is monotone drop-out, the last is intermittent."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """How many students answered how, where it may be told.

    Parameters
    ----------
    kinds
        Students by ``KINDS``; None where the number would tell of a few.
    shown
        The most frequent patterns, waves answered and students, from the most to the least.
    others
        Students with any other pattern: 0, or as many as may be told; with none shown, all students.
    """

    kinds: tuple[int | None, ...]
    shown: tuple[tuple[Bools, int], ...]
    others: int


def answered_patterns(answered: Bools, minimum: int, most: int = 6) -> Patterns:
    """The most frequent patterns of answering; all others in one number.

    No number under ``minimum`` is told, and none can be had by subtraction from what is: kinds that are too small
    take the next smallest with them, and a pattern stays among the others where the totals, the answers of each
    wave and the kinds told would otherwise give a small pattern away exactly.

    Parameters
    ----------
    answered
        (students, waves), waves in the order asked.
    minimum
        Students below whom nothing is told.
    most
        Patterns shown at most.

    Examples
    --------
    Three of 60 students answered the second wave alone; the pattern next in size hides with them.

    >>> held = np.repeat([[1, 1], [0, 0], [1, 0], [0, 1]], [30, 15, 12, 3], axis=0).astype(bool)
    >>> told = answered_patterns(held, 10)
    >>> told.kinds, [students for _, students in told.shown], told.others
    ((30, 15, None, None), [], 60)
    """
    patterns, sizes = np.unique(answered, axis=0, return_counts=True)
    order = np.argsort(-sizes, kind="stable")
    patterns, sizes = patterns[order].astype(bool), sizes[order]
    kind = np.array([_kind(pattern) for pattern in patterns])
    totals = np.bincount(kind, sizes, len(KINDS)).astype(int)
    hidden = _parts_hidden(totals, minimum)
    told = np.vstack([np.ones(len(sizes)), patterns.T, *(kind == i for i in range(len(KINDS)) if i not in hidden)])
    shown = int((sizes[:most] >= minimum).sum())
    while shown and (0 < sizes[shown:].sum() < minimum or _gives_away(told[:, shown:], sizes[shown:] < minimum)):
        shown -= 1
    return Patterns(
        tuple(None if i in hidden else int(total) for i, total in enumerate(totals)),
        tuple((patterns[i], int(sizes[i])) for i in range(shown)),
        int(sizes[shown:].sum()),
    )


def _kind(pattern: Bools) -> int:
    if pattern.all() or not pattern.any():
        return 0 if pattern.all() else 1
    return 2 if pattern[: pattern.sum()].all() else 3


def _parts_hidden(totals: Sequence[int] | NDArray[np.int64], minimum: int) -> set[int]:
    """Small parts of a whole, with the next smallest until they hold the minimum and are more than one."""
    found = {i for i, total in enumerate(totals) if 0 < total < minimum}
    rest = sorted((total, i) for i, total in enumerate(totals) if total >= minimum)
    while found and rest and (len(found) == 1 or sum(totals[i] for i in found) < minimum):
        found.add(rest.pop(0)[1])
    return found


def _gives_away(sums: Floats, small: Bools) -> bool:
    """Whether one of the small parts follows from the sums (sums, parts) that are told."""
    if not small.any():
        return False
    reached = (np.linalg.pinv(sums) * sums.T).sum(axis=1)
    return bool((np.abs(reached[small] - 1) < 1e-9).any())


def answering_odds(answered: Bools, columns: Floats, stratum: ArrayLike, student: ArrayLike) -> list[Coefficient]:
    """Log odds of answering for one SD more of each column, given the others and an effect of every stratum.

    SD within strata. Errors are robust, by student. A stratum in which all answered, or none, is not read. Empty
    where the odds do not exist: a column that does not vary, or that tells exactly who answers.

    Parameters
    ----------
    answered
        Of each questionnaire handed out (rows,).
    columns
        (rows, k) numbers known whether it was answered or not; never missing.
    stratum, student
        Module with week, and the student.

    References
    ----------
    Rubin (1976), Inference and missing data, doi:10.1093/biomet/63.3.581: what missing completely at random would
    exclude. Liang & Zeger (1986), doi:10.1093/biomet/73.1.13.

    Examples
    --------
    >>> there = np.array([1, 1, 1, 0, 1, 0, 0, 0], dtype=bool)
    >>> more = np.array([1.0, 1, 1, 1, -1, -1, -1, -1])
    >>> odds = answering_odds(there, more[:, None], np.zeros(8), np.arange(8))
    >>> round(float(np.exp(2 * odds[0].value / more.std(ddof=1))), 6)  # 3 to 1 against 1 to 3
    9.0
    >>> answering_odds(more > 0, more[:, None], np.zeros(8), np.arange(8))
    []
    """
    code = np.unique(np.asarray(stratum), return_inverse=True)[1].reshape(-1)
    share = (np.bincount(code, answered) / np.bincount(code))[code]
    read = (share > 0) & (share < 1)
    if not read.any():
        return []
    code, who = np.unique(code[read], return_inverse=True)[1], np.asarray(student)[read]
    own = sparse.csr_array((np.ones(len(code)), (np.arange(len(code)), code)))
    size = np.bincount(code)
    centred = columns[read] - ((own.T @ columns[read]) / size[:, None])[code]
    spread = np.sqrt((centred**2).sum(axis=0) / max(len(code) - len(size), 1))
    if (spread <= 1e-9).any():
        return []
    design = sparse.csr_array(sparse.hstack([own, sparse.csr_array(centred / spread)]))
    fit = _logistic(design, answered[read].astype(float))
    if fit is None:
        return []
    slopes, influence = fit
    n = len(np.unique(who))
    return [
        Coefficient(float(slopes[j]), clustered_error(influence[:, j], who), max(n - 1, 1), n)
        for j in range(-columns.shape[1], 0)
    ]


def _logistic(design: sparse.csr_array, label: Floats) -> tuple[Floats, Floats] | None:
    """Coefficients (k,) and each row's influence on them (rows, k), by Newton's steps; None where there is no fit."""
    slopes = np.zeros(design.shape[1])
    for _ in range(50):
        fitted = expit(design @ slopes)
        information = (design.T @ design.multiply((fitted * (1 - fitted))[:, None])).toarray()
        if np.linalg.eigvalsh(information)[0] < 1e-5:
            return None
        step = np.clip(np.linalg.solve(information, design.T @ (label - fitted)), -3, 3)
        slopes = slopes + step
        if np.abs(step).max() < 1e-9:
            residual = label - expit(design @ slopes)
            return slopes, np.asarray((design @ np.linalg.inv(information)) * residual[:, None])
    return None
