"""The finding of a pooled comparison: every group with its interval, the largest gap, the verdict."""

from __future__ import annotations

import math

from la_research.audit import words
from la_research.audit.plan import AuditPlan
from la_research.audit.task import Task
from la_research.disclosure import why_hidden
from la_research.finding import Estimate, Finding, Row, Verdict, not_analysed


def pooled_finding(plan: AuditPlan, task: Task, verdict: Verdict) -> Finding:
    """The largest gap of a task, one row a group; a group too small to show is "suppressed"."""
    asked = words.question(task.metric, task.grouping)
    if task.missing is not None:
        return not_analysed(task.id, asked, task.missing, confirmatory=plan.confirmatory)
    alpha, minimum = plan.alpha, plan.minimum
    return Finding(
        task.id,
        asked,
        verdict,
        _largest(task, 1 - alpha),
        tuple(_row(task, group, 1 - alpha, minimum) for group in range(len(task.grouping.values))),
        words.assumptions(task.metric, task.comparison),
        (
            *words.limitations(task.grouping, task.comparison, task.without, minimum),
            *words.counted(task.metric, task.unlabelled, bool(task.hidden)),
        ),
        confirmatory=plan.confirmatory,
        reason=words.reason(task.metric, task.grouping, task.comparison, verdict, alpha=alpha, minimum=minimum),
    )


def _largest(task: Task, level: float) -> Estimate | None:
    gap = task.comparison.gap
    if gap is None:
        return None
    n = task.students(task.shown(task.comparison.entering))
    return Estimate(gap.value, gap.lower, gap.upper, level, task.unit, n, f"{_method(task, 'newcombe')}-tukey")


def _row(task: Task, group: int, level: float, minimum: int) -> Row:
    assert task.groups is not None
    keys: dict[str, str | int | float] = {"what": "group", **task.grouping.keys(group)}
    value, lower, upper = (float(column[group]) for column in (task.groups.value, task.groups.lower, task.groups.upper))
    if group in task.hidden or math.isnan(value) or math.isnan(lower):
        return Row(keys, None, "suppressed", why_hidden(minimum))
    n = int(task.groups.students[group])
    return Row(keys, Estimate(value, lower, upper, level, task.unit, n, _method(task, "wilson")))


def _method(task: Task, share: str) -> str:
    if task.measure.ranks:
        return "obuchowski" if task.measure.clustered else "delong"
    return f"{share}-by-student" if task.measure.clustered else share
