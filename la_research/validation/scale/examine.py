"""Every question that is asked of items before they are summed: all of it described, none of it a verdict."""

from __future__ import annotations

import numpy as np

from la_research.disclosure import disclosed, why_hidden
from la_research.finding import NOT_RECORDED, Estimate, Finding, Findings, Row
from la_research.seeds import stream
from la_research.statistics.intervals import Floats
from la_research.validation.scale.consistency import coefficients, dimensions, precision
from la_research.validation.scale.explored import explored
from la_research.validation.scale.groups import between, functioning, invariance, told_groups
from la_research.validation.scale.plan import ScalePlan
from la_research.validation.scale.structure import structure


def examine_scale(plan: ScalePlan, answers: Floats, group: np.ndarray | None = None) -> Findings:
    """What an instrument is worth among those who answered; small groups are suppressed.

    Reliability and dimensions rest on rows without a missing answer; structure and invariance on all rows with any,
    but for ordered answers. Groups are compared without those too small to show, and few others with them.

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
    inside = told_rows(answers, plan.minimum)
    held, whole = answers[inside], answers[inside & ~np.isnan(answers).any(axis=1)]
    if len(held) < plan.minimum:
        reason = why_hidden(plan.minimum)
        return Findings([Finding("validation.scale.rows", "Who answered?", "suppressed", reason=reason)])
    lie = dimensions(plan, whole, stream(0, "validation", "scale", "parallel"))
    found = [
        _rows(len(held), len(whole)), lie, explored(plan, whole, lie), *coefficients(plan, whole),
        precision(plan, whole), *structure(plan, held, whole),
    ]  # fmt: skip
    if group is not None:
        found += _of_groups(plan, held, np.where(group == "", NOT_RECORDED, group)[inside])
    return disclosed(Findings(found), plan.minimum)


def told_rows(answers: Floats, minimum: int) -> np.ndarray:
    """Rows that are used: those with an answer; where fewer than the minimum lack some answers, those without a gap.

    Examples
    --------
    >>> answers = np.ones((30, 2))
    >>> answers[0, 1] = np.nan
    >>> int(told_rows(answers, 10).sum())
    29
    """
    inside, whole = ~np.isnan(answers).all(axis=1), ~np.isnan(answers).any(axis=1)
    return np.asarray(whole if 0 < (inside & ~whole).sum() < minimum else inside)


def _of_groups(plan: ScalePlan, held: Floats, labels: np.ndarray) -> list[Finding]:
    """Invariance on rows with any answer, items on those without a gap; both on the latter where few lie between."""
    whole, names = np.asarray(~np.isnan(held).any(axis=1)), sorted(set(labels.tolist()))
    shown = told_groups(labels, plan.minimum, stream(0, "validation", "scale", "groups"))
    cells = [np.sum((whole == a) & (shown == b)) for a in (True, False) for b in (True, False)]
    if any(0 < cell < plan.minimum for cell in cells):
        held, labels, whole = held[whole], labels[whole], np.ones(whole.sum(), dtype=bool)
        shown = told_groups(labels, plan.minimum, stream(0, "validation", "scale", "groups"))
    steps = between(plan, held[shown], labels[shown])
    return [
        invariance(plan, labels[shown], names, steps),
        functioning(plan, held[shown & whole], labels[shown & whole]),
    ]


def _rows(answered: int, whole: int) -> Finding:
    rows = tuple(
        Row({"what": what}, Estimate(n, None, None, None, "students", n, "count"))
        for what, n in (("answered any item", answered), ("answered all items", whole))
    )
    return Finding("validation.scale.rows", "Who answered?", "described", rows[0].estimate, rows)
