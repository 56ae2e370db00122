"""Whether the gap between two groups is the same in all strata, or gaps cancel over all students."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.stats import chi2

from la_research.audit import words
from la_research.audit.inside import Inside
from la_research.audit.plan import AuditPlan
from la_research.audit.standardised import Contrast, bonferroni_z, one_stratum
from la_research.audit.task import Task
from la_research.disclosure import why_hidden
from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.seeds import stream
from la_research.statistics.homogeneity import cochran_q, correlated_pvalue, same_gap_pvalue, variances
from la_research.statistics.intervals import Floats

ASKED = ("selection", "tpr", "fpr", "fnr")
"""Metrics whose gaps are looked at stratum by stratum."""
MOST = 0.999
"""No more of chance than this is told from draws."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The gap of two groups, stratum by stratum.

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
        Strata whose gap is shown to be above zero, and those where it is below.
    """

    rows: tuple[Row, ...]
    widest: Estimate
    p: float | None
    ahead: tuple[str, ...]
    behind: tuple[str, ...]


def most_uneven(inside: Inside) -> tuple[int, int]:
    """The two groups whose gaps differ most between strata by Cochran's Q, the higher over all students first.

    Gaps that cancel leave none over all students, so it need not be the pair that differs most there.
    """
    cells = inside.cells
    pairs = np.array(list(combinations(range(cells.groups), 2)))
    n = cells.n[: cells.value.size].reshape(cells.value.shape)
    held = (n[pairs] >= inside.minimum).all(axis=1)
    rates = np.nan_to_num(cells.value)[pairs]
    errors = np.where(held, variances(rates * n[pairs], np.maximum(n[pairs], 1)), np.inf)
    strata = held.sum(axis=1)
    enough = strata > 1
    found = np.zeros(len(pairs))  # the log of p, which no number of students makes the same for two pairs
    found[enough] = chi2.logsf(cochran_q((rates[:, 0] - rates[:, 1])[enough], errors[enough]), strata[enough] - 1)
    first, second = pairs[int(found.argmin())].tolist()
    return (first, second) if cells.pooled[first] >= cells.pooled[second] else (second, first)


def spread_of(inside: Inside, pair: tuple[int, int], *, chosen: bool) -> Spread | None:
    """How the gap of a pair differs between strata; None where fewer than two strata show both groups.

    A stratum in which a group is too small to show stays out, as a difference from the others
    would tell its gap. All intervals hold together over strata and pairs of groups (Bonferroni);
    so does p where the pair was ``chosen`` among all as the most uneven one.

    References
    ----------
    Cochran (1954), doi:10.2307/3001666: the test. Zou & Donner (2008), doi:10.1002/sim.3095:
    intervals of differences from those of their parts.
    """
    cells = inside.cells
    held, hidden = np.flatnonzero(cells.share(pair)).tolist(), inside.hidden(pair)
    shown = [i for i in held if i not in hidden]
    if len(shown) < 2:
        return None
    contrasts = {i: one_stratum(cells, pair, i) for i in shown}
    pairs_of_groups = cells.groups * (cells.groups - 1) // 2
    z = bonferroni_z(pairs_of_groups * len(shown), inside.alpha)
    found = {i: _estimate(inside, contrast, inside.held(pair, [i]), z) for i, contrast in contrasts.items()}
    hides = why_hidden(inside.minimum)
    rows = [
        Row(inside.keys(i), found[i]) if i in found else Row(inside.keys(i), None, "suppressed", hides) for i in held
    ]
    apart = bonferroni_z(pairs_of_groups * len(shown) * (len(shown) - 1) // 2, inside.alpha)
    named = {i: str(inside.strata[i]) for i in shown}
    p = _chance(inside, pair, shown)
    return Spread(
        tuple(rows),
        _widest(inside, list(contrasts.values()), apart, inside.held(pair, shown)),
        min(1.0, p * (pairs_of_groups if chosen else 1)) if p is not None else None,
        tuple(named[i] for i in shown if (found[i].lower or 0) > 0),
        tuple(named[i] for i in shown if (found[i].upper or 0) < 0),
    )


def heterogeneity_finding(plan: AuditPlan, task: Task, inside: Inside | str) -> list[Finding]:
    """``….heterogeneity`` of a rate: the two groups whose gaps differ most, in every stratum; else nothing."""
    if task.metric not in ASKED:
        return []
    name = f"{task.id}.heterogeneity"
    question = words.question(task.metric, task.grouping)
    asked = f"Does the answer differ between {plan.stratum}s: {question[0].lower()}{question[1:]}"
    if isinstance(inside, str):
        return [not_analysed(name, asked, inside, confirmatory=plan.confirmatory)]
    pair = most_uneven(inside)
    spread = spread_of(inside, pair, chosen=True)
    if spread is None:
        why = f"fewer than two {plan.stratum}s show both of two groups"
        return [not_analysed(name, asked, why, confirmatory=plan.confirmatory)]
    return [
        Finding(
            name,
            asked,
            "described",
            spread.widest,
            spread.rows,
            limitations=limits(inside, pair, f"whose gaps differ most between {plan.stratum}s"),
            confirmatory=plan.confirmatory,
            reason=varies(inside, spread) + _cancel(inside, spread),
        )
    ]


def limits(inside: Inside, pair: tuple[int, int], most: str) -> tuple[str, ...]:
    """What the numbers are: which two groups they are about, and whose rows count."""
    task = inside.task
    high, low = (task.grouping.describe(group) for group in inside.named(pair))
    picked = "" if inside.cells.groups == 2 else f"; of all pairs, the one {most}"
    apart = f"The number is the largest difference between the gaps of two {inside.stratum}s"
    said = [
        f"Each gap is that of {high}, less that of {low}{picked}.",
        f"{apart}; intervals hold for all {inside.stratum}s at once.",
    ]
    if task.comparison.untrusted:
        said.append("Some groups are too small for the interval to be trusted; it may be too narrow.")
    return (*said, *words.counted(task.metric, task.unlabelled, False), *words.uncompared(bool(task.hidden)))


def varies(inside: Inside, spread: Spread, told: str = "differs") -> str:
    """Whether gaps are shown to differ between strata, at the plan's alpha."""
    if spread.p is None:
        return f"in some {inside.stratum} all students are treated alike, so no error can be seen"
    if spread.p <= inside.alpha:
        return f"the gap {told} between {inside.stratum}s more than chance explains ({_p(spread.p)})"
    return f"no difference between {inside.stratum}s is shown ({_p(spread.p)})"


