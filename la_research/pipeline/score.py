"""Found against planted: after the evidence is frozen, its findings are set beside the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from la_research.errors import Fault, TruthError
from la_research.evidence import Evidence
from la_research.finding import Estimate, Finding, Findings, Row, not_analysed, number
from la_research.protocol import Hypothesis, Protocol
from la_research.schema import ACTIVITY_SOURCES

if TYPE_CHECKING:
    from la_research.synthetic import Truth

WINDOW_WEEKS = 2
"""Weeks of activity in the associations that a truth holds: the recall period of the questionnaires."""
DIGITS = 1e-9
"""Two numbers nearer than this are one: both were printed and read again."""


def score_evidence(evidence: Evidence, truth: Truth) -> Findings:
    """Set every registered finding beside the size that was planted.

    Parameters
    ----------
    evidence
        What a study of a synthetic cohort found; it is not changed.
    truth
        What was planted in that cohort.

    Returns
    -------
    Findings
        ``score.FINDING`` for each confirmatory finding with a planted size: the estimate
        found, a row each for planted and found, and in the limitations whether the interval
        holds the planted size and which verdict the planted size would have earned. A
        finding that has no estimate (suppressed, not analysed) shows its reason. Those
        without a planted size are named once, in ``score.not_scored``.

    Raises
    ------
    TruthError
        ``truth.other_cohort``: it belongs to another scenario, seed or number of students.

    Examples
    --------
    >>> verdict_earned(2.5, "positive", 1.5), verdict_earned(-0.4, "positive", 1.5), verdict_earned(2.5, "negative", 1)
    ('supported', 'negligible', 'contradicted')
    """
    _check_same_cohort(evidence, truth)
    scored, without = [], []
    for hypothesis in evidence.protocol.hypotheses:
        finding = evidence.findings[hypothesis.id]
        key = estimand_key(evidence.protocol, hypothesis)
        if key in truth.estimands:
            scored.append(_scored(finding, hypothesis, truth.estimands[key]))
        else:
            without.append(f"{hypothesis.id} ({key})")
    return Findings((*scored, *([_not_scored(without)] if without else [])))


def estimand_key(protocol: Protocol, hypothesis: Hypothesis) -> str:
    """The name under which the truth keeps the size that a hypothesis asks for.

    ``between.INDICATOR.INSTRUMENT``, ``within.INDICATOR.INSTRUMENT`` or
    ``effect.TRIAL.INSTRUMENT.week_W``. Associations are planted by student, over two weeks
    and all activity sources; one that counts otherwise is another estimand, and its name
    says in what.
    """
    outcome = protocol.outcome(hypothesis.outcome)
    measure = outcome.instrument or outcome.id
    if hypothesis.kind == "effect":
        return f"effect.{protocol.support.trial}.{measure}.week_{outcome.week}"
    settings = protocol.indicators[hypothesis.indicator or ""]
    used = set(settings.sources or protocol.sources) & set(ACTIVITY_SOURCES)
    otherwise = [
        *([f"by_{protocol.population.unit}"] if protocol.population.unit != "student" else []),
        *([f"weeks_{protocol.validation.window_weeks}"] if protocol.validation.window_weeks != WINDOW_WEEKS else []),
        *(["of_" + "+".join(sorted(used))] if used != set(ACTIVITY_SOURCES) else []),
    ]
    return ".".join((hypothesis.kind, hypothesis.indicator or "", measure, *otherwise))


def _check_same_cohort(evidence: Evidence, truth: Truth) -> None:
    made = dict(evidence.provenance.get("details") or {})
    other = [
        name
        for name in ("scenario_digest", "seed", "n")
        if made.get(name, getattr(truth, name)) != getattr(truth, name)
    ]
    if other:
        raise TruthError(
            Fault(
                "truth.other_cohort",
                f"the truth is that of another cohort: {', '.join(other)} differ",
                "truth.json",
                "name the truth that was written beside the cohort of this run",
            )
        )


def verdict_earned(planted: float, direction: str, smallest: float) -> str:
    """The verdict that a size earns when it is known exactly."""
    along = planted if direction == "positive" else -planted
    if along >= smallest:
        return "supported"
    return "contradicted" if along <= -smallest else "negligible"


def _scored(finding: Finding, hypothesis: Hypothesis, planted: float) -> Finding:
    found = finding.estimate
    size = Estimate(planted, None, None, None, found.unit if found else "size", found.n if found else 0, "planted")
    seen = Row({"what": "found"}, found, finding.verdict, finding.reason)
    return Finding(
        f"score.{finding.id}",
        f"Did the study find the size that was planted for {hypothesis.id}?",
        "described",
        estimate=found,
        rows=(Row({"what": "planted"}, size), seen),
        limitations=(_held(found, planted), _verdict(finding, hypothesis, planted)),
        hypothesis=hypothesis.id,
    )


def _held(found: Estimate | None, planted: float) -> str:
    if found is None or found.lower is None or found.upper is None:
        return "There is no interval to hold the planted size."
    holds = found.lower - DIGITS <= planted <= found.upper + DIGITS
    size = number(planted, found.unit)
    return f"The interval {'holds' if holds else 'does not hold'} the planted size of {size} {_unit(found)}.".replace(
        " .", "."
    )


def _unit(estimate: Estimate) -> str:
    return "" if estimate.unit == "share" else estimate.unit


def _verdict(finding: Finding, hypothesis: Hypothesis, planted: float) -> str:
    earned = verdict_earned(planted, hypothesis.direction, hypothesis.smallest_effect)
    given = f"The verdict given is '{finding.verdict}'; the planted size earns '{earned}'"
    if finding.verdict == earned:
        return f"{given}: they agree."
    if finding.verdict in ("inconclusive", "not analysed", "suppressed"):
        return f"{given}: the study could not tell."
    return f"{given}: the study was wrong."


def _not_scored(names: list[str]) -> Finding:
    return not_analysed(
        "score.not_scored",
        "Which registered findings have no planted size to be set beside?",
        f"the scenario plants no size for {', '.join(names)}",
    )
