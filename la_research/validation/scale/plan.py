"""What is asked of an instrument, and the answer as a document; nothing was registered, so all of it is exploratory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from la_research.finding import Findings, table_document


@dataclass(frozen=True, slots=True)
class ScalePlan:
    """What is asked of an instrument.

    Parameters
    ----------
    items
        Names of the columns of the answers, in order.
    factors
        The items of every factor, by its name; an item has one factor or more.
    ordinal
        Whether answers are ordered categories rather than numbers.
    group
        The column of the groups that are compared; empty where none are.
    reversed
        Items whose answers were turned.
    minimum
        Students below whom nothing is shown, 10 or more.
    level
        Of every interval but that of RMSEA, for which .90 is usual.
    """

    items: tuple[str, ...]
    factors: Mapping[str, tuple[str, ...]]
    ordinal: bool = False
    group: str = ""
    reversed: tuple[str, ...] = ()
    minimum: int = 10
    level: float = 0.95

    @property
    def columns(self) -> list[tuple[int, ...]]:
        """Columns of each factor's items."""
        return [tuple(self.items.index(item) for item in items) for items in self.factors.values()]


@dataclass(frozen=True)
class ScaleExamined:
    """An instrument that was examined on a table: file, SHA-256 of its bytes, what was asked, and what was found."""

    file: str
    digest: str
    plan: ScalePlan
    findings: Findings
    versions: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The answer as ``la_research.findings/1``; ``study.asked`` holds what was asked of the table."""
        asked = {
            "file": self.file,
            "items": list(self.plan.items),
            "factors": {name: list(items) for name, items in self.plan.factors.items()},
            "ordinal": self.plan.ordinal,
            "reversed": list(self.plan.reversed),
            "group": self.plan.group or None,
            "minimum_group_size": self.plan.minimum,
        }
        return table_document("scale", self.digest, asked, self.findings, self.versions)
