"""ROC curves of groups compared: the area between two of them (ABROCA), beside what chance alone makes of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from la_research.audit.groups import Grouping, groupings
from la_research.audit.heterogeneity import MOST
from la_research.audit.hidden import level_of
from la_research.audit.measured import places_in_fold
from la_research.audit.plan import AuditPlan
from la_research.audit.task import Ground, grounds_of
from la_research.disclosure import why_hidden
from la_research.finding import Estimate, Finding, Row, not_analysed, number
from la_research.seeds import stream
from la_research.statistics.abroca import Abroca, abroca_pairs

CURVES = "abroca"
"""The metric that compares whole curves."""
PERMUTATIONS = 2000
LIMITS = (
    "An area between two curves is never below zero, so it has no interval here.",
    "The mean and the 95th centile of the null are what chance alone makes of it where the curves are equal.",
    "A score counts by its place in its fold, since each fold has a model of its own.",
)


@dataclass(frozen=True, slots=True)
class Beside:
    """A grouping's rows with a label, and its shown groups: the largest one, and those beside it.

    ``rows`` has label, score, group, stratum and student as arrays; ``shown`` the groups by
    students, most first.
    """

    grouping: Grouping
    label: NDArray[np.float64]
    score: NDArray[np.float64]
    group: NDArray[np.int64]
    stratum: NDArray[np.int64]
    student: NDArray[np.int64]
    shown: tuple[int, ...]


def curve_findings(plan: AuditPlan, rows: pd.DataFrame, prefix: str) -> list[Finding]:
    """``….abroca.ATTRIBUTE`` and its ``….within`` for every grouping, where a plan asks for "abroca".

    Each shown group is compared with the largest shown one, as Gardner et al. do with a
    baseline; p is by Holm over these pairs, and the pair leads whose area is furthest above the
    mean of its null: the largest area alone is often that of the smallest group.

    Parameters
    ----------
    plan
        The audit. 2,000 permutations a pair are drawn from its seed.
    rows
        As ``tasks_of`` reads them. Rows without a label stay out.
    prefix
        What ids begin with.

    References
    ----------
    Gardner, Brooks & Baker (2019), doi:10.1145/3303772.3303791: the area. Venkatraman (2000),
    doi:10.1111/j.0006-341X.2000.01134.x: permuting places.
    """
    if CURVES not in plan.metrics:
        return []
    place, found = places_in_fold(rows), list[Finding]()
    for ground in grounds_of(plan, rows, groupings(plan, rows)):
        beside = _beside(ground, place)
        found += [_finding(plan, beside, prefix, within) for within in (False, True)]
    return found


def shown_groups(ground: Ground) -> tuple[int, ...]:
    """Groups whose numbers that read both labels are shown, by students, most first."""
    kept = ground.hidden[level_of("auc")]
    shown = (group for group in range(len(ground.sizes)) if group not in kept)
    return tuple(sorted(shown, key=lambda group: (-ground.sizes[group], group)))


def _beside(ground: Ground, place: NDArray[np.float64]) -> Beside:
    scored, read = ground.scored, ~np.isnan(ground.scored.label)
    return Beside(
        ground.grouping,
        scored.label[read],
        place[read],
        ground.grouping.code[read],
        scored.stratum[read],
        scored.student[read],
        shown_groups(ground),
    )


def _finding(plan: AuditPlan, beside: Beside, prefix: str, within: bool) -> Finding:
    grouping = beside.grouping
    name = f"{prefix}.abroca.{grouping.name}{'.within' if within else ''}"
    inside = f"Within one {plan.stratum}, is" if within else "Is"
    asked = f"{inside} the score's ROC curve the same, whatever the students' {grouping.words}?"
    if not grouping.values:
        return not_analysed(name, asked, f"the data hold no {grouping.words}", confirmatory=plan.confirmatory)
    if not len(beside.label):
        return not_analysed(name, asked, "no student's label is known", confirmatory=plan.confirmatory)
    if len(beside.shown) < 2:
        why = f"fewer than two groups can be shown; a number would rest on fewer than {plan.minimum} students"
        return not_analysed(name, asked, why, confirmatory=plan.confirmatory)
    if within and len(np.unique(beside.stratum)) < 2:
        return not_analysed(name, asked, f"all students are on one {plan.stratum}", confirmatory=plan.confirmatory)
    areas = [area for area in _areas(plan, beside, name, within) if not math.isnan(area[1].value)]
    if not areas:
        where = f"no {plan.stratum} holds" if within else "there are not"
        return not_analysed(name, asked, f"{where} both labels in two groups", confirmatory=plan.confirmatory)
    group, widest = max(areas, key=lambda area: area[1].excess)
    return Finding(
        name,
        asked,
        "described",
        _area(widest.value, widest, "abroca-exact"),
        tuple(row for group, found in areas for row in _rows(grouping, group, found)),
        limitations=(*LIMITS, *_said(plan, beside, areas, within)),
        confirmatory=plan.confirmatory,
        reason=f"{_told(widest)}; it lies between the curves of {grouping.describe(group)} and"
        f" {grouping.describe(beside.shown[0])}",
    )


def _areas(plan: AuditPlan, beside: Beside, name: str, within: bool) -> list[tuple[int, Abroca]]:
    """The area between the largest group and each other one that is shown."""
    largest, others = beside.shown[0], beside.shown[1:]
    read = np.isin(beside.group, beside.shown)
    found = abroca_pairs(
        beside.label[read],
        beside.score[read],
        beside.group[read],
        stream(plan.seed, "audit", "abroca", name),
        pairs=[(largest, other) for other in others],
        stratum=beside.stratum[read] if within else None,
        students=beside.student[read],
        permutations=PERMUTATIONS,
    )
    return list(zip(others, found, strict=True))


def _rows(grouping: Grouping, group: int, found: Abroca) -> tuple[Row, ...]:
    keys = grouping.keys(group)
    null = {"null mean": found.null_mean, "null 95": found.null_upper, "excess": found.excess}
    area = Row({"what": "area", **keys}, _area(found.value, found, "abroca-exact"), reason=_told(found))
    return (area, *(Row({"what": what, **keys}, _area(value, found, "permutation")) for what, value in null.items()))


def _area(value: float, found: Abroca, method: str) -> Estimate:
    return Estimate(value, None, None, None, "ROC area", found.n, method)


def _told(found: Abroca) -> str:
    larger = min(1 - found.p, MOST)
    return f"larger than {number(larger, 'share')} of the areas that chance alone makes where the curves are equal"


def _said(plan: AuditPlan, beside: Beside, areas: Sequence[tuple[int, Abroca]], within: bool) -> list[str]:
    said = [f"Each group is compared with {beside.grouping.describe(beside.shown[0])}, the largest one."]
    if len(areas) > 1:
        said.append("How much chance alone makes is told for all of these comparisons at once (Holm).")
    lacking = len(beside.grouping.values) - len(beside.shown)
    if lacking:
        said.append(f"Groups that are not shown: {lacking}. {why_hidden(plan.minimum).capitalize()}.")
    covered = min(found.covered for _, found in areas)
    if within and covered < 1:
        share = number(1 - covered, "share")
        said.append(f"{plan.stratum.capitalize()}s that lack a label in a group stay out: up to {share} of the weight.")
    return said
