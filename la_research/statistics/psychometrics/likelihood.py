"""The normal likelihood of items, whole or with cells missing, and the climb to its maximum by Fisher scoring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from la_research.statistics.intervals import Floats
from la_research.statistics.psychometrics.measurement import Model, Moments
from la_research.statistics.psychometrics.unfit import Unfit

STEPS = 200
"""Steps after which a climb is given up."""
CLOSE = 1e-12
"""A climb ends where the next step would gain less than this share of the height."""
ROUNDING = 1e-13
"""Share of the height by which a step may seem to lead down."""
FEW = 4
"""Blocks of a group up to which each is taken by itself; of more it is quicker to sum first."""
SINGULAR = 1e-9
"""Least eigenvalue of the information, scaled to a diagonal of 1, with which a model counts as identified."""


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one group that answered the same items: all that their likelihood needs of them."""

    group: int
    seen: NDArray[np.intp]
    n: int
    mean: Floats
    cov: Floats


def blocks_of(items: Floats, codes: NDArray[np.intp] | None = None, *, means: bool = True) -> list[Block]:
    """Rows sorted by group and by which items they answered, with divisor n.

    Parameters
    ----------
    items
        Rows x items, not a number where missing.
    codes
        Group of each row from 0; one group when left out.
    means
        False moves every mean to 0, for a model of covariances alone; only for items without missing cells.

    Examples
    --------
    >>> first, second = blocks_of(np.array([[1.0, 2.0], [3.0, 6.0], [5.0, np.nan]]))
    >>> first.n, first.mean.tolist(), second.seen.tolist()
    (2, [2.0, 4.0], [0])
    """
    group = np.zeros(len(items), dtype=np.intp) if codes is None else codes
    missing, which = np.isnan(items), group
    for column in missing[:, missing.any(axis=0)].T:
        _, which = np.unique(2 * which + column, return_inverse=True)
    made = []
    for kind, row in zip(*np.unique(which, return_index=True), strict=True):
        seen = np.flatnonzero(~missing[row])
        rows = items[which == kind][:, seen]
        centre = rows.mean(axis=0)
        cov = (rows - centre).T @ (rows - centre) / len(rows)
        made.append(Block(int(group[row]), seen, len(rows), centre if means else 0 * centre, cov))
    return made


def log_likelihood(cov: Floats, mean: Floats, block: Block) -> float:
    """Log-likelihood of a block at these moments of all items; minus infinity where they are impossible."""
    part = cov[np.ix_(block.seen, block.seen)]
    try:
        root = np.linalg.cholesky(part)
    except np.linalg.LinAlgError:
        return -np.inf
    away = block.mean - mean[block.seen]
    inner = np.linalg.solve(part, block.cov + np.outer(away, away))
    size = len(block.seen) * np.log(2 * np.pi) + 2 * np.log(np.diag(root)).sum() + np.trace(inner)
    return float(-block.n / 2 * size)


def model_log_likelihood(model: Model, values: Floats, blocks: Sequence[Block]) -> float:
    """Log-likelihood of all blocks under a model."""
    moments = [model.implied(values, group) for group in range(len(model.groups))]
    return sum(log_likelihood(moments[block.group].cov, moments[block.group].mean, block) for block in blocks)


def score_and_information(model: Model, values: Floats, blocks: Sequence[Block]) -> tuple[Floats, Floats]:
    """Gradient of the log-likelihood and the expected information, over all blocks.

    References
    ----------
    Jöreskog (1969), doi:10.1007/BF02289343; with missing cells: Finkbeiner (1979), doi:10.1007/BF02296204.
    """
    score, information = np.zeros(model.free), np.zeros((model.free, model.free))
    for group in range(len(model.groups)):
        held, own = model.implied(values, group), [block for block in blocks if block.group == group]
        given = _summed if len(own) > FEW else _each
        part, known = given(held, model.slopes(held, group), own)
        score += part
        information += known
    return score, information


def _each(held: Moments, slopes: tuple[Floats, Floats], blocks: Sequence[Block]) -> tuple[Floats, Floats]:
    """Gradient and information of one group, block by block."""
    by_cov, by_mean = slopes
    score, information = np.zeros(len(by_cov)), np.zeros((len(by_cov), len(by_cov)))
    for block in blocks:
        root = np.linalg.inv(np.linalg.cholesky(held.cov[np.ix_(block.seen, block.seen)]))
        away = root @ (block.mean - held.mean[block.seen])
        whole = len(block.seen) == len(held.mean)
        white = root @ (by_cov if whole else by_cov[:, block.seen[:, None], block.seen]) @ root.T
        white, shift = white.reshape(len(by_cov), -1), by_mean[:, block.seen] @ root.T
        excess = root @ block.cov @ root.T + np.outer(away, away) - np.eye(len(away))
        score += block.n * (white @ excess.ravel() / 2 + shift @ away)
        information += block.n * (white @ white.T / 2 + shift @ shift.T)
    return score, information


