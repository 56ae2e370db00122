"""Whether gaps change over time: by presentation, and by week where a student is scored in several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from la_research.audit import words
from la_research.audit.groups import Codes
from la_research.audit.heterogeneity import Spread, limits, spread_of, varies
from la_research.audit.inside import Inside, inside_of
from la_research.audit.plan import AuditPlan
from la_research.audit.task import Task
from la_research.finding import Finding, Key, not_analysed

PERIODS = ("presentation", "week")
"""Columns of the rows that place them in time."""
CHANGES = "Do gaps between groups change over time?"


def time_findings(plan: AuditPlan, tasks: Sequence[Task], rows: pd.DataFrame, prefix: str) -> list[Finding]:
    """``….time.METRIC.ATTRIBUTE`` of every single attribute; one ``….time`` where there is one period only.

    The two groups that differ most over all rows are compared in every period that shows both,
    with intervals that hold for all periods and all pairs of groups at once. A student's rows of
    several weeks count as one student's.

    Parameters
    ----------
    plan, tasks, prefix
        The audit, what it compares (shares and AUCs), and what ids begin with.
    rows
        As ``tasks_of`` reads them, with ``presentation`` and ``week`` where they are known; a row
        without one is "not recorded".
    """
    periods = {what: column for what in PERIODS if what in rows and len(column := _periods(rows[what])[1]) > 1}
    if not periods:
        why = "all who were scored are of one presentation and one week, as far as the data say"
        return [not_analysed(f"{prefix}.time", CHANGES, why, confirmatory=plan.confirmatory)]
    codes = {what: _periods(rows[what]) for what in periods}
    return [_finding(plan, task, codes, prefix) for task in tasks if len(task.grouping.attributes) == 1]


def _periods(column: pd.Series) -> tuple[Codes, list[Key]]:
    """Each row's period as a code, and the periods in order; those not recorded come last."""
    known = sorted(column.dropna().unique().tolist())
    code = pd.Index(known).get_indexer(column).astype(np.int64)
    return np.where(code < 0, len(known), code), [*known, *(["not recorded"] if (code < 0).any() else [])]


def _finding(plan: AuditPlan, task: Task, codes: dict[str, tuple[Codes, list[Key]]], prefix: str) -> Finding:
    name = f"{prefix}.time.{task.metric}.{task.grouping.name}"
    question = words.question(task.metric, task.grouping)
    asked = f"Does the answer change over time: {question[0].lower()}{question[1:]}"
    placed = [_inside(plan, task, what, *code) for what, code in codes.items()]
    found = [(inside, spread) for inside in placed if isinstance(inside, Inside) and (spread := _spread(inside))]
    if not found:
        why = next((inside for inside in placed if isinstance(inside, str)), "fewer than two periods show both groups")
        return not_analysed(name, asked, why, confirmatory=plan.confirmatory)
    return Finding(
        name,
        asked,
        "described",
        found[0][1].widest,
        tuple(row for _, spread in found for row in spread.rows),
        limitations=limits(found[0][0], found[0][0].widest, "that differs most over all students"),
        confirmatory=plan.confirmatory,
        reason="; ".join(_told(inside, spread) for inside, spread in found),
    )


def _inside(plan: AuditPlan, task: Task, what: str, code: Codes, periods: Sequence[Key]) -> Inside | str:
    """The groups of a task with periods in place of strata."""
    measure = replace(task.measure, stratum=code[task.measure.keep])
    ground = replace(task.ground, scored=replace(task.scored, stratum=code))
    moved = replace(task, measure=measure, ground=ground)
    return inside_of(replace(plan, stratum=what), moved, periods)


def _spread(inside: Inside) -> Spread | None:
    return spread_of(inside, inside.widest, chosen=False)


def _told(inside: Inside, spread: Spread) -> str:
    turns = bool(spread.ahead and spread.behind) and not inside.task.comparison.untrusted
    return varies(inside, spread, "changed") + (
        "; the gap changes its direction, and both are supported" if turns else ""
    )
