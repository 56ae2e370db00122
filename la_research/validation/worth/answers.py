"""All questions on what the score is worth, those that the protocol registers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from la_research.finding import Finding, not_analysed
from la_research.protocol.validation import Validation
from la_research.validation.ground import Ground
from la_research.validation.worth import benefit, corrected, early, increment, precision, procedure, sources, transport
from la_research.validation.worth.refits import Refits

QUESTIONS: tuple[tuple[str, str, Callable[[Validation], bool], Callable[[Refits], Finding]], ...] = (
    ("net_benefit", benefit.ASKED, lambda asked: bool(asked.thresholds), benefit.benefit_finding),
    ("average_precision", precision.ASKED, lambda asked: bool(asked.thresholds), precision.precision_finding),
    ("procedure", procedure.ASKED, lambda asked: asked.splits > 0, procedure.procedure_finding),
    ("transport", transport.ASKED, lambda asked: asked.splits > 0, transport.transport_finding),
    ("corrected", corrected.ASKED, lambda asked: asked.instrument_error is not None, corrected.corrected_finding),
    ("increment", increment.ASKED, lambda asked: bool(asked.beforehand), increment.increment_finding),
    ("sources.value", sources.ASKED, lambda asked: asked.collect is not None, sources.sources_finding),
    ("early", early.ASKED, lambda asked: asked.early is not None, early.early_finding),
)
"""Id after ``validation.``, question, whether it is registered, and what answers it."""
FEW = "fewer than {0} students with, or {0} without, the outcome were scored"


def worth_findings(ground: Ground) -> Iterator[Finding]:
    """What the score of the main population is worth; a key of the protocol left out is a question not asked.

    All are described, but for rows of ``validation.sources.value`` and for ``validation.early``, which
    have verdicts. Only students with a known outcome are counted. Without a model, or with too few
    students of either outcome, all are "not analysed" and say why.

    Parameters
    ----------
    ground
        The study.

    Yields
    ------
    Finding
        ``validation.net_benefit`` and ``validation.average_precision`` (thresholds), ``validation.procedure`` and
        ``validation.transport`` (splits), ``validation.corrected`` (instrument_error), ``validation.increment``
        (beforehand), ``validation.sources.value`` (collect), ``validation.early`` (early).
    """
    refits, reason = Refits(ground), _too_little(ground)
    for name, question, registered, answer in QUESTIONS:
        if registered(ground.asked):
            yield not_analysed(f"validation.{name}", question, reason) if reason else answer(refits)


def _too_little(ground: Ground) -> str:
    """Why nothing can be said of the score; "" where something can."""
    if ground.scored.empty:
        return ground.predictions.reason or "no student who was scored has a known outcome"
    positives, n = int(ground.scored["label"].sum()), len(ground.scored)
    return FEW.format(ground.minimum) if min(positives, n - positives) < ground.minimum else ""
