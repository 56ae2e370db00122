"""Students drawn one by one: by intention to treat, plain and adjusted for what was known before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from la_research.evaluation.design import Asked, Check, Design, Estimated
from la_research.evaluation.designs.compliers import complier_finding
from la_research.evaluation.designs.draw import Draw, draw_of, filled
from la_research.evaluation.designs.drawn_again import permutation_finding
from la_research.evaluation.designs.lost import lost_findings
from la_research.evaluation.designs.lots import balance_finding, lot_checks
from la_research.evaluation.designs.several import arms_finding
from la_research.evaluation.sample import Floats, Sample
from la_research.finding import Assumption, Estimate, Finding, Row
from la_research.protocol.designs.randomised import Randomised
from la_research.statistics.arms import arm_effects
from la_research.statistics.coefficient import Inference
from la_research.statistics.permutation import draws_for, permuted_effect
from la_research.statistics.randomised import (
    difference_in_means,
    interacted_difference,
    kept_covariates,
    plain_errors,
    shares_apart,
)

ESTIMAND = "It is the effect of being drawn for {arm} instead of {control} on {outcome}, among the students drawn."
LIMITATIONS = (
    "It is the effect of being drawn, whether or not a student opened the message, came or took the support up.",
    "It speaks of students like those who were drawn, not of all students.",
    "Students whose outcome is not known are left out.",
)
INTERFERENCE = Assumption(
    "The support changes nothing for students who were not drawn for it", None, "students talk to one another"
)
FEWER = "Fewer columns were adjusted for than named ({left} left out): these describe one student alone, or none."
ERRORS = (
    "Rows show the plain difference by three errors: least squares takes outcomes to vary alike in both "
    "arms; HC2 and HC3 do not, and HC3 leans to the careful side."
)
FIRST = "Of several arms the first by name is told here, '{arm}' against '{control}'; the others stand beside it."
REPEATED = (
    "students stand in several rows: one row a student is needed, or the design 'cluster' with the student as group"
)
ALIKE = "All students of one arm have the same outcome, so the shares are compared as they are, without any adjustment."
LEAST_RESIDUALS = 5
"""Students of each arm whom an adjusted difference needs over and above its coefficients.

