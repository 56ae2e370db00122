"""The finding of a pooled comparison: groups, pairs, the largest gap with its verdict, and the sizes needed for one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

from la_research.audit import words
from la_research.audit.plan import AuditPlan
from la_research.audit.task import Task
from la_research.audit.values import ByGroup
from la_research.disclosure import why_hidden
from la_research.finding import Estimate, Finding, Key, Row, Verdict, not_analysed

PAIRS = 6
"""Pairs of groups that are shown, the widest first."""
ALIKE = "all of its rows are alike, so no error can be seen"
ONE_LABEL = "too few of them hold either label"


def pooled_finding(plan: AuditPlan, task: Task, verdict: Verdict) -> Finding:
    """The largest gap of a task, and rows for what stands behind it.

    The verdict is that of all groups that enter. Where the gap or an end of its interval comes from a group that
    is not shown there is no estimate, as it would give that group's share away beside another's.

    Rows
    ----
    what "group"
        The metric of each group; for equalised odds a row for either rate. A group too small to
        show is "suppressed", one whose error can not be seen is "inconclusive".
    what "pair"
        The widest gaps between shown groups, at most six, each higher less lower, with
        intervals that hold for all pairs at once.
    what "equivalence"
        What "equivalent" is judged by: the largest gap with the furthest of all pairs' plain intervals at
        1 - 2*alpha. Not there where a group has too few for a verdict.
    what "detectable", "needed"
        The smallest gap that groups of these sizes could have shown, and how many students a
        group would have been needed. Where there is none, the row is not there.
    """
    asked = words.question(task.metric, task.grouping)
    if task.missing is not None:
        return not_analysed(task.id, asked, task.missing, confirmatory=plan.confirmatory)
    alpha, minimum = plan.alpha, plan.minimum
    reason = words.reason(task.told, task.grouping, task.comparison, verdict, alpha=alpha, minimum=minimum)
    if task.comparison.gap is not None and not task.shown(task.comparison.entering):
        verdict, reason = "suppressed", why_hidden(minimum)
    return Finding(
        task.id,
        asked,
        verdict,
        _largest(task, 1 - alpha),
        (*_groups(task, 1 - alpha, minimum), *_pairs(task, alpha), *_tested(task, alpha), *_beside(task)),
        words.assumptions(task.metric, task.comparison),
        (
            *words.limitations(task.grouping, task.comparison, task.without, minimum),
            *words.counted(task.metric, task.unlabelled, bool(task.hidden)),
        ),
        confirmatory=plan.confirmatory,
        reason=reason,
    )


def method_of(task: Task, share: str) -> str:
    """How an interval of a task was made: ``share`` names the one of a share of students."""
    if task.measure.ranks:
        return "obuchowski" if task.measure.clustered else "delong"
    if task.parts:
        return "joint-by-student" if task.comparison.clustered else "joint"
    name = share if task.measure.rate else "influence"
    return f"{name}-by-student" if task.measure.clustered else name


def _largest(task: Task, level: float) -> Estimate | None:
    gap, comparison = task.comparison.gap, task.comparison
    if gap is None or not comparison.told:
        return None
    n = task.students(task.shown(comparison.entering))
    family = comparison.method.rpartition("newcombe-")[2] if task.measure.rate else "tukey"
    method = f"{method_of(task, 'newcombe')}-{family}" if family != "score-max-t" else family
    return Estimate(gap.value, gap.lower, gap.upper, level, task.unit, n, method)


def _groups(task: Task, level: float, minimum: int) -> Iterator[Row]:
    for part in task.parts or (task,):
        told: dict[str, Key] = {"metric": part.metric} if task.parts else {}
        for group in range(len(task.grouping.values)):
            keys: dict[str, Key] = {"what": "group", **told, **task.grouping.keys(group)}
            yield group_row(part, part.groups, group, keys, level, minimum, group in task.hidden)


def group_row(
    task: Task, groups: ByGroup | None, group: int, keys: dict[str, Key], level: float, minimum: int, hides: bool
) -> Row:
    """The metric of one group with its interval, or why there is none."""
    assert groups is not None
    if hides or not groups.students[group]:
        return Row(keys, None, "suppressed", why_hidden(minimum))
    value, lower, upper = (float(column[group]) for column in (groups.value, groups.lower, groups.upper))
    if math.isnan(value) or math.isnan(lower):
        return Row(keys, None, "inconclusive", ONE_LABEL if groups.cell[group] < 2 else ALIKE)
    n = int(groups.students[group])
    return Row(keys, Estimate(value, lower, upper, level, task.unit, n, method_of(task, "wilson")))


def _pairs(task: Task, alpha: float) -> Iterator[Row]:
    """The widest gaps between groups that are shown."""
    inference, entering = task.comparison.inference, task.comparison.entering
    if inference is None:
        return
    bounds = inference.pairs(inference.critical(alpha))
    low, high = -math.inf, math.inf
    if task.measure.card.limits[1] == 1:
        low, high = -1.0, 1.0
    shown = [place for place, group in enumerate(entering) if group not in task.hidden]
    both = [(i, j) if bounds.difference[i, j] >= 0 else (j, i) for i, j in combinations(shown, 2)]
    widest = sorted(both, key=lambda pair: (-bounds.difference[pair], pair))[:PAIRS]
    for pair in widest:
        higher, lower = entering[pair[0]], entering[pair[1]]
        keys: dict[str, Key] = {"what": "pair", "higher": _named(task, higher), "lower": _named(task, lower)}
        ends = max(low, float(bounds.lower[pair])), min(high, float(bounds.upper[pair]))
        n, method = task.students((higher, lower)), f"{inference.method}-pair"
        yield Row(keys, Estimate(float(bounds.difference[pair]), *ends, 1 - alpha, task.unit, n, method))


def _tested(task: Task, alpha: float) -> Iterator[Row]:
    tested = task.comparison.tested
    if tested is not None and task.measure.card.judged:
        n = task.students(task.shown(task.comparison.entering))
        method, level = f"{method_of(task, 'newcombe')}-furthest", 1 - 2 * alpha
        yield Row(
            {"what": "equivalence"},
            Estimate(tested.value, tested.lower, tested.upper, level, task.unit, n, method),
        )


def _beside(task: Task) -> Iterator[Row]:
    comparison = task.comparison
    n = task.students(task.shown(comparison.entering))
    if comparison.detectable is not None:
        found = Estimate(comparison.detectable, None, None, None, task.unit, n, "planner-80")
        yield Row({"what": "detectable"}, found)
    if comparison.needed is not None:
        yield Row({"what": "needed"}, Estimate(comparison.needed, None, None, None, "students", n, "planner-80"))


def _named(task: Task, group: int) -> str:
    """A group by its attributes and their values: "gender F", or "disability Y, gender F"."""
    return ", ".join(f"{name} {value}" for name, value in task.grouping.keys(group).items())
