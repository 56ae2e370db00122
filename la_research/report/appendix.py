"""What stands after the main text: every audit figure, every finding, and what was found against what was planted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from la_research.evidence import Evidence
from la_research.finding import Finding, Findings, Row
from la_research.report.audited import all_topics
from la_research.report.catalogue import METRICS, attribute_name, capital, metric_name, readable, status, verdict_words
from la_research.report.claims import audit_cell, row_cell
from la_research.report.document import Block, Cell, Details, Paragraph, Section, Table, slug
from la_research.report.exhibit import exhibit
from la_research.report.gap import gap_cell, gap_verdict, gap_word
from la_research.report.labels import group_label, row_label
from la_research.report.reading import VIEWS, Audited, audits, of, populations

COLUMNS = ("Attribute", "Compared", "Group", "Estimate", "Verdict or reason")
EVERYONE, NEED = "in this cohort, had everyone answered", "in this cohort, against true need"
OF_PAGE = "validation.explorer."
"""What ids of findings begin with whose many rows are made for a page of their own."""
OPEN = ("inconclusive", "not analysed", "suppressed")
"""Verdicts that say neither yes nor no."""


def all_audits(findings: Findings, views: Mapping[str, str] = VIEWS) -> Section | None:
    """Every audit figure: one table a metric and population, gaps first, then the groups; ``views`` names who is in."""
    found = audits(findings)
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
                rows = tuple(row for a in shown for row in _audit_rows(a, views))
                blocks.append(Details(f"{metric_name(metric)}{where}", (Table(name, title, COLUMNS, rows),)))
    blocks += all_topics(findings)
    return Section("all-audit-figures", "All audit figures", tuple(blocks), appendix=True)


def _audit_rows(audited: Audited, views: Mapping[str, str]) -> Iterator[tuple[Cell, ...]]:
    finding = audited.finding
    attribute, view = capital(attribute_name(audited.attribute)), views.get(audited.view, VIEWS[audited.view])
    word = gap_verdict(finding)[0] + (f": {finding.reason}" if finding.reason else "")
    what = f"largest {gap_word(finding.estimate.unit)}" if finding.estimate else "largest gap"
    yield (attribute, view, what, gap_cell(finding.estimate, finding.verdict), word)
    for row in finding.rows:
        label = group_label(row) if row.keys.get("what", "group") == "group" else row_label(row)
        yield (attribute, view, label, audit_cell(row), row.reason or "")


def all_findings(evidence: Evidence) -> Section:
    """Every finding by stage, with its id, so that nothing disappears by being left out."""
    blocks: list[Block] = [
        Paragraph(
            "Every finding of the study. “Registered” ones were promised in the protocol; all others are exploratory."
        )
    ]
    for stage in dict.fromkeys(f.stage for f in evidence.findings):
        held = evidence.findings.of_stage(stage)
        of_page = [f for f in held if f.id.startswith(OF_PAGE)]
        rows = tuple(_finding_row(f) for f in held if f not in of_page) + _page_row(of_page)
        table = Table(
            f"findings-{stage}",
            f"Findings of the stage {stage}",
            ("Finding", "Question", "Status", "Verdict", "Estimate or reason"),
            rows,
        )
        blocks.append(Details(f"{capital(stage)}: {len(held)} finding{'' if len(held) == 1 else 's'}", (table,)))
    return Section("all-findings", "All findings", tuple(blocks), appendix=True)


def _page_row(found: list[Finding]) -> tuple[tuple[Cell, ...], ...]:
    """One line for all rules of the page on which they can be tried: their numbers stand there."""
    if not found:
        return ()
    rules = ", ".join(f.id.removeprefix(OF_PAGE) for f in found)
    asked = "What would other contact rules do, by group?"
    verdicts = dict.fromkeys(verdict_words(f.verdict)[0] for f in found)
    return ((f"{OF_PAGE}RULE", asked, status(found[0]), ", ".join(verdicts), f"on the page for trying rules: {rules}"),)


def _finding_row(finding: Finding) -> tuple[Cell, ...]:
    told: Cell = finding.estimate if finding.estimate is not None else finding.reason or "see its rows"
    verdict = verdict_words(finding.verdict)[0]
    if finding.stage == "audit" and not finding.id.startswith("audit.across."):
        told, verdict = gap_cell(finding.estimate, str(told)), gap_verdict(finding)[0]
    return (finding.id, finding.question, status(finding), verdict, told)


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
    """Found against planted: what a synthetic cohort lets us check and a real one never does.

    Hypotheses stand first; further effects and shares, gaps between groups, and what nothing
    is planted for open on demand.
    """
    scored = [finding for finding in score if finding.id != "score.not_scored"]
    claims = [finding for finding in scored if finding.hypothesis is not None]
    gaps = [finding for finding in scored if finding.id.startswith("score.audit.")]
    twins = [finding for finding in scored if finding.id.startswith(("score.parts", "score.counterfactual"))]
    others = [finding for finding in scored if finding not in (*claims, *gaps, *twins)]
    blocks: list[Block] = [
        Paragraph(
            "The cohort is synthetic, so what is true in it is known. The evidence was frozen before it was set beside "
            "the truth. One study covers the truth or misses it by luck; the rate over many is measured elsewhere."
        )
    ]
    if claims:
        title = "What was planted in the cohort, and what was found"
        blocks.append(_beside("found-against-planted", title, claims))
    else:
        blocks.append(Paragraph("No planted effect could be set beside a finding."))
    if others:
        title = "Further effects and shares: planted, and found"
        blocks.append(Details("Further effects and shares", (_beside("further-against-planted", title, others),)))
    if gaps:
        blocks.append(_gaps(gaps))
    if twins:
        blocks.append(_twins(twins))
    blocks += [_not_scored(finding) for finding in score if finding.id == "score.not_scored"]
    return Section("found-against-planted", "Found against planted", tuple(blocks), appendix=True)


def _beside(name: str, title: str, findings: list[Finding]) -> Table:
    columns = ("Finding", "Planted", "Found", "Reading")
    return Table(name, title, columns, tuple(_beside_row(finding) for finding in findings))


def _beside_row(finding: Finding) -> tuple[Cell, ...]:
    true, seen = _kinds(finding).get("planted"), _kinds(finding).get("found")
    return (finding.id.removeprefix("score."), _shown(true), _shown(seen), _reading(finding, true, seen))


def _twins(findings: list[Finding]) -> Details:
    """What twins of the cohort tell: the parts of a gap, and scores as a member of another group."""
    rows = [
        (finding.id.removeprefix("score."), ", ".join(map(str, row.keys.values())), str(row.estimate or row.reason))
        for finding in findings
        for row in finding.rows or (Row({"what": "none"}, None, finding.verdict, finding.reason),)
    ]
    notes = tuple(dict.fromkeys(said for finding in findings for said in finding.limitations))
    title = "Where gaps come from, and scores as a member of another group"
    table = Table("twins-of-the-cohort", title, ("Finding", "What", "Estimate"), tuple(rows), notes)
    return Details("Parts of the gaps", (table,))


def _gaps(findings: list[Finding]) -> Details:
    """Gaps of the audit: as found, and in this cohort had everyone answered, and against true need."""
    rows = []
    for finding in findings:
        kinds = _kinds(finding)
        true, need, seen = kinds.get(EVERYONE), kinds.get(NEED), kinds.get("found")
        rows.append((
            finding.id.removeprefix("score.audit."), *(_points(row) for row in (seen, true, need)),
            _whole(seen, true),
        ))  # fmt: skip
    columns = ("Comparison", "Found", "Had everyone answered", "Against true need", "Reading")
    title = "The largest gap between groups: as found, and between the same two groups in the whole cohort"
    note = (
        "“Whole cohort” is the verdict of this gap had everyone answered. A cohort is finite: "
        "a verdict is given only where the interval clears the margin, or lies inside it."
    )
    return Details("Gaps between groups", (Table("gaps-against-planted", title, columns, tuple(rows), (note,)),))


def _not_scored(finding: Finding) -> Details:
    rows = tuple((capital(str(row.keys.get("why"))), row.reason or "") for row in finding.rows)
    title = "Findings that nothing is planted for"
    shown = rows or ((title, finding.reason or ""),)
    return Details(title, (Table("not-scored", title, ("Why", "Findings"), shown),))


def _kinds(finding: Finding) -> dict[str, Row]:
    return {str(row.keys.get("what")): row for row in finding.rows}


def _shown(row: Row | None) -> Cell:
    if row is None:
        return "nothing planted"
    return row.estimate if row.estimate is not None else row.reason or "no number"


def _points(row: Row | None) -> Cell:
    return gap_cell(row.estimate, None) if row is not None and row.estimate is not None else _shown(row)


def _reading(finding: Finding, true: Row | None, seen: Row | None) -> str:
    if finding.id == "score.evaluation.prepost":
        return "Never read as an effect: the difference of the two is the illusion of a low week"
    verdicts = _verdicts(seen, true)
    return f"{_covered(true, seen)}. {verdicts}" if verdicts else _covered(true, seen)


def _verdicts(seen: Row | None, true: Row | None) -> str:
    """The verdict given, and the one that the planted size earns, where a yes or no was asked."""
    given, earned = (row.verdict if row else None for row in (seen, true))
    if not given or not earned or earned in ("described", "suppressed", "not analysed"):
        return ""
    words = f"Given: {verdict_words(given)[0].lower()}. Earned: {verdict_words(earned)[0].lower()}"
    return f"{words}. {'They agree' if given == earned else 'Could not tell' if given in OPEN else 'Wrong'}"


def _whole(seen: Row | None, true: Row | None) -> str:
    """The verdict given on a gap, and that of the whole cohort."""
    given, earned = (row.verdict if row else None for row in (seen, true))
    if not given or not earned or earned in ("suppressed", "not analysed"):
        return ""
    words = f"Given: {verdict_words(given)[0].lower()}"
    if earned == "inconclusive":
        return f"{words}. Not decided by this cohort"
    differ = "Could not tell" if given in OPEN else "The whole cohort reads otherwise"
    return f"{words}. Whole cohort: {verdict_words(earned)[0].lower()}. {'They agree' if given == earned else differ}"


def _covered(true: Row | None, seen: Row | None) -> str:
    planted_, found = true.estimate if true else None, seen.estimate if seen else None
    if planted_ is None or found is None or found.lower is None or found.upper is None or planted_.value is None:
        return "Can not be compared"
    inside = found.lower <= planted_.value <= found.upper
    return "The interval covers what was planted" if inside else "The interval misses what was planted"
