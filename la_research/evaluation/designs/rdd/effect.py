"""The effect at the cut-off: sharp, or for those whom the cut-off moved into the support."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from la_research.evaluation.design import Asked, Estimated
from la_research.evaluation.designs.rdd.beside import BENDS, HONEST, findings_beside, honest_finding
from la_research.evaluation.designs.rdd.cut import Cut, finite, options_of
from la_research.evaluation.designs.rdd.looks import LEAST, known, main_cut
from la_research.evaluation.sample import Sample
from la_research.finding import Assumption, Estimate, Row
from la_research.statistics.discontinuity.robust import Jump

METHOD = "rd-robust"
FIRST_STAGE = 10.0
"""F of the jump of the support below which the cut-off moved too few students."""
SHARP = (
    "It is the effect of the support on students exactly at the cut-off{look}; it says nothing of students far from it."
)
FUZZY = (
    "It is the effect of having the support on students exactly at the cut-off{look} who have it because of the "
    "side they are on; it says nothing of the others, nor of students far from it."
)
MONOTONE = Assumption("Nobody has the support only because the cut-off spoke against it", None, "it can not be seen")
LATER = "Students without the support at that look may have had it at a later one; they count as without it."
MEASURED = "nominal 95 %, measured 89 % where the curve of the outcome bends much (local lines; parabolas: 'order' 2)"
SMOOTH = Assumption(
    "But for the support, outcomes would not jump at the cut-off", None, "checked only in what was measured before"
)
FEW = "fewer than {least} students a side lie within the bandwidth"
SINGULAR = "the running variable takes too few different values near the cut-off"
ALONE = (
    "The running variable takes too few values for curves, so a line was fitted on each side; its interval allows for "
    "a bound on how much the curve bends, which the data can not tell."
)
GUESSED = "nominal 95 %, measured 22 % where the curve bends within few places and no 'curvature' is registered"
PLACES = (
    "What is judged is this interval, by curves near the cut-off. The running variable takes few values, so the curve "
    "between them can not be seen: the honest interval beside holds whatever it does, and is the one to "
    "trust where both disagree."
)


def estimated(sample: Sample, asked: Asked) -> Estimated:
    """The jump of the outcome with its robust bias-corrected interval, and what stands beside it."""
    settings = asked.settings
    cut, options = known(main_cut(sample, settings)), options_of(settings)
    look = " at their first eligible look" if {"unit", "time"} <= set(sample.rows) and settings.look is None else ""
    estimand = (FUZZY if cut.fuzzy else SHARP).format(look=look)
    method = f"{METHOD}-fuzzy" if cut.fuzzy else METHOD
    given = cut.sample.given if settings.adjusted and cut.sample.covariates else None
    outcome = cut.sample["outcome"]
    try:
        jump = cut.jump(outcome, options, ratio=cut.fuzzy, given=given)
    except np.linalg.LinAlgError:
        if settings.bandwidth is None and cut.tied:
            return _by_places(cut, asked, estimand)
        return Estimated(None, method, estimand, reason=_within(cut, settings.bandwidth))
    reason = ""
    if min(jump.inside) < LEAST:
        reason = FEW.format(least=LEAST)
    elif jump.first is not None and jump.first.value**2 < FIRST_STAGE * jump.first.se**2:
        reason = "the cut-off moved too few students into the support, or out of it"
    elif not finite(jump.robust):
        reason = SINGULAR
    if reason:
        return Estimated(None, method, estimand, reason=reason)
    return Estimated(
        jump.robust,
        method,
        estimand,
        tuple(_rows(cut, jump, asked)),
        tuple(findings_beside(cut, sample, asked, jump)),
        (SMOOTH, MONOTONE) if cut.fuzzy else (SMOOTH,),
        (*((PLACES,) if cut.tied else ()), *((LATER,) if look else ())),
        MEASURED if settings.order == 1 else "",
    )


def _within(cut: Cut, bandwidth: float | None) -> str:
    """Why there is no curve; of a bandwidth that is set, that too few lie within it."""
    if bandwidth is None:
        return SINGULAR
    near = np.abs(cut.x) < bandwidth
    fewest = min(int((near & cut.above).sum()), int((near & ~cut.above).sum()))
    return FEW.format(least=LEAST) if fewest < LEAST else f"{SINGULAR}, at the bandwidth of {bandwidth:g}"


def _by_places(cut: Cut, asked: Asked, estimand: str) -> Estimated:
    """The honest interval alone, where the places are too few for a curve on each side."""
    try:
        found = None if cut.fuzzy else cut.honest(cut.sample["outcome"], asked.settings, asked.settings.curvature)
    except np.linalg.LinAlgError:
        found = None
    if found is None:
        return Estimated(None, HONEST, estimand, reason=SINGULAR)
    beside = (honest_finding(cut, asked),)
    measured = "" if asked.settings.curvature else GUESSED
    return Estimated(found.jump, HONEST, estimand, (), beside, (SMOOTH,), (ALONE, BENDS), measured)


def _rows(cut: Cut, jump: Jump, asked: Asked) -> Iterator[Row]:
    unit, level = cut.sample.unit, asked.level
    yield Row({"what": "conventional"}, jump.conventional.estimate(unit, "rd-conventional", level))
    corrected = jump.corrected.estimate(unit, "rd-bias-corrected", level)
    yield Row({"what": "bias-corrected, conventional error"}, corrected)
    if cut.fuzzy:
        itt = cut.jump(cut.sample["outcome"], options_of(asked.settings)).robust
        yield Row({"what": "of being on the side with the support"}, itt.estimate(unit, METHOD, level))
    running = cut.sample.words.get("running", "the running variable")
    for what, ends in (("bandwidth", jump.bandwidths.h), ("bandwidth of the bias", jump.bandwidths.b)):
        sides = {"": ends[0]} if ends[0] == ends[1] else {", below": ends[0], ", above": ends[1]}
        for side, width in sides.items():
            shown = Estimate(width, None, None, None, f"units of {running}", sum(jump.inside), asked.settings.select)
            yield Row({"what": f"{what}{side}"}, shown)
    outside = int((~cut.above).sum()), int(cut.above.sum())
    for what, counts in (("students within the bandwidth", jump.inside), ("students", outside)):
        for side, count in zip(("below", "above"), counts, strict=True):
            yield Row({"what": what, "side": side}, Estimate(count, None, None, None, "students", count, "count"))
