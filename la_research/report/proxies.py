"""Whether the data that the model reads tell a protected attribute, as a table for the committee."""

from __future__ import annotations

from collections.abc import Iterator

from la_research.evidence import Evidence
from la_research.finding import Finding
from la_research.report.catalogue import attribute_name, beside_chance, capital, indicator_name
from la_research.report.claims import row_cell, sentence
from la_research.report.document import Block, Cell, Details, Paragraph, Table
from la_research.report.reading import proxies

NAMED = 3
"""Features that the first table names; all stand in the second."""


def proxies_blocks(evidence: Evidence) -> list[Block]:
    """Attribute, how well it can be told, and which data carry it; every feature on demand.

    Nothing where no finding ``audit.proxies.ATTRIBUTE`` was made.
    """
    found = proxies(evidence)
    if not found:
        return []
    columns = (
        "Attribute",
        "How well it can be told (AUC; 0.5 is chance)",
        "Reading",
        "Data that tell it by themselves",
    )
    title = "Protected attributes that the model's data can tell"
    blocks: list[Block] = [
        Paragraph(
            "The model reads no protected attribute. Other data may still stand in for one: then a rule that never "
            "saw it can treat groups differently."
        ),
        Table("proxies", title, columns, tuple(_row(f) for f in found), _notes(found)),
    ]
    rows = tuple(row for f in found for row in _features(f))
    if rows:
        told = Table("proxies-features", "Each feature by itself", ("Attribute", "Feature", "AUC by itself"), rows)
        blocks.append(Details("Each feature by itself", (told,)))
    return blocks


def _row(finding: Finding) -> tuple[Cell, ...]:
    name = capital(attribute_name(finding.id.rpartition(".")[2]))
    if finding.estimate is None:
        return (name, finding.verdict, sentence(finding.reason or ""), "")
    return (name, finding.estimate, beside_chance(finding.estimate)[0], _carriers(finding))


def _carriers(finding: Finding) -> str:
    """The features whose interval lies above chance, the one that tells most first."""
    shown = sorted(
        (-(row.estimate.value or 0.0), indicator_name(str(row.keys["feature"])))
        for row in finding.rows
        if row.estimate is not None and (row.estimate.lower or 0.0) > 0.5
    )
    if not shown:
        return "none is shown to"
    more = f" and {len(shown) - NAMED} more" if len(shown) > NAMED else ""
    return ", ".join(name for _, name in shown[:NAMED]) + more


def _features(finding: Finding) -> Iterator[tuple[Cell, ...]]:
    name = capital(attribute_name(finding.id.rpartition(".")[2]))
    for row in finding.rows:
        yield (name, indicator_name(str(row.keys["feature"])), row_cell(row.estimate, row.verdict))


def _notes(found: list[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(note for finding in found for note in finding.limitations))
