"""The rule at other thresholds: whom it would select, reach and select in error, group by group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from la_research.audit import words
from la_research.audit.disparity import inference_of
from la_research.audit.groups import groupings
from la_research.audit.hidden import level_of
from la_research.audit.measured import Measured, measured
from la_research.audit.plan import AuditPlan
from la_research.audit.task import Ground, grounds_of
from la_research.audit.values import ByGroup, by_group, point_values
from la_research.disclosure import why_hidden
from la_research.finding import Estimate, Finding, Key, Row, not_analysed
from la_research.models import selected
from la_research.statistics.intervals import Floats

TRIED = ("selection", "tpr", "fpr")
"""Metrics that are looked at over the grid, where they are registered."""
LIMITS = (
    "The intervals hold for the whole grid at once; none of the thresholds is put forward by this.",
    "The highest scores of each fold are selected; equal scores in the order of units.",
)


@dataclass(frozen=True, slots=True)
class Point:
    """One metric at one threshold: a share of students to select."""

    top: float
    measure: Measured
    keys: dict[str, Key]


def threshold_findings(plan: AuditPlan, rows: pd.DataFrame, prefix: str = "audit") -> list[Finding]:
    """``audit.thresholds.ATTRIBUTE``: selection, reach and selection in error over the registered grid.

    Described, without a verdict: the registered rule alone is judged. Rows of "threshold" hold
    the metric of a group, with Wilson's interval at a level divided by all groups, metrics and
    thresholds; rows of "gap" the largest gap among shown groups, at a level divided by metrics and
    thresholds. Who is too small to show at the registered rule is so here.

    Parameters
    ----------
    plan
        Its thresholds; without one there is no finding. Attributes crossed are left to the
        registered rule.
    rows
        As ``tasks_of`` reads them; any decision in them is not read.

    References
    ----------
    Bonferroni's inequality; intervals as in ``pooled_finding``.
    """
    if not plan.thresholds:
        return []
    ordered = rows.sort_values("unit_id", kind="stable", ignore_index=True)
    alone = [grouping for grouping in groupings(plan, ordered) if len(grouping.attributes) == 1]
    points = list(_points(plan, ordered))
    values = [point_values(point.measure, alone) for point in points]
    grounds = grounds_of(plan, ordered, alone)
    return [
        _finding(plan, ground, points, [value[place] for value in values], prefix)
        for place, ground in enumerate(grounds)
    ]


def _points(plan: AuditPlan, rows: pd.DataFrame) -> Iterator[Point]:
    measures = [measured(metric, rows) for metric in TRIED if metric in plan.metrics]
    for top in sorted(plan.thresholds):
        decision = selected(rows, top)
        for measure in measures:
            keys: dict[str, Key] = {"top": top, "metric": measure.metric}
            yield Point(top, replace(measure, guess=decision[measure.keep]), keys)


def _finding(plan: AuditPlan, ground: Ground, points: list[Point], values: list[Floats], prefix: str) -> Finding:
    grouping = ground.grouping
    name = f"{prefix}.thresholds.{grouping.name}"
    asked = (
        f"Would the rule at other thresholds select and reach students equally often, whatever their {grouping.words}?"
    )
    why = "none of the metrics that a threshold changes is registered"
    if points:
        why = f"the data hold no {grouping.words}" if not grouping.values else ""
    if why:
        return not_analysed(name, asked, why, confirmatory=plan.confirmatory)
    told: list[Row] = []
    for point, value in zip(points, values, strict=True):
        told += _at(plan, ground, point, value, len(points))
    return Finding(
        name, asked, "described", rows=tuple(told), limitations=_limits(ground, points), confirmatory=plan.confirmatory
    )


def _limits(ground: Ground, points: list[Point]) -> tuple[str, ...]:
    hides = any(ground.hidden[level_of(point.measure.metric)] for point in points)
    return (*LIMITS, *words.uncompared(hides))


def _at(plan: AuditPlan, ground: Ground, point: Point, value: Floats, points: int) -> Iterator[Row]:
    """The rows of one metric at one threshold."""
    grouping, measure = ground.grouping, point.measure
    kept = ground.hidden[level_of(measure.metric)]
    code = grouping.code[measure.keep]
    groups = by_group(measure, code, value, 1 - plan.alpha / (points * len(grouping.values)))
    for group in range(len(grouping.values)):
        keys = {"what": "threshold", **point.keys, **grouping.keys(group)}
        n = int(groups.students[group])
        if group in kept or n < plan.minimum:
            yield Row(keys, None, "suppressed", why_hidden(plan.minimum))
        else:
            ends = float(groups.value[group]), float(groups.lower[group]), float(groups.upper[group])
            yield Row(keys, Estimate(*ends, 1 - plan.alpha, "share", n, "wilson-bonferroni"))
    yield _gap(plan, ground, point, groups, points)


def _gap(plan: AuditPlan, ground: Ground, point: Point, groups: ByGroup, points: int) -> Row:
    """The largest gap among groups that hold enough students and are shown; another would tell their shares."""
    keys: dict[str, Key] = {"what": "gap", **point.keys}
    kept = ground.hidden[level_of(point.measure.metric)]
    enough = (ground.sizes >= plan.minimum) & (groups.students >= plan.minimum)
    enough[list(kept)] = False
    entering = np.flatnonzero(enough)
    if len(entering) < 2:
        why = f"fewer than two groups that are shown hold {plan.minimum} students to compare"
        return Row(keys, None, "not analysed", why)
    inference = inference_of(point.measure, groups, entering, plan.seed)
    gap = inference.gap(plan.alpha / points)
    n = int(groups.students[entering].sum())
    method = f"{inference.method}-bonferroni"
    return Row(keys, Estimate(gap.value, gap.lower, gap.upper, 1 - plan.alpha, "share", n, method))
