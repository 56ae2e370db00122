"""On how many dimensions do items lie? Eigenvalues against chance, and factors that have to differ from each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from la_research.statistics.intervals import Floats
from la_research.statistics.psychometrics.reliability import Coefficient, complete
from la_research.statistics.psychometrics.unfit import Unfit

DRAWS = 500
"""Permutations, and resamples of rows."""
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Parallel:
    """Eigenvalues of the items' correlations, falling, beside those that chance does not exceed in 95 of 100 draws.

    ``dimensions`` counts the leading eigenvalues above chance; ``n`` the rows.
    """

    eigenvalues: Floats
    chance: Floats
    dimensions: int
    n: int


def parallel_analysis(items: ArrayLike, generator: np.random.Generator, names: Sequence[str] | None = None) -> Parallel:
    """Horn's parallel analysis, by permuting every item's answers among the rows.

    Permuted items keep their own distribution, so that skewed or ordered answers are compared with their like. Rows
    with a missing cell are left out. It suggests a number; whether factors differ is asked of a model.

    References
    ----------
    Horn (1965), doi:10.1007/BF02289447; permuted: Buja & Eyuboglu (1992), doi:10.1207/s15327906mbr2704_2.

    Examples
    --------
    >>> draw = np.random.Generator(np.random.Philox(1))
    >>> items = np.repeat(draw.normal(size=(300, 2)), 3, axis=1) + draw.normal(size=(300, 6))
    >>> parallel_analysis(items, draw).dimensions
    2
    """
    held = complete(items, names=names)
    found = _eigenvalues(held)
    drawn = np.array([_eigenvalues(generator.permuted(held, axis=0)) for _ in range(DRAWS)])
    chance = np.quantile(drawn, LEVEL, axis=0)
    below = np.flatnonzero(found <= chance)
    return Parallel(found, chance, int(below[0]) if len(below) else len(found), len(held))


def _eigenvalues(held: Floats) -> Floats:
    return np.asarray(np.linalg.eigvalsh(np.corrcoef(held.T))[::-1])


def heterotrait_ratio(
    items: ArrayLike, first: Sequence[int], second: Sequence[int], generator: np.random.Generator, level: float = 0.95
) -> Coefficient:
    """HTMT: how closely items of two factors go together across factors, against within them.

    Near 1 the two are hardly told apart. Absolute correlations; the interval is by resampling rows (percentiles). Rows
    with a missing cell are left out.

    Parameters
    ----------
    first, second
        Columns of either factor's items, two or more each.

    Raises
    ------
    Unfit
        What ``checked`` raises; ``few_items``.

    References
    ----------
    Henseler, Ringle & Sarstedt (2015), doi:10.1007/s11747-014-0403-8; absolute: Ringle et al. (2023).

    Examples
    --------
    Items that all correlate alike do not tell two factors apart.

    >>> draw = np.random.Generator(np.random.Philox(1))
    >>> items = draw.normal(size=(500, 1)) + draw.normal(size=(500, 4))
    >>> found = heterotrait_ratio(items, (0, 1), (2, 3), draw)
    >>> found.lower < 1 < found.upper
    True
    """
    if min(len(first), len(second)) < 2:
        raise Unfit("few_items", "a factor of one item has no correlation within")
    held = complete(items)
    n = len(held)
    drawn = [_ratio(held[generator.integers(0, n, n)], first, second) for _ in range(DRAWS)]
    lower, upper = np.nanquantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Coefficient(_ratio(held, first, second), float(lower), float(upper), n)


def _ratio(held: Floats, first: Sequence[int], second: Sequence[int]) -> float:
    with np.errstate(invalid="ignore", divide="ignore"):  # a resample may hold a constant item
        size = np.abs(np.corrcoef(held.T))
    within = [size[np.ix_(part, part)][np.tril_indices(len(part), -1)].mean() for part in (first, second)]
    return float(size[np.ix_(first, second)].mean() / np.sqrt(within[0] * within[1]))
