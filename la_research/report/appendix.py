"""What stands after the main text: every audit figure, every finding, and what was found against what was planted."""

from __future__ import annotations

from collections.abc import Iterator

from la_research.evidence import Evidence
from la_research.finding import Estimate, Finding, Findings
from la_research.report.catalogue import METRICS, attribute_name, capital, metric_name, readable, status, verdict_words
from la_research.report.claims import row_cell
from la_research.report.document import Block, Cell, Details, Paragraph, Section, Table, slug
from la_research.report.exhibit import exhibit, gap_word, group_label, row_label
from la_research.report.reading import VIEWS, Audited, audits, of, populations

COLUMNS = ("Attribute", "Compared", "Group", "Estimate", "Verdict or reason")


def all_audits(evidence: Evidence) -> Section | None:
    """Every audit figure: one table a metric and population, gaps first, then the groups."""
    found = audits(evidence.findings)
    if not found:
        return None
    blocks: list[Block] = [Paragraph("Every comparison that was made, whatever it showed. Open a table to read it.")]
    for population in populations(found):
        for metric in METRICS:
            shown = [a for view in VIEWS for a in of(found, metric, view, population)]
            if shown:
                where = "" if population == "all" else f" ({readable(population)})"
                name = slug(f"audit-{population}-{metric}")
                title = f"{metric_name(metric)}{where}: {METRICS[metric][1]}"
                rows = tuple(row for a in shown for row in _audit_rows(a))
                blocks.append(Details(f"{metric_name(metric)}{where}", (Table(name, title, COLUMNS, rows),)))
    return Section("all-audit-figures", "All audit figures", tuple(blocks), appendix=True)


def _audit_rows(audited: Audited) -> Iterator[tuple[Cell, ...]]:
    finding = audited.finding
    attribute, view = capital(attribute_name(audited.attribute)), VIEWS[audited.view]
    word = verdict_words(finding.verdict)[0] + (f": {finding.reason}" if finding.reason else "")
    what = f"largest {gap_word(finding.estimate.unit)}" if finding.estimate else "largest gap"
    yield (attribute, view, what, finding.estimate or finding.verdict, word)
    for row in finding.rows:
        label = group_label(row) if row.keys.get("what", "group") == "group" else row_label(row)
        yield (attribute, view, label, row_cell(row.estimate, row.verdict), row.reason or "")


def all_findings(evidence: Evidence) -> Section:
    """Every finding by stage, with its id, so that nothing disappears by being left out."""
    blocks: list[Block] = [
        Paragraph(
            "Every finding of the study. “Registered” ones were promised in the protocol; all others are exploratory."
        )
    ]
    for stage in dict.fromkeys(f.stage for f in evidence.findings):
        rows = tuple(_finding_row(f) for f in evidence.findings.of_stage(stage))
        table = Table(
            f"findings-{stage}",
            f"Findings of the stage {stage}",
            ("Finding", "Question", "Status", "Verdict", "Estimate or reason"),
            rows,
        )
        blocks.append(Details(f"{capital(stage)}: {len(rows)} finding{'' if len(rows) == 1 else 's'}", (table,)))
    return Section("all-findings", "All findings", tuple(blocks), appendix=True)


def _finding_row(finding: Finding) -> tuple[Cell, ...]:
    told: Cell = finding.estimate if finding.estimate is not None else finding.reason or "see its rows"
    return (finding.id, finding.question, status(finding), verdict_words(finding.verdict)[0], told)


def indicator_figures(evidence: Evidence) -> Details | None:
    """What was observed of each indicator, and its mean, for readers who want to see the raw material."""
    blocks: list[Block] = []
    for topic in ("observed", "values"):
        finding = next((f for f in evidence.findings if f.id == f"indicators.{topic}"), None)
        if finding is None:
            continue
        drawn = exhibit(finding) if topic == "observed" else None
        if drawn is not None:
            blocks.append(drawn)
        elif finding.rows:
            rows = tuple((capital(row_label(row)), row_cell(row.estimate, row.verdict)) for row in finding.rows)
            blocks.append(Table(f"indicators-{topic}", finding.question, ("Indicator", "Estimate"), rows))
    return Details("What was observed of each indicator", tuple(blocks)) if blocks else None


def planted(score: Findings) -> Section:
    """Found against planted: what a synthetic cohort lets us check and a real one never does."""
    rows = []
    for finding in score:
        held = {str(row.keys.get("what")): row for row in finding.rows}
        true, seen = held.get("planted"), held.get("found")
        words = verdict_words(finding.verdict)[0]
        rows.append((
            finding.id.removeprefix("score."),
            _plain(true.estimate if true else None),
            seen.estimate if seen and seen.estimate else "no number",
            finding.reason or ("Read as " + words.lower() if finding.verdict != "described" else _covered(true, seen)),
        ))  # fmt: skip
    blocks: list[Block] = [
        Paragraph(
            "The cohort is synthetic, so what is true in it is known. The evidence was frozen before it was set beside "
            "the truth. One study covers the truth or misses it by luck; the rate over many is measured elsewhere."
        )
    ]
    if rows:
        columns = ("Finding", "Planted", "Found", "Reading")
        blocks.append(
            Table("found-against-planted", "What was planted in the cohort, and what was found", columns, tuple(rows))
        )
    else:
        blocks.append(Paragraph("No planted effect could be set beside a finding."))
    return Section("found-against-planted", "Found against planted", tuple(blocks), appendix=True)


def _plain(estimate: Estimate | None) -> Cell:
    return estimate if estimate is not None else "nothing planted"


def _covered(true: object, seen: object) -> str:
    planted_, found = getattr(true, "estimate", None), getattr(seen, "estimate", None)
    if planted_ is None or found is None or found.lower is None or planted_.value is None:
        return "Can not be compared"
    inside = found.lower <= planted_.value <= found.upper
    return "The interval covers what was planted" if inside else "The interval misses what was planted"
