"""The reporting checklist of the design: each item, and the findings and registered choices that answer it."""

from __future__ import annotations

from collections.abc import Sequence

from la_research.evaluation.checklists import Item
from la_research.evidence import Evidence
from la_research.report.document import Block, Cell, Details, Links, Table

OWED = "for the authors to write"
NONE = "–"
COLUMNS = ("Item", "What has to be told", "Findings that answer it", "In the protocol")


def checklist(evidence: Evidence, items: Sequence[Item]) -> list[Block]:
    """All items in a table on demand; its title says how many the findings or the protocol answer."""
    if not items:
        return []
    rows = tuple(_row(evidence, item) for item in items)
    answered = sum(row[2] != OWED for row in rows)
    name = items[0].checklist
    title = f"{name}: {answered} of {len(items)} items are answered by a finding or the protocol"
    return [Details(title, (Table("checklist", f"Reporting checklist {name}", COLUMNS, rows),))]


def _row(evidence: Evidence, item: Item) -> tuple[Cell, ...]:
    found, keys = item.found(evidence.findings), ", ".join(item.keys)
    told: Cell = Links(found) if found else NONE
    return (f"{item.item} {item.section}", item.topic, told if found or keys else OWED, keys or NONE)
