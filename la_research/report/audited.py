"""What an audit asks beside the gaps themselves: who is missing, what a label hides, what a remedy costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from la_research.finding import Finding, Findings, Row
from la_research.report.catalogue import attribute_name, capital, metric_name, verdict_words
from la_research.report.claims import audit_cell, sentence
from la_research.report.document import Block, Bullets, Cell, Details, Paragraph, Table, slug
from la_research.report.gap import gap_cell
from la_research.report.in_short import in_short
from la_research.report.labels import row_label
from la_research.report.reading import Audited, about, of, population_words, topic

LEADS: dict[str, tuple[str, str]] = {
    "representation": (
        "Who is missing from the data?",
        "A rule can only be fitted to, and judged on, the students who are there.",
    ),
    "consent": (
        "Would the gaps be the same, had everyone been in?",
        "Students who said no are not in the study. Weights can mend what is recorded of all; bounds assume nothing.",
    ),
    "labels": (
        "What if need is not recorded equally?",
        "The label is a record, not need. Recorded unequally, it can clear a rule that fails students.",
    ),
    "proxies": (
        "Can a protected attribute be told from the data?",
        "The model reads no protected attribute. What it reads may still carry one.",
    ),
    "mitigation": (
        "What would it cost to narrow the gap?",
        "Each way was fitted on some students and tried on others. None is in use, and none settles what ought to be.",
    ),
    "thresholds": (
        "At other numbers of students selected",
        "How gaps move when the rule selects more students, or fewer.",
    ),
    "abroca": (
        "Does the score rank equally well at every threshold?",
        "The area between two ROC curves is never zero in data, so it stands beside what chance alone makes of it.",
    ),
    "calibration": (
        "Does a score mean the same in every group?",
        "Where need differs between groups, a score can not both mean the same in each and miss each equally often.",
    ),
    "time": ("Do the gaps change from year to year?", "One band holds for all periods at once."),
}
"""Title and first words of each topic, in the order of the report."""


def beside_gaps(findings: Findings, own: dict[str, list[Block]], first: dict[str, str]) -> list[Block]:
    """Every further topic of an audit that was analysed, each to be opened.

    ``own`` holds the blocks of the topics that have a room, ``first`` what has to be said of a
    topic before its short answer. What was not analysed stands under what is not known.
    """
    short = in_short(findings, {name: title for name, (title, _) in LEADS.items()}, first)
    blocks: list[Block] = [short] if short else []
    for name, (title, lead) in LEADS.items():
        found = [finding for finding in topic(findings, name) if finding.verdict != "not analysed"]
        told = own.get(name) or (_thresholds(found) if name == "thresholds" else _tables(name, title, found))
        if told:
            blocks.append(Details(title, (Paragraph(lead), *told)))
    return blocks


def all_topics(findings: Findings) -> list[Block]:
    """Every row of every topic, for the appendix."""
    shown = ((name, title, topic(findings, name)) for name, (title, _) in LEADS.items())
    return [Details(title, (_full(name, title, found),)) for name, title, found in shown if found]


def inside_strata(found: Iterable[Audited]) -> list[Block]:
    """Where comparing within modules turns the answer round, or gaps of opposite direction cancel."""
    turned = [a for a in found if a.view in ("difference", "heterogeneity") and _turns(a.finding)]
    if not turned:
        return []
    said = tuple(f"{capital(a.title)}: {sentence(a.finding.reason or '')}" for a in turned)
    return [Bullets(said, "Where the pooled gap misleads")]


def powers(found: list[Audited], metrics: tuple[str, ...]) -> Details | None:
    """The smallest gap that each comparison could have shown, and the students it would have needed."""
    rows = tuple(row for metric in metrics for a in of(found, metric) if (row := _power(a)) is not None)
    if not rows:
        return None
    columns = ("Compared", "By", "Largest gap", "Could have been shown", "Students a group to show it is small")
    notes = (
        "“Could have been shown”: the smallest true gap that four of five such studies show, by Holm's first step.",
        "“Students a group”: what each group needs for four of five studies to show that there is no gap that matters.",
    )
    title = "What size of gap could this study have shown?"
    return Details(title, (Table("audit-power", title, columns, rows, notes),))


def _power(audited: Audited) -> tuple[Cell, ...] | None:
    held = {str(row.keys.get("what")): row for row in audited.finding.rows}
    if "detectable" not in held and "needed" not in held:
        return None
    gap = gap_cell(audited.finding.estimate, verdict_words(audited.finding.verdict)[0])
    told = (_cell(held.get(name)) for name in ("detectable", "needed"))
    return (capital(metric_name(audited.metric)), attribute_name(audited.attribute), gap, *told)


def _cell(row: Row | None) -> Cell:
    if row is None:
        return "not worked out"
    return audit_cell(row) if row.estimate is not None else row.reason or row.verdict or "not analysed"


def _turns(finding: Finding) -> bool:
    reason = finding.reason or ""
    return "it is the reverse" in reason or "cancel" in reason


def _tables(name: str, title: str, found: list[Finding]) -> list[Block]:
    """A table a population, in which a row says in a few words what it compares; the same rows stand once."""
    held: dict[str, list[Finding]] = {}
    for finding in found:
        held.setdefault(about(finding)[0], []).append(finding)
    rows = {population: _rows(own) for population, own in held.items()}
    first = next(iter(rows), "")
    if all(told == rows[first] for told in rows.values()):
        rows = {first: rows[first]} if rows else {}
    tables: list[Block] = []
    for population, told in rows.items():
        where = f" ({population_words(population)})" if len(rows) > 1 else ""
        mark = "" if population == first else f"-{slug(population)}"
        notes = tuple(dict.fromkeys(sentence(text) for f in held[population] for text in f.limitations))
        columns = ("Compared", "Estimate", "What it says") if len(told[0]) > 2 else ("Compared", "What it says")
        tables.append(Table(f"audit-{name}{mark}", f"{title}{where}", columns, told, notes))
    return tables


def _rows(found: list[Finding]) -> tuple[tuple[Cell, ...], ...]:
    """What is compared, its number where any row has one, and what it says."""
    numbers = any(f.estimate is not None for f in found)
    rows = []
    for f in found:
        word = "no number" if f.verdict == "described" else verdict_words(f.verdict)[0]
        number: tuple[Cell, ...] = (gap_cell(f.estimate, word),) if numbers else ()
        rows.append((about(f)[1], *number, sentence(f.reason or "")))
    return tuple(rows)


def _thresholds(found: list[Finding]) -> list[Block]:
    """The largest gap in students found, by attribute and by the share selected; all rates stand in the appendix."""
    gaps = {
        f.id: {row.keys["top"]: row for row in f.rows if (row.keys["what"], row.keys["metric"]) == ("gap", "tpr")}
        for f in found
    }
    tops = sorted({float(top) for rows in gaps.values() for top in rows})
    if not tops:
        return []
    several = len({about(f)[0] for f in found}) > 1
    table_rows = tuple(
        (
            about(f)[1] + (f" ({population_words(about(f)[0])})" if several else ""),
            *(audit_cell(gaps[f.id][top]) if top in gaps[f.id] else "not worked out" for top in tops),
        )
        for f in found
        if gaps[f.id]
    )
    columns = ("By", *(f"{100 * top:g} of 100 selected" for top in tops))
    title = "Largest gap in the share of students with the outcome who are found"
    notes = tuple(dict.fromkeys(sentence(text) for f in found for text in f.limitations))
    return [Table("audit-thresholds", title, columns, table_rows, notes)]


def _full(name: str, title: str, found: list[Finding]) -> Table:
    """Every row of every finding of a topic; a finding without rows by its verdict."""
    columns = ("Finding", "What", "Estimate or reason")
    return Table(f"every-{name}", title, columns, tuple(row for finding in found for row in _every(finding)))


def _every(finding: Finding) -> Iterator[tuple[Cell, ...]]:
    asked = finding.id.removeprefix("audit.")
    if not finding.rows:
        yield (asked, verdict_words(finding.verdict)[0], sentence(finding.reason or ""))
    for row in finding.rows:
        yield (asked, capital(row_label(row)), audit_cell(row))
