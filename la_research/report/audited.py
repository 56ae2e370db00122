"""What an audit asks beside the gaps themselves: who is missing, what a label hides, what a remedy costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from la_research.finding import NEEDS_REASON, Finding, Findings, Row
from la_research.report.catalogue import attribute_name, capital, metric_name, verdict_words
from la_research.report.claims import further, row_cell, sentence
from la_research.report.document import Block, Bullets, Cell, Details, Paragraph, Table
from la_research.report.in_short import in_short
from la_research.report.reading import Audited, of, topic

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
OWN = ("proxies", "mitigation")
"""Topics whose blocks are made in rooms of their own."""


def beside_gaps(findings: Findings, own: dict[str, list[Block]]) -> list[Block]:
    """Every further topic of an audit, each to be opened; ``own`` holds the blocks of the topics that have a room."""
    short = in_short(findings, {name: title for name, (title, _) in LEADS.items()})
    blocks: list[Block] = [short] if short else []
    for name, (title, lead) in LEADS.items():
        found = topic(findings, name)
        if found:
            told = own.get(name) or [_table(name, title, found)]
            blocks.append(Details(title, (Paragraph(lead), *told)))
    return blocks


def all_topics(findings: Findings) -> list[Block]:
    """Every row of every topic, for the appendix."""
    shown = ((title, topic(findings, name)) for name, (title, _) in LEADS.items())
    return [Details(title, tuple(_full(found))) for title, found in shown if found]


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
    gap: Cell = audited.finding.estimate or verdict_words(audited.finding.verdict)[0]
    told = (_cell(held.get(name)) for name in ("detectable", "needed"))
    return (capital(metric_name(audited.metric)), attribute_name(audited.attribute), gap, *told)


def _cell(row: Row | None) -> Cell:
    return row_cell(row.estimate, row.reason or row.verdict) if row is not None else "not worked out"


def _turns(finding: Finding) -> bool:
    reason = finding.reason or ""
    return "it is the reverse" in reason or "cancel" in reason


def _table(name: str, title: str, found: list[Finding]) -> Block:
    rows = tuple((f.question, f.estimate or verdict_words(f.verdict)[0], sentence(f.reason or "")) for f in found)
    notes = tuple(dict.fromkeys(sentence(text) for f in found for text in f.limitations))
    return Table(f"audit-{name}", title, ("Question", "Estimate", "What it says"), rows, notes)


def _full(found: list[Finding]) -> Iterator[Block]:
    for finding in found:
        yield Paragraph(finding.question)
        if finding.verdict in NEEDS_REASON and finding.reason:
            yield Paragraph(sentence(finding.reason))
        yield from further(finding)
