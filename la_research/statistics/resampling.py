"""The bootstrap over students without a metric call a replicate: resampled counts, and sorted weights.

A share by group is a function of how many rows fall in each cell of group, label and decision,
so only the cells are drawn. A metric of order needs the rows, sorted once: each replicate then
weighs them by how often their student was drawn.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from la_research.statistics.intervals import Floats
from la_research.statistics.roc import Codes, area_between, segments, turned


def count_bootstrap(counts: ArrayLike, replicates: int, rng: np.random.Generator) -> Codes:
    """Cells of a table counted anew in bootstrap samples of its rows, each row on its own.

    Counting the cells of n rows drawn with replacement is one multinomial draw, whatever n is.
    To keep the size of a group fixed, draw each group by a call of its own.

    Parameters
    ----------
    counts
        Rows in each cell, of any shape; whole and 0 or more.
    replicates
        How many samples.

    Returns
    -------
    numpy.ndarray
        replicates x the shape of ``counts``; every replicate has as many rows as ``counts``.

    References
    ----------
    Efron & Tibshirani (1993), An introduction to the bootstrap, chapter 5.

    Examples
    --------
    True positive rates of two groups, from counts by group, label and decision:

    >>> from la_research.seeds import stream
    >>> counts = np.array([[[50, 10], [8, 32]], [[70, 10], [10, 10]]])
    >>> drawn = count_bootstrap(counts, 2000, stream(1, "statistics", "example"))
    >>> drawn.shape, set(drawn.sum(axis=(1, 2, 3)).tolist())
    ((2000, 2, 2, 2), {200})
    >>> rates = drawn[:, :, 1, 1] / drawn[:, :, 1, :].sum(axis=2)
    >>> rates.mean(axis=0).round(2).tolist(), rates.std(axis=0).round(2).tolist()
    ([0.8, 0.5], [0.07, 0.11])
    """
    cells = np.asarray(counts, dtype=np.int64)
    n = int(cells.sum())
    drawn = rng.multinomial(n, cells.ravel() / max(n, 1), size=replicates) if n else np.zeros((replicates, cells.size))
    return drawn.astype(np.int64).reshape(replicates, *cells.shape)


def student_bootstrap(
    cell: ArrayLike, cells: int, students: ArrayLike, replicates: int, rng: np.random.Generator
) -> Codes:
    """Cells counted anew in bootstrap samples of students, who bring all their rows.

    Students with the same rows in the same cells are drawn together: with one row each this is
    ``count_bootstrap`` of the cells.

    Parameters
    ----------
    cell
        Cell of each row, 0 to ``cells`` - 1.
    students
        Whose row it is.

    Returns
    -------
    numpy.ndarray
        replicates x cells; rows of a replicate vary where students have different numbers of them.

    References
    ----------
    Field & Welsh (2007), doi:10.1111/j.1467-9868.2007.00593.x.

    Examples
    --------
    >>> from la_research.seeds import stream
    >>> student_bootstrap([0, 0, 1, 1], 2, ["a", "a", "b", "b"], 3, stream(1, "statistics", "example")).tolist()
    [[4, 0], [2, 2], [4, 0]]
    """
    codes, names = pd.factorize(np.asarray(students))
    held = np.bincount(codes * cells + np.asarray(cell), minlength=len(names) * cells).reshape(-1, cells)
    patterns, alike = np.unique(held, axis=0, return_counts=True)
    return count_bootstrap(alike, replicates, rng) @ patterns


def student_weights(students: ArrayLike, replicates: int, rng: np.random.Generator) -> Codes:
    """How often each row stands in bootstrap samples of students, who bring all their rows.

    It takes 8 bytes a row and replicate: ask for them in parts where there are many.

    Returns
    -------
    numpy.ndarray
        replicates x rows, 0 or more; each replicate draws as many students as there are.

    Examples
    --------
    >>> from la_research.seeds import stream
    >>> student_weights(["a", "b", "a", "c"], 2, stream(1, "statistics", "example")).tolist()
    [[3, 0, 3, 0], [2, 1, 2, 0]]
    """
    codes, names = pd.factorize(np.asarray(students))
    chosen = rng.integers(0, len(names), size=(replicates, len(names)))
    chosen += len(names) * np.arange(replicates)[:, None]
    return np.bincount(chosen.ravel(), minlength=replicates * len(names)).reshape(replicates, -1)[:, codes]


def weighted_auc(label: ArrayLike, score: ArrayLike, weights: ArrayLike) -> Floats:
    """AUC in each replicate, from one sort of the scores; ties count half.

    Parameters
    ----------
    label, score
        0 or 1, and any number, one a row.
    weights
        replicates x rows, 0 or more, as ``student_weights`` gives them.

    Returns
    -------
    numpy.ndarray
        One a replicate; not a number where one of the labels has no weight.

    Examples
    --------
    >>> weighted_auc([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8], [[1, 1, 1, 1], [1, 0, 2, 0], [0, 0, 1, 1]]).tolist()
    [0.875, 1.0, nan]
    """
    controls, cases = _by_piece(label, score, weights)
    above = np.cumsum(cases, axis=1) - cases / 2
    pairs = controls.sum(axis=1) * cases.sum(axis=1)
    won = (controls * above).sum(axis=1)
    return np.asarray(np.divide(won, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0))


def weighted_abroca(label: ArrayLike, score: ArrayLike, group: ArrayLike, weights: ArrayLike) -> Floats:
    """The area between two groups' ROC curves in each replicate, from one sort of the scores.

    For its standard error and its bias. It is never below 0, so centiles of it are no interval.

    Parameters
    ----------
    label, score, weights
        As in ``weighted_auc``.
    group
        Two different values.

    Returns
    -------
    numpy.ndarray
        One a replicate; not a number where a label of one group has no weight.

    Examples
    --------
    >>> label, score, group = [1, 0, 1, 0], [0.9, 0.1, 0.2, 0.8], ["a", "a", "b", "b"]
    >>> weighted_abroca(label, score, group, [[1, 1, 1, 1], [2, 1, 1, 0]]).tolist()
    [1.0, nan]
    """
    first, second = (
        np.stack(_by_piece(label, score, np.asarray(weights) * inside), axis=1) for inside in _sides(group)
    )
    return np.array([_area(a, b) for a, b in zip(first, second, strict=True)])


def _sides(group: ArrayLike) -> tuple[Codes, Codes]:
    code = pd.factorize(np.asarray(group))[0]
    return 1 - code, code


def _area(first: Codes, second: Codes) -> float:
    whole = first.any(axis=1).all() and second.any(axis=1).all()
    return area_between(turned(first), turned(second)) if whole else math.nan


def _by_piece(label: ArrayLike, score: ArrayLike, weights: ArrayLike) -> tuple[Codes, Codes]:
    """Weight of controls and of cases in each piece of the curve, highest scores first; replicates x pieces."""
    truth = np.asarray(label, dtype=np.int64)
    piece, _ = segments(truth, np.asarray(score, dtype=float), np.zeros(len(truth), dtype=np.int64))
    order = np.argsort(piece, kind="stable")
    starts = np.flatnonzero(np.diff(piece[order], prepend=-1))
    sorted_weights = np.asarray(weights)[:, order]
    cases = np.add.reduceat(sorted_weights * truth[order], starts, axis=1)
    return np.add.reduceat(sorted_weights, starts, axis=1) - cases, cases
