"""The findings of a comparison within modules, and of its difference from the pooled one."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from la_research.audit import words
from la_research.audit.inside import Inside
from la_research.audit.metrics import METRICS
from la_research.audit.plan import AuditPlan
from la_research.audit.reversal import reversal, told
from la_research.audit.standardised import (
    Contrast,
    one_stratum,
    pooled_contrast,
    within_contrast,
    within_pairs,
)
from la_research.audit.task import Task
from la_research.disclosure import why_hidden
from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.statistics.gaps import Gap, furthest

METHOD = "standardised-difference"
NO_ERROR = 1e-12
"""Standard errors below this come from rows that are all alike."""


def within_findings(plan: AuditPlan, task: Task, inside: Inside | str) -> tuple[Finding, Finding]:
    """``….within`` and ``….difference`` of a task; described without a yes or no.

    Two groups are compared where the strata that hold both hold the minimum group size of
    either, and half of the weight.

    Parameters
    ----------
    plan, task
        The audit, and what it compares here.
    inside
        As ``inside_of`` returns it: the groups inside strata, or why there is nothing to compare.
    """
    asked = words.question_within(task.metric, task.grouping, plan.stratum)
    changed = words.question_difference(task.metric, task.grouping, plan.stratum)
    if isinstance(inside, str):
        return _neither(plan, task, asked, changed, inside)
    every = list(combinations(range(inside.cells.groups), 2))
    compared = inside.compared(every)
    pairs = within_pairs(inside.cells, inside.alpha, compared)
    if pairs is None:
        lone = not any(inside.cells.share(pair).any() for pair in every)
        why = f"no {plan.stratum} holds two of the groups" if lone else _too_few(plan.stratum)
        return _neither(plan, task, asked, changed, why)
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
    everywhere = inside.reads(pair)
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
    task = inside.task
    said = [*words.counted(task.metric, task.unlabelled, False), *words.uncompared(bool(task.hidden))]
    if inside.few_elsewhere(pair):
        few = f"Fewer than {inside.minimum} students of the two groups are on {inside.stratum}s that stay out"
        said.append(f"{few}; the number of students is the least that can remain.")
    if task.comparison.untrusted:
        said.append("Some groups are too small for the interval to be trusted; it may be too narrow.")
    return tuple(said)


def _told(inside: Inside, pooled: Contrast, within: Contrast) -> str:
    if pooled.value == 0:
        return "over all students, the groups do not differ"
    task, stratum = inside.task, inside.stratum
    where = words.direction(task.metric, task.grouping, inside.named(inside.widest))
    bounds = within.bounds(inside.cells, inside.z)
    kind = reversal(pooled.bounds(inside.cells, inside.z), bounds)
    beside = told("can not tell" if task.comparison.untrusted else kind, bounds, task.grouping.margin, stratum)
    mixed = f"the difference is what the mix of {stratum}s adds to that gap"
    absent = f"part of the difference is that some {stratum}s could not be compared"
    return f"over all students, {where}{beside}; {absent if inside.absent(inside.widest) else mixed}"


def _left_out(inside: Inside, pair: tuple[int, int]) -> tuple[str, ...]:
    """Names of the strata that stay out; their weight together, where enough students stand for it."""
    measure, mix, absent = inside.task.measure, inside.cells.mix, inside.absent(pair)
    if not absent:
        return ()
    rows = np.isin(measure.stratum, absent)
    sides = [rows & (measure.truth == label) for label in (0, 1)] if measure.ranks else [rows]
    told = min(len(np.unique(measure.student[side])) for side in sides) >= inside.minimum
    weight = float(mix[absent].sum() / mix.sum()) if told else None
    return words.left_out([str(inside.strata[i]) for i in absent], weight, METRICS[measure.metric].reads)


def _by_stratum(inside: Inside, pair: tuple[int, int]) -> tuple[Row, ...]:
    """The gap of one pair in every stratum that enters, with a plain interval."""
    kept, rows = inside.hidden(pair), []
    for i in np.flatnonzero(inside.cells.share(pair)).tolist():
        if i in kept:
            rows.append(Row(inside.keys(i), None, "suppressed", why_hidden(inside.minimum)))
        else:
            rows.append(Row(inside.keys(i), inside.plain(one_stratum(inside.cells, pair, i), inside.held(pair, [i]))))
    return tuple(rows)
