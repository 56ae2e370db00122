"""The name under which the truth keeps the size of what a study asks."""

from __future__ import annotations

from la_research.protocol import Hypothesis, Outcome, Protocol
from la_research.schema import ACTIVITY_SOURCES

WINDOW_WEEKS = 2
"""Weeks of activity in the associations that a truth holds: the recall period of the questionnaires."""
LOW_MOOD = ("PHQ-8", 10.0)
"""Instrument and cut-off of the label whose truth is known for everyone."""


def estimand_key(protocol: Protocol, hypothesis: Hypothesis) -> str:
    """The name under which the truth keeps the size that a hypothesis asks for.

    ``between.INDICATOR.INSTRUMENT``, ``within.INDICATOR.INSTRUMENT`` or
    ``effect.TRIAL.INSTRUMENT.week_W``. Associations are planted by student, over two weeks
    and all activity sources; one that counts otherwise is another estimand, and its name
    says in what. So is an effect on a score that was turned into yes or no, or on an event
    (``effect.TRIAL.OUTCOME``). A trial that the scenario does not run has a name that its
    truth does not hold.
    """
    outcome = protocol.outcome(hypothesis.outcome)
    if hypothesis.kind == "effect":
        return effect_key(protocol, outcome)
    settings = protocol.indicators[hypothesis.indicator or ""]
    used = set(settings.sources or protocol.sources) & set(ACTIVITY_SOURCES)
    otherwise = [
        *([f"by_{protocol.population.unit}"] if protocol.population.unit != "student" else []),
        *([f"weeks_{protocol.validation.window_weeks}"] if protocol.validation.window_weeks != WINDOW_WEEKS else []),
        *(["of_" + "+".join(sorted(used))] if used != set(ACTIVITY_SOURCES) else []),
    ]
    return ".".join((hypothesis.kind, hypothesis.indicator or "", outcome.instrument or outcome.id, *otherwise))


def effect_key(protocol: Protocol, outcome: Outcome, what: str = "") -> str:
    """The name of an effect of the protocol's trial; with ``what`` "answered" that on answering instead."""
    trial = f"effect.{protocol.support.trial}"
    if outcome.instrument is None:
        return f"{trial}.{outcome.id}"
    cut = f".at_least_{outcome.at_least:g}" if outcome.at_least is not None and not what else ""
    return ".".join((trial, *([what] if what else []), f"{outcome.instrument}.week_{outcome.week}")) + cut


def label_key(protocol: Protocol) -> str:
    """The name of the share of students with the model's label; "" where its truth is not known for everyone."""
    if protocol.model.label is None:
        return ""
    outcome = protocol.outcome(protocol.model.label)
    known = (outcome.instrument, outcome.at_least) == LOW_MOOD
    return f"label.low_mood_{outcome.week}" if known else ""
