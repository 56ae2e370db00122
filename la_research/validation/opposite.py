"""In how many students does the association within a student point the other way than the one registered?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from la_research.finding import Assumption, Estimate, Finding, Row, not_analysed
from la_research.protocol import QUESTIONNAIRES, Hypothesis
from la_research.statistics.association import Panel
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.intervals import wilson
from la_research.statistics.random_slopes import Alike, OwnSlopes, all_alike, opposite_share, own_slopes, slope_spread
from la_research.validation.ground import Ground, slug
from la_research.validation.validity import LEAST_STUDENTS

QUESTION = "In how many students do {indicator} and {construct} go together the other way?"
UNIT = "SD per SD"
LEAST_WEEKS = 6
"""Weeks a student, by the median, below which the share can not be told."""
DRAWS = 199
"""Draws of students who are all alike."""
WIDEST = 0.2
"""Width of the interval from which on the share is not told: by more than ten of 100 students to either side."""
FEW_WEEKS = "half of the students were observed in fewer than {least} weeks in which {instrument} was asked"
WIDE = "the interval spans {width:.0f} of 100 students: a few weeks of each student do not say enough"
OF_SHARES = (
    "Where the link is weak the single figure tends to be too low: read the interval, not the figure.",
    "It is a share of all students; it can not say of any one student which way it goes.",
    "Slopes that differ need not differ in sign: silent weeks hide a link in some students more than in others.",
    "The share of slopes seen the other way is mostly chance: compare it with what one common slope would show.",
)
LIMITATIONS = (
    *OF_SHARES,
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
    own = own if claim.direction == "positive" else own.turned()
    alike = all_alike(own, ground.rng("opposite", claim.id), DRAWS)
    short = None if enough_weeks(panel) else FEW_WEEKS.format(least=LEAST_WEEKS, instrument=instrument)
    return opposite_told(name, question, own, alike, short, LIMITATIONS, claim.id)


def enough_weeks(panel: Panel) -> bool:
    """Whether half of the units or more have so many weeks that a share can be told."""
    return float(np.median(np.unique(panel.unit, return_counts=True)[1])) >= LEAST_WEEKS


def opposite_told(
    name: str,
    question: str,
    own: OwnSlopes,
    alike: Alike,
    few: str | None,
    limitations: tuple[str, ...],
    hypothesis: str | None = None,
) -> Finding:
    """The share below zero, slopes as they were seen, and whether they differ between students.

    Parameters
    ----------
    own
        Turned where the direction asked is below zero.
    few
        Why the weeks are too few for a conclusion; None where they are not.
    """
    shares, n = opposite_share(own), own.students
    against = Estimate(shares.against, shares.lower, shares.upper, 0.95, "share", n, "mixture-profile-likelihood")
    mean, variance = slope_spread(own)
    p = (1 + int((alike.variance >= variance.value).sum())) / (DRAWS + 1)
    wide = shares.upper - shares.lower >= WIDEST
    reason = few or (WIDE.format(width=100 * (shares.upper - shares.lower)) if wide else None)
    return Finding(
        name,
        question,
        "inconclusive" if reason else "described",
        against,
        _rows(own, mean, variance, alike),
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
                p <= 0.05,
                f"their spread set against that of {DRAWS} draws of students who are all alike: p = {p:.3f}",
            ),
        ),
        limitations=limitations,
        hypothesis=hypothesis,
        reason=reason,
    )


def _rows(own: OwnSlopes, mean: Coefficient, variance: Coefficient, alike: Alike) -> tuple[Row, ...]:
    n, seen = own.students, float(own.negative.mean())
    low, high = variance.interval(0.95)
    spread, least, most = (
        math.sqrt(max(value - float(alike.variance.mean()), 0)) for value in (variance.value, low, high)
    )
    least_seen, most_seen = np.quantile(alike.negative, (0.025, 0.975))
    same = Estimate(
        float(alike.negative.mean()), float(least_seen), float(most_seen), 0.95, "share", n, "draws-of-one-slope"
    )
    return (
        Row({"what": "slopes seen the other way"}, Estimate(seen, *wilson(seen * n, n), 0.95, "share", n, "wilson")),
        Row({"what": "the same if all had one slope"}, same),
        Row({"what": "mean of the true slopes"}, mean.estimate(UNIT, "slopes-by-student", 0.95)),
        Row(
            {"what": "spread of the true slopes"},
            Estimate(spread, least, most, 0.95, UNIT, variance.n, "slopes-beyond-own-errors"),
        ),
    )
