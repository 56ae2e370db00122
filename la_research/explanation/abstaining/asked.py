"""What is asked about abstaining, where the protocol registers it."""

from __future__ import annotations

from collections.abc import Iterator

from la_research.explanation.abstaining.coverage import QUESTION as COVERS
from la_research.explanation.abstaining.coverage import coverage_finding
from la_research.explanation.abstaining.decided import abstained
from la_research.explanation.abstaining.shares import QUESTION as STAYS_SILENT
from la_research.explanation.abstaining.shares import shares_finding
from la_research.explanation.ground import Ground
from la_research.finding import Finding, not_analysed


def abstaining_findings(ground: Ground) -> Iterator[Finding]:
    """``explanation.abstaining`` and ``explanation.coverage``; nothing for subsets, or where it is not registered."""
    if not ground.main or ground.protocol.explanation.abstaining is None:
        return
    if ground.lacking:
        yield not_analysed(ground.name("abstaining"), STAYS_SILENT, ground.lacking)
        yield not_analysed(ground.name("coverage"), COVERS, ground.lacking)
    else:
        held = abstained(ground)
        yield shares_finding(ground, held)
        yield coverage_finding(ground, held)
