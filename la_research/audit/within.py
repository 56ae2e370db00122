"""The findings of a comparison within modules, and of its difference from the pooled one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from la_research.audit import words
from la_research.audit.metrics import METRICS
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
from la_research.finding import Estimate, Finding, Key, Row, not_analysed
from la_research.protocol import Protocol
from la_research.statistics.gaps import Gap, furthest
from la_research.statistics.intervals import effective_n, newcombe_difference, z_value


@dataclass(frozen=True, slots=True)
class Inside:
    """The cells of a task's groups, their pooled gap, and how they are told."""

    task: Task
    cells: Cells
    pooled: Gap
    strata: Sequence[str]
    stratum: str
    alpha: float
    minimum: int

    def named(self, pair: tuple[int, int]) -> tuple[int, int]:
        """A pair of entering groups as positions among all groups."""
        entering = self.task.comparison.entering
        return entering[pair[0]], entering[pair[1]]

    @property
    def widest(self) -> tuple[int, int]:
        """The pooled widest pair as positions among the entering groups."""
        entering = self.task.comparison.entering
        return entering.index(self.pooled.pair[0]), entering.index(self.pooled.pair[1])

    def estimate(self, value: float, half: float, n: int, method: str) -> Estimate:
        """An estimate at the audit's level with a symmetric interval."""
        return Estimate(value, value - half, value + half, 1 - self.alpha, self.task.unit, n, method)


def within_findings(protocol: Protocol, task: Task, strata: Sequence[str]) -> tuple[Finding, Finding]:
    """``….within`` and ``….difference`` of a task; both registered, and described without a yes or no.

    Groups that stay out of the pooled gap stay out here; they count in the module mix.
    """
    stratum = protocol.fairness.stratum
    asked = words.question_within(task.metric, task.grouping, stratum)
    changed = words.question_difference(task.metric, task.grouping, stratum)
    gap = task.comparison.gap
    why = task.missing
    if why is None and gap is None:
        why = f"fewer than two groups hold {protocol.disclosure.minimum_group_size} {METRICS[task.metric].reads}"
    if why is None and len(strata) < 2:
        why = f"all students are on one {stratum}"
    if why is not None or gap is None:
        return _neither(task, asked, changed, why or "")
    entering = task.comparison.entering
    place = np.full(len(task.grouping.values) + 1, -1)  # the last one is for rows in no group
    place[list(entering)] = range(len(entering))
    cells = cells_of(task.measure, place[task.code], len(entering))
    minimum = protocol.disclosure.minimum_group_size
    inside = Inside(task, cells, gap, strata, stratum, protocol.fairness.alpha, minimum)
    pairs = within_pairs(cells, inside.alpha)
    if pairs is None:
        return _neither(task, asked, changed, f"no {stratum} holds two of the groups")
    found = furthest(pairs)
    if found.lower == found.upper:
        return _neither(task, asked, changed, "the rule treats each group alike throughout, so no error can be seen")
    return _within(inside, found, asked), _difference(inside, changed)


def _neither(task: Task, asked: str, changed: str, why: str) -> tuple[Finding, Finding]:
    return (
        not_analysed(f"{task.id}.within", asked, why, confirmatory=True),
        not_analysed(f"{task.id}.difference", changed, why, confirmatory=True),
    )


def _within(inside: Inside, gap: Gap, asked: str) -> Finding:
    task = inside.task
    n = task.students(inside.named(gap.pair))
    where = words.direction(task.metric, task.grouping, inside.named(gap.pair))
    return Finding(
        f"{task.id}.within",
        asked,
        "described",
        Estimate(gap.value, gap.lower, gap.upper, 1 - inside.alpha, task.unit, n, "standardised-bonferroni"),
        _by_stratum(inside, gap.pair),
        limitations=(
            f"The gap of each {inside.stratum} counts by its share of all {METRICS[task.metric].reads}.",
            *_left_out(inside, gap.pair),
            *_narrow(task),
        ),
        confirmatory=True,
        reason=f"within one {inside.stratum}, {where}" if gap.value > 0 else None,
    )


