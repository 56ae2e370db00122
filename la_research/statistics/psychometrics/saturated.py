"""Means and covariances without any model, from rows of which cells may be missing: the EM algorithm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from la_research.statistics.intervals import Floats
from la_research.statistics.psychometrics.likelihood import Block
from la_research.statistics.psychometrics.unfit import Unfit

ROUNDS = 1000
"""Rounds after which the algorithm is given up."""
SUM_OF_OTHERS = "an item is a sum of other items, or too few rows answered both of two"
TINY = 1e-12
"""Least variance of an item."""
SETTLED = 1e-8
"""Where it ends, if nothing else is asked."""


def saturated_moments(blocks: Sequence[Block], items: int, settled: float = SETTLED) -> tuple[Floats, Floats]:
    """Maximum-likelihood means (p) and covariances (p x p, divisor n) of the rows of one group.

    Without a missing cell they are the plain ones. Cells are missing at random given what was answered.

    Parameters
    ----------
    settled
        Largest change of a mean or covariance, in standard deviations, at which the algorithm ends.

    Raises
    ------
    Unfit
        ``not_converged``, ``not_positive_definite`` (an item is a sum of others, or too few rows have both of two).

    References
    ----------
    Dempster, Laird & Rubin (1977), doi:10.1111/j.2517-6161.1977.tb01600.x; Beale & Little (1975).

    Examples
    --------
    Who has no second answer has a low first one, so the mean of the second lies below that of those answered.

    >>> from la_research.statistics.psychometrics.likelihood import blocks_of
    >>> rows = np.array([[1.0, 1.0], [2.0, 3.0], [3.0, 2.0], [4.0, 4.0], [0.0, np.nan]])
    >>> mean, cov = saturated_moments(blocks_of(rows), 2)
    >>> [round(float(number), 4) for number in mean] == [2.0, round(2.5 + 0.8 * (2.0 - 2.5), 4)]
    True
    """
    if len(blocks) == 1 and len(blocks[0].seen) == items:
        return blocks[0].mean, _proper(blocks[0].cov)
    mean, cov = _start(blocks, items)
    for _ in range(ROUNDS):
        try:
            new_mean, new_cov = _round(blocks, mean, cov)
        except np.linalg.LinAlgError:
            raise Unfit("not_positive_definite", SUM_OF_OTHERS) from None
        scale = np.sqrt(np.maximum(np.diag(new_cov), TINY))
        moved = max(np.abs((new_mean - mean) / scale).max(), np.abs((new_cov - cov) / np.outer(scale, scale)).max())
        mean, cov = new_mean, new_cov
        if moved < settled:
            return mean, _proper(cov)
    raise Unfit("not_converged", "the covariances of items with missing cells did not settle")


def _start(blocks: Sequence[Block], items: int) -> tuple[Floats, Floats]:
    """Means and variances of the cells that are there."""
    count, total, square = np.zeros(items), np.zeros(items), np.zeros(items)
    for block in blocks:
        count[block.seen] += block.n
        total[block.seen] += block.n * block.mean
        square[block.seen] += block.n * (np.diag(block.cov) + block.mean**2)
    if (count == 0).any():
        raise Unfit("constant_item", "an item has no answer in a group")
    mean = total / count
    return mean, np.diag(np.maximum(square / count - mean**2, TINY))


def answered_moments(blocks: Sequence[Block], items: int) -> tuple[Floats, Floats]:
    """Means and variances of every item by itself, over who answered it: the best of a model without covariances."""
    mean, cov = _start(blocks, items)
    return mean, np.diag(cov)


def _round(blocks: Sequence[Block], mean: Floats, cov: Floats) -> tuple[Floats, Floats]:
    """Moments after each missing cell takes what is expected of it, with the spread about that."""
    p, n = len(mean), sum(block.n for block in blocks)
    total, square = np.zeros(p), np.zeros((p, p))
    for block in blocks:
        missing = np.setdiff1d(np.arange(p), block.seen)
        cross = cov[np.ix_(missing, block.seen)]
        slope = np.linalg.solve(cov[np.ix_(block.seen, block.seen)], cross.T).T
        filled, spread = np.empty(p), np.empty((p, p))
        filled[block.seen] = block.mean
        filled[missing] = mean[missing] + slope @ (block.mean - mean[block.seen])
        spread[np.ix_(block.seen, block.seen)] = block.cov
        spread[np.ix_(missing, block.seen)] = slope @ block.cov
        spread[np.ix_(block.seen, missing)] = block.cov @ slope.T
        left = cov[np.ix_(missing, missing)] - slope @ cross.T
        spread[np.ix_(missing, missing)] = slope @ block.cov @ slope.T + left
        total += block.n * filled
        square += block.n * (spread + np.outer(filled, filled))
    centre = total / n
    return centre, square / n - np.outer(centre, centre)


def _proper(cov: Floats) -> Floats:
    scale = np.sqrt(np.diag(cov))
    if np.linalg.eigvalsh(cov / np.outer(scale, scale))[0] < 1e-9:
        raise Unfit("not_positive_definite", SUM_OF_OTHERS)
    return cov
