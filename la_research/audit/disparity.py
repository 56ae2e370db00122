"""The largest gap between groups against the registered margin: disparity, equivalent, or can not tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from la_research.audit.groups import Codes
from la_research.audit.metrics import ByGroup, Measured
from la_research.finding import Verdict
from la_research.statistics.gaps import (
    Gap,
    PairsAt,
    all_within,
    furthest,
    gap_pvalue,
    newcombe_pairs,
    tukey_survival,
    tukey_z,
    wald_pairs,
)
from la_research.statistics.intervals import Floats, z_value
from la_research.statistics.multiplicity import holm

CELL = 10
"""Expected students in a cell, below which the simultaneous interval is not to be trusted."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Groups compared on one metric.

    Parameters
    ----------
    entering
        Groups that enter the gap, by position.
    small
        How many groups hold fewer students than the minimum group size.
    short
        Groups that hold enough students, but too few of those the metric reads.
    gap
        The largest gap with its simultaneous interval; None with fewer than two groups. Its
        pair names positions among all groups.
    p
        The smallest alpha at which the gap lies beyond the margin; 1 where it can not be said.
    equivalent
        Whether every pair lies inside plus and minus the margin at 1 - 2*alpha.
    """

    entering: tuple[int, ...]
    small: int
    short: tuple[int, ...]
    gap: Gap | None
    p: float
    equivalent: bool


def compare(
    measure: Measured, groups: ByGroup, code: Codes, sizes: Codes, *, margin: float, alpha: float, minimum: int
) -> Comparison:
    """The largest gap among groups, with what is needed for a verdict.

    A group with fewer students than ``minimum`` stays out. So does one with as few of the
    students that the metric reads; that one makes the verdict "inconclusive", and so does a
    group in which fewer than 10 students are expected on one side of the rule (for an AUC:
    hold one of the labels).

    Parameters
    ----------
    measure, groups, code
        The rows that the metric reads, its value in each group, and each row's group.
    sizes
        Students of each group, whether or not the metric reads them.
    """
    enough = sizes >= minimum
    inside = enough & (groups.students >= minimum) & ~np.isnan(groups.lower)
    entering = np.flatnonzero(inside)
    short = enough & ~inside
    if len(entering) > 1:
        short[entering] = expected_cells(measure, groups, code, entering) < CELL
    found = (tuple(entering.tolist()), int((~enough).sum()), tuple(np.flatnonzero(short).tolist()))
    if len(entering) < 2:
        return Comparison(*found, None, 1.0, False)
    pairs = _pairs(measure, groups, entering)
    gap = furthest(pairs(tukey_z(len(entering), 1 - alpha)))
    named = gap._replace(pair=(int(entering[gap.pair[0]]), int(entering[gap.pair[1]])))
    if short.any():
        return Comparison(*found, named, 1.0, False)
    p = gap_pvalue(pairs, margin, partial(tukey_survival, groups=len(entering)))
    return Comparison(*found, named, p, all_within(pairs(z_value(1 - 2 * alpha)), margin))


def expected_cells(measure: Measured, groups: ByGroup, code: Codes, entering: Codes) -> Floats:
    """Smallest expected cell of each entering group: n times the pooled share, or times its rest."""
    if measure.ranks:
        return groups.cell[entering]
    pooled = measure.counted[np.isin(code, entering)].mean()
    return np.asarray(groups.n[entering] * min(pooled, 1 - pooled))


def verdicts(comparisons: Sequence[Comparison], alpha: float) -> list[Verdict]:
    """A verdict for each comparison of one registered family; Holm keeps false disparities to alpha.

    A comparison that could not be made counts in the family.
    """
    adjusted = holm([comparison.p for comparison in comparisons])
    return [_verdict(comparison, p, alpha) for comparison, p in zip(comparisons, adjusted, strict=True)]


def _verdict(comparison: Comparison, adjusted: float, alpha: float) -> Verdict:
    if comparison.gap is None:
        return "not analysed"
    if comparison.short:
        return "inconclusive"
    if adjusted <= alpha:
        return "disparity"
    return "equivalent" if comparison.equivalent else "inconclusive"


def _pairs(measure: Measured, groups: ByGroup, entering: Codes) -> PairsAt:
    value = groups.value[entering]
    if not measure.ranks:
        return partial(newcombe_pairs, value, groups.n[entering])
    error = np.array([_visible(groups, group) for group in entering])
    errors = np.sqrt(error[:, None] ** 2 + error[None, :] ** 2)
    np.fill_diagonal(errors, 0)
    return partial(wald_pairs, value[:, None] - value[None, :], errors)


def _visible(groups: ByGroup, group: int) -> float:
    """Standard error of a group's AUC; of a perfect order, the one its interval stands for."""
    half = (groups.upper[group] - groups.lower[group]) / 2
    error = float(groups.error[group])
    return error if error > 0 or math.isnan(half) else float(half)