def _difference(inside: Inside, asked: str) -> Finding:
    task, cells, pair = inside.task, inside.cells, inside.widest
    pooled, within = pooled_contrast(cells, pair), within_contrast(cells, pair)
    name = f"{task.id}.difference"
    if within is None:
        why = f"no {inside.stratum} holds both of the groups that differ most"
        return not_analysed(name, asked, why, confirmatory=True)
    k = cells.groups
    change, z = pooled.minus(within), bonferroni_z(k * (k - 1) // 2, inside.alpha)
    n = task.students(inside.named(pair))
    more = "" if k == 2 else " It is told for the two groups that differ most in all."
    return Finding(
        name,
        asked,
        "described",
        inside.estimate(change.value, z * change.error(cells), n, "standardised-difference"),
        tuple(
            Row({"what": what}, inside.estimate(contrast.value, _half(contrast, inside), n, "plain"))
            for what, contrast in (("pooled", pooled), ("within", within))
        ),
        limitations=(
            f"The gap over all students, less the gap within one {inside.stratum}.{more}",
            *_left_out(inside, pair),
            *_narrow(task),
        ),
        confirmatory=True,
        reason=_told(inside, pooled, within),
    )


def _narrow(task: Task) -> tuple[str, ...]:
    few = "Some groups are too small for the interval to be trusted; it may be too narrow."
    return (few,) if task.comparison.short else ()


def _told(inside: Inside, pooled: Contrast, within: Contrast) -> str:
    if pooled.value == 0:
        return "over all students, the groups do not differ"
    where = words.direction(inside.task.metric, inside.task.grouping, inside.named(inside.widest))
    if pooled.value > _half(pooled, inside) and within.value < -_half(within, inside):
        return f"over all students, {where}; within one {inside.stratum} it is the reverse, and both are supported"
    return f"over all students, {where}; the difference is what the mix of {inside.stratum}s adds to that gap"


def _half(contrast: Contrast, inside: Inside) -> float:
    return z_value(1 - inside.alpha) * contrast.error(inside.cells)


def _left_out(inside: Inside, pair: tuple[int, int]) -> tuple[str, ...]:
    reads = METRICS[inside.task.metric].reads
    return words.left_out(inside.strata, inside.cells.share(pair), inside.cells.mix, reads)


def _by_stratum(inside: Inside, pair: tuple[int, int]) -> tuple[Row, ...]:
    """The gap of one pair in every stratum that enters, with a plain interval."""
    share = inside.cells.share(pair)
    return tuple(_stratum_row(inside, pair, i) for i in np.flatnonzero(share).tolist())


def _stratum_row(inside: Inside, pair: tuple[int, int], stratum: int) -> Row:
    task, level = inside.task, 1 - inside.alpha
    keys: dict[str, Key] = {"what": inside.stratum, inside.stratum: inside.strata[stratum]}
    rows = [(task.code == group) & (task.measure.stratum == stratum) for group in inside.named(pair)]
    students = [len(np.unique(task.measure.student[row])) for row in rows]
    if min(students) < inside.minimum:
        return Row(keys, None, "suppressed", f"one of the groups holds fewer than {inside.minimum} students there")
    n = sum(students)
    if task.measure.ranks:
        contrast = _one_stratum(inside.cells, pair, stratum)
        half = z_value(level) * contrast.error(inside.cells)
        return Row(keys, inside.estimate(contrast.value, half, n, "delong"))
    counted = [task.measure.counted[row] for row in rows]
    sizes = [effective_n(values, task.measure.student[row]) for values, row in zip(counted, rows, strict=True)]
    a, b = (float(values.mean()) for values in counted)
    value, lower, upper = newcombe_difference(a * sizes[0], sizes[0], b * sizes[1], sizes[1], level)
    return Row(keys, Estimate(value, lower, upper, level, task.unit, n, "newcombe"))


def _one_stratum(cells: Cells, pair: tuple[int, int], stratum: int) -> Contrast:
    weights = np.zeros(len(cells.covariance))
    strata = cells.value.shape[1]
    weights[pair[0] * strata + stratum], weights[pair[1] * strata + stratum] = 1.0, -1.0
    value = float(cells.value[pair[0], stratum] - cells.value[pair[1], stratum])
    return Contrast(value if math.isfinite(value) else 0.0, weights)
