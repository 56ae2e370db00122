"""Findings opened on demand: a table of numbers each, and once what all of them rest on and what limits them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from la_research.finding import Finding, Row
from la_research.report.catalogue import capital
from la_research.report.claims import described, row_cell, sentence
from la_research.report.document import Block, Bullets, Cell, Details, Paragraph, Table, slug
from la_research.report.labels import row_label

MOST = 10
"""Rows of a finding that the report shows; the evidence holds all of them."""
SKIPPED = ("specification", "component")
"""Keys of rows that a curve or a plot holds, too many to be read one by one."""


def opened(title: str, found: Sequence[Finding], before: Sequence[Block] = ()) -> list[Details]:
    """Details of several findings under one title; none where there is neither a finding nor a block.

    Parameters
    ----------
    title
        What the reader clicks on.
    before
        Blocks that stand above the tables.

    Examples
    --------
    >>> from la_research.finding import Estimate
    >>> told = Estimate(0.5, 0.4, 0.6, 0.95, "AUC", 90, "delong")
    >>> found = Finding("validation.procedure", "How well?", "described", told, (Row({"what": "one split"}, told),))
    >>> [details] = opened("How it was made", [found])
    >>> details.blocks[0].title, details.blocks[0].rows[0][0]
    ('How well?', 'One split')
    """
    if not found and not before:
        return []
    uses = Counter(text for finding in found for text in finding.limitations)
    shared = [text for text in uses if uses[text] > 1]
    blocks = list(before)
    for finding in found:
        own = tuple(sentence(text) for text in finding.limitations if text not in shared)
        blocks += [*told(finding), *([Bullets(own)] if own else [])]
    held = dict.fromkeys(sentence(str(one)) for finding in found for one in finding.assumptions)
    blocks += [Bullets(tuple(held), "What it rests on")] if held else []
    blocks += [Bullets(tuple(map(sentence, shared)), "What a reader must not conclude")] if shared else []
    return [Details(title, tuple(blocks))]


def told(finding: Finding) -> Iterator[Block]:
    """A finding as a table of its rows under its question; as a sentence where it holds none."""
    asked, why = described(finding), sentence(finding.reason or "")
    if finding.hypothesis and not finding.confirmatory and finding.hypothesis not in asked:
        asked = f"{finding.hypothesis}: {asked}"
    every = finding.estimate is not None or finding.stage == "evaluation"
    rows = [row for row in finding.rows if not set(SKIPPED) & set(row.keys) and (row.estimate or every)]
    if rows:
        lines = tuple((capital(row_label(row)) or "All", _cell(row)) for row in rows[:MOST])
        more = len(rows) - MOST
        left = (
            f"{more} more row{' stands' if more == 1 else 's stand'} in the evidence of this run." if more > 0 else ""
        )
        notes = tuple(text for text in (why, left) if text)
        yield Table(f"rows-{slug(finding.id)}", asked, ("What", "Estimate"), lines, notes)
    else:
        yield Paragraph(f"{asked} {finding.estimate or capital(finding.verdict)}. {why}".strip())


def _cell(row: Row) -> Cell:
    if row.estimate is None and row.verdict == "described" and row.reason:
        return capital(row.reason)
    held = row_cell(row.estimate, row.verdict)
    return f"{held}: {row.reason}" if row.estimate is None and row.reason else held
