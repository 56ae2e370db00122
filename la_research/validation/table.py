"""An indicator beside an outcome in a plain table: what was asked, and what was found; all of it exploratory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from la_research.finding import Findings, table_document


@dataclass(frozen=True, slots=True)
class AssociationPlan:
    """What is asked of a table.

    Parameters
    ----------
    by_week, by_cluster
        Whether rows have weeks and modules, whose differences are taken out.
    binary
        Whether the outcome holds nothing but 0 and 1.
    smallest
        The smallest association that would matter, in SD per SD or as a correlation, above -1 and
        below 1; its sign is the direction asked. None where no yes or no is asked.
    minimum
        Students below whom nothing is shown, 10 or more.
    """

    by_week: bool = False
    by_cluster: bool = False
    binary: bool = False
    smallest: float | None = None
    minimum: int = 10


@dataclass(frozen=True)
class TableAssociation:
    """An association in a table as the command line shows it.

    Parameters
    ----------
    file, digest
        Name of the file and SHA-256 of its bytes.
    columns
        What each column that was read holds, and its name.
    plan
        What was asked.
    findings
        What was found; numbers on few students are suppressed.
    versions
        Of what made the numbers.
    """

    file: str
    digest: str
    columns: Mapping[str, str]
    plan: AssociationPlan
    findings: Findings
    versions: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The association as ``la_research.findings/1``; ``study.asked`` holds what was asked of the table."""
        asked = {
            "file": self.file,
            "columns": dict(self.columns),
            "smallest": self.plan.smallest,
            "minimum_group_size": self.plan.minimum,
        }
        return table_document("associate", self.digest, asked, self.findings, self.versions)
