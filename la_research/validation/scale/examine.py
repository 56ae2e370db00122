"""Every question that is asked of items before they are summed: all of it described, none of it a verdict."""

from __future__ import annotations

import numpy as np

from la_research.disclosure import disclosed, why_hidden
from la_research.finding import Estimate, Finding, Findings, Row
from la_research.seeds import stream
from la_research.statistics.intervals import Floats
from la_research.validation.scale.consistency import coefficients, dimensions, precision
from la_research.validation.scale.groups import NOT_RECORDED, between, functioning, invariance
from la_research.validation.scale.plan import ScalePlan
from la_research.validation.scale.structure import structure


def examine_scale(plan: ScalePlan, answers: Floats, group: np.ndarray | None = None) -> Findings:
    """What an instrument is worth among those who answered; small groups are suppressed.

    Reliability and dimensions rest on rows without a missing answer; structure and invariance on all rows with any,
    but for ordered answers.

    Parameters
    ----------
    answers
        Rows x items, reversed items turned; not a number where missing.
    group
        Group of each row, "" where it is not recorded.

    Examples
    --------
    >>> from la_research.seeds import stream
    >>> draw = stream(1, "example")
    >>> answers = draw.normal(size=(300, 1)) + draw.normal(size=(300, 3))
    >>> found = examine_scale(ScalePlan(("a", "b", "c"), {"calm": ("a", "b", "c")}), answers)
    >>> found["validation.scale.dimensionality"].estimate.value
    1.0
    """
    labels = None if group is None else np.where(group == "", NOT_RECORDED, group)
    inside = told_rows(answers, labels, plan.minimum)
    held, whole = answers[inside], answers[inside & ~np.isnan(answers).any(axis=1)]
    if len(held) < plan.minimum:
        reason = why_hidden(plan.minimum)
        return Findings([Finding("validation.scale.rows", "Who answered?", "suppressed", reason=reason)])
    found = [
        _rows(len(held), len(whole)), dimensions(plan, whole, stream(0, "validation", "scale", "parallel")),
        *coefficients(plan, whole), precision(plan, whole), *structure(plan, held, whole),
    ]  # fmt: skip
    if labels is not None:
        steps = between(plan, held, labels[inside])
        found.append(invariance(plan, labels[inside], sorted(set(labels)), steps))
        found.append(functioning(plan, whole, labels[inside & ~np.isnan(answers).any(axis=1)]))
    return disclosed(Findings(found), plan.minimum)


def told_rows(answers: Floats, labels: np.ndarray | None, minimum: int) -> np.ndarray:
    """Rows that are used: those with an answer, but for few that differences between counts would give away.

    Where fewer than the minimum lack some answers, or are in groups too small to show, they are left out everywhere.

    Examples
    --------
    Of 30 rows one lacks an answer, and two are in a small group.

    >>> answers, labels = np.ones((30, 2)), np.repeat(["a", "b", "c"], [14, 14, 2])
    >>> answers[0, 1] = np.nan
    >>> int(told_rows(answers, labels, 10).sum()) == 30 - 1 - 2
    True
    """
    inside, whole = ~np.isnan(answers).all(axis=1), ~np.isnan(answers).any(axis=1)
    before = -1
    while inside.sum() != before:
        before = inside.sum()
        if 0 < (inside & ~whole).sum() < minimum:
            inside = inside & whole
        if labels is not None:
            names, sizes = np.unique(labels[inside], return_counts=True)
            if 0 < sizes[sizes < minimum].sum() < minimum:
                inside = inside & ~np.isin(labels, names[sizes < minimum])
    return np.asarray(inside)


def _rows(answered: int, whole: int) -> Finding:
    rows = tuple(
        Row({"what": what}, Estimate(n, None, None, None, "students", n, "count"))
        for what, n in (("answered any item", answered), ("answered all items", whole))
    )
    return Finding("validation.scale.rows", "Who answered?", "described", rows[0].estimate, rows)
