"""Which items go together when nobody has said which should: minimum residuals, turned to factors that correlate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize

from la_research.statistics.intervals import Floats
from la_research.statistics.psychometrics.polychoric import polychoric
from la_research.statistics.psychometrics.reliability import complete
from la_research.statistics.psychometrics.unfit import Unfit, named

TURNS = 2000


class Exploratory(NamedTuple):
    """Pattern loadings p x k (largest factor first), correlations of the factors, uniquenesses, rows."""

    loadings: Floats
    correlations: Floats
    uniqueness: Floats
    n: int


def exploratory(
    items: ArrayLike, factors: int, *, ordinal: bool = False, names: Sequence[str] | None = None
) -> Exploratory:
    """Exploratory factor analysis by minimum residuals with an oblimin rotation (quartimin).

    Parameters
    ----------
    items
        Rows x items; rows with a missing cell are left out.
    factors
        How many; few enough that correlations are left over.
    ordinal
        Whether polychoric correlations are taken.

    Raises
    ------
    Unfit
        What ``checked`` and ``polychoric`` raise; ``not_identified`` with too many factors, ``not_converged``,
        ``heywood``.

    References
    ----------
    Harman & Jones (1966), doi:10.1007/BF02289468; rotation: Jennrich (2002), doi:10.1007/BF02294706.

    Examples
    --------
    >>> draw = np.random.Generator(np.random.Philox(1))
    >>> items = np.repeat(draw.normal(size=(800, 2)), 3, axis=1) + draw.normal(size=(800, 6))
    >>> found = exploratory(items, 2)
    >>> sorted(np.argmax(abs(found.loadings), axis=1).tolist()) == [0, 0, 0, 1, 1, 1]
    True
    """
    held = complete(items, least=3, names=names)
    p = held.shape[1]
    if factors < 1 or ((p - factors) ** 2 - p - factors) < 0:
        raise Unfit("not_identified", f"{factors} factors are not settled by the correlations of {p} items")
    found = polychoric(held, names).correlations if ordinal else np.asarray(np.corrcoef(held.T))
    start = 0.5 / np.diag(np.linalg.inv(found))

    def misfit(uniqueness: Floats) -> tuple[float, Floats]:
        left = found - np.diag(uniqueness)
        loadings = _principal(left, factors)
        residual = left - loadings @ loadings.T
        return float((residual**2).sum()), -2 * np.diag(residual)

    best = minimize(misfit, start, jac=True, method="L-BFGS-B", bounds=[(0.0, 1.0)] * p, tol=1e-12)
    if not best.success:
        raise Unfit("not_converged", "the factors did not settle")
    if (best.x <= 1e-6).any():
        what = named(np.flatnonzero(best.x <= 1e-6), names)
        raise Unfit(
            "heywood", f"nothing of {what} is left to its own (a Heywood case): too many factors or too few rows"
        )
    loadings, together = _quartimin(_principal(found - np.diag(best.x), factors))
    order = np.argsort(-(loadings**2).sum(axis=0), kind="stable")
    sign = np.where(loadings[:, order].sum(axis=0) < 0, -1.0, 1.0)
    turned = together[np.ix_(order, order)] * np.outer(sign, sign)
    return Exploratory(loadings[:, order] * sign, turned, best.x, len(held))


def _principal(matrix: Floats, factors: int) -> Floats:
    values, vectors = np.linalg.eigh(matrix)
    top = slice(len(values) - factors, None)
    return np.asarray(vectors[:, top] * np.sqrt(np.maximum(values[top], 0.0)))


def _quartimin(loadings: Floats) -> tuple[Floats, Floats]:
    """Turned loadings and factor correlations, by projected gradients on columns of length 1."""
    k = loadings.shape[1]
    turn, size = np.eye(k), 1.0

    def at(turn: Floats) -> tuple[float, Floats, Floats]:
        pattern = loadings @ np.linalg.inv(turn).T
        square = pattern**2
        others = square @ (1 - np.eye(k))
        return float((square * others).sum() / 4), pattern * others, pattern

    value, slope, pattern = at(turn)
    for _ in range(TURNS):
        down = -(pattern.T @ slope @ np.linalg.inv(turn)).T
        down = down - turn * (turn * down).sum(axis=0)
        length = float(np.linalg.norm(down))
        if length < 1e-8:
            return pattern, turn.T @ turn
        size *= 2
        while True:
            ahead = turn - size * down
            ahead /= np.linalg.norm(ahead, axis=0)
            new_value, new_slope, new_pattern = at(ahead)
            if new_value < value - size * length**2 / 2 or size < 1e-12:
                break
            size /= 2
        turn, value, slope, pattern = ahead, new_value, new_slope, new_pattern
    raise Unfit("not_converged", "the rotation of the factors did not settle")
