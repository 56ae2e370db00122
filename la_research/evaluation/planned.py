"""What the registered design could find: with the students planned, and with those who are there."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from la_research.evaluation.ground import Ground
from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.protocol import Hypothesis
from la_research.protocol.designs.its import Series
from la_research.statistics.design_effect import alike
from la_research.statistics.power import POWER
from la_research.statistics.power_of_designs import ERRORS, detectable_effect, size_for

DRAWN = ("randomised", "cluster", "stepped_wedge", "micro_randomised")
"""Designs that are about students who were drawn, and no others."""
QUESTION = "How small an effect could the registered design find?"
NO_FORMULA = "no formula is at hand for the design '{kind}'"
TOO_SMALL = "too few students, groups or weeks are left to test anything"
BY_FORMULA = (
    "It is worked out by formula, for a two-sided test at 5 % that finds what is there in 80 % of studies; the effect "
    "itself is not in it."
)


def planned_findings(ground: Ground) -> list[Finding]:
    """``evaluation.planned``: the smallest effect found in 80 % of studies, in SDs of the outcome.

    The headline rests on what was observed: students whose outcome is known, groups drawn and how alike they are.
    Rows ``{"what": …}``: students known, intraclass correlation, what the students planned could find where all of
    them are compared, and the students that the smallest effect of interest takes.
    Nothing of it reads who had the support, but the sizes of the groups. Of a series the n are weeks, and SDs those of
    a week's error; a correlation of .5 of neighbouring weeks is supposed.

    Returns
    -------
    list of Finding
        Empty where the protocol registers no hypothesis of an effect.
    """
    if not ground.claims:
        return []
    kind = ground.support.design.kind
    if kind not in ERRORS:
        return [not_analysed("evaluation.planned", QUESTION, NO_FORMULA.format(kind=kind))]
    if isinstance(ground.support.design, Series):
        return [_weeks(ground, ground.support.design)]
    return [_students(ground, ground.claims[0], kind)]


def _weeks(ground: Ground, design: Series) -> Finding:
    weeks = ground.protocol.calendar.weeks
    after = weeks - (design.start or 1) + 1
    found = detectable_effect("its", n=weeks, share=after / weeks)
    if not math.isfinite(found):
        return not_analysed("evaluation.planned", QUESTION, TOO_SMALL)
    return _finding(_size(found, len(ground.students), "SD of a week's error"), ())


def _students(ground: Ground, claim: Hypothesis, kind: str) -> Finding:
    outcome = ground.outcome(claim).dropna()
    if kind in DRAWN:
        outcome = outcome[outcome.index.isin(ground.assignments["student_id"])]
    if len(outcome) < ground.minimum:
        return not_analysed("evaluation.planned", QUESTION, TOO_SMALL)
    choices, shared = _groups(ground, kind, outcome)
    asked, known = ground.protocol.population.n, len(outcome)
    planned, found = (detectable_effect(kind, n=n, **choices) for n in (asked, known))
    if not math.isfinite(found):
        return not_analysed("evaluation.planned", QUESTION, TOO_SMALL)
    rows = [Row({"what": "students whose outcome is known"}, _count(known)), *shared]
    if kind not in DRAWN:  # of whom a part is drawn, and how large a part is not registered
        rows.append(Row({"what": "students planned"}, _count(asked)))
        rows.append(Row({"what": "smallest effect with the students planned"}, _size(planned, asked, "SD")))
    if known > 1 and ground.unit(claim) != "share" and float(outcome.std()) > 0:
        here = _size(found * float(outcome.std()), known, ground.unit(claim))
        rows.append(Row({"what": "smallest effect in the outcome's unit"}, here))
        rows.append(_needed(size_for(kind, claim.smallest_effect / float(outcome.std()), **choices)))
    return _finding(_size(found, known, "SD"), tuple(rows))


def _groups(ground: Ground, kind: str, outcome: Any) -> tuple[dict[str, Any], tuple[Row, ...]]:
    """What was drawn in groups: their size, how much it differs, and how alike the students of a group are."""
    drawn = ground.assignments.drop_duplicates("student_id").set_index("student_id")
    choices: dict[str, Any] = {}
    if kind == "micro_randomised":
        choices["periods"] = max(int(ground.assignments["week"].nunique()), 1)
    if kind not in ("cluster", "stepped_wedge") or drawn["cluster"].isna().all():
        return choices, ()
    group = drawn["cluster"].reindex(outcome.index).dropna()
    sizes = group.value_counts()
    code = np.unique(group.to_numpy(), return_inverse=True)[1]
    found = alike(outcome.reindex(group.index).to_numpy(dtype=float), code, np.zeros_like(code))
    same, lower, upper = found.correlation if found else (0.0, None, None)
    estimate = Estimate(same, lower, upper, 0.95 if found else None, "correlation", len(group), "anova")
    spread = float(sizes.std(ddof=0) / sizes.mean())
    choices |= {"cluster_size": float(sizes.mean()), "size_cv": spread, "icc": max(same, 0.0)}
    if kind == "stepped_wedge":
        choices["periods"] = max(int(ground.assignments["week"].nunique()) + 1, 2)
    return choices, (Row({"what": "intraclass correlation of students in a group"}, estimate),)


def _needed(n: int | None) -> Row:
    keys = {"what": "students whose outcome has to be known, to find the smallest effect of interest"}
    return Row(keys, _count(n)) if n else Row(keys, None, "not analysed", "no number of students would do")


def _count(n: int) -> Estimate:
    return Estimate(n, None, None, None, "students", n, "count")


def _size(value: float, n: int, unit: str) -> Estimate:
    return Estimate(value, None, None, None, unit, n, f"formula-{100 * POWER:.0f}")


def _finding(found: Estimate, rows: tuple[Row, ...]) -> Finding:
    return Finding("evaluation.planned", QUESTION, "described", found, rows, limitations=(BY_FORMULA,))
