"""What each way to narrow a gap costs whom, for the committee and in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from la_research.evidence import Evidence
from la_research.finding import Finding, Row, number
from la_research.report.catalogue import attribute_name, capital, common_base, frequency, metric_name
from la_research.report.chart import Forest, Mark
from la_research.report.claims import row_cell, sentence, unanswered
from la_research.report.document import Block, Bullets, Cell, Details, Figure, Notice, Paragraph, Table
from la_research.report.exhibit import figure
from la_research.report.gap import gap_cell, points
from la_research.report.labels import group_label
from la_research.report.reading import mitigations

WAYS: dict[str, tuple[str, str]] = {
    "registered": ("As registered", "The rule as it is"),
    "thresholds": ("A threshold for each group", "A bar of its own for each group"),
    "reductions": ("A model fitted under the constraint", "A new model, made with the gap in mind"),
    "grid": ("A model chosen from a grid of weights", "A new model, picked from twelve"),
    "correlation": ("Linear correlation with the group taken out", "Data with the link to the group taken out"),
}
"""Each way, for the committee and in plain words."""


def mitigation_blocks(evidence: Evidence) -> list[Block]:
    """Every way that was tried, with what it does to the gap and whom it finds more or less often.

    Nothing where the protocol registers none. A way that could not be tried says why.
    """
    found = mitigations(evidence)
    tried = {name: finding for name, finding in found.items() if finding.estimate is not None}
    if "registered" not in tried:
        return [unanswered(finding) for finding in list(found.values())[:1]]
    ways = [name for name in tried if name != "registered"]
    several = "one way" if len(ways) == 1 else f"{len(ways)} ways"
    by = attribute_name(_attribute(tried["registered"]))
    small = nothing_to_narrow(evidence)
    blocks: list[Block] = [
        *([Paragraph(small)] if small else []),
        Paragraph(
            f"On held-out students {several} to narrow the gap by {by} were compared with the registered rule. Each "
            "selects as many students, so what it gives to some it takes from others. None is put in use."
        ),
        _table(tried),
    ]
    drawn = cost_figure(tried)
    blocks += [drawn] if drawn else []
    told = tuple(sentence(f"{WAYS[name][0]}: {tried[name].reason}") for name in ways)
    blocks.append(Bullets(told, "What each way does"))
    blocks += [Notice(f"{WAYS[name][0]}: is it lawful?", text) for name, text in _law(tried)]
    return [*blocks, *(unanswered(f) for name, f in found.items() if name not in tried), _details(tried)]


def mitigation_plain(evidence: Evidence) -> list[Block]:
    """The same for students: a few short sentences, and how many with the outcome each way finds."""
    found = mitigations(evidence)
    tried = {name: finding for name, finding in found.items() if finding.estimate is not None}
    ways = [name for name in tried if name != "registered"]
    if not ways:
        return []
    said = ["There was no gap that matters to begin with."] if nothing_to_narrow(evidence) else []
    said += [
        f"We tried {_counted(len(ways))} to make the gap smaller.",
        "Each one picks as many students as the rule does now.",
        "So when one group is found more often, some other students are found less often.",
        "None of this is in use.",
    ]
    if any(name in tried for name in ("thresholds", "correlation")):
        said.append("Some of it treats groups differently. The committee has to ask if the law allows that.")
    groups = _rows(tried["registered"], "group", "tpr")
    held = [row.estimate for f in tried.values() for row in _rows(f, "group", "tpr") if row.estimate is not None]
    base = common_base(held)
    rows = tuple(
        (WAYS[name][1], *(_often(row, base) for row in _rows(finding, "group", "tpr")))
        for name, finding in tried.items()
    )
    columns = ("Way", *(capital(group_label(row)) for row in groups))
    title = "How many students with the outcome each way finds"
    return [Paragraph(" ".join(said)), Table("mitigation-plain", title, columns, rows)]


def cost_figure(tried: dict[str, Finding]) -> Figure | None:
    """By how much each way changes the share found, group by group; right of zero is found more often."""
    marks = tuple(
        Mark(capital(group_label(row)), row.estimate, group=WAYS[name][0], word=row.verdict or "not analysed")
        for name, finding in tried.items()
        for row in _rows(finding, "change", "tpr")
    )
    if not any(mark.estimate for mark in marks):
        return None
    chart = Forest(marks, "change in the share found, percentage points", reference=0.0)
    return figure("mitigation-costs", "Whom each way finds more often, and whom less often", chart, "Way and group")


def nothing_to_narrow(evidence: Evidence) -> str:
    """A sentence that has to come first where the registered rule has no gap that matters; else empty."""
    found = mitigations(evidence).get("registered")
    held = found.estimate if found is not None else None
    if found is None or held is None or held.value is None or held.upper is None:
        return ""
    asked = evidence.protocol.fairness
    attribute = _attribute(found)
    margin = next((a.margin for name, a in (asked.sensitive | asked.across).items() if name == attribute), 0.0)
    if found.verdict != "equivalent" and max(held.upper, -(held.lower or 0.0)) > margin:
        return ""
    size = points(held)
    return (
        f"By {attribute_name(attribute)} there was no gap that matters to narrow "
        f"({number(size.value, size.unit)} {size.unit}): this shows what each way may cost."
    )


def _table(tried: dict[str, Finding]) -> Table:
    """What each way changes; how large the gap is under the registered rule stands in the title."""
    columns = ("Way", "Change in the largest gap", "Change in students found who have the outcome")
    found = {
        name: row_cell(row.estimate, row.verdict)
        for name, finding in tried.items()
        for row in finding.rows
        if (row.keys["what"], row.keys["metric"]) == ("cost", "found")
    }
    rows = tuple(
        (WAYS[name][0], gap_cell(f.estimate, f.verdict), found.get(name, "not worked out"))
        for name, f in tried.items()
        if name != "registered"
    )
    now = gap_cell(tried["registered"].estimate, tried["registered"].verdict)
    title = f"What each way changes. Under the rule as registered the largest gap is {now}"
    return Table("mitigation", title, columns, rows)


def _details(tried: dict[str, Finding]) -> Details:
    """Every rate of every group under every way, and the limits."""
    rows: list[tuple[Cell, ...]] = [
        (WAYS[name][0], metric_name(str(row.keys["metric"])), group_label(row), row_cell(row.estimate, row.verdict))
        for name, finding in tried.items()
        for row in finding.rows
        if row.keys["what"] == "group"
    ]
    columns, title = ("Way", "Metric", "Group", "Estimate"), "Every rate of every group, by way"
    limits = Bullets(tuple(_limits(tried)), "Limits")
    return Details(title, (Table("mitigation-rates", title, columns, tuple(rows)), limits))


def _limits(tried: dict[str, Finding]) -> Iterator[str]:
    """Every other limit once, with the ways it holds for; without them where it holds for all."""
    law, held = {text for _, text in _law(tried)}, dict[str, list[str]]()
    for name, finding in tried.items():
        for text in finding.limitations:
            held.setdefault(text, []).append(WAYS[name][0])
    for text, ways in held.items():
        if text not in law:
            yield text if len(ways) >= len(tried) - 1 else f"{'; '.join(ways)}: {text}"


def _law(tried: dict[str, Finding]) -> Iterator[tuple[str, str]]:
    """Ways whose limits ask the committee whether groups may be treated differently."""
    for name, finding in tried.items():
        yield from ((name, text) for text in finding.limitations if "lawful" in text)


def _rows(finding: Finding, what: str, metric: str) -> Sequence[Row]:
    return [row for row in finding.rows if (row.keys["what"], row.keys.get("metric")) == (what, metric)]


def _attribute(finding: Finding) -> str:
    return next(name for row in finding.rows for name in row.keys if name not in ("what", "metric"))


def _often(row: Row, base: int) -> str:
    return frequency(row.estimate, base=base) if row.estimate is not None else row.verdict or "not analysed"


def _counted(ways: int) -> str:
    return "one way" if ways == 1 else f"{('two', 'three', 'four')[ways - 2]} ways"
