"""Does a questionnaire mean the same in every group? As a whole, and question by question."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from la_research.finding import Assumption, Estimate, Finding, Row
from la_research.statistics.intervals import Floats
from la_research.statistics.psychometrics.alignment import aligned_solution
from la_research.statistics.psychometrics.invariance import NEEDED, Step, group_departures, least_alike
from la_research.statistics.psychometrics.unfit import Unfit
from la_research.validation.instruments.alike import ONE_ITEM, SKEWED, departs, departure_rows, judged, price
from la_research.validation.instruments.asked import Asked
from la_research.validation.scale.groups import MANY, between, compared, departing, functioning, invariance, told_groups

APPROXIMATE = (
    "over many groups they are aligned: how far an item's answers lie apart, in its standard deviations, once means "
    "and spreads of groups are those that most items agree on; part of it is chance, more so where groups are small"
)
STATEMENT = "The questionnaire means the same in every group that is compared"
ALIKE = "Groups that are compared answer every question alike at the same sum of the others"
FOLD = 2.0
"""Odds of a higher answer in one group, over those of the first at the same sum, that are taken to matter.

Answers to one of five to eight items that lie 0.25 SD apart, as ``MATTERS`` has it, come to 1.6- to 2.3-fold odds.
"""
SYSTEM = "a question that groups answer differently is a fault of the questionnaire, not of a group"


def group_findings(asked: Asked) -> Iterator[Finding]:
    """Invariance over the groups of every registered attribute, and each question at the same sum of the others."""
    inside = asked.inside(asked.wave)
    for attribute, labels in asked.labels.items():
        words, names = attribute.replace("_", " "), sorted(set(labels.tolist()))
        draw = asked.ground.rng("instrument", asked.slug, "groups", attribute)
        shown = np.flatnonzero(inside)[told_groups(labels[inside], asked.ground.minimum, draw)]
        plan, held, own = replace(asked.plan, group=attribute), asked.answers[shown, asked.wave], labels[shown]
        steps = between(plan, held, own)
        found = invariance(plan, own, names, steps)
        yield asked.named(
            _whole(asked, found, held, own, steps),
            f"groups.{attribute}",
            f"Does {asked.name} mean the same for every group by {words}?",
        )
        question = f"Which questions of {asked.name} do groups by {words} answer differently at the same sum?"
        yield asked.named(_items(functioning(plan, held, own)), f"items.{attribute}", question)


def _whole(asked: Asked, found: Finding, held: Floats, labels: np.ndarray, steps: list[Step]) -> Finding:
    """Levels of invariance, and the item least alike; of many groups what each level costs, and their alignment."""
    if not steps:
        return found
    rows, limits = [*found.rows], [*found.limitations, SKEWED, ONE_ITEM, SYSTEM]
    told = compared(asked.plan, labels)
    inside = np.isin(labels, told)
    apart = group_departures(held[inside], asked.plan.columns, labels[inside], steps, asked.level)
    if len(told) > MANY:
        rows = [row for row in rows if "index" not in row.keys or str(row.keys["index"]).startswith("change")]
        rows += _aligned(asked, labels, told, steps[0])
        limits.append(APPROXIMATE)
    rows += departure_rows(asked, steps, apart)
    rows += [row for step in steps if departs(step) for row in _least_alike(asked, held, labels, step)]
    same = judged(STATEMENT, ", ".join(told), steps, apart)
    return replace(
        found, estimate=price(steps), rows=tuple(rows), assumptions=(same,), limitations=tuple(dict.fromkeys(limits))
    )


def _aligned(asked: Asked, labels: np.ndarray, told: list[str], configural: Step) -> Iterator[Row]:
    """How far apart groups are in each item once their means and spreads are taken for what most items say."""
    if configural.solution is None:
        yield Row({"what": "alignment"}, None, "not analysed", configural.reason)
        return
    try:
        found = aligned_solution(configural.solution, np.array([(labels == name).sum() for name in told], dtype=float))
    except Unfit as unfit:
        yield Row({"what": "alignment"}, None, "not analysed", str(unfit))
        return
    for what, apart in (("intercepts apart", found.apart_intercept), ("loadings apart", found.apart_loading)):
        for item, value in zip(asked.plan.items, apart, strict=True):
            yield Row({"what": what, "item": item}, Estimate(value, None, None, None, "SD", found.n, "alignment"))


def _items(found: Finding) -> Finding:
    if found.verdict != "described":
        return found
    odd = departing(found)
    said = ", ".join(f"item {item}" for item in odd) or "no item"
    asked = [row for row in found.rows if row.keys.get("what") == "log odds" or row.estimate is None]
    far = max((_reach(row) for row in asked), default=math.inf)
    evidence = (
        f"{said} differs surely and more than negligibly; odds of a higher answer may differ {math.exp(far):.2f}-fold"
    )
    holds = False if odd else True if far < math.log(FOLD) else None
    alike = Assumption(
        ALIKE,
        holds,
        f"{evidence}, and so few students can not exclude {FOLD:g}-fold odds" if holds is None else evidence,
    )
    n = next(row.estimate.n for row in found.rows if row.estimate)
    headline = Estimate(len(odd), None, None, None, "items", n, "ordinal-logistic")
    return replace(found, estimate=headline, assumptions=(alike,), limitations=(*found.limitations, SYSTEM))


def _reach(row: Row) -> float:
    """The largest difference of log odds that an interval does not exclude; any, where there is none."""
    held = row.estimate
    if held is None or held.lower is None or held.upper is None:
        return math.inf
    return max(-held.lower, held.upper)


def _least_alike(asked: Asked, held: Floats, labels: np.ndarray, step: Step) -> Iterator[Row]:
    """The item whose parameter groups share least, by what freeing it gains."""
    what = NEEDED[step.name]
    inside = np.isin(labels, compared(asked.plan, labels))
    try:
        gains = least_alike(held[inside], asked.plan.columns, labels[inside], what)
    except Unfit as unfit:
        yield Row({"level": step.name, "what": "least alike"}, None, "not analysed", str(unfit))
        return
    item = int(np.argmax(gains))
    keys = {
        "level": step.name,
        "what": f"{what} left free",
        "item": asked.plan.items[item],
        "index": "chi-square gained",
    }
    gained = Estimate(float(gains[item]), None, None, None, "change of chi-square", int(inside.sum()), "ml-difference")
    yield Row(keys, gained)
