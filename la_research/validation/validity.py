"""Registered associations of an indicator with a questionnaire, between students and within a student."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from la_research.cohort import Cohort
from la_research.finding import Assumption, Finding, not_analysed
from la_research.protocol import QUESTIONNAIRES, Hypothesis, Protocol
from la_research.statistics.association import Associations, Panel, associations
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.registered import family_levels, judged
from la_research.validation.panel import panel_of

UNIT = "SD per SD"
"""Standard deviations of the questionnaire's score for one standard deviation of the indicator."""
METHOD = "mundlak-jackknife-t"
LEAST_STUDENTS = 50
"""Students who answered, below which an association is not analysed.

Share of panels without any association in which one is found at 5 %, between / within: 6 modules and
6 weeks, half of them answered, 3.9 / 2.0 % (25 students), 4.0 / 3.1 % (60), 6.4 / 5.0 % (100),
5.0 / 5.2 % (300). The hardest panel tried, one module, two weeks and an indicator that is mostly zero,
gives 8.5 / 5.3 % (25), 7.5 / 4.8 % (40) and 6.8 / 4.2 % (50).
"""
NO_INSTRUMENT = "the data hold no wellbeing instrument"
NO_QUESTIONNAIRE = "its outcome is an event of the record; an association is measured with a questionnaire"
QUESTIONS = {
    "between": "Do students whose {indicator} is higher than that of others report {more}?",
    "within": "In weeks in which their {indicator} is higher than usual, do students report {more}?",
}
LIMITATIONS = {
    "between": (
        "An association is not a cause: something else, such as health or paid work, may move both.",
        "It says how students compare on average; it does not say how any one student is.",
    ),
    "within": (
        "An association is not a cause: feeling better may come first, or a third thing may move both.",
        "It is an average: some students do more when they are well, and others do more when they are not.",
        "Usual is a student's mean over all weeks asked in which activity was observed, answered or not.",
        "Students who answered only once count too.",
    ),
}


@dataclass(frozen=True)
class Fit:
    """The associations of one indicator with one questionnaire, and the cells they rest on."""

    panel: Panel
    both: Associations

    @classmethod
    def of(cls, panel: Panel) -> Fit:
        """Both fitted."""
        return cls(panel, associations(panel))


def associate(protocol: Protocol, cohort: Cohort, indicators: pa.Table) -> list[Finding]:
    """One confirmatory finding for each hypothesis of kind "between" or "within".

    All weeks in which the questionnaire of the hypothesis' outcome was asked are used, not
    the outcome's own week alone: the question is how the two go together week by week. See
    ``panel_of`` for the cells and ``associations`` for the estimate, in standard deviations
    of the questionnaire per standard deviation of the indicator.

    Parameters
    ----------
    protocol
        Reads hypotheses, outcomes, validation and disclosure.
    cohort
        Reads responses, and what ``eligible`` reads.
    indicators
        What ``compute_indicators`` returned.
    """
    claims = [claim for claim in protocol.hypotheses if claim.kind != "effect"]
    if not cohort.arrow("responses").num_rows:
        return [_without(protocol, claim, NO_INSTRUMENT) for claim in claims]
    pairs = sorted({pair for claim in claims if (pair := _pair(protocol, claim)) is not None})
    fits = {pair: Fit.of(panel_of(protocol, cohort, indicators, *pair)) for pair in pairs}
    fit_of = {claim.id: fits[pair] for claim in claims if (pair := _pair(protocol, claim)) is not None}
    reasons = {claim.id: why_none(protocol, claim, fit_of.get(claim.id)) for claim in claims}
    slopes = {claim.id: fit_of[claim.id].both.of(claim.kind) for claim in claims if not reasons[claim.id]}
    levels = family_levels(protocol, slopes)
    return [
        _without(protocol, claim, reasons[claim.id])
        if reasons[claim.id]
        else _with(protocol, claim, fit_of[claim.id], slopes[claim.id], levels[claim.id])
        for claim in claims
    ]


def _pair(protocol: Protocol, claim: Hypothesis) -> tuple[str, str] | None:
    instrument = protocol.outcome(claim.outcome).instrument
    return None if instrument is None else (str(claim.indicator), instrument)


def why_none(protocol: Protocol, claim: Hypothesis, fit: Fit | None) -> str:
    """Why there is no number; empty where there is one."""
    if fit is None:
        return NO_QUESTIONNAIRE
    least = protocol.disclosure.minimum_group_size
    instrument = protocol.outcome(claim.outcome).instrument
    if fit.panel.students < least:
        return f"fewer than {least} students answered {instrument} in a week with data"
    if fit.panel.students < LEAST_STUDENTS:
        return f"fewer than {LEAST_STUDENTS} students answered {instrument}: chance would be taken for an association"
    return fit.both.reasons.get(claim.kind, "")


def _with(protocol: Protocol, claim: Hypothesis, fit: Fit, slope: Coefficient, alpha: float) -> Finding:
    return Finding(
        _id(claim),
        _question(protocol, claim),
        assumptions=_assumptions(fit, claim.kind),
        limitations=LIMITATIONS[claim.kind],
        **judged(claim, slope, alpha, UNIT, METHOD),
    )


def _without(protocol: Protocol, claim: Hypothesis, reason: str) -> Finding:
    return not_analysed(_id(claim), _question(protocol, claim), reason, hypothesis=claim.id, confirmatory=True)


def _id(claim: Hypothesis) -> str:
    return f"validation.{claim.kind}.{claim.id.lower().replace('-', '_')}"


def _question(protocol: Protocol, claim: Hypothesis) -> str:
    instrument = protocol.outcome(claim.outcome).instrument
    if instrument is None:
        more = f"'{claim.outcome}' more often"
    else:
        known = QUESTIONNAIRES[instrument]
        more = f"{'better' if known.positive else 'more'} {known.construct} ({instrument})"
    return QUESTIONS[claim.kind].format(indicator=str(claim.indicator).replace("_", " "), more=more)


def _assumptions(fit: Fit, kind: str) -> tuple[Assumption, ...]:
    share = fit.panel.answered / len(fit.panel.y)
    p = fit.both.curvature[kind]
    shown = "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
    return (
        Assumption(
            "Whether a student answers does not depend on how they are, given module, week and activity",
            None,
            f"{100 * share:.1f} % of the questionnaires asked were answered in full; who did not answer is not known",
        ),
        Assumption(
            "A straight line describes the association",
            p >= 0.05,
            f"a squared term added to the line: {shown}",
        ),
        Assumption(
            "The term calendar does not make the association",
            True,
            "differences between modules and weeks are taken out, so that students are compared within the same week",
        ),
    )
