"""Whom it helped: registered groups, what was only explored, and whether those with most need were reached."""

from __future__ import annotations

from collections.abc import Sequence

from la_research.evidence import Evidence
from la_research.finding import Finding
from la_research.report.catalogue import attribute_name, capital, verdict_words
from la_research.report.chart import Forest, Mark
from la_research.report.claims import counted
from la_research.report.document import Block, Cell, Details, Figure, Paragraph, Table
from la_research.report.exhibit import figure
from la_research.report.labels import row_label
from la_research.report.opened import opened
from la_research.report.reading import tally

CAREFUL = "A difference between groups is about the support, not about the group."
EXPLORATORY = "All of these are exploratory: what they suggest needs a study of its own."
SUBGROUP = "evaluation.who.subgroup."
PLAIN = (
    "Intervals are one by one; whether groups differ is the question of the table below, and allows for their number."
)


def whom(evidence: Evidence, found: Sequence[Finding]) -> list[Block]:
    """The effect in each registered group on one axis, one line a question, the numbers on demand."""
    drawn = _forest(found)
    notes = () if any(finding.confirmatory for finding in found) else (EXPLORATORY,)
    title = "Does it differ between students?"
    table = Table("whom", title, ("Asked", "Found", "Reading"), tuple(map(_row, found)), notes)
    return [
        Paragraph(CAREFUL),
        *([drawn] if drawn else []),
        Details(f"{title} {len(found)} questions: {counted(tally(found))}", (table,)),
        *opened("The effect in each group, and who was reached", [finding for finding in found if finding.rows]),
    ]


def _row(finding: Finding) -> tuple[Cell, ...]:
    """What was asked and found, and how its reason begins; the whole reason stands with the numbers."""
    reading = capital((finding.reason or "").partition(":")[0]) or verdict_words(finding.verdict)[0]
    return (finding.question, finding.estimate or finding.verdict, reading)


def _forest(found: Sequence[Finding]) -> Figure | None:
    """The effect in each group of each registered division; groups too small to show are named."""
    marks = [
        Mark(row_label(row).partition(": ")[2] or row_label(row), row.estimate, "main", capital(attribute_name(name)),
             word=row.verdict or "not analysed")
        for finding in found if finding.id.startswith(SUBGROUP)
        for name in (finding.id.removeprefix(SUBGROUP),)
        for row in finding.rows if set(row.keys) == {name}
    ]  # fmt: skip
    units = {mark.estimate.unit for mark in marks if mark.estimate}
    if len(units) != 1:
        return None
    title = "The effect in each registered group of students"
    return figure("effect-by-group", title, Forest(tuple(marks), units.pop(), 0.0), "Group", (PLAIN,))
