"""The validation stage: registered associations, and the model's scores out of fold."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pyarrow as pa

from la_research.cohort import Cohort
from la_research.disclosure import disclosed
from la_research.finding import Finding, Findings, not_analysed
from la_research.models import Predictions
from la_research.protocol import Protocol
from la_research.validation.absent import missing_findings
from la_research.validation.calendar import calendar_findings
from la_research.validation.choices import choice_findings
from la_research.validation.explorer import explorer_findings
from la_research.validation.ground import Ground
from la_research.validation.instruments import instrument_findings, waves_assumption
from la_research.validation.lagged import lagged_findings
from la_research.validation.opposite import opposite_findings
from la_research.validation.performance import describe_performance
from la_research.validation.sided import sided_findings
from la_research.validation.spurious import spurious_findings
from la_research.validation.stability import stability_findings
from la_research.validation.triggers import trigger_findings
from la_research.validation.unreached import unreached_findings
from la_research.validation.validity import NO_INSTRUMENT, associate
from la_research.validation.windows import window_findings
from la_research.validation.worth import worth_findings

QUESTIONS: tuple[Callable[[Ground], Iterable[Finding]], ...] = (
    instrument_findings,
    stability_findings,
    spurious_findings,
    choice_findings,
    missing_findings,
    window_findings,
    lagged_findings,
    opposite_findings,
    sided_findings,
    unreached_findings,
    worth_findings,
    trigger_findings,
    explorer_findings,
    calendar_findings,
)
"""What is asked beside the registered associations and the worth of the score, in the order of the report."""


def validate_indicators(protocol: Protocol, cohort: Cohort, indicators: pa.Table, predictions: Predictions) -> Findings:
    """Do the indicators, and the model made of them, measure what they claim?

    A cohort without a questionnaire, or a study without a model, is answered by "not
    analysed" and the reason.

    Parameters
    ----------
    protocol
        Reads hypotheses, outcomes, validation and disclosure.
    cohort
        Reads responses, enrolments and consent.
    indicators
        What ``compute_indicators`` returned.
    predictions
        What ``fit_model`` returned.

    Returns
    -------
    Findings
        ``validation.between.h1``, ``validation.within.h2`` … one for each hypothesis of
        these kinds, in SD per SD, at the level that Holm reached over its family;
        ``validation.wellbeing`` only where no questionnaire is held; of the score
        ``validation.discrimination``, ``.decision``, ``.calibration``, ``.calibration_curve`` and
        ``.prevalence``, with a subset's name where it was registered. Beside them, each where the
        protocol asks for it, what the functions of ``QUESTIONS`` give.
    """
    ground = Ground(protocol, cohort, indicators, predictions)
    found = [_same_meaning(ground, finding) for finding in associate(protocol, cohort, indicators)]
    if not cohort.arrow("responses").num_rows:
        question = "Do the indicators go together with how students say they are?"
        found.append(not_analysed("validation.wellbeing", question, NO_INSTRUMENT))
    found += describe_performance(protocol, predictions)
    found += [finding for asked in QUESTIONS for finding in asked(ground)]
    return disclosed(Findings(found), protocol.disclosure.minimum_group_size)


def _same_meaning(ground: Ground, found: Finding) -> Finding:
    """An association within students, and whether its questionnaire means the same in every wave."""
    claim = next(claim for claim in ground.protocol.hypotheses if claim.id == found.hypothesis)
    instrument = ground.protocol.outcome(claim.outcome).instrument
    if claim.kind != "within" or found.estimate is None or instrument is None:
        return found
    return replace(found, assumptions=(*found.assumptions, waves_assumption(ground, instrument)))


def registered_associations(protocol: Protocol, cohort: Cohort, indicators: pa.Table) -> Findings:
    """The registered associations alone: what a draw of a study repeats, without all that stands beside them."""
    return disclosed(Findings(associate(protocol, cohort, indicators)), protocol.disclosure.minimum_group_size)
