"""What the gaps could be against true need, where the label may record it more often in one group than in another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
from scipy.special import ndtr

from la_research.audit import words
from la_research.audit.hidden import level_of
from la_research.audit.plan import AuditPlan
from la_research.audit.task import Task
from la_research.disclosure import why_hidden
from la_research.finding import Assumption, Estimate, Finding, Row, not_analysed, number
from la_research.statistics.bounds import Rate, Recorded, gap_bounds, gap_if_recorded
from la_research.statistics.gaps import tukey_z
from la_research.statistics.intervals import Floats

QUESTION = "Would the gaps be the same against true need, which the label may record more often in one group?"
UNTOLD = (
    "the study did not state how often need is recorded, in any group at least and at most; without a truth the audit"
    " neither clears nor convicts"
)
ANY, ALONE = "however it is recorded", "recorded whoever is selected"
ACROSS = "reaches across the margin"
METHOD = "imbens-manski-stoye"
NO_VALUE = (
    "Where two bounds stand without a value, every gap between them fits the same data; none of them is likelier."
)


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


def _finding(plan: AuditPlan, recorded: Recorded, task: Task, rows: pd.DataFrame, prefix: str) -> Finding:
    name = f"{prefix}.labels.{task.metric}.{task.grouping.name}"
    question = f"Against true need, {words.lowered(words.question(task.metric, task.grouping))}"
    gap = task.comparison.gap
    if gap is None:
        why = task.missing or "the audit compared no two groups"
        return not_analysed(name, question, why, confirmatory=plan.confirmatory)
    if _hidden(task) & set(gap.pair):
        hides = why_hidden(plan.minimum)
        return Finding(name, question, "suppressed", confirmatory=plan.confirmatory, reason=hides)
    counts = [_counts(task, rows, group) for group in gap.pair]
    if math.isnan(sum(gap_bounds(counts[0], counts[1], (recorded, recorded), _rate(task)))):
        return not_analysed(name, question, "too few students leave no bounds", confirmatory=plan.confirmatory)
    level = 2 * float(ndtr(tukey_z(len(task.comparison.entering), 1 - plan.alpha))) - 1
    first, second = (task.grouping.describe(group) for group in gap.pair)
    found = tuple(_rows(plan, task, counts, recorded, level))
    whole = _widened(_bounds(plan, task, counts, (recorded, recorded), level), found)
    reads = {
        _reads(estimate, task.grouping.margin) for estimate in (whole, *(row.estimate for row in found)) if estimate
    }
    return Finding(
        name,
        question,
        "described" if len(reads) == 1 and ACROSS not in reads else "inconclusive",
        whole,
        found,
        _assumptions(),
        (
            f"A gap is that among {first} (first group) less that among {second} (second): the largest by label.",
            "Without a truth the audit neither clears nor convicts.",
            NO_VALUE,
        ),
        confirmatory=plan.confirmatory,
        reason=_reason(recorded, whole, found, first, second),
    )


def _rows(plan: AuditPlan, task: Task, counts: Sequence[Floats], recorded: Recorded, level: float) -> Iterator[Row]:
    """The gap at each share recorded in the first and the second group, under either assumption."""
    low, high = recorded
    for one, two in product(sorted({low, (low + high) / 2, high}), repeat=2):
        shares = {"recorded_in_first": number(one, "share"), "recorded_in_second": number(two, "share")}
        wide = _bounds(plan, task, counts, ((one, one), (two, two)), level)
        yield Row({"what": ANY, **shares}, wide, "described", _reads(wide, task.grouping.margin))
        if task.metric == "fpr":
            yield _whoever(plan, task, counts, (one, two), level, {"what": ALONE, **shares})
    if task.metric != "fpr":
        yield _whoever(plan, task, counts, (1.0, 1.0), level, {"what": ALONE})


def _whoever(
    plan: AuditPlan,
    task: Task,
    counts: Sequence[Floats],
    shares: tuple[float, float],
    level: float,
    keys: dict[str, str | int | float],
) -> Row:
    """The gap were recording to hang on need alone; for tpr and fnr it is that by the label, whatever the shares."""
    value, lower, upper = gap_if_recorded(counts[0], counts[1], shares, _rate(task), level)
    if np.isnan([value, lower, upper]).any():
        return Row(keys, None, "not analysed", "the data do not fit these shares: fewer students could be in need")
    estimate = Estimate(value, lower, upper, 1 - plan.alpha, "share", _students(task), "wald-agresti-caffo")
    return Row(keys, estimate, "described", _reads(estimate, task.grouping.margin))


def _bounds(
    plan: AuditPlan, task: Task, counts: Sequence[Floats], recorded: tuple[Recorded, Recorded], level: float
) -> Estimate:
    found = gap_bounds(counts[0], counts[1], recorded, _rate(task), level)
    return Estimate(None, found.lower, found.upper, 1 - plan.alpha, "share", _students(task), METHOD)


def _widened(whole: Estimate, found: Sequence[Row]) -> Estimate:
    """The interval over the whole range; a narrower range has a higher critical value, and its interval is held too."""
    held = [whole, *(row.estimate for row in found if row.keys["what"] == ANY and row.estimate)]
    lower, upper = min(estimate.lower or 0.0 for estimate in held), max(estimate.upper or 0.0 for estimate in held)
    return replace(whole, lower=lower, upper=upper)


def _rate(task: Task) -> Rate:
    assert task.metric in ("tpr", "fnr", "fpr")
    return task.metric  # type: ignore[return-value]


def _counts(task: Task, rows: pd.DataFrame, group: int) -> Floats:
    """Students of a group with the label and without, selected and not, as the bounds take them."""
    inside = (task.grouping.code == group) & ~np.isnan(task.scored.label)
    place = 2 * (1 - task.scored.label[inside]) + 1 - rows["decision"].to_numpy(dtype=float)[inside]
    counts = np.bincount(place.astype(np.int64), minlength=4).astype(np.float64)
    return np.asarray(counts * (task.scored.count(inside) / counts.sum()))


def _students(task: Task) -> int:
    """Students of the two groups whose label is known."""
    gap = task.comparison.gap
    assert gap is not None
    return task.scored.count(np.isin(task.grouping.code, gap.pair) & ~np.isnan(task.scored.label))


def _hidden(task: Task) -> frozenset[int]:
    """Groups whose numbers are not shown for any metric that reads a label, since the bounds read all of them."""
    return task.ground.hidden[level_of("fpr")]


def _reads(estimate: Estimate, margin: float) -> str:
    """Where bounds or an interval lie beside the margin, as a sentence; it is no verdict."""
    assert estimate.lower is not None
    assert estimate.upper is not None
    if estimate.lower > margin or estimate.upper < -margin:
        return "lies beyond the margin"
    return "lies inside the margin" if max(-estimate.lower, estimate.upper) < margin else ACROSS


def _reason(recorded: Recorded, whole: Estimate, found: Sequence[Row], first: str, second: str) -> str:
    """A corner of the grid, with the least share in the first group and the most in the other, and the whole range."""
    low, high = (number(share, "share") for share in recorded)
    corner = next(
        row.estimate for row in found if row.keys == {"what": ANY, "recorded_in_first": low, "recorded_in_second": high}
    )
    return (
        f"if need is recorded in {low} of {first} and in {high} of {second}, the same data are consistent with gaps "
        f"between {_span(corner)}; over all of {low} to {high} in either group, between {_span(whole)}"
    )


def _span(estimate: Estimate | None) -> str:
    assert estimate is not None
    assert estimate.lower is not None
    assert estimate.upper is not None
    return f"{100 * estimate.lower:.1f} and {100 * estimate.upper:.1f} percentage points"


def _assumptions() -> tuple[Assumption, ...]:
    return (
        Assumption("who has the label is in need", None, "the label alone can not show it"),
        Assumption(
            "in either group need is recorded at a rate in the declared range",
            None,
            "the protocol declares it; the data hold no record of need that was missed",
        ),
    )
