"""Whether the gap between two groups is the same in all strata, or gaps cancel over all students."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from la_research.audit import words
from la_research.audit.inside import Inside
from la_research.audit.plan import AuditPlan
from la_research.audit.standardised import Contrast, bonferroni_z, one_stratum
from la_research.audit.task import Task
from la_research.disclosure import why_hidden
from la_research.finding import Estimate, Finding, Row, not_analysed, number
from la_research.seeds import stream
from la_research.statistics.homogeneity import correlated_pvalue, same_gap_pvalue, variances
from la_research.statistics.intervals import Floats

ASKED = ("selection", "tpr", "fpr", "fnr")
"""Metrics whose gaps are looked at stratum by stratum."""
MOST = 0.999
"""No more of chance than this is told from draws."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The gap of the two groups that differ most, stratum by stratum.

    Parameters
    ----------
    rows
        The gap in each stratum, with intervals that hold together; or "suppressed".
    widest
        The largest difference between the gaps of two strata.
    p
        Chance of gaps that differ as much where the gap is the same in all; None where no
        error can be seen.
    ahead, behind
        Strata whose gap is shown to have the direction of the pooled one, and the opposite one.
    """

    rows: tuple[Row, ...]
    widest: Estimate
    p: float | None
    ahead: tuple[str, ...]
    behind: tuple[str, ...]


def spread_of(inside: Inside) -> Spread | None:
    """How the gap differs between strata; None where fewer than two strata show both groups.

    A stratum in which a group is too small to show stays out, as a difference from the others
    would tell its gap. All intervals hold together over strata and pairs of groups (Bonferroni).

    References
    ----------
    Cochran (1954), doi:10.2307/3001666: the test. Zou & Donner (2008), doi:10.1002/sim.3095:
    intervals of differences from those of their parts.
    """
    cells, pair = inside.cells, inside.widest
    held, hidden = np.flatnonzero(cells.share(pair)).tolist(), inside.hidden(pair)
    shown = [i for i in held if i not in hidden]
    if len(shown) < 2:
        return None
    contrasts = {i: one_stratum(cells, pair, i) for i in shown}
    pairs_of_groups = cells.groups * (cells.groups - 1) // 2
    z = bonferroni_z(pairs_of_groups * len(shown), inside.alpha)
    found = {i: _estimate(inside, contrast, inside.held(pair, i), z) for i, contrast in contrasts.items()}
    hides = why_hidden(inside.minimum)
    rows = [
        Row(inside.keys(i), found[i]) if i in found else Row(inside.keys(i), None, "suppressed", hides) for i in held
    ]
    apart = bonferroni_z(pairs_of_groups * len(shown) * (len(shown) - 1) // 2, inside.alpha)
    named = {i: str(inside.strata[i]) for i in shown}
    return Spread(
        tuple(rows),
        _widest(inside, list(contrasts.values()), apart, _students(inside, shown)),
        _chance(inside, shown, list(contrasts.values())),
        tuple(named[i] for i in shown if (found[i].lower or 0) > 0),
        tuple(named[i] for i in shown if (found[i].upper or 0) < 0),
    )


def heterogeneity_finding(plan: AuditPlan, task: Task, inside: Inside | str) -> list[Finding]:
    """``….heterogeneity`` of a rate: the two groups that differ most, in every stratum; else nothing."""
    if task.metric not in ASKED:
        return []
    name = f"{task.id}.heterogeneity"
    question = words.question(task.metric, task.grouping)
    asked = f"Does the answer differ between {plan.stratum}s: {question[0].lower()}{question[1:]}"
    if isinstance(inside, str):
        return [not_analysed(name, asked, inside, confirmatory=plan.confirmatory)]
    spread = spread_of(inside)
    if spread is None:
        why = f"fewer than two {plan.stratum}s show both of the groups that differ most"
        return [not_analysed(name, asked, why, confirmatory=plan.confirmatory)]
    return [
        Finding(
            name,
            asked,
            "described",
            spread.widest,
            spread.rows,
            limitations=limits(inside),
            confirmatory=plan.confirmatory,
            reason=varies(inside, spread) + _cancel(inside, spread),
        )
    ]


def limits(inside: Inside) -> tuple[str, ...]:
    """What the numbers are: which two groups they are about, and whose rows count."""
    task, pair = inside.task, inside.named(inside.widest)
    high, low = (task.grouping.describe(group) for group in pair)
    most = "" if inside.cells.groups == 2 else ", who differ most over all students"
    apart = f"The number is the largest difference between the gaps of two {inside.stratum}s"
    said = [
        f"Each gap is that of {high}, less that of {low}{most}.",
        f"{apart}; intervals hold for all {inside.stratum}s at once.",
    ]
    if task.comparison.short:
        said.append("Some groups are too small for the interval to be trusted; it may be too narrow.")
    return (*said, *words.counted(task.metric, task.unlabelled, len(task.shown(pair)) < 2))


def varies(inside: Inside, spread: Spread) -> str:
    """How much of what chance alone makes the gaps go beyond.

    A share of samples, so that it reads without a threshold.
    """
    if spread.p is None:
        return f"in some {inside.stratum} all students are treated alike, so no error can be seen"
    beyond = min(1 - spread.p, MOST)
    return (
        f"gaps differ between {inside.stratum}s more than in {number(beyond, 'share')} of the samples that chance alone"
        " makes where the gap is the same in all"
    )


def _cancel(inside: Inside, spread: Spread) -> str:
    if not (spread.ahead and spread.behind) or inside.task.comparison.short:
        return ""
    ahead, behind = listed(spread.ahead), listed(spread.behind)
    return (
        f"; gaps of opposite direction, in {inside.stratum} {ahead} against {behind}, are both supported and cancel,"
        " at least in part, over all students"
    )


def listed(names: Sequence[str]) -> str:
    """Three names at most.

    >>> listed("A"), listed("ABC"), listed("ABCDE")
    ('A', 'A, B, C', 'A, B, C and 2 more')
    """
    more = len(names) - words.NAMED
    return ", ".join(names[: words.NAMED]) + (f" and {more} more" if more > 0 else "")


def _estimate(inside: Inside, contrast: Contrast, n: int, z: float) -> Estimate:
    lower, upper = contrast.bounds(inside.cells, z)
    bounds = (max(lower, -1.0), min(upper, 1.0))
    return Estimate(contrast.value, *bounds, 1 - inside.alpha, inside.task.unit, n, "simultaneous")


def _students(inside: Inside, strata: Sequence[int]) -> int:
    task = inside.task
    return task.students(task.shown(inside.named(inside.widest)), np.isin(task.measure.stratum, strata))


def _widest(inside: Inside, contrasts: Sequence[Contrast], z: float, n: int) -> Estimate:
    apart = [one.minus(other) for one, other in combinations(contrasts, 2)]
    bounds = [contrast.bounds(inside.cells, z) for contrast in apart]
    value = max(abs(contrast.value) for contrast in apart)
    lower = max(0.0, *(max(low, -high) for low, high in bounds))
    upper = min(2.0, max(max(high, -low) for low, high in bounds))
    unit = inside.task.unit
    return Estimate(
        value, min(lower, value), max(upper, value), 1 - inside.alpha, unit, n, "largest-difference-of-gaps"
    )


def _chance(inside: Inside, shown: Sequence[int], contrasts: Sequence[Contrast]) -> float | None:
    """P of the test that the gap is the same in all strata; by draws where each student has one row of a rate."""
    cells, measure = inside.cells, inside.task.measure
    part = np.ix_(inside.widest, shown)
    n = cells.n[: cells.value.size].reshape(cells.value.shape)[part]
    chosen = cells.value[part] * n
    if not measure.ranks and not measure.clustered:
        rng = stream(inside.plan.seed, "audit", "heterogeneity", inside.task.id, inside.stratum)
        return same_gap_pvalue(chosen.round(), n, rng)
    covariance = _covariance(cells.covariance, contrasts)
    errors = np.sqrt(covariance.diagonal())
    if not (errors > 0).all():
        return None
    if not measure.ranks:
        fitted = np.sqrt(variances(chosen, n))
        covariance = covariance / np.outer(errors, errors) * np.outer(fitted, fitted)
    return correlated_pvalue(np.array([contrast.value for contrast in contrasts]), covariance)


def _covariance(cells: Floats, contrasts: Sequence[Contrast]) -> Floats:
    weights = np.stack([contrast.weights for contrast in contrasts])
    part = np.flatnonzero(weights.any(axis=0))
    return np.asarray(weights[:, part] @ cells[np.ix_(part, part)] @ weights[:, part].T)
