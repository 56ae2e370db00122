"""Who was assessed, drawn, contacted, analysed and lost, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from la_research.evidence import Evidence
from la_research.finding import Finding
from la_research.report.claims import unanswered
from la_research.report.document import Block
from la_research.report.exhibit import exhibit


def flow(evidence: Evidence, found: Sequence[Finding]) -> list[Block]:
    """The flow diagram of each trial, with what its words mean."""
    blocks: list[Block] = []
    for finding in found:
        drawn = exhibit(finding)
        blocks.append(replace(drawn, note=" ".join(finding.limitations)) if drawn else unanswered(finding))
    return blocks
