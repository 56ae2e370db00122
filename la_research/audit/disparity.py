"""The largest gap between groups against the registered margin: disparity, equivalent, or can not tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from la_research.audit.groups import Codes
from la_research.audit.measured import Measured
from la_research.audit.values import ByGroup
from la_research.finding import Verdict
from la_research.statistics.gaps import Gap
from la_research.statistics.intervals import Floats
from la_research.statistics.multiplicity import holm
from la_research.statistics.planning import detectable_disparity, size_for_equivalence
from la_research.statistics.simultaneous import GapInference, gap_inference, wald_inference

CELL = 10
"""Students in each part of what an AUC or another metric of the score compares, below which its interval is not
to be trusted."""
DOMINATES = 0.1
"""Share of a group's rows that one student holds, above which a verdict would be on that student."""
CLUSTERED = 20
"""Expected students in a cell where students have several rows, which can not be permuted.

At 20 expected, plain Newcombe intervals called equal groups unequal in up to 5.6 %, at 10 in up to 7.2 %.
So many students a group has to hold, too: the error is seen in them, however many rows each has."""
RANKED = 50
"""Students with the outcome in each group, below whom an average precision is not compared: it is skewed."""


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
    shown
        The same over groups whose numbers are shown alone; None with fewer than two of them.
    tested
        The largest gap with the furthest plain interval at 1 - 2*alpha, which ``equivalent`` reads; None where
        it was not read, or involves a group that is not shown.
    p
        The smallest alpha at which the gap lies beyond the margin; 1 where it can not be said.
    equivalent
        Whether every pair lies inside plus and minus the margin at 1 - 2*alpha.
    inference
        What gap and p were read from; None with fewer than two groups.
    clustered
        Whether some student has several of the rows.
    dominated
        Groups in which one student holds more than ``DOMINATES`` of the rows.
    sparse
        Whether some group that enters is expected to hold fewer than 10 on one side of the rule, so
        that an interval in closed form, as within strata, is not to be trusted.
    detectable
        The smallest gap that groups of these sizes would have shown as "disparity" with a
        chance of 80 % at Holm's hardest step, with the smallest group apart from the others at
        the pooled rate. None for what is no share of students, and where not even the largest gap would be shown.
    needed
        Students of each group, of those the metric reads, who would have been needed for
        "equivalent" with a chance of 80 %, were all groups alike at the pooled rate. None for
        what is no share of students, and where the margin is 0. Neither is told where a group that enters is
        not shown, as they hang on its size and rate.
    none
        The smallest alpha at which the gap lies beyond zero, whatever the margin.
    differs
        Whether it lies beyond zero once Holm counts all comparisons of the family; see ``differing``.
    """

    entering: tuple[int, ...]
    small: int
    short: tuple[int, ...]
    gap: Gap | None
    p: float
    equivalent: bool
    inference: GapInference | None = None
    clustered: bool = False
    dominated: tuple[int, ...] = ()
    shown: Gap | None = None
    tested: Gap | None = None
    sparse: bool = False
    detectable: float | None = None
    needed: int | None = None
    none: float = 1.0
    differs: bool = False

    @property
    def withheld(self) -> bool:
        """Whether some group is such that there is no verdict on any."""
        return bool(self.short or self.dominated)

    @property
    def told(self) -> bool:
        """Whether the largest gap and both ends of its interval come from groups that are shown."""
        return self.gap == self.shown

    @property
    def untrusted(self) -> bool:
        """Whether closed forms on these groups may be too narrow: some are too few, one student's, or sparse."""
        return self.withheld or self.sparse

    @property
    def method(self) -> str:
        """How the interval of the gap was made: "newcombe-tukey", "score-max-t", "wald-tukey"; "" without one."""
        return self.inference.method if self.inference else ""


def compare(
    measure: Measured,
    groups: ByGroup,
    code: Codes,
    sizes: Codes,
    *,
    margin: float,
    alpha: float,
    minimum: int,
    tests: int = 1,
    seed: int = 0,
    hidden: frozenset[int] = frozenset(),
) -> Comparison:
    """The largest gap among groups, with what is needed for a verdict and what stands beside it.

    A group with fewer students than ``minimum`` stays out. So does one with as few of the
    students that the metric reads; that one makes the verdict "inconclusive". So does a group
    with fewer than 10 students of either label behind an AUC (of what another metric that is no
    share compares), or where students have several rows, with fewer than 20 expected on one
    side of the rule, or of whose rows one student holds over a tenth. Other sparse cells are compared by
    permutation. The verdict is on all groups that enter; what is told of the gap comes from shown groups alone.

    Parameters
    ----------
    measure, groups, code
        The rows that the metric reads, its value in each group, and each row's group.
    sizes
        Students of each group, whether or not the metric reads them.
    tests
        Comparisons of the registered family, for ``detectable``.
    seed
        Of the permutations.
    hidden
        Groups whose numbers are not shown.
    """
    enough = sizes >= minimum
    inside = enough & (groups.students >= minimum) & ~np.isnan(groups.lower)
    entering = np.flatnonzero(inside)
    short = enough & ~inside
    if len(entering) > 1:
        short[entering] = _too_few(measure, groups, code, entering)
    dominated = tuple(group for group in entering.tolist() if _most(measure, code, group) > DOMINATES)
    found = (tuple(entering.tolist()), int((~enough).sum()), tuple(np.flatnonzero(short).tolist()))
    if len(entering) < 2:
        return Comparison(*found, None, 1.0, False, clustered=measure.clustered)
    inference = inference_of(measure, groups, entering, seed)
    kept = of_shown(inference, found[0], hidden)
    gap, shown = named(inference.gap(alpha), found[0]), named(kept[0].gap(alpha), kept[1]) if kept else None
    tested, p, equivalent, none = None, 1.0, False, 1.0
    if not (short.any() or dominated):
        p, equivalent, none = inference.pvalue(margin), inference.equivalent(margin, alpha), inference.pvalue(0.0)
        plain = named(inference.plain(alpha), found[0])
        tested = plain if kept and plain == named(kept[0].plain(alpha), kept[1]) else None
    sparse = bool(expected_cells(measure, groups, code, entering).min() < CELL)
    beside = (None, None) if hidden & set(found[0]) else _beside(measure, groups, entering, margin, alpha, tests)
    return Comparison(
        *found, gap, p, equivalent, inference, measure.clustered, dominated, shown, tested, sparse, *beside, none
    )


