"""What students made of the support, what it asked of them, and whether staff can keep up."""

from __future__ import annotations

from collections.abc import Sequence

from la_research.evidence import Evidence
from la_research.finding import Finding
from la_research.report.document import Block, Cell, Table
from la_research.report.opened import opened

ASKED = {
    "uptake": "Opened the message, of those contacted",
    "costs": "Staff hours a contact",
    "queue": "Longest queue at the end of a week",
    "feedback.acceptable": "Say that it is acceptable",
    "feedback.work": "Say that it would work",
    "feedback.help": "Say that it would help",
    "feedback.intrusive": "Change in how intrusive it is felt to be",
    "feedback.trust": "Change in trust",
}
"""Each finding in a few words."""


def received(evidence: Evidence, found: Sequence[Finding]) -> list[Block]:
    """One line a question; by group, by step and by week on demand."""
    return [
        Table("received", "Ratings, uptake and staff time", ("Asked", "Found"), tuple(_row(f) for f in found)),
        *opened("By group of students, by step and by week", [finding for finding in found if finding.rows]),
    ]


def _row(finding: Finding) -> tuple[Cell, ...]:
    asked = ASKED.get(finding.id.removeprefix("evaluation."), finding.question)
    return (asked, finding.estimate or f"{finding.verdict}: {finding.reason}")
