"""The reporting checklists that ship with the package: one table."""

from __future__ import annotations

import csv
from pathlib import Path

from la_research.evaluation.checklists import CHECKLISTS, Item

TABLE = Path(__file__).parents[1] / "data" / "checklists.csv"


def load_checklist(kind: str) -> tuple[Item, ...]:
    """The items that a design of this kind has to tell of, in their order; none where no checklist is made for it.

    Examples
    --------
    >>> [load_checklist(kind)[0].checklist for kind in ("randomised", "did", "observational")]
    ['CONSORT 2025', 'TREND', 'STROBE']
    """
    with TABLE.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["checklist"] == CHECKLISTS.get(kind)]
    return tuple(
        Item(row["checklist"], row["item"], row["section"], row["topic"], tuple(row["answered_by"].split()))
        for row in rows
    )
