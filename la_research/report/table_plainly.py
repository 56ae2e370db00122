"""What students read of an audited table: for whom does it fail, in people counted, and what to ask next."""

from __future__ import annotations

from collections.abc import Iterator

from la_research.audit import TableAudit
from la_research.audit.table import OUTCOME
from la_research.finding import NEEDS_REASON
from la_research.report.catalogue import METRICS, metric_name, printed
from la_research.report.document import Block, Bullets, Definitions, Details, Document, Paragraph, Section
from la_research.report.fairness import drawn, group_figure
from la_research.report.plainly import by_group, gap_line
from la_research.report.reading import Audited, of
from la_research.report.table import comparisons
from la_research.report.table_first import BASE, mostly

SUBTITLE = "A report for students"
SHOWN = 3
"""Answers that the first screen has room for."""
ASKED = {
    "selection": "Does it pick some groups more?",
    "tpr": "Does it find some groups more?",
    "fpr": "Does it wrongly select some groups more?",
    "fnr": "Does it miss some groups more?",
    "auc": "Does it rank some groups better?",
}
MEANS = {
    "selection": "Picked means: the system would have this student contacted, or helped, or checked.",
    "tpr": "Found means: the system picked a student to whom this applied later: {label}.",
    "fpr": "Wrongly selected means: the system picked a student to whom this did not apply later: {label}.",
    "fnr": "A miss means: the system did not pick a student to whom this applied later: {label}.",
}
VERBS = {"fpr": "wrongly selected"}
"""What happened to students, where the catalogue has another word for it."""
MINE = {
    "synthetic": "No. All students in this table are made up by a computer.",
    "open": "Only if you are in the data that were made public.",
    "restricted": "It may be. Ask who gave out the table, and under which rules.",
}
TO_ASK = (
    "What will happen to a student whom the system picks?",
    "Who sees the scores, and for how long?",
    "Can I say no to it?",
    "What was it made from, and did it learn from us?",
    "Who will fix a gap that was shown, and by when?",
)
WORDS = (
    ("Gap", "How far apart two groups are. It is about the system, not about a group."),
    ("Likely between", "Where the true number may well lie. Few students make a wide range."),
    ("We can not tell", "There may be a gap, or none. We have too little to know."),
    ("Suppressed", "Too few students to show. It keeps them from being known."),
)


def table_advisory_report(audit: TableAudit) -> Document:
    """The report on an audited table that a student advisory group reads.

    Parameters
    ----------
    audit
        The same that the committee's report reads.

    Returns
    -------
    Document
        The first section fits one screen (120 words at most, title included). Shares read as
        people counted. What the table can not say is a question to ask.
    """
    title = f"Audit of predictions in {audit.file}"
    sections = (
        Section("short", "What we found", tuple(_short(audit))),
        Section("fails", "For whom does it fail?", tuple(_fails(audit))),
        Section("mine", "Is my data in here?", tuple(_mine(audit))),
        Section("unknown", "What do we not know?", (Bullets(_unknown(audit)),)),
        Section(
            "ask", "What can you ask?", (Paragraph("The table does not say. Ask your university:"), Bullets(TO_ASK))
        ),
        Section("words", "How we use these words", (Definitions((*WORDS, _range(audit))),)),
    )
    return Document(
        title=title,
        subtitle=SUBTITLE,
        audience="student advisory group",
        data=audit.data,
        sections=sections,
        footer=(f"Table {audit.file}. The ethics committee reads the same numbers.",),
    )


def _range(audit: TableAudit) -> tuple[str, str]:
    return f"{100 * (1 - audit.plan.alpha):g}% CI", "The same range, as experts write it."


def _short(audit: TableAudit) -> Iterator[Block]:
    found, said = comparisons(audit), mostly(audit)
    if said:
        yield Paragraph(said, lead=True)
    for metric in audit.plan.metrics[:SHOWN]:
        yield gap_line(
            ASKED.get(metric, f"Do groups differ in this: {metric_name(metric).lower()}?"), of(found, metric)
        )
    yield Definitions(
        (("How sure we are", _sure(found)), ("What happens next", "People decide. See: what can you ask?"))
    )


def _sure(found: list[Audited]) -> str:
    given = sum(a.finding.verdict not in NEEDS_REASON for a in found)
    said = f"{given or 'None'} of {len(found)} comparisons gave an answer"
    return f"{said}; nothing was set before, so take it as a first look."


def _fails(audit: TableAudit) -> Iterator[Block]:
    found, label = comparisons(audit), f"“{audit.columns[OUTCOME]}”"
    for metric in audit.plan.metrics:
        alone = [a for a in of(found, metric) if "_x_" not in a.attribute]
        if not alone:
            continue
        yield Paragraph(ASKED.get(metric, metric_name(metric)), lead=True)
        if metric in MEANS:
            yield Paragraph(MEANS[metric].format(label=label))
        for one in alone:
            yield from by_group(one, VERBS.get(metric, METRICS[metric][2]), base=BASE)
        pictures = drawn(group_figure(alone, metric, f"groups-{metric.replace('_', '-')}"))
        if pictures:
            yield Details("The same as a picture", pictures)


def _mine(audit: TableAudit) -> Iterator[Block]:
    who = audit.findings["cohort.table"]
    yield Paragraph(MINE[audit.data], lead=True)
    yield Paragraph(f"Students in the table: {printed(who.estimate, who.verdict)}.")
    yield Paragraph(f"We never show a group of fewer than {audit.plan.minimum} students. It reads “suppressed”.")


def _unknown(audit: TableAudit) -> tuple[str, ...]:
    still = sum(a.finding.verdict in NEEDS_REASON for a in comparisons(audit))
    return (
        "If a student needed help and nobody wrote it down, we can not see it.",
        "We do not know how the scores were made.",
        "We can see a gap. We can not see why it is there.",
        f"We made {len(comparisons(audit))} comparisons. {still} of them stay open.",
    )
