"""How strong something that was not measured would have to be to change the answer: one sentence a finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from la_research.evidence import Evidence
from la_research.finding import Finding
from la_research.report.claims import sentence
from la_research.report.document import Block, Bullets
from la_research.report.opened import opened


def strength(evidence: Evidence, found: Sequence[Finding]) -> list[Block]:
    """A sentence each, and the numbers on demand."""
    return [
        Bullets(tuple(dict.fromkeys(_plain(finding) for finding in found))),
        *opened("The numbers behind these sentences", [f for f in found if f.rows or f.estimate]),
    ]


def _plain(finding: Finding) -> str:
    """What a finding means, in a sentence."""
    if finding.verdict == "not analysed":
        return f"{finding.question} Not analysed: {finding.reason}."
    return SAID.get(finding.id.split(".")[2], _first)(finding)


def _first(finding: Finding) -> str:
    return sentence(finding.limitations[0]) if finding.limitations else f"{finding.question} {finding.estimate or ''}"


def _both(finding: Finding) -> str:
    return " ".join(map(sentence, finding.limitations)) or _first(finding)


def _placebos(finding: Finding) -> str:
    """How many of the things that can not have been moved seem to have been."""
    held = [row.estimate for row in finding.rows if row.estimate is not None and row.estimate.lower is not None]
    moved = sum((e.lower or 0) > 0 or (e.upper or 0) < 0 for e in held)
    return f"Things that the support can not have moved: {len(held)} looked at, {moved} seemed to move."


def _courses(finding: Finding) -> str:
    """How far courses may part before the effect could be nothing."""
    end = next((row for row in finding.rows if row.keys.get("what") == "breakdown"), None)
    if end is None:
        return _first(finding)
    if end.estimate is None:
        return f"{finding.question} {sentence(end.reason or '')}"
    times = f"{end.estimate.value:.2f} times the largest change seen before"
    return f"The effect could be nothing once courses part, from one time to the next, by {times}."


def _bounds(finding: Finding) -> str:
    held = finding.estimate
    if held is None or held.lower is None or held.upper is None:
        return _first(finding)
    ends = f"{held.lower:.3g} to {held.upper:.3g} {held.unit} (n = {held.n:,})"
    return f"Whoever did not answer and why, the effect lies between {ends}, if support moves answering one way only."


SAID: dict[str, Callable[[Finding], str]] = {
    "tipping": _both,
    "placebo_outcomes": _placebos,
    "violations": _courses,
    "lee_bounds": _bounds,
}
"""Findings whose sentence is not the first of their limitations."""