def of_shown(
    inference: GapInference, entering: Sequence[int], hidden: frozenset[int]
) -> tuple[GapInference, tuple[int, ...]] | None:
    """The same intervals between groups that are shown, and which these are; None with fewer than two."""
    places = [place for place, group in enumerate(entering) if group not in hidden]
    return (inference.among(places), tuple(entering[place] for place in places)) if len(places) > 1 else None


def named(gap: Gap, entering: Sequence[int]) -> Gap:
    """A gap whose pair names positions among all groups, from one that names positions among those that enter."""
    return gap._replace(pair=(entering[gap.pair[0]], entering[gap.pair[1]]))


def verdicts(comparisons: Sequence[Comparison], alpha: float) -> list[Verdict]:
    """A verdict for each comparison of one registered family; Holm keeps false disparities to alpha.

    A comparison that could not be made counts in the family.
    """
    adjusted = holm([comparison.p for comparison in comparisons])
    return [_verdict(comparison, p, alpha) for comparison, p in zip(comparisons, adjusted, strict=True)]


def differing(comparisons: Sequence[Comparison], alpha: float) -> list[Comparison]:
    """The comparisons of one family, each told whether its groups differ at all; Holm keeps false ones to alpha."""
    adjusted = holm([comparison.none for comparison in comparisons])
    return [replace(one, differs=p <= alpha) for one, p in zip(comparisons, adjusted, strict=True)]


def _verdict(comparison: Comparison, adjusted: float, alpha: float) -> Verdict:
    if comparison.gap is None:
        return "not analysed"
    if comparison.withheld:
        return "inconclusive"
    if adjusted <= alpha:
        return "disparity"
    return "equivalent" if comparison.equivalent else "inconclusive"


def expected_cells(measure: Measured, groups: ByGroup, code: Codes, entering: Codes) -> Floats:
    """Smallest expected cell of each entering group: n times the share of all their rows, or times its rest."""
    if not measure.rate:
        return groups.cell[entering]
    pooled = measure.counted[np.isin(code, entering)].mean()
    return np.asarray(groups.n[entering] * min(pooled, 1 - pooled))


def _too_few(measure: Measured, groups: ByGroup, code: Codes, entering: Codes) -> NDArray[np.bool_]:
    """Which of the groups hold too few for the interval to be trusted."""
    needed = least(measure.metric) if not measure.rate else CLUSTERED if measure.clustered else 0
    held = expected_cells(measure, groups, code, entering)
    return np.asarray((np.minimum(held, groups.students[entering]) if measure.clustered else held) < needed)


def least(metric: str) -> int:
    """Students in each part of what a metric of the score compares, for its interval to be trusted."""
    return RANKED if metric == "average_precision" else CELL


def _most(measure: Measured, code: Codes, group: int) -> float:
    """The largest share of a group's rows that one student holds; 0 where each student has one row."""
    if not measure.clustered:
        return 0.0
    rows = np.bincount(measure.student[code == group])
    return float(rows.max() / rows.sum())


def inference_of(measure: Measured, groups: ByGroup, entering: Codes, seed: int) -> GapInference:
    """The largest gap among some of the groups, at whatever level is asked."""
    value = groups.value[entering]
    if not measure.rate:
        low, high = measure.card.limits
        seen = groups.cell if measure.metric == "average_precision" else groups.students
        errors = np.array([_visible(groups, group) for group in entering])
        return wald_inference(value, errors, most=high - low, df=_freedom(seen[entering]))
    clustered = measure.clustered
    df = _freedom(groups.students[entering]) if clustered else math.inf
    return gap_inference(value, groups.n[entering], independent=not clustered, seed=seed, df=df)


def _freedom(students: NDArray[np.generic]) -> float:
    """Degrees of freedom of errors that are seen in the students of each group."""
    return max(float(students.min()) - 1, 1.0)


def _beside(
    measure: Measured, groups: ByGroup, entering: Codes, margin: float, alpha: float, tests: int
) -> tuple[float | None, int | None]:
    """What these groups could have shown, and how many students would have been needed; half a student either side."""
    if not measure.rate:
        return None, None
    value, ns = groups.value[entering], groups.n[entering]
    rate = float((value @ ns + 0.5) / (ns.sum() + 1))
    detectable = detectable_disparity(tuple(ns.tolist()), rate, margin=margin, alpha=alpha, tests=tests)
    needed = size_for_equivalence(rate, len(entering), margin=margin, alpha=alpha)
    return None if math.isnan(detectable) else detectable, needed


def _visible(groups: ByGroup, group: int) -> float:
    """Standard error of a group's metric; of a perfect order, the one its interval stands for."""
    half = (groups.upper[group] - groups.lower[group]) / 2
    error = float(groups.error[group])
    return error if error > 0 or math.isnan(half) else float(half)
