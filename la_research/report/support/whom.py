"""Whom it helped: registered groups, what was only explored, and whether those with most need were reached."""

from __future__ import annotations

from collections.abc import Sequence

from la_research.evidence import Evidence
from la_research.finding import Finding
from la_research.report.document import Block, Paragraph
from la_research.report.opened import opened
from la_research.report.results import questions

CAREFUL = (
    "A difference between groups is about the support, not about the group. What is exploratory needs a new study."
)


def whom(evidence: Evidence, found: Sequence[Finding]) -> list[Block]:
    """One line a question, registered or exploratory; the effect in each group on demand."""
    return [
        Paragraph(CAREFUL),
        questions("whom", "Does the effect differ between students?", found),
        *opened("The effect in each group, and who was reached", [finding for finding in found if finding.rows]),
    ]
