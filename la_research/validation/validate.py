"""The validation stage: registered associations, and the model's scores out of fold."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pyarrow as pa

from la_research.cohort import Cohort
from la_research.disclosure import disclosed
from la_research.finding import Finding, Findings, not_analysed
from la_research.models import Predictions
from la_research.protocol import Protocol
from la_research.validation.ground import Ground
from la_research.validation.opposite import opposite_findings
from la_research.validation.performance import describe_performance
from la_research.validation.sided import sided_findings
from la_research.validation.unreached import unreached_findings
from la_research.validation.validity import NO_INSTRUMENT, associate

QUESTIONS: tuple[Callable[[Ground], Iterable[Finding]], ...] = (
    opposite_findings,
    sided_findings,
    unreached_findings,
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
        ``validation.discrimination``, ``validation.decision``, ``validation.calibration``,
        ``validation.calibration_curve`` and ``validation.prevalence``, with a subset's name
        where it was registered; with ``validation.opposite``: ``validation.opposite.h2`` … one for
        each hypothesis within a student, ``validation.sided`` and
        ``validation.missed_by_construction``; ``validation.wellbeing`` only where no questionnaire is held.
    """
    found = associate(protocol, cohort, indicators)
    if not cohort.arrow("responses").num_rows:
        question = "Do the indicators go together with how students say they are?"
        found.append(not_analysed("validation.wellbeing", question, NO_INSTRUMENT))
    found += describe_performance(protocol, predictions)
    ground = Ground(protocol, cohort, indicators, predictions)
    found += [finding for asked in QUESTIONS for finding in asked(ground)]
    return disclosed(Findings(found), protocol.disclosure.minimum_group_size)


def registered_associations(protocol: Protocol, cohort: Cohort, indicators: pa.Table) -> Findings:
    """The registered associations alone: what a draw of a study repeats, without all that stands beside them."""
    return disclosed(Findings(associate(protocol, cohort, indicators)), protocol.disclosure.minimum_group_size)
