"""Does a questionnaire mean the same in every group? As a whole, and question by question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from la_research.finding import Assumption, Estimate, Finding, Row
from la_research.statistics.intervals import Floats
from la_research.statistics.psychometrics.invariance import Step, least_alike
from la_research.statistics.psychometrics.unfit import Unfit
from la_research.validation.instruments.asked import Asked
from la_research.validation.instruments.waves import NEEDED, departs, price
from la_research.validation.scale.groups import between, compared, departing, functioning, invariance

SYSTEM = "a question that groups answer differently is a fault of the questionnaire, not of a group"


def group_findings(asked: Asked) -> Iterator[Finding]:
    """Invariance over the groups of every registered attribute, and each question at the same sum of the others."""
    inside = asked.inside(asked.wave)
    held = asked.answers[inside, asked.wave]
    for attribute, labels in asked.labels.items():
        words, names = attribute.replace("_", " "), sorted(set(labels.tolist()))
        plan, own = replace(asked.plan, group=attribute), labels[inside]
        steps = between(plan, held, own)
        found = invariance(plan, own, names, steps)
        extra = tuple(row for step in steps if departs(step) for row in _least_alike(asked, held, own, step))
        question = f"Does {asked.name} mean the same for every group by {words}?"
        found = replace(
            found, estimate=price(steps), rows=(*found.rows, *extra), limitations=(*found.limitations, SYSTEM)
        )  # fmt: skip
        yield asked.named(found, f"groups.{attribute}", question)
        question = f"Which questions of {asked.name} do groups by {words} answer differently at the same sum?"
        yield asked.named(_items(functioning(plan, held, own)), f"items.{attribute}", question)


def _items(found: Finding) -> Finding:
    if found.verdict != "described":
        return found
    odd = departing(found)
    said = ", ".join(f"item {item}" for item in odd) or "no item"
    alike = Assumption(
        "Groups answer every question alike at the same sum of the others",
        not odd,
        f"{said} differs surely and more than negligibly",
    )
    n = next(row.estimate.n for row in found.rows if row.estimate)
    headline = Estimate(len(odd), None, None, None, "items", n, "ordinal-logistic")
    return replace(found, estimate=headline, assumptions=(alike,), limitations=(*found.limitations, SYSTEM))


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