def _summed(held: Moments, slopes: tuple[Floats, Floats], blocks: Sequence[Block]) -> tuple[Floats, Floats]:
    """The same, with what is of the blocks summed before it meets what is of the parameters.

    The information is D' (sum of n K x K) D / 2 and its like for means, with D the slopes and K the inverse covariances
    of a block, 0 where it has no answer.
    """
    (by_cov, by_mean), p = slopes, len(held.mean)
    inverses = np.zeros((len(blocks), p, p))
    pull, push = np.zeros((p, p)), np.zeros(p)
    for inverse, block in zip(inverses, blocks, strict=True):
        cells = np.ix_(block.seen, block.seen)
        inverse[cells] = np.linalg.inv(held.cov[cells])
        away = inverse[cells] @ (block.mean - held.mean[block.seen])
        pull[cells] += block.n * (inverse[cells] @ block.cov @ inverse[cells] - inverse[cells] + np.outer(away, away))
        push[block.seen] += block.n * away
    n, flat = np.array([block.n for block in blocks]), inverses.reshape(len(blocks), p * p)
    crossed, (i, j) = ((flat.T * n) @ flat).reshape(p, p, p, p), np.tril_indices(p)
    pairs = crossed[i[:, None], i, j[:, None], j] + crossed[j[:, None], i, i[:, None], j]
    once = by_cov[:, i, j] * np.where(i == j, 0.5, 1.0)  # slopes are symmetric: a cell off the diagonal stands for two
    score = once @ pull[i, j] + by_mean @ push
    return score, once @ pairs @ once.T + by_mean @ np.tensordot(n, inverses, 1) @ by_mean.T


def observed_information(model: Model, values: Floats, blocks: Sequence[Block]) -> Floats:
    """Minus the second derivatives of the log-likelihood, from central differences of its gradient.

    Errors from it hold where cells are missing at random, those from the expected one only where they are missing
    completely at random (Kenward & Molenberghs 1998, doi:10.1214/ss/1028905830).
    """
    found = np.empty((model.free, model.free))
    for i in range(model.free):
        step = np.zeros(model.free)
        step[i] = 1e-5 * max(1.0, abs(values[i]))
        ahead, _ = score_and_information(model, values + step, blocks)
        behind, _ = score_and_information(model, values - step, blocks)
        found[i] = (behind - ahead) / (2 * step[i])
    return (found + found.T) / 2


def climb(
    value: Callable[[Floats], float], slope: Callable[[Floats], tuple[Floats, Floats]], start: Floats
) -> tuple[Floats, Floats]:
    """Parameters at the maximum and the information there, by Fisher scoring with halved steps.

    Parameters
    ----------
    value
        What is maximised; minus infinity where it is not defined.
    slope
        Gradient and information, which is positive definite.
    start
        Where to begin.

    Raises
    ------
    Unfit
        ``not_identified``, ``not_converged``.
    """
    here, height = start, value(start)
    for _ in range(STEPS):
        score, information = slope(here)
        step = _solved(information, score)
        gain = float(score @ step)
        if gain < CLOSE * max(1.0, abs(height)):
            _identified(information)
            return here, information
        size, ahead = 1.0, value(here + step)
        while ahead < height - ROUNDING * abs(height) and size > 1e-8:
            size /= 2
            ahead = value(here + size * step)
        if size <= 1e-8:
            break
        here, height = here + size * step, ahead
    raise Unfit("not_converged", "the estimation did not settle: no parameters fit these items best")


def _solved(information: Floats, score: Floats) -> Floats:
    ridge = 1e-10 * np.diag(np.diag(information))
    try:
        return np.asarray(np.linalg.solve(information + ridge, score))
    except np.linalg.LinAlgError:
        raise Unfit("not_identified", NOT_IDENTIFIED) from None


NOT_IDENTIFIED = "these items do not settle every parameter of the model: it is not identified"


def _identified(information: Floats) -> None:
    size = np.sqrt(np.diag(information))
    if not (size > 0).all() or np.linalg.eigvalsh(information / np.outer(size, size))[0] < SINGULAR:
        raise Unfit("not_identified", NOT_IDENTIFIED)
