"""The gate: every check that was promised before the effect was looked at, and whether anyone looked all the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from la_research.evidence import Evidence
from la_research.finding import Finding
from la_research.report.document import Block, Bullets, Details, Notice, Paragraph, Table, slug
from la_research.report.reading import answers
from la_research.report.support.effect import SHUT

PASSED, FAILED = "passed", "did not pass"
NO_CHECK = "No check stands before this effect: either none was promised, or nothing could be compared."
OVERRIDDEN = "It was looked at although"
"""How the limitation of a gate begins that somebody decided to open."""


def gates(evidence: Evidence, found: Sequence[Finding]) -> list[Block]:
    """A table for each gate, whether it is open or shut; an override by name, date and reason."""
    return [block for finding in found for block in _gate(evidence, finding)] or [Paragraph(NO_CHECK)]


def _gate(evidence: Evidence, finding: Finding) -> Iterator[Block]:
    override = evidence.protocol.support.override
    opened = any(text.startswith(OVERRIDDEN) for text in finding.limitations)
    if opened and override is not None:
        yield Notice(
            "Looked at although a check did not pass",
            f"{override.name} decided so on {override.on.isoformat()}, because {override.reason}",
        )
    yield Paragraph(_lead(finding, opened, _shut(evidence, finding)))
    rows = tuple(
        (a.statement, _result(row.keys.get("reads"), row.keys.get("gates")), a.evidence)
        for row, a in zip(finding.rows, finding.assumptions, strict=False)
    )
    columns = ("What has to be so", "Check", "What was seen, beside its limit")
    yield Table(slug(finding.id), f"Checks made without the outcome{_of(finding)}", columns, rows)
    meant = tuple(
        f"{a.statement}. If not, {row.keys['if not']}."
        for row, a in zip(finding.rows, finding.assumptions, strict=False)
        if row.keys.get("if not")
    )
    said = (text for text in finding.limitations if not text.startswith(OVERRIDDEN))
    yield Details("What it would mean if one of them were not so", (Bullets((*meant, *said)),))


def _lead(finding: Finding, opened: bool, shut: bool) -> str:
    stopping = [row for row in finding.rows if row.keys.get("gates") == "yes"]
    passed = sum(row.keys.get("reads") == PASSED for row in stopping)
    told = f"Checks that can keep the effect locked: {len(stopping)}; passed: {passed}"
    if shut:
        return f"{told}. So the effect was not worked out; nobody has seen it."
    if opened:
        return f"{told}. The effect was worked out all the same: read it as a guess."
    return f"{told}. Only then was the effect worked out."


def _result(reads: object, gated: object) -> str:
    return f"{reads}" if gated == "yes" else f"{reads} (shown only)"


def _shut(evidence: Evidence, gate: Finding) -> bool:
    """Whether the effect behind this gate was not worked out because of it."""
    effects = [(h, f) for h, f in answers(evidence, "effect") if f.id.startswith("evaluation.contact")]
    own = [f for h, f in effects if gate.id.endswith(f".{f.id.rpartition('.')[2]}")] or [f for _, f in effects[:1]]
    return any((finding.reason or "").startswith(SHUT) for finding in own)


def _of(finding: Finding) -> str:
    own = finding.id.rpartition(".")[2]
    return "" if own == "gate" else f", {own.upper()}"
