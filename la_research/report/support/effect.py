"""The registered effects: verdict, number and whose effect of what it is; where the gate is shut, why no number."""

from __future__ import annotations

from dataclasses import replace

from la_research.evidence import Evidence
from la_research.finding import Finding
from la_research.report.claims import hypothesis_answer, hypothesis_details
from la_research.report.document import Block
from la_research.report.reading import answers

SHUT = "gate: "
"""How the reason of an effect begins that was not worked out because a check did not pass."""
NO_NUMBER = "The effect was not worked out, so there is no number. A check that was promised beforehand did not pass."


def effects(evidence: Evidence) -> list[Block]:
    """One answer a registered hypothesis of an effect, with what exactly was estimated behind it."""
    blocks: list[Block] = []
    for hypothesis, finding in answers(evidence, "effect"):
        answer = hypothesis_answer(hypothesis, finding, evidence.protocol)
        shut = (finding.reason or "").startswith(SHUT)
        answer = replace(answer, answer=NO_NUMBER if shut else estimand(finding))
        blocks += [answer, hypothesis_details(hypothesis, finding)]
    return blocks


def estimand(finding: Finding) -> str:
    """Whose effect of what: the first limitation of an effect that was worked out, where it says so.

    >>> estimand(Finding("evaluation.contact.h1", "Did it?", "described", limitations=("It is the effect of a draw.",)))
    'It is the effect of a draw.'
    """
    return next((text for text in finding.limitations[:1] if text.startswith("It is ")), "")
