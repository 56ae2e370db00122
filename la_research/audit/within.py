"""The findings of a comparison within modules, and of its difference from the pooled one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from la_research.statistics.intervals import z_value

METHOD = "standardised-difference"
NO_ERROR = 1e-12
"""Standard errors below this come from rows that are all alike."""


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

    def plain(self, contrast: Contrast, n: int) -> Estimate:
        """A gap with its own interval at the audit's level, for no other pair to share."""
        lower, upper = contrast.bounds(self.cells, z_value(1 - self.alpha))
        return Estimate(contrast.value, lower, upper, 1 - self.alpha, self.task.unit, n, "plain")


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
        return _neither(task, asked, changed, "the score orders every group perfectly, so no error can be seen")
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
    change, n = pooled.minus(within), task.students(inside.named(pair))
    if change.error(cells) < NO_ERROR:
        return not_analysed(
            name, asked, "the rule treats all of them alike, so no error can be seen", confirmatory=True
        )
    half = bonferroni_z(k * (k - 1) // 2, inside.alpha) * change.error(cells)
    plain = {"pooled": inside.plain(pooled, n), "within": inside.plain(within, n)}
    more = "" if k == 2 else " It is told for the two groups that differ most in all."
    return Finding(
        name,
        asked,
        "described",
        Estimate(change.value, change.value - half, change.value + half, 1 - inside.alpha, task.unit, n, METHOD),
        tuple(Row({"what": what}, estimate) for what, estimate in plain.items()),
        limitations=(
            f"The gap over all students, less the gap within one {inside.stratum}.{more}",
            *_left_out(inside, pair),
            *_narrow(task),
        ),
        confirmatory=True,
        reason=_told(inside, plain),
    )


def _narrow(task: Task) -> tuple[str, ...]:
    few = "Some groups are too small for the interval to be trusted; it may be too narrow."
    return (few,) if task.comparison.short else ()


def _told(inside: Inside, plain: Mapping[str, Estimate]) -> str:
    if plain["pooled"].value == 0:
        return "over all students, the groups do not differ"
    where = words.direction(inside.task.metric, inside.task.grouping, inside.named(inside.widest))
    lower, upper = plain["pooled"].lower, plain["within"].upper
    if lower is not None and upper is not None and upper < 0 < lower and not inside.task.comparison.short:
        return f"over all students, {where}; within one {inside.stratum} it is the reverse, and both are supported"
    return f"over all students, {where}; the difference is what the mix of {inside.stratum}s adds to that gap"


def _left_out(inside: Inside, pair: tuple[int, int]) -> tuple[str, ...]:
    reads = METRICS[inside.task.metric].reads
    return words.left_out(inside.strata, inside.cells.share(pair), inside.cells.mix, reads)


def _by_stratum(inside: Inside, pair: tuple[int, int]) -> tuple[Row, ...]:
    """The gap of one pair in every stratum that enters, with a plain interval."""
    share = inside.cells.share(pair)
    return tuple(_stratum_row(inside, pair, i) for i in np.flatnonzero(share).tolist())


def _stratum_row(inside: Inside, pair: tuple[int, int], stratum: int) -> Row:
    task = inside.task
    keys: dict[str, Key] = {"what": inside.stratum, inside.stratum: inside.strata[stratum]}
    rows = [(task.code == group) & (task.measure.stratum == stratum) for group in inside.named(pair)]
    students = [len(np.unique(task.measure.student[row])) for row in rows]
    if min(students) < inside.minimum:
        return Row(keys, None, "suppressed", f"one of the groups holds fewer than {inside.minimum} students there")
    return Row(keys, inside.plain(_one_stratum(inside.cells, pair, stratum), sum(students)))


def _one_stratum(cells: Cells, pair: tuple[int, int], stratum: int) -> Contrast:
    weights = np.zeros(len(cells.covariance))
    strata = cells.value.shape[1]
    weights[pair[0] * strata + stratum], weights[pair[1] * strata + stratum] = 1.0, -1.0
    return Contrast(float(cells.value[pair[0], stratum] - cells.value[pair[1], stratum]), weights)
