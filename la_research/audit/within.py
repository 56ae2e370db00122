"""The findings of a comparison within modules, and of its difference from the pooled one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from la_research.audit import words
from la_research.audit.hidden import Cell, hidden
from la_research.audit.metrics import METRICS
from la_research.audit.plan import AuditPlan
from la_research.audit.standardised import (
    Cells,
    Contrast,
    bonferroni_z,
    cells_of,
    pooled_contrast,
    within_contrast,
    within_pairs,
)
from la_research.audit.task import Task
from la_research.disclosure import why_hidden
from la_research.finding import Estimate, Finding, Key, Row, not_analysed
from la_research.statistics.gaps import Gap, furthest
from la_research.statistics.intervals import z_value

METHOD = "standardised-difference"
NO_ERROR = 1e-12
"""Standard errors below this come from rows that are all alike."""
LEAST = 0.5
"""Share of the weight that strata holding both groups of a pair have to stand for."""


@dataclass(frozen=True, slots=True)
class Inside:
    """The cells of a task's groups, their pooled gap, and how they are told."""

    task: Task
    cells: Cells
    pooled: Gap
    strata: Sequence[str]
    plan: AuditPlan

    @property
    def stratum(self) -> str:
        """What a stratum is called."""
        return self.plan.stratum

    @property
    def minimum(self) -> int:
        """Students below whom no group is shown."""
        return self.plan.minimum

    @property
    def alpha(self) -> float:
        """Chance that some interval of all pairs misses."""
        return self.plan.alpha

    def named(self, pair: tuple[int, int]) -> tuple[int, int]:
        """A pair of entering groups as positions among all groups."""
        entering = self.task.comparison.entering
        return entering[pair[0]], entering[pair[1]]

    @property
    def widest(self) -> tuple[int, int]:
        """The pooled widest pair as positions among the entering groups."""
        entering = self.task.comparison.entering
        return entering.index(self.pooled.pair[0]), entering.index(self.pooled.pair[1])

    @property
    def z(self) -> float:
        """Critical value for all pairs at once (Bonferroni)."""
        k = self.cells.groups
        return bonferroni_z(k * (k - 1) // 2, self.alpha)

    def plain(self, contrast: Contrast, n: int) -> Estimate:
        """A gap with its own interval at the audit's level, for no other pair to share."""
        lower, upper = contrast.bounds(self.cells, z_value(1 - self.alpha))
        bounds = (max(lower, -1.0), min(upper, 1.0))
        return Estimate(contrast.value, *bounds, 1 - self.alpha, self.task.unit, n, "plain")

    def entered(self, pair: tuple[int, int]) -> NDArray[np.bool_]:
        """The rows in strata that hold both groups of a pair."""
        return np.asarray(self.cells.share(pair)[self.task.measure.stratum] > 0)

    def absent(self, pair: tuple[int, int]) -> list[int]:
        """Strata that weigh something, but lack one of the groups."""
        return np.flatnonzero((self.cells.share(pair) == 0) & (self.cells.mix > 0)).tolist()

    def enough(self, pair: tuple[int, int]) -> bool:
        """Whether the strata that hold both groups hold enough of either, and most of the weight."""
        rows, mix = self.entered(pair), self.cells.mix
        students = min(self.task.students((group,), rows) for group in self.named(pair))
        return students >= self.minimum and bool(mix[self.absent(pair)].sum() <= (1 - LEAST) * mix.sum())

    def students(self, pair: tuple[int, int]) -> int:
        """Students in strata that hold both groups, of those groups that are shown.

        Where fewer than the minimum group size are elsewhere, the fewest that can remain.
        """
        everywhere = self.task.students(self.task.shown(self.named(pair)))
        return everywhere - (self.minimum - 1 if self.few_elsewhere(pair) else self.elsewhere(pair))

    def elsewhere(self, pair: tuple[int, int]) -> int:
        """Students of those groups that are shown, in no stratum that holds both."""
        shown = self.task.shown(self.named(pair))
        return self.task.students(shown) - self.task.students(shown, self.entered(pair))

    def few_elsewhere(self, pair: tuple[int, int]) -> bool:
        """Whether these are some, but fewer than the minimum group size."""
        return 0 < self.elsewhere(pair) < self.minimum


def within_findings(plan: AuditPlan, task: Task, strata: Sequence[str]) -> tuple[Finding, Finding]:
    """``….within`` and ``….difference`` of a task; described without a yes or no.

    Groups that stay out of the pooled gap stay out here; they count in the module mix. Two
    groups are compared where the modules that hold both hold the minimum group size of either,
    and half of the weight.
    """
    stratum, minimum = plan.stratum, plan.minimum
    asked = words.question_within(task.metric, task.grouping, stratum)
    changed = words.question_difference(task.metric, task.grouping, stratum)
    gap = task.comparison.gap
    why = task.missing
    if why is None and gap is None:
        why = f"fewer than two groups hold {minimum} {METRICS[task.metric].reads}"
    if why is None and len(strata) < 2:
        why = f"all students are on one {stratum}"
    if why is not None or gap is None:
        return _neither(plan, task, asked, changed, why or "")
    entering = task.comparison.entering
    place = np.full(len(task.grouping.values) + 1, -1)  # the last one is for rows in no group
    place[list(entering)] = range(len(entering))
    cells = cells_of(task.measure, place[task.code], len(entering))
    inside = Inside(task, cells, gap, strata, plan)
    every = list(combinations(range(len(entering)), 2))
    compared = [pair for pair in every if inside.enough(pair)]
    pairs = within_pairs(cells, inside.alpha, compared)
    if pairs is None:
        lone = not any(cells.share(pair).any() for pair in every)
        return _neither(
            plan, task, asked, changed, f"no {stratum} holds two of the groups" if lone else _too_few(stratum)
        )
    found = furthest(pairs)
    if found.lower == found.upper:
        return _neither(plan, task, asked, changed, "the score orders every group perfectly, so no error can be seen")
    return _within(inside, found, asked, len(every) - len(compared)), _difference(inside, changed)


def _too_few(stratum: str) -> str:
    return f"too few {stratum}s hold enough of both groups"


def _neither(plan: AuditPlan, task: Task, asked: str, changed: str, why: str) -> tuple[Finding, Finding]:
    return (
        not_analysed(f"{task.id}.within", asked, why, confirmatory=plan.confirmatory),
        not_analysed(f"{task.id}.difference", changed, why, confirmatory=plan.confirmatory),
    )


def _within(inside: Inside, gap: Gap, asked: str, uncompared: int) -> Finding:
    task = inside.task
    n = inside.students(gap.pair)
    where = words.direction(task.metric, task.grouping, inside.named(gap.pair))
    return Finding(
        f"{task.id}.within",
        asked,
        "described",
        Estimate(
            gap.value,
            gap.lower,
            gap.upper,
            1 - inside.alpha,
            task.unit,
            n,
            "newcombe-standardised" if not task.measure.ranks else "delong-standardised",
        ),
        _by_stratum(inside, gap.pair),
        limitations=(
            f"The gap of each {inside.stratum} counts by its share of all {METRICS[task.metric].reads}.",
            *_left_out(inside, gap.pair),
            *_limits(inside, gap.pair),
            *([f"Pairs of groups not compared, as {_too_few(inside.stratum)}: {uncompared}."] if uncompared else []),
        ),
        confirmatory=inside.plan.confirmatory,
        reason=f"within one {inside.stratum}, {where}" if gap.value > 0 else None,
    )


def _difference(inside: Inside, asked: str) -> Finding:
    task, cells, pair = inside.task, inside.cells, inside.widest
    pooled, within = pooled_contrast(cells, pair), within_contrast(cells, pair)
    name = f"{task.id}.difference"
    if within is None:
        why = f"no {inside.stratum} holds both of the groups that differ most"
        return not_analysed(name, asked, why, confirmatory=inside.plan.confirmatory)
    if not inside.enough(pair):
        return not_analysed(name, asked, _too_few(inside.stratum), confirmatory=inside.plan.confirmatory)
    change, n = pooled.minus(within), inside.students(pair)
    if change.error(cells) < NO_ERROR:
        return not_analysed(
            name,
            asked,
            "the rule treats all of them alike, so no error can be seen",
            confirmatory=inside.plan.confirmatory,
        )
    half = inside.z * change.error(cells)
    lower, upper = max(change.value - half, -2.0), min(change.value + half, 2.0)
    everywhere = task.students(task.shown(inside.named(pair)))
    plain = {"pooled": inside.plain(pooled, everywhere), "within": inside.plain(within, n)}
    more = "" if cells.groups == 2 else " It is told for the two groups that differ most in all."
    return Finding(
        name,
        asked,
        "described",
        Estimate(change.value, lower, upper, 1 - inside.alpha, task.unit, n, METHOD),
        tuple(Row({"what": what}, estimate) for what, estimate in plain.items()),
        limitations=(
            f"The gap over all students, less the gap within one {inside.stratum}.{more}",
            *_left_out(inside, pair),
            *_limits(inside, pair),
        ),
        confirmatory=inside.plan.confirmatory,
        reason=_told(inside, pooled, within),
    )


def _limits(inside: Inside, pair: tuple[int, int]) -> tuple[str, ...]:
    task, shown = inside.task, inside.task.shown(inside.named(pair))
    said = [*words.counted(task.metric, task.unlabelled, len(shown) < 2)]
    if inside.few_elsewhere(pair):
        few = f"Fewer than {inside.minimum} students of the two groups are on {inside.stratum}s that stay out"
        said.append(f"{few}; the number of students is the least that can remain.")
    if task.comparison.short:
        said.append("Some groups are too small for the interval to be trusted; it may be too narrow.")
    return tuple(said)


def _told(inside: Inside, pooled: Contrast, within: Contrast) -> str:
    if pooled.value == 0:
        return "over all students, the groups do not differ"
    where = words.direction(inside.task.metric, inside.task.grouping, inside.named(inside.widest))
    lower, upper = pooled.bounds(inside.cells, inside.z)[0], within.bounds(inside.cells, inside.z)[1]
    if upper < 0 < lower and not inside.task.comparison.short:
        return f"over all students, {where}; within one {inside.stratum} it is the reverse, and both are supported"
    if inside.absent(inside.widest):
        return (
            f"over all students, {where}; part of the difference is that some {inside.stratum}s could not be compared"
        )
    return f"over all students, {where}; the difference is what the mix of {inside.stratum}s adds to that gap"


def _left_out(inside: Inside, pair: tuple[int, int]) -> tuple[str, ...]:
    """Names of the strata that stay out; their weight together, where enough students stand for it."""
    measure, mix, absent = inside.task.measure, inside.cells.mix, inside.absent(pair)
    rows = np.isin(measure.stratum, absent)
    sides = [rows & (measure.truth == label) for label in (0, 1)] if measure.ranks else [rows]
    told = min(len(np.unique(measure.student[side])) for side in sides) >= inside.minimum
    weight = float(mix[absent].sum() / mix.sum()) if told else None
    return words.left_out([inside.strata[i] for i in absent], weight, METRICS[measure.metric].reads)


def _by_stratum(inside: Inside, pair: tuple[int, int]) -> tuple[Row, ...]:
    """The gap of one pair in every stratum that enters, with a plain interval."""
    task, named = inside.task, inside.named(pair)
    columns = range(len(inside.strata))
    groups = [task.grouping.code == group for group in named]
    cells = [Cell(_keys(inside, i), [group & (task.scored.stratum == i) for group in groups]) for i in columns]
    kept = hidden(task.metric, task.scored, cells, inside.minimum)
    rows = []
    for i in np.flatnonzero(inside.cells.share(pair)).tolist():
        n = task.students(task.shown(named), task.measure.stratum == i)
        if i in kept:
            rows.append(Row(_keys(inside, i), None, "suppressed", why_hidden(inside.minimum)))
        else:
            rows.append(Row(_keys(inside, i), inside.plain(_one_stratum(inside.cells, pair, i), n)))
    return tuple(rows)


def _keys(inside: Inside, stratum: int) -> dict[str, Key]:
    return {"what": inside.stratum, inside.stratum: inside.strata[stratum]}


def _one_stratum(cells: Cells, pair: tuple[int, int], stratum: int) -> Contrast:
    weights = np.zeros(len(cells.covariance))
    strata = cells.value.shape[1]
    weights[pair[0] * strata + stratum], weights[pair[1] * strata + stratum] = 1.0, -1.0
    return Contrast(float(cells.value[pair[0], stratum] - cells.value[pair[1], stratum]), weights)