An error by HC2 of an arm with one or two residuals is as good as arbitrary.
"""


def _draw(sample: Sample, asked: Asked) -> Draw | str:
    return draw_of(sample, asked.settings.control, asked.settings.planned)


def _reason(sample: Sample, asked: Asked) -> str:
    draw = _draw(sample, asked)
    if isinstance(draw, str):
        return draw
    if sample.units < len(sample.rows):
        return REPEATED
    if len(draw.names) < 2 or len(np.unique(draw.arm)) < len(draw.names):
        return "all students are in one arm, so there is nothing to compare with"
    known = ~np.isnan(sample["outcome"])
    smaller = int(np.bincount(draw.arm[known], minlength=len(draw.names)).min())
    if smaller < sample.minimum:
        return f"the outcome is known for fewer than {sample.minimum} students of an arm"
    if np.ptp(sample["outcome"][known]) == 0:
        return "the outcome is the same for all students"
    if draw.varied and not _stratified(draw, known):
        return "the chance of the draw differed between students, and strata of one chance are too small to compare in"
    given = filled(sample.where(known))
    if smaller >= given.shape[1] + 1 + LEAST_RESIDUALS:
        return ""
    k = len(kept_covariates(draw.drawn[known], given))
    if smaller < k + 1 + LEAST_RESIDUALS:
        return f"too few students of an arm answered for an adjustment with {k} columns"
    return ""


def _stratified(draw: Draw, known: np.ndarray) -> bool:
    """Whether every stratum has students enough of both arms that each can be compared alone."""
    sizes = np.zeros((int(draw.stratum.max()) + 1, len(draw.names)))
    np.add.at(sizes, (draw.stratum[known], draw.arm[known]), 1)
    return bool(sizes.min() >= 2)


def _checks(sample: Sample, asked: Asked) -> list[Check]:
    draw = _draw(sample, asked)
    assert isinstance(draw, Draw)
    return lot_checks(sample, asked, draw)


def _estimated(sample: Sample, asked: Asked) -> Estimated:
    whole = _draw(sample, asked)
    assert isinstance(whole, Draw)
    known = ~np.isnan(sample["outcome"])
    seen, draw = sample.where(known), _draw(sample.where(known), asked)
    assert isinstance(draw, Draw)
    outcome, given = seen["outcome"], filled(seen)
    estimand = ESTIMAND.format(**draw.words, outcome=sample.words.get("outcome", "the outcome"))
    if _answered_alike(draw, outcome):
        found, said = shares_apart(outcome, draw.drawn), (*LIMITATIONS, ALIKE)
        plain = _unadjusted(asked, found.estimate(seen.unit, "newcombe", asked.level))
        balance = balance_finding(sample, asked, whole)
        return Estimated(found, "newcombe", estimand, (), (plain, *balance), (INTERFERENCE,), said)
    strata = draw.strata if _stratified(whole, known) else draw.strata[:, :0]
    columns = np.hstack([strata, given])
    kept = kept_covariates(draw.drawn, columns)
    left, columns = columns.shape[1] - len(kept), columns[:, kept]
    beside = [*_beside(seen, asked, draw, outcome, columns), *balance_finding(sample, asked, whole)]
    limitations = (*LIMITATIONS, ERRORS, *_notes(asked, draw, left, whole, known))
    rows = _rows(seen, asked, draw, outcome)
    headline: Inference = interacted_difference(outcome, draw.drawn, columns)
    if draw.several:
        fit = arm_effects(outcome, draw.arm, columns)
        headline = replace(fit.of(np.eye(len(fit.values))[1]), n=draw.held(1))
        beside.insert(0, arms_finding(seen, asked, draw, fit, "lin-hc2-max-t"))
    if not asked.brief:
        beside += lost_findings(sample, whole, headline, asked)
    method = "lin-hc2" if columns.shape[1] else "ols-hc2"
    return Estimated(headline, method, estimand, rows, tuple(beside), (INTERFERENCE,), limitations)


def _answered_alike(draw: Draw, outcome: Floats) -> bool:
    """Whether all students of one of two arms say yes, or all say no."""
    alike = any(np.ptp(outcome[draw.arm == one]) == 0 for one in (0, 1))
    return not (draw.several or draw.varied) and alike and bool(np.isin(outcome, (0, 1)).all())


def _rows(sample: Sample, asked: Asked, draw: Draw, outcome: Floats) -> tuple[Row, ...]:
    """The plain difference with the errors that other software prints."""
    two = draw.arm <= 1
    errors = plain_errors(outcome[two], draw.drawn[two])
    return tuple(
        Row({"what": f"difference, {kind}"}, found.estimate(sample.unit, method, asked.level))
        for (kind, method), found in zip(KINDS.items(), errors, strict=True)
    )


KINDS = {"least squares error": "ols", "HC2": "ols-hc2", "HC3": "ols-hc3"}
"""Errors of the plain difference, and the method of each row."""


def _beside(sample: Sample, asked: Asked, draw: Draw, outcome: Floats, given: Floats) -> Iterator[Finding]:
    two = draw.arm <= 1
    plain = difference_in_means(outcome[two], draw.drawn[two])
    yield _unadjusted(asked, plain.estimate(sample.unit, "welch", asked.level))
    if "assigned" in sample and "treatment" in sample:
        yield complier_finding(sample, asked, outcome, draw.drawn, given)
    if asked.settings.permutations and not asked.brief:
        yield _permutation(sample, asked, draw, two, outcome, given)


def _unadjusted(asked: Asked, estimate: Estimate) -> Finding:
    question = "What is the plain difference between the arms, without any adjustment?"
    return Finding(asked.id("unadjusted"), question, "described", estimate, limitations=LIMITATIONS)


def _permutation(sample: Sample, asked: Asked, draw: Draw, two: np.ndarray, outcome: Floats, given: Floats) -> Finding:
    draws = draws_for(int(two.sum()), asked.settings.permutations)
    found = permuted_effect(
        outcome[two], draw.drawn[two], given[two], None, draw.stratum[two], draws, sample.rng("permutation")
    )
    return permutation_finding(found, asked, sample.unit, draws)


def _notes(asked: Asked, draw: Draw, left: int, whole: Draw, known: np.ndarray) -> Iterator[str]:
    """What had to be left out or chosen."""
    if left:
        yield FEWER.format(left=left)
    if draw.several and asked.claim is None:
        yield FIRST.format(arm=draw.names[1], control=draw.names[0])
    if whole.strata.shape[1] and not _stratified(whole, known):
        yield "Strata are too small to be compared one by one: the effect does not allow for them, its p by draws does."


RANDOMISED = Design(
    "randomised", Randomised, ("outcome", "treatment"), ("unit", "assigned", "arm", "probability", "stratum"),
    _reason, _checks, _estimated,
)  # fmt: skip
