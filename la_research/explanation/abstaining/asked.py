"""What is asked about abstaining, where the protocol registers it."""

from __future__ import annotations

from collections.abc import Iterator

from la_research.explanation.abstaining.coverage import coverage_finding
from la_research.explanation.abstaining.decided import abstained
from la_research.explanation.abstaining.shares import shares_finding
from la_research.explanation.ground import Ground
from la_research.finding import Finding


def abstaining_findings(ground: Ground) -> Iterator[Finding]:
    """``explanation.abstaining`` and ``explanation.coverage``; nothing for subsets, or where it is not registered."""
    if ground.main and ground.protocol.explanation.abstaining is not None:
        held = abstained(ground)
        yield shares_finding(ground, held)
        yield coverage_finding(ground, held)
