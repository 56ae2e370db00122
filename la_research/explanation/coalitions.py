"""What a yes-or-no condition brings to a leaf of a tree: exact Shapley values of all patterns of conditions at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def products(shares: Sequence[float]) -> Floats:
    """How often each pattern of conditions is met where each is met by chance, whatever the others are.

    Parameters
    ----------
    shares
        How often each condition is met.

    Returns
    -------
    numpy.ndarray
        Shape (2 ** conditions,); bit k of a pattern says whether condition k is met.

    Examples
    --------
    >>> products([0.5, 0.1]).round(2).tolist()
    [0.45, 0.45, 0.05, 0.05]
    """
    weights = np.ones(1)
    for share in shares:
        weights = np.concatenate([weights * (1 - share), weights * share])
    return weights


def tables(weights: Floats, together: int = 1) -> Floats:
    """What each condition, or each pair of them, brings to a leaf that is reached where all conditions are met.

    A condition that is left out is as in the background, whose patterns have these weights. The
    Shapley value is the mean over q, from 0 to 1, of what a condition changes while each other is
    the row's with chance q. That is a polynomial in q, so that a few points give the exact mean.

    Parameters
    ----------
    weights
        Shape (leaves, 2 ** conditions): how often each pattern stands in the background; each row sums to 1.
    together
        1: what a condition brings. 2: what two bring together beyond what each does (the Shapley interaction index).

    Returns
    -------
    numpy.ndarray
        Shape (leaves, conditions or pairs in the order of ``combinations``, 2 ** conditions), by the row's pattern.

    References
    ----------
    Owen (1972), Multilinear extensions of games, doi:10.1287/mnsc.18.5.64. Grabisch and Roubens (1999), An axiomatic
    approach to the concept of interaction, doi:10.1007/s001820050125.

    Examples
    --------
    Two conditions, never met in the background: a row that meets both owes half to each, one that meets one, nothing.

    >>> tables(np.array([[1.0, 0.0, 0.0, 0.0]]))[0].tolist()
    [[0.0, 0.0, 0.0, 0.5], [0.0, 0.0, 0.0, 0.5]]
    """
    conditions = weights.shape[1].bit_length() - 1
    moved = list(combinations(range(conditions), together))
    found = np.zeros((len(weights), len(moved), weights.shape[1]))
    for q, share in _points(conditions - together):
        for place, of in enumerate(moved):
            found[:, place] += share * _met(weights, q, of)
    return found


def _points(degree: int) -> Iterator[tuple[float, float]]:
    """Points between 0 and 1 and their weights, that integrate a polynomial of this degree exactly."""
    if degree >= 0:
        at, weights = np.polynomial.legendre.leggauss(degree // 2 + 1)
        yield from zip((at + 1) / 2, weights / 2, strict=True)


def _met(weights: Floats, q: float, moved: Collection[int]) -> Floats:
    """By the row's pattern, how often all conditions are met where each is the row's with chance q.

    Of the conditions that are moved: what it changes that they are the row's, and not the background's.
    """
    for condition in range(weights.shape[1].bit_length() - 1):
        halves = weights.reshape(len(weights), -1, 2, 2**condition)
        unmet, met = halves[:, :, 0], halves[:, :, 1]
        if condition in moved:
            row = (-met, unmet)
        else:
            row = ((1 - q) * met, met + q * unmet)
        weights = np.stack(row, axis=2).reshape(len(weights), -1)
    return weights
