"""A design put to samples: reasons against, checks without the outcome, the gate, and only then the effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from la_research.disclosure import spaced
from la_research.evaluation.design import Asked, Design, Estimated
from la_research.evaluation.gate import Gate
from la_research.evaluation.sample import Sample
from la_research.evaluation.sensitivity import unread_findings
from la_research.evaluation.yes_and_no import without_numbers, yes_tells_few
from la_research.finding import Finding, not_analysed
from la_research.protocol import Hypothesis
from la_research.protocol.support import Override
from la_research.statistics.coefficient import Inference
from la_research.statistics.registered import judged

CERTAIN = "what is compared does not vary, so how sure the effect is can not be told"
Levels = Callable[[Mapping[str, Inference]], Mapping[str, float]]
"""The alpha at which each hypothesis that was estimated is judged, by its id."""


@dataclass(frozen=True)
class Case:
    """One hypothesis, or one plain table: its sample, or why there is none."""

    asked: Asked
    question: str
    sample: Sample | None = None
    reason: str = ""


@dataclass(frozen=True)
class _Answer:
    case: Case
    reason: str
    gate: Gate | None = None
    found: Estimated | None = None
    people: bool = True


def answers(design: Design, cases: Sequence[Case], override: Override | None, levels: Levels) -> list[Finding]:
    """The findings of every case: the effect first, then its gate, then what stands beside it.

    Where a gate is shut the value is not worked out at all.

    Parameters
    ----------
    levels
        Holm over the families of the study; not asked on a plain table.
    """
    worked = [_worked(design, case, override) for case in cases]
    found = {
        answer.case.asked.claim.id: answer.found.headline
        for answer in worked
        if answer.case.asked.claim and answer.found and answer.found.headline
    }
    alphas = levels(found) if found else {}
    return [finding for answer in worked for finding in _findings(answer, alphas)]


def _worked(design: Design, case: Case, override: Override | None) -> _Answer:
    if case.sample is None:
        return _Answer(case, case.reason)
    sample = design.prepared(case.sample, case.asked)
    case = replace(case, sample=sample)
    reason = design.reason(sample, case.asked)
    if reason:
        return _Answer(case, reason)
    gate = Gate(tuple(design.checks(sample.blinded(), case.asked)), override)
    if not gate.open:
        return _Answer(case, gate.reason, gate)
    found = design.estimated(sample, case.asked)
    if found.headline and _certain(found.headline, case.asked.level):
        found = replace(found, headline=None, reason=CERTAIN)
    return _Answer(case, found.reason, gate, found, design.people)


def _certain(headline: Inference, level: float) -> bool:
    """Whether an interval has no width."""
    low, high = headline.interval(level)
    return high - low <= 1e-9 * abs(headline.value)


def _findings(answer: _Answer, alphas: Mapping[str, float]) -> list[Finding]:
    asked, found, sample = answer.case.asked, answer.found, answer.case.sample
    gate = [answer.gate.finding(asked)] if answer.gate else []
    beside = found.beside if found else ()
    if found is None or found.headline is None or sample is None:
        told = [_without(answer), *gate, *beside]
    else:
        told = [_effect(answer, found, found.headline, alphas), *gate, *beside]
        if yes_tells_few(sample):
            told = [without_numbers(one, sample.minimum) if one not in gate else one for one in told]
        told = spaced(told, found.headline.n, sample.minimum) if answer.people else told
    return told if asked.brief else [*told, *unread_findings(asked, told)]


def _without(answer: _Answer) -> Finding:
    asked = answer.case.asked
    claim = {"hypothesis": asked.claim.id, "confirmatory": True} if asked.claim else {}
    assumptions = answer.gate.assumptions if answer.gate else ()
    return not_analysed(asked.id(), answer.case.question, answer.reason, assumptions=assumptions, **claim)


def _effect(answer: _Answer, found: Estimated, headline: Inference, alphas: Mapping[str, float]) -> Finding:
    asked, gate = answer.case.asked, answer.gate
    unit = answer.case.sample.unit if answer.case.sample else "points"
    plain = Finding(
        asked.id(),
        answer.case.question,
        "described",
        headline.estimate(unit, found.method, asked.level),
        found.rows,
        assumptions=(*(gate.assumptions if gate else ()), *found.assumptions),
        limitations=(found.estimand, *(gate.limitations if gate else ()), *found.limitations),
    )
    if asked.claim is None:
        return plain if not found.measured else replace(plain, limitations=(*plain.limitations, f"{found.measured}."))
    claim = _turned(asked.claim) if found.opposite else asked.claim
    read = judged(claim, headline, alphas[claim.id], unit, found.method)
    read["rows"] = (*read["rows"], *found.rows)
    return replace(plain, **{**read, **_held_back(read["verdict"], gate, found)})


def _turned(claim: Hypothesis) -> Hypothesis:
    return claim.model_copy(update={"direction": "negative" if claim.direction == "positive" else "positive"})


def _held_back(verdict: str, gate: Gate | None, found: Estimated) -> dict[str, str]:
    """A lower verdict and its reason, where the checks or the interval do not carry the one that was read."""
    if found.unjudged:
        return {"verdict": "described", "reason": found.unjudged}
    if gate is not None and gate.cap and verdict != "inconclusive":
        return {"verdict": "inconclusive", "reason": gate.cap}
    doubts = [gate.doubt if gate and verdict == "supported" else ""]
    doubts += [f"the interval is {found.measured}" if found.measured and verdict != "inconclusive" else ""]
    return {"verdict": "inconclusive", "reason": "; ".join(filter(None, doubts))} if any(doubts) else {}
