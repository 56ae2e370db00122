"""What this study can and can not find: the forecast of its design, made on synthetic students before any data."""

from __future__ import annotations

from collections.abc import Iterator

from la_research.evidence import Evidence
from la_research.finding import Finding, Findings, Row
from la_research.protocol import Hypothesis
from la_research.report.catalogue import attribute_name, claim, metric_name, verdict_words
from la_research.report.chart import Forest, Mark
from la_research.report.claims import sentence
from la_research.report.document import Block, Cell, Details, Figure, Paragraph, Table
from la_research.report.exhibit import alt_text
from la_research.report.figures import draw
from la_research.report.labels import group_label
from la_research.report.reading import get

NONE_MADE = "No forecast of this design was made before the data."
TITLE = "How often this study would give each verdict"
NOTES = (
    "Found: it reads “supported”, by the registered rule.",
    "False: nothing is planted, and it reads “supported” or “contradicted”.",
    "Wrong sign: of the studies whose 95 % interval excludes zero, those on the other side of it than the size.",
    "n counts synthetic studies; an interval shrinks with more of them.",
)
CHANCE = "80 %"
"""Chance to find it, for which the smallest effect is printed."""


def design(evidence: Evidence) -> list[Block]:
    """What was forecast of the registered design, or why nothing is shown."""
    about = get(evidence, "design.forecast")
    if about is None:
        return [Paragraph(NONE_MADE)]
    if about.reason:
        return [Paragraph(sentence(about.reason))]
    blocks: list[Block] = [Paragraph(" ".join(about.limitations), lead=True), _claims(evidence)]
    drawn = verdict_bars(evidence.findings)
    gaps = get(evidence, "design.detectable.disparity")
    return [*blocks, *(_gaps(gaps) if gaps else []), *([Details(drawn.title, (drawn,))] if drawn else [])]


def _claims(evidence: Evidence) -> Table:
    rows = [
        (f"{hypothesis.id}: {claim(hypothesis, evidence.protocol)}", *_chances(evidence, hypothesis))
        for hypothesis in evidence.protocol.hypotheses
    ]
    columns = (
        "Hypothesis", "Size in the synthetic campus", "Chance to find it",
        "Chance of a false finding, or of a wrong sign where zero is excluded",
        "Share of 95 % intervals that hold the size", f"Smallest effect found with a chance of {CHANCE}",
    )  # fmt: skip
    return Table("design", "What the study would find of each hypothesis", columns, tuple(rows), NOTES)


def _chances(evidence: Evidence, hypothesis: Hypothesis) -> Iterator[Cell]:
    name = hypothesis.id.lower().replace("-", "_")
    found, smallest = get(evidence, f"design.{name}"), get(evidence, "design.detectable.effect")
    rows = {str(row.keys["measure"]): row for row in found.rows} if found else {}
    planted = rows["planted"].estimate if "planted" in rows else None
    nothing = planted is not None and planted.value == 0
    yield planted or "not analysed"
    for what in ("supported", "false finding" if nothing else "type S", "coverage"):
        yield _cell(rows.get(what))
    wanted = {"hypothesis": hypothesis.id, "chance": CHANCE, "found": "supported"}
    yield _cell(next((row for row in (smallest.rows if smallest else ()) if row.keys == wanted), None))


def _gaps(finding: Finding) -> list[Block]:
    """Of missed need, for each attribute, the group for whom a gap is hardest to show; all else on demand."""
    if not finding.rows:
        return [Paragraph(f"{finding.question} {sentence(finding.reason or '')}")]
    hardest: dict[str, Row] = {}
    for row in finding.rows:
        name = _attributes(row)
        if row.keys["metric"] == "fnr" and " and " not in name:
            hardest[name] = max(hardest.get(name, row), row, key=_size)
    shown = tuple((name, group_label(row) if row.estimate else "any", _cell(row)) for name, row in hardest.items())
    every = tuple((_compared(row), group_label(row), _cell(row)) for row in finding.rows)
    columns = ("Compared by", "Group for whom it is hardest", "Smallest gap in missed need, percentage points")
    whole = Table("design-gaps-all", "Smallest gap of each group", ("Compared", "Group", "Smallest gap"), every)
    table = [Table("design-gaps", finding.question, columns, shown, finding.limitations)] if shown else []
    return [*table, Details(f"Smallest gaps in {len(every)} comparisons", (whole,))]


def _compared(row: Row) -> str:
    return f"{metric_name(str(row.keys['metric']))}, by {_attributes(row)}"


def _attributes(row: Row) -> str:
    return attribute_name("_x_".join(name for name in row.keys if name != "metric"))


def _size(row: Row) -> float:
    """The gap; one that can not be shown at all is the largest."""
    return row.estimate.value if row.estimate and row.estimate.value is not None else 2.0


def _cell(row: Row | None) -> Cell:
    if row is None:
        return "not analysed"
    return row.estimate or (f"not analysed: {row.reason}" if row.reason else "not analysed")


def verdict_bars(findings: Findings) -> Figure | None:
    """How often each hypothesis would read supported, contradicted and so on; None without a diagnosis."""
    marks, rows = [], []
    for finding in findings:
        if finding.id.startswith("design.verdicts."):
            for row in finding.rows:
                word = verdict_words(str(row.keys["verdict"]))[0]
                marks.append(Mark(word, row.estimate, group=finding.hypothesis or "", word="not analysed"))
                cell: tuple[Cell, ...] = (f"{finding.hypothesis}: {word}", row.estimate or "not analysed")
                rows.append(cell)
    if not marks:
        return None
    chart = Forest(tuple(marks), "per cent of the synthetic studies", bars=True)
    table = Table("design-verdicts", TITLE, ("Hypothesis and verdict", "Share of the synthetic studies"), tuple(rows))
    return Figure(TITLE, alt_text(chart), chart, table)


def draw_verdicts(findings: Findings) -> str:
    """The figure of ``verdict_bars`` as an SVG file of its own.

    Parameters
    ----------
    findings
        Those of a diagnosis; at least one hypothesis.
    """
    drawn = verdict_bars(findings)
    assert drawn is not None
    return f'<?xml version="1.0" encoding="utf-8"?>\n{draw(drawn)}\n'
