"""What the gaps could be against true need, where the label may record it more often in one group than in another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import pandas as pd
from scipy.special import ndtr

from la_research.audit import words
from la_research.audit.hidden import Cell, hidden
from la_research.audit.plan import AuditPlan
from la_research.audit.task import Task
from la_research.disclosure import why_hidden
from la_research.finding import Assumption, Estimate, Finding, Row, not_analysed, number
from la_research.statistics.bounds import gap_bounds, gap_if_recorded
from la_research.statistics.gaps import tukey_z
from la_research.statistics.intervals import Floats

QUESTION = "Would the gaps be the same against true need, which the label may record more often in one group?"
UNTOLD = (
    "the protocol does not say how often the label records true need (fairness.recorded: least and most, in any "
    "group); without a truth the audit neither clears nor convicts"
)
ANY, ALONE = "however it is recorded", "recorded whoever is selected"
ACROSS = "reaches across the margin"
METHOD = "imbens-manski-stoye"


def label_findings(plan: AuditPlan, tasks: Sequence[Task], rows: pd.DataFrame, prefix: str = "audit") -> list[Finding]:
    """How the gaps in missing and in selecting turn with the share of true need that the label records.

    For each attribute alone, and fnr (or tpr) and fpr where they are compared, the two groups
    with the largest gap (``audit.labels.METRIC.ATTRIBUTE``): sharp bounds of their gap against
    true need over the plan's range of recording, with an interval; the same at the least, the
    middle and the most share recorded in either group; and the gap were recording to hang on
    need alone. Who is recorded is taken to be in need. The verdict is "described" or
    "inconclusive", never more: without a truth a gap is neither shown nor excluded.

    Parameters
    ----------
    plan
        ``recorded`` is the range; without it there is one finding, "not analysed".
    tasks, rows
        Comparisons of the plan and the scored rows that they were made from. A student without
        a label does not count. Where students have several rows, counts are scaled to students.

    References
    ----------
    Imbens & Manski (2004), doi:10.1111/j.1468-0262.2004.00555.x; Stoye (2009), doi:10.3982/ECTA7347.
    """
    misses = next((metric for metric in ("fnr", "tpr") if metric in plan.metrics), None)
    asked = [metric for metric in (misses, "fpr") if metric in plan.metrics]
    if not asked:
        return []
    if plan.recorded is None:
        return [not_analysed(f"{prefix}.labels", QUESTION, UNTOLD)]
    alone = [task for task in tasks if task.metric in asked and len(task.grouping.attributes) == 1]
    return [_finding(plan, plan.recorded, task, rows, prefix) for task in alone]


def _finding(plan: AuditPlan, recorded: tuple[float, float], task: Task, rows: pd.DataFrame, prefix: str) -> Finding:
    name = f"{prefix}.labels.{task.metric}.{task.grouping.name}"
    question = f"Against true need, {words.lowered(words.question(task.metric, task.grouping))}"
    gap = task.comparison.gap
    if gap is None:
        why = task.missing or "the audit compared no two groups"
        return not_analysed(name, question, why, confirmatory=plan.confirmatory)
    if _hidden(plan, task) & set(gap.pair):
        hides = why_hidden(plan.minimum)
        return Finding(name, question, "suppressed", confirmatory=plan.confirmatory, reason=hides)
    counts = [_counts(task, rows, group) for group in gap.pair]
    level = 2 * float(ndtr(tukey_z(len(task.comparison.entering), 1 - plan.alpha))) - 1
    first, second = (task.grouping.describe(group) for group in gap.pair)
    found = tuple(_rows(plan, task, counts, recorded, level))
    whole = _bounds(plan, task, counts, (recorded, recorded), level)
    reads = {_reads(row.estimate, task.grouping.margin) for row in (*found, Row({}, whole)) if row.estimate}
    return Finding(
        name,
        question,
        "described" if len(reads) == 1 and ACROSS not in reads else "inconclusive",
        whole,
        found,
        _assumptions(),
        (
            f"A gap is that among {first} (the first group) less that among {second} (the second): the two groups with "
            "the largest gap by the label.",
            "Without a truth the audit neither clears nor convicts.",
        ),
        confirmatory=plan.confirmatory,
        reason=_reason(recorded, whole, found, first, second),
    )


def _rows(
    plan: AuditPlan, task: Task, counts: Sequence[Floats], recorded: tuple[float, float], level: float
) -> Iterator[Row]:
    """The gap at each share recorded in the first and the second group, under either assumption."""
    shares = sorted({recorded[0], sum(recorded) / 2, recorded[1]})
    for pair in product(shares, repeat=2):
        estimate = _bounds(plan, task, counts, pair, level)
        yield Row(_keys(ANY, *pair), estimate, "described", _reads(estimate, task.grouping.margin))
    if task.metric != "fpr":
        yield _alone(plan, task, counts, (1.0, 1.0), level, {"what": ALONE})
        return
    for pair in product(shares, repeat=2):
        yield _alone(plan, task, counts, pair, level, _keys(ALONE, *pair))