def _p(p: float) -> str:
    """
    >>> _p(0.4912), _p(0.0042), _p(0.0002)
    ('p = 0.49', 'p = 0.004', 'p < 0.001')
    """
    least = round(1 - MOST, 3)
    return f"p < {least:g}" if p < least else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def _cancel(inside: Inside, spread: Spread) -> str:
    if not (spread.ahead and spread.behind) or inside.task.comparison.untrusted:
        return ""
    ahead, behind = listed(spread.ahead), listed(spread.behind)
    return (
        f"; gaps of opposite direction are both supported, one way in {inside.stratum} {ahead} and the other way in"
        f" {inside.stratum} {behind}, and cancel, at least in part, over all students"
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


def _chance(inside: Inside, pair: tuple[int, int], shown: Sequence[int]) -> float | None:
    """Of gaps that differ as much where the gap is the same in all; by draws where each student has one row."""
    measure = inside.task.measure
    if measure.ranks or measure.clustered:
        return _by_covariance(inside, pair, shown)
    rng = stream(inside.plan.seed, "audit", "heterogeneity", inside.task.id, inside.stratum)
    return same_gap_pvalue(*_counts(inside, pair, shown), rng)


def _by_covariance(inside: Inside, pair: tuple[int, int], strata: Sequence[int]) -> float | None:
    """The same by Hotelling's T², with what students in several strata add; None where no error can be seen."""
    cells = inside.cells
    contrasts = [one_stratum(cells, pair, i) for i in strata]
    covariance = _covariance(cells.covariance, contrasts)
    errors = np.sqrt(covariance.diagonal())
    if not inside.task.measure.ranks:
        fitted, seen = np.sqrt(variances(*_counts(inside, pair, strata))), np.where(errors > 0, errors, 1.0)
        covariance = covariance / np.outer(seen, seen) * np.outer(fitted, fitted)
        np.fill_diagonal(covariance, fitted**2)
    elif not (errors > 0).all():
        return None
    gaps = np.array([contrast.value for contrast in contrasts])
    return correlated_pvalue(gaps, covariance, _behind(inside, pair, strata))


def _behind(inside: Inside, pair: tuple[int, int], strata: Sequence[int]) -> float:
    """Students behind a covariance of two groups: of both where they are as many, else nearly those of the smaller.

    One more than Welch's degrees of freedom (1947, doi:10.1093/biomet/34.1-2.28) of students who vary alike.
    """
    where = np.isin(np.arange(len(inside.strata)), strata)
    n = np.array([max(inside.reads((group,), where), 2) for group in pair], dtype=float)
    return float((1 / n).sum() ** 2 / (1 / (n**2 * (n - 1))).sum() + 1)


def _counts(inside: Inside, pair: tuple[int, int], strata: Sequence[int]) -> tuple[Floats, Floats]:
    """How many of how many the rate counts in two groups, by stratum; effective numbers where rows are clustered."""
    cells, part = inside.cells, np.ix_(pair, strata)
    n = cells.n[: cells.value.size].reshape(cells.value.shape)[part]
    chosen = cells.value[part] * n
    return (chosen, n) if inside.task.measure.clustered else (chosen.round(), n)


def _covariance(cells: Floats, contrasts: Sequence[Contrast]) -> Floats:
    weights = np.stack([contrast.weights for contrast in contrasts])
    part = np.flatnonzero(weights.any(axis=0))
    return np.asarray(weights[:, part] @ cells[np.ix_(part, part)] @ weights[:, part].T)
