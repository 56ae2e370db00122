"""Hypotheses, and what else the study says of effects and of the label, beside their planted sizes."""

from __future__ import annotations

from collections.abc import Mapping

from la_research.evidence import Evidence
from la_research.finding import Finding, Row
from la_research.pipeline.score.beside import held, in_words, scored, size, told, verdict_earned
from la_research.pipeline.score.estimands import effect_key, estimand_key, label_key, other_students
from la_research.pipeline.score.nearest import Nearest, nearest
from la_research.protocol import Hypothesis, Protocol
from la_research.synthetic import Truth

TALKED = "talked"
"""Step of a contact by which a truth tells who complies."""
NO_YES_OR_NO = "No yes or no was asked of it."


def score_hypotheses(evidence: Evidence, truth: Truth) -> tuple[list[Finding], list[str]]:
    """Each hypothesis with a planted size; and the others, by id and estimand."""
    found, without = [], []
    for hypothesis in evidence.protocol.hypotheses:
        key = estimand_key(evidence.protocol, hypothesis)
        if (planted := nearest(evidence.protocol, key, truth)) is not None:
            found.append(_hypothesis(evidence.findings[hypothesis.id], hypothesis, planted, truth.n))
        else:
            without.append(f"{hypothesis.id} ({key})")
    return found, without


def score_described(protocol: Protocol, finding: Finding, truth: Truth) -> Finding | None:
    """A finding that asks no yes or no, beside its planted size; None where it has none."""
    if finding.id == "evaluation.prepost":
        return _illusion(protocol, finding, truth.estimands)
    planted = nearest(protocol, _key(protocol, finding.id), truth)
    if planted is None:
        return None
    row = Row({}, size(planted.value, finding.estimate, truth.n), "described")
    question = "Did the study find the size that was planted?"
    said = held(finding.estimate, planted.value)
    return scored(finding, question, {"planted": row}, said, NO_YES_OR_NO, *planted.said)


def _hypothesis(finding: Finding, hypothesis: Hypothesis, planted: Nearest, n: int) -> Finding:
    earned = verdict_earned(planted.value, hypothesis.direction, hypothesis.smallest_effect)
    return scored(
        finding,
        f"Did the study find the size that was planted for {hypothesis.id}?",
        {"planted": Row({}, size(planted.value, finding.estimate, n), earned)},
        held(finding.estimate, planted.value),
        told(finding.verdict, earned),
        *planted.said,
    )


def _key(protocol: Protocol, name: str) -> str:
    """The estimand of a finding that asks no yes or no; "" where it has none."""
    if name == "validation.prevalence":
        return label_key(protocol)
    claims = [claim for claim in protocol.hypotheses if claim.kind == "effect"]
    for i, claim in enumerate(claims):
        detail = f".{claim.id.lower().replace('-', '_')}" if i else ""
        outcome = protocol.outcome(claim.outcome)
        if name in (f"evaluation.contact.unadjusted{detail}", f"evaluation.contact.honest{detail}"):
            return effect_key(protocol, outcome)
        if name == f"evaluation.contact.complier{detail}" and getattr(protocol.support.design, "uptake", "") == TALKED:
            return effect_key(protocol, outcome, among="complier")
        if name == f"evaluation.attrition{detail}" and outcome.instrument is not None:
            return effect_key(protocol, outcome, "answered")
    return ""


def _illusion(protocol: Protocol, finding: Finding, estimands: Mapping[str, float]) -> Finding | None:
    """A change from before to after is never an effect: what the contact did to those contacted stands beside it."""
    asked = (protocol.support.trial, protocol.support.change_of, "att", *other_students(protocol))
    key = ".".join(("effect", *map(str, asked)))
    if key not in estimands or finding.estimate is None or finding.estimate.value is None:
        return None
    found, planted = finding.estimate, estimands[key]
    changed = in_words(finding.estimate.value, found.unit)
    return scored(
        finding,
        "How much of the change from before to after was the contact?",
        {"planted": Row({}, size(planted, found, found.n), "described")},
        f"The change seen is {changed}; the contact itself changed those contacted by {in_words(planted, found.unit)}.",
        "The rest is no effect: the students were chosen in a low week. This finding is never read as one.",
    )
