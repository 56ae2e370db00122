"""What stands beside the effect at a cut-off: other rows, other cut-offs, other outcomes, other looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from la_research.evaluation.design import Asked
from la_research.evaluation.designs.rdd.checks import apart_alone, covariate_jumps
from la_research.evaluation.designs.rdd.cut import Cut, finite, options_of
from la_research.evaluation.designs.rdd.looks import all_looks, known
from la_research.evaluation.sample import Sample
from la_research.finding import Estimate, Finding, Key, Row
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.discontinuity.robust import Jump

METHOD, HONEST = "rd-robust", "kolesar-rothe"
SIDE = "It is the effect of being on the side of the support, whether or not it was had."
NEAREST = (0.05, 0.1)
"""Shares of the students within the bandwidth whom a donut leaves out where none is registered."""
DONUT = (
    "Students nearest to the cut-off could most easily have chosen their side: were the effect another "
    "without them, that may be why. Fewer students are left, so the intervals are wider."
)
PLACEBO = (
    "Nothing happens at these cut-offs: a jump there would say that the method finds jumps where none are made. Each "
    "interval leaves out zero by chance once in twenty."
)
ONE_BY_ONE = (
    "These rows are of students whose outcome is known, and their intervals do not allow for their number: {apart} of "
    "{made} leave out zero, and by chance about {chance:.1f} would. The check of the gate looks at all students and "
    "allows for it; a jump seen here may still be part of the effect."
)
FEW = "too few students, or too few different values, near the cut-off"
BENDS = (
    "The honest interval holds if the mean outcome bends no more than the bound; the data can not tell whether it does."
)
OFTEN = (
    "Students who stay without the support are looked at more often, so they count more often; the interval allows for "
    "that each student's looks go together."
)


def findings_beside(cut: Cut, sample: Sample, asked: Asked, jump: Jump) -> Iterator[Finding]:
    """Every further finding that these rows allow."""
    if jump.first is not None:
        yield _first_stage(jump.first, asked)
    yield _donut(cut, asked, jump)
    yield _placebo(cut, asked)
    if cut.sample.covariates or not sample.rows["known"].all():
        yield _continuity(cut, sample, asked)
    if cut.tied or asked.settings.curvature:
        yield honest_finding(cut, asked)
    if {"unit", "time"} <= set(sample.rows):
        yield _looks(sample, asked)


def _first_stage(first: Coefficient, asked: Asked) -> Finding:
    question = "How much more often do students just on the side of the support have it?"
    return Finding(asked.id("first_stage"), question, "described", first.estimate("share", METHOD, asked.level))


def _row(keys: Mapping[str, Key], cut: Cut, asked: Asked, *, ratio: bool = False) -> Row:
    """The effect among some rows, or why there is none."""
    few = min(cut.above.sum(), (~cut.above).sum()) < cut.sample.minimum
    try:
        found = None if few else cut.jump(cut.sample["outcome"], options_of(asked.settings), ratio=ratio).robust
    except np.linalg.LinAlgError:
        found = None
    if found is None or not finite(found):
        return Row(keys, None, "not analysed", FEW)
    return Row(keys, found.estimate(cut.sample.unit, METHOD, asked.level))


def _donut(cut: Cut, asked: Asked, jump: Jump) -> Finding:
    """The effect without the students nearest to the cut-off, who could most easily have chosen their side."""
    away, rows = np.abs(cut.x), []
    inside = away[away <= max(jump.bandwidths.h)]
    nearest = max(float(away[cut.above].min()), float(away[~cut.above].min()))
    usual = dict.fromkeys(max(nearest, float(np.quantile(inside, share))) for share in NEAREST)
    for radius in asked.settings.donut or usual:
        keys = {"what": "without students within", "radius": _told(radius)}
        rows.append(_row(keys, cut.where(away > radius), asked, ratio=cut.fuzzy))
    question = "What would the effect be without the students nearest to the cut-off?"
    return Finding(asked.id("donut"), question, "described", rows=tuple(rows), limitations=(DONUT,))


def _placebo(cut: Cut, asked: Asked) -> Finding:
    """Jumps where nothing happens, each on one side's own students."""
    real, rows = asked.settings.cutoff, []
    medians = [float(np.median(cut.x[kept])) + real for kept in (~cut.above, cut.above)]
    for place in asked.settings.placebo or medians:
        side = cut.where(cut.above if place >= real else ~cut.above)
        x = side.x + real - place
        there = Cut(side.sample, x, x >= 0, upward=True, fuzzy=False)
        rows.append(_row({"what": "cut-off at", "value": _told(place)}, there, asked))
    question = "Does the outcome jump where nothing happens?"
    return Finding(asked.id("placebo"), question, "described", rows=tuple(rows), limitations=(PLACEBO,))


def _told(value: float) -> str:
    return f"{value:.4g}"


def _continuity(cut: Cut, sample: Sample, asked: Asked) -> Finding:
    jumps = dict(covariate_jumps(cut, asked.settings))
    rows = tuple(
        Row({"covariate": name}, found.estimate("SD", METHOD, asked.level))
        if found
        else Row({"covariate": name}, None, "not analysed", FEW)
        for name, found in jumps.items()
    )
    made = {name: found for name, found in jumps.items() if found}
    apart, chance = len(apart_alone(made, asked.level)), (1 - asked.level) * len(made)
    said = ONE_BY_ONE.format(apart=apart, made=len(made), chance=chance)
    question = "Does what was known before jump at the cut-off?"
    return Finding(asked.id("continuity"), question, "described", rows=rows, limitations=(said,))


def honest_finding(cut: Cut, asked: Asked) -> Finding:
    """The interval for any curve that bends no more than a bound, with the bound and the bandwidth."""
    found = cut.honest(cut.sample["outcome"], asked.settings, asked.settings.curvature)
    unit, n = cut.sample.unit, found.jump.n
    running = cut.sample.words.get("running", "the running variable")
    bent = f"{unit} per squared unit of {running}"
    rows = (
        Row({"what": "bound of the curvature"}, Estimate(found.curvature, None, None, None, bent, n, "quartic")),
        Row({"what": "bandwidth"}, Estimate(found.bandwidth, None, None, None, f"units of {running}", n, "minimax")),
    )
    limits = (BENDS, *((SIDE,) if cut.fuzzy else ()))
    question = "What interval holds whatever the curve does between the few values of the running variable?"
    shown = found.jump.estimate(unit, HONEST, asked.level)
    return Finding(asked.id("honest"), question, "described", shown, rows, limitations=limits)


def _looks(sample: Sample, asked: Asked) -> Finding:
    """All looks until the support, each student a cluster."""
    cut = known(all_looks(sample, asked.settings))
    question = "What is the effect at the cut-off over all looks until the support?"
    made = _row({"what": "all looks"}, cut, asked, ratio=cut.fuzzy)
    if made.estimate is None:
        return Finding(asked.id("looks"), question, "not analysed", reason=FEW)
    return Finding(asked.id("looks"), question, "described", made.estimate, limitations=(OFTEN,))
