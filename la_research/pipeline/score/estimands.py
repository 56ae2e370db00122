"""The name under which the truth keeps the size of what a study asks."""

from __future__ import annotations

from la_research.protocol import Hypothesis, Outcome, Protocol
from la_research.protocol.designs import DesignSection
from la_research.protocol.designs.rdd import Discontinuity
from la_research.schema import ACTIVITY_SOURCES
from la_research.synthetic.calendar import Term
from la_research.synthetic.truth.moments import INDEX_WEEK

WINDOW_WEEKS = 2
"""Weeks of activity in the associations that a truth holds: the recall period of the questionnaires."""
LOW_MOOD = ("PHQ-8", 10.0)
"""Instrument and cut-off of the label whose truth is known for everyone."""
AGREED = ("model_use", "research")
"""Consents of the students whom a truth counts; contact keeps nobody out of a study."""
ON_LOGS = {"weekly_activity": "log_actions"}
"""Indicators whose effect on the logarithmic scale a truth holds, by the name it has there."""
WAVES = {"WHO-5": Term().who5_weeks, "PHQ-8": Term().phq8_weeks}
"""Weeks in which a campus asks, where its scenario says nothing else."""


def estimand_key(protocol: Protocol, hypothesis: Hypothesis) -> str:
    """The name under which the truth keeps the size that a hypothesis asks for.

    ``between.INDICATOR.INSTRUMENT``, ``within.INDICATOR.INSTRUMENT`` or
    ``effect.TRIAL.INSTRUMENT.week_W``. Associations are planted by student, over two weeks
    and all activity sources; one that counts otherwise is another estimand, and its name
    says in what. So is an effect on a score that was turned into yes or no, or on an event
    (``effect.TRIAL.OUTCOME``). A design asks for its own: of a weekly indicator
    (``effect.TRIAL.log_actions``), at a cut-off (``.cutoff``), of those contacted (``.att``).
    A study of other students than the truth counts asks for
    another size too: ``.index_6``, ``.consent_research`` (all that is required),
    ``.modules_A1+B2``; so does an association over other waves: ``.waves_6_10``. A trial that
    the scenario does not run has a name that its truth does not hold.
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
        *_other_waves(protocol, outcome),
        *other_students(protocol),
    ]
    return ".".join((hypothesis.kind, hypothesis.indicator or "", outcome.instrument or outcome.id, *otherwise))


def effect_key(protocol: Protocol, outcome: Outcome, what: str = "", among: str = "") -> str:
    """The name of an effect of the protocol's trial; with ``what`` "answered" that on answering instead.

    ``among`` names some of the students, where it is not those of whom the design tells.
    """
    trial, design = f"effect.{protocol.support.trial}", protocol.support.design
    others = other_students(protocol)
    if indicator := getattr(design, "indicator", None) or getattr(design, "proximal", None):
        return ".".join((trial, ON_LOGS.get(indicator, indicator), *others))
    if outcome.instrument is None:
        return ".".join((trial, outcome.id, *others))
    cut = [f"at_least_{outcome.at_least:g}"] if outcome.at_least is not None and not what else []
    inside = among or ("" if what else _among(design))
    asked = f"{outcome.instrument}.week_{outcome.week}"
    return ".".join((trial, *([what] if what else []), asked, *([inside] if inside else []), *cut, *others))


def _among(design: DesignSection) -> str:
    """Of whom a design tells; "" where it is of all students considered."""
    if isinstance(design, Discontinuity):
        return "cutoff"
    return "att" if getattr(design, "effect", "") == "att" else ""


def label_key(protocol: Protocol) -> str:
    """The name of the share of students with the model's label; "" where its truth is not known for everyone."""
    column = label_column(protocol)
    return ".".join(("label", column, *other_students(protocol))) if column else ""


def label_column(protocol: Protocol) -> str:
    """The model's label in the truth of each student; "" where it is not known for everyone."""
    if protocol.model.label is None:
        return ""
    outcome = protocol.outcome(protocol.model.label)
    return f"low_mood_{outcome.week}" if (outcome.instrument, outcome.at_least) == LOW_MOOD else ""


def other_students(protocol: Protocol) -> list[str]:
    """In what the students of a study differ from those whom a truth counts; nothing where they are the same."""
    population = protocol.population
    required = [flag for flag in AGREED if getattr(protocol.consent, flag) == "required"]
    return [
        *([f"index_{population.index_week}"] if population.index_week != INDEX_WEEK else []),
        *(["consent_" + ("+".join(required) or "none")] if len(required) < len(AGREED) else []),
        *(["modules_" + "+".join(sorted(population.modules))] if population.modules else []),
    ]


def _other_waves(protocol: Protocol, outcome: Outcome) -> list[str]:
    """The waves registered for an instrument, where they are not those of the campus."""
    instrument = outcome.instrument
    registered = protocol.instruments[instrument].weeks if instrument in protocol.instruments else ()
    if instrument is None or not registered or set(registered) == set(WAVES.get(instrument, ())):
        return []
    return ["_".join(("waves", *map(str, sorted(set(registered)))))]
