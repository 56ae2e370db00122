"""The effect of support in a plain table: what was asked, and what was found; all of it exploratory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from la_research.disclosure import disclosed
from la_research.evaluation.answer import Case, answers
from la_research.evaluation.design import Asked
from la_research.evaluation.designs import DESIGNS
from la_research.evaluation.sample import Sample
from la_research.finding import Findings, table_document
from la_research.protocol.designs import DesignSection
from la_research.protocol.support import Override


@dataclass(frozen=True)
class TableEffect:
    """An effect in a table as the command line shows it.

    Parameters
    ----------
    file, digest
        Name of the file and SHA-256 of its bytes.
    design
        Its kind.
    columns
        What each column that was read holds, and its name.
    settings
        Choices of the design that were set, by name.
    data, approval
        The level of the data, and under which approval they are used.
    findings
        What was found; numbers on few students are suppressed.
    versions
        Of what made the numbers.
    """

    file: str
    digest: str
    design: str
    columns: Mapping[str, str]
    settings: Mapping[str, str]
    data: str
    findings: Findings
    approval: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The effect as ``la_research.findings/1``; ``study.asked`` holds what was asked of the table."""
        asked = {
            "file": self.file,
            "design": self.design,
            "columns": dict(self.columns),
            "settings": dict(self.settings),
            "data": self.data,
            "approval": self.approval,
        }
        return table_document("effect", self.digest, asked, self.findings, self.versions)


def effect_of_rows(settings: DesignSection, sample: Sample, override: Override | None = None) -> Findings:
    """The effect that a design finds in a sample: ``evaluation.effect``, its gate, and what stands beside it.

    Parameters
    ----------
    settings
        What is set of the design; its ``kind`` names it.
    sample
        The rows, with the roles that the design needs.
    override
        Somebody's decision to look although a check did not pass.
    """
    kind = str(settings.kind)  # type: ignore[attr-defined]
    outcome = sample.words.get("outcome", "the outcome")
    question = f"What did the support change in {outcome}?"
    found = answers(DESIGNS[kind], [Case(Asked(settings), question, sample)], override, lambda headlines: {})
    return Findings(found) if DESIGNS[kind].aggregates else disclosed(Findings(found), sample.minimum)
