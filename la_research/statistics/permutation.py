"""Drawing again: the effect, its p-value and its interval by the lots that might have been drawn, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from la_research.statistics.coefficient import Inverted

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
STEPS = 40
"""Halvings by which an end of an interval is found."""
PART = 100
"""Draws whose sums are worked out at once."""
MANY, FEWER = 100_000, 200
"""Units beyond which fewer draws are made, and how many: they take long, and tell little that an error does not."""
TIED = 1e-9
"""Relative difference under which two statistics are one."""
ROUNDED = 1e-13
"""Share of a sum of squares under which what is left around the mean is rounding."""


def draws_again(drawn: Codes, stratum: Codes, count: int, rng: np.random.Generator) -> npt.NDArray[np.int8]:
    """The draw that was made, and others as likely: shape (draws, units), 0 or 1, the one that was made first.

    Within each stratum as many are drawn as were. Where there are no more than ``count`` ways
    of drawing in a single stratum, each is there once.

    Examples
    --------
    >>> draws_again(np.array([1, 0, 0]), np.zeros(3, int), 100, np.random.default_rng(1)).tolist()
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    """
    units, some = len(drawn), int(drawn.sum())
    if np.ptp(stratum) == 0 and math.comb(units, some) <= count:
        ways = [way for way in combinations(range(units), some) if not drawn[list(way)].all()]
        again = np.zeros((len(ways), units), dtype=np.int8)
        for row, way in zip(again, ways, strict=True):
            row[list(way)] = 1
    else:
        again = np.repeat(drawn[None, :].astype(np.int8), count, axis=0)
        if np.ptp(stratum) == 0:
            rng.permuted(again, axis=1, out=again)
        else:
            for one in np.unique(stratum):
                inside = np.flatnonzero(stratum == one)
                again[:, inside] = rng.permuted(again[:, inside], axis=1)
    return np.vstack([drawn[None, :].astype(np.int8), again])


def draws_for(units: int, count: int) -> int:
    """How many draws are made of so many units where ``count`` are asked for.

    >>> draws_for(500, 1000), draws_for(1_000_000, 1000)
    (1000, 200)
    """
    return count if units <= MANY else min(count, FEWER)


@dataclass(frozen=True)
class Lots:
    """Sums over the units drawn, and over the others, for each draw: what the statistic under any effect needs."""

    drawn: Floats
    other: Floats

    def statistic(self, effect: float) -> Floats:
        """The studentised difference of means less the effect, one value a draw; of an infinite effect its limit."""
        of, off = (0.0, 1.0) if math.isinf(effect) else (1.0, effect)
        gap, spread = np.zeros(len(self.drawn)), np.zeros(len(self.drawn))
        for sign, sums in ((1, self.drawn), (-1, self.other)):
            units, size, total, shift, size2, total2, shift2, mixed, sized, shifted = sums.T
            mean = (of * total - off * shift) / size
            squares = of * total2 - 2 * of * off * mixed + off**2 * shift2
            around = squares - 2 * mean * (of * sized - off * shifted) + mean**2 * size2
            around = np.where(around > ROUNDED * squares, around, 0.0)
            gap += sign * mean
            spread += around / size**2 * units / np.maximum(units - 1, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Floats = np.where(spread > 0, gap / np.sqrt(spread), np.sign(gap) * np.inf)
        return np.nan_to_num(found, nan=0.0, posinf=np.inf, neginf=-np.inf)

    def p(self, effect: float) -> float:
        """Share of draws whose statistic is at least as far from zero as that of the draw that was made."""
        far = np.abs(self.statistic(effect))
        return float((far >= far[0] * (1 - TIED)).mean())


def permuted_effect(
    outcome: Floats,
    drawn: npt.NDArray[np.bool_],
    covariates: Floats,
    cluster: Codes | None,
    stratum: Codes | None,
    count: int,
    rng: np.random.Generator,
) -> Inverted:
    """The effect of the draw by randomisation inference on the studentised difference.

    An effect is held to be possible where, taken off those drawn, the difference left is no
    larger than the draw makes it. It is exact where the effect is the same for all, and right
    in large samples where it is not, as the difference is studentised. The value is that of
    least squares on the draw, the covariates and the strata.

    Parameters
    ----------
    outcome, drawn
        One value a student, none missing.
    covariates
        Measured before, shape (students, k); k may be 0.
    cluster, stratum
        Groups that were drawn as one, and within which the draw was made; whole numbers from 0; None where there are
        none.
    count
        Draws; all there are, where they are fewer.

    Returns
    -------
    Inverted
        An end is infinite where the draws are too few to reject anything at the level asked.

    References
    ----------
    Wu and Ding (2021), Randomization tests for weak null hypotheses in randomized experiments,
    doi:10.1080/01621459.2020.1750415; Rosenbaum (2002), Covariance adjustment in randomized experiments and
    observational studies, doi:10.1214/ss/1042727942; Phipson and Smyth (2010), doi:10.2202/1544-6115.1585.

    Examples
    --------
    Of the 20 ways to draw three of six, two are as far apart as this one.

    >>> found = permuted_effect(
    ...     np.array([7.0, 8.0, 9.0, 1.0, 2.0, 3.0]), np.repeat([True, False], 3), np.empty((6, 0)), None, None, 100,
    ...     np.random.default_rng(1),
    ... )
    >>> found.value, found.p
    (6.0, 0.1)
    """
    group = np.arange(len(outcome)) if cluster is None else cluster
    within = np.zeros(len(outcome), dtype=int) if stratum is None else stratum
    fixed = np.hstack([within[:, None] == np.unique(within), covariates - covariates.mean(axis=0)]).astype(float)
    basis = _basis(fixed)
    y, z = (column - basis @ (basis.T @ column) for column in (outcome, drawn.astype(float)))
    first = np.unique(group, return_index=True)[1]
    lots = _lots(group, y, z, draws_again(drawn[first].astype(int), within[first], count, rng))
    value = float(z @ y / (z @ z))
    return Inverted(value, len(outcome), lots.p(0.0), lambda level: inverted_ends(lots.p, value, _scale(y, z), level))


def _basis(columns: Floats) -> Floats:
    """Orthonormal columns that span the same, however many repeat others."""
    largest = np.abs(columns).max(axis=0)
    basis, lengths, _ = np.linalg.svd(columns / np.where(largest > 0, largest, 1), full_matrices=False)
    found: Floats = basis[:, lengths > 1e-9 * lengths[0]]
    return found


def _lots(group: Codes, y: Floats, z: Floats, again: npt.NDArray[np.int8]) -> Lots:
    size, total, shift = (np.bincount(group, weights=column) for column in (np.ones_like(y), y, z))
    columns = np.column_stack(
        [np.ones_like(size), size, total, shift, size**2, total**2, shift**2, total * shift, total * size, shift * size]
    )
    part = max(1, min(PART, PART * MANY // len(size)))
    drawn = np.vstack([again[i : i + part].astype(float) @ columns for i in range(0, len(again), part)])
    return Lots(drawn, columns.sum(axis=0) - drawn)


def _scale(y: Floats, z: Floats) -> float:
    """A step of the search: the least-squares error of the effect, or 1 where nothing varies."""
    left = y - z * float(z @ y / (z @ z))
    return float(np.sqrt((left @ left) / (z @ z) / max(len(y) - 2, 1))) or 1.0


def inverted_ends(p: Callable[[float], float], value: float, step: float, level: float) -> tuple[float, float]:
    """The interval of all effects with a p-value above 1 - ``level``; an end is infinite where none is rejected.

    Parameters
    ----------
    p
        Of an effect, infinite too; it falls off on both sides of ``value``.
    step
        First distance tried, doubled until the p-value is small enough.
    """
    if p(math.inf) > 1 - level:
        return -math.inf, math.inf
    return _end(p, value, -step, 1 - level), _end(p, value, step, 1 - level)


def _end(p: Callable[[float], float], inside: float, step: float, alpha: float) -> float:
    outside = inside + step
    for _ in range(STEPS):
        if p(outside) <= alpha:
            break
        inside, step = outside, 2 * step
        outside = inside + step
    else:
        return math.copysign(math.inf, step)
    for _ in range(STEPS):
        middle = (inside + outside) / 2
        if p(middle) <= alpha:
            outside = middle
        else:
            inside = middle
    return outside
