"""In how many students does the association within a student point the other way than the one registered?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from la_research.finding import Assumption, Estimate, Finding, Row, not_analysed
from la_research.protocol import QUESTIONNAIRES, Hypothesis
from la_research.statistics.association import Panel
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.intervals import normal_interval, wilson
from la_research.statistics.random_slopes import (
    OwnSlopes,
    negative_by_chance,
    opposite_share,
    own_slopes,
    slope_spread,
)
from la_research.validation.ground import Ground, slug
from la_research.validation.validity import LEAST_STUDENTS

QUESTION = "In how many students do {indicator} and {construct} go together the other way?"
UNIT = "SD per SD"
LEAST_WEEKS = 6
"""Weeks a student, by the median, below which the share can not be told."""
WIDEST = 0.5
"""Width of the interval from which on it says next to nothing."""
FEW_WEEKS = "half of the students were observed in fewer than {least} weeks in which {instrument} was asked"
WIDE = "the interval spans {width:.0f} of 100 students: a few weeks of each student do not say enough"
LIMITATIONS = (
    "It is a share of all students; it can not say of any one student which way it goes.",
    "The raw share of negative slopes is mostly chance: compare it with what one common slope would show.",
    "An association is not a cause: doing more may come before or after feeling worse.",
    "Activity counts by its order among a student's own weeks, so that a silent week is the quietest and no more.",
)


def opposite_findings(ground: Ground) -> Iterator[Finding]:
    """``validation.opposite.HID`` for each hypothesis within a student, where ``validation.opposite`` asks for it.

    The headline is the share of all students in whom the true association points against the registered direction,
    by ``opposite_share``. Beside it: the share in whom it points along and in whom there is none, the share of slopes
    that were seen against it, what of them one common slope would show, and the spread of the true slopes.
    """
    if not ground.asked.opposite:
        return
    for claim in ground.protocol.hypotheses:
        if claim.kind == "within":
            yield _finding(ground, claim)


def _finding(ground: Ground, claim: Hypothesis) -> Finding:
    name = f"validation.opposite.{slug(claim.id)}"
    instrument = ground.protocol.outcome(claim.outcome).instrument
    indicator = str(claim.indicator).replace("_", " ")
    construct = QUESTIONNAIRES[instrument].construct if instrument else f"'{claim.outcome}'"
    question = QUESTION.format(indicator=indicator, construct=construct)
    if instrument is None:
        reason = "its outcome is an event of the record; a slope of each student needs a questionnaire"
        return not_analysed(name, question, reason, hypothesis=claim.id)
    if instrument not in ground.instruments:
        return not_analysed(name, question, f"nobody answered {instrument}", hypothesis=claim.id)
    panel = ground.panel(claim)
    own = own_slopes(panel)
    least = max(LEAST_STUDENTS, ground.minimum)
    if own.students < least:
        few = f"fewer than {least} students answered {instrument} in two weeks with different answers and activity"
        return not_analysed(name, question, few, hypothesis=claim.id)
    return _told(name, question, claim, instrument, panel, own if claim.direction == "positive" else own.turned())


def _told(name: str, question: str, claim: Hypothesis, instrument: str, panel: Panel, own: OwnSlopes) -> Finding:
    shares, n = opposite_share(own), own.students
    against = Estimate(shares.against, shares.lower, shares.upper, 0.95, "share", n, "mixture-profile-likelihood")
    mean, variance = slope_spread(own)
    weeks = float(np.median(np.bincount(panel.unit)))
    reason = None
    if weeks < LEAST_WEEKS:
        reason = FEW_WEEKS.format(least=LEAST_WEEKS, instrument=instrument)
    elif shares.upper - shares.lower >= WIDEST:
        reason = WIDE.format(width=100 * (shares.upper - shares.lower))
    return Finding(
        name,
        question,
        "inconclusive" if reason else "described",
        against,
        _rows(own, mean, variance),
        assumptions=(
            Assumption(
                "Where the two go together, they do so equally strongly in all students, one way or the other",
                None,
                f"a few weeks of each can not show it; a correlation of {shares.size:.2f} fits best, "
                f"with {100 * shares.along:.0f} of 100 students along and "
                f"{100 * max(1 - shares.along - shares.against, 0):.0f} of 100 without a link",
            ),
            Assumption(
                "Slopes differ between students",
                _one_sided(variance) < 0.05,
                f"variance of true slopes set against none: {_p(_one_sided(variance))}",
            ),
        ),
        limitations=LIMITATIONS,
        hypothesis=claim.id,
        reason=reason,
    )


def _rows(own: OwnSlopes, mean: Coefficient, variance: Coefficient) -> tuple[Row, ...]:
    n, chance = own.students, negative_by_chance(own)
    seen = float(own.negative.mean())
    low, high = variance.interval(0.95)
    spread = Estimate(
        math.sqrt(max(variance.value, 0)), math.sqrt(max(low, 0)), math.sqrt(max(high, 0)), 0.95, UNIT, variance.n,
        "slopes-beyond-own-errors",
    )  # fmt: skip
    expected = Estimate(chance.value, *normal_interval(chance.value, chance.se), 0.95, "share", n, "one-common-slope")
    return (
        Row({"what": "slopes seen the other way"}, Estimate(seen, *wilson(seen * n, n), 0.95, "share", n, "wilson")),
        Row({"what": "the same if all had one slope"}, expected),
        Row({"what": "mean of the true slopes"}, mean.estimate(UNIT, "slopes-by-student", 0.95)),
        Row({"what": "spread of the true slopes"}, spread),
    )


def _one_sided(variance: Coefficient) -> float:
    """p-value of a variance above zero; 1 where it is not above."""
    return variance.p / 2 if variance.value > 0 else 1 - variance.p / 2


def _p(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
