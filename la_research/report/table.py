"""What a committee reads of an audited table: the short answer, what was asked, who is failed, what stays open."""

from __future__ import annotations

from collections.abc import Iterator

from la_research.audit import TableAudit
from la_research.finding import NEEDS_REASON, Finding
from la_research.report.appendix import all_audits
from la_research.report.catalogue import METRICS, answered, attribute_name, capital, metric_name, printed
from la_research.report.claims import sentence
from la_research.report.document import (
    Block,
    Bullets,
    Definitions,
    Details,
    Document,
    Notice,
    Paragraph,
    Section,
    Table,
)
from la_research.report.fairness import drawn, gap_answer, gap_figure, group_figure, verdict_table
from la_research.report.gap import counted_gaps
from la_research.report.labels import group_label
from la_research.report.promises import DATA_WORDS
from la_research.report.reading import Audited, audits, of
from la_research.report.results import open_questions, unchecked
from la_research.report.table_first import whom

EXPLORATORY = (
    "Nothing was registered before these data were seen: which columns, which rule, which margin. "
    "So a gap shown here is a reason to look closer and to register a study, not a settled result."
)
POINTS: tuple[tuple[str, str], ...] = (
    ("Is the margin the gap that would matter here?", "What was asked"),
    ("Are the errors, and whom they fall on, acceptable?", "Who is failed, and how often?"),
    ("Does the recorded outcome stand for the need of every group?", "What is not known"),
    ("May the system be used, be changed, or stay out of use?", "all of it"),
)
UNSEEN = (
    "How the scores were made. A system that learned from these same students looks better here than with new ones.",
    "Whose need goes unrecorded. Where a group is recorded less often at the same need, an equal rate can mislead.",
    "Who is not in the table at all.",
    "Why groups differ. A comparison names a gap, not its cause.",
)
READING = (
    (
        "Gap shown",
        "The interval of the largest gap lies beyond the margin, also once all comparisons of this audit count (Holm).",
    ),
    ("Equal within the margin", "Every two groups lie closer together than the margin, with room for chance."),
    ("Can not tell", "The data fit with a gap that matters, and with none. It is not a sign that all is well."),
    ("Not analysed", "It was asked and could not be answered; the reason stands with it."),
    ("Suppressed", "Too few students are behind the number, or it would give such a number away."),
)


def views(audit: TableAudit) -> dict[str, str]:
    """Who is compared in each view of a comparison, in words."""
    within = f"within one {audit.plan.stratum}"
    return {
        "": "all students",
        "within": within,
        "difference": f"all students less {within}",
        "heterogeneity": f"whether one {audit.plan.stratum} differs",
    }


def comparisons(audit: TableAudit) -> list[Audited]:
    """Comparisons over all students, in the order of the plan."""
    return [one for one in audits(audit.findings) if not one.view]


def table_ethics_report(audit: TableAudit) -> Document:
    """The report on an audited table that a committee reads.

    Parameters
    ----------
    audit
        What was asked of a table and what was found; nothing else is read.

    Returns
    -------
    Document
        Short answer, what was asked, who is in the table, who is failed, what is not known,
        how to read a verdict, how it was worked out, what only people can decide; then every
        comparison in tables. What was not analysed, or was suppressed, is shown as such.
    """
    sections = [
        Section("short", "The short answer", tuple(_short(audit))),
        Section("asked", "What was asked", tuple(_asked(audit))),
        Section("who", "Who is in the table", tuple(_who(audit))),
        Section("fails", "Who is failed, and how often?", tuple(_fails(audit))),
        Section("unknown", "What is not known", tuple(_unknown(audit))),
        Section("reading", "How to read a verdict", (Definitions(READING),)),
        Section("method", "How it was worked out", tuple(_method(audit))),
        Section("decide", "What only the committee can decide", (_points(),)),
    ]
    every = all_audits(audit.findings, views(audit))
    return Document(
        title=f"Audit of predictions in {audit.file}",
        subtitle="Report to the ethics committee",
        audience="ethics committee",
        data=audit.data,
        sections=(*sections, *([every] if every else [])),
        facts=_facts(audit),
        footer=(
            f"Digest of the table {audit.digest}",
            f"Made with {', '.join(f'{name} {number}' for name, number in sorted(audit.versions.items()))}",
            "Both reports of this audit are made from one set of findings: their numbers can not differ.",
        ),
    )


def _facts(audit: TableAudit) -> tuple[tuple[str, str], ...]:
    who = audit.findings["cohort.table"]
    return (
        ("Table", audit.file),
        ("Data", DATA_WORDS[audit.data]),
        ("Students", printed(who.estimate, who.verdict)),
        ("Comparisons", f"{len(comparisons(audit))}, all exploratory"),
        *((("Approval", answered(audit.approval)),) if audit.approval or audit.data == "restricted" else ()),
    )


def _short(audit: TableAudit) -> Iterator[Block]:
    found, said = comparisons(audit), whom(audit)
    one_label = audit.findings["cohort.table"].reason
    if one_label:
        yield Paragraph(sentence(one_label), lead=True)
    yield from (Paragraph(text, lead=text == said[0]) for text in said)
    verdicts = counted_gaps([a.finding for a in found])
    yield Paragraph(f"{len(found)} comparisons between groups: {verdicts}.", lead=not said)
    for metric in audit.plan.metrics:
        if shown := of(found, metric):
            yield gap_answer("", metric, shown)
    yield verdict_table("verdicts", "Verdict on the largest gap between groups", found, audit.plan.metrics)
    yield Notice("Exploratory", EXPLORATORY)


def _asked(audit: TableAudit) -> Iterator[Block]:
    plan = audit.plan
    crossed = "; ".join(attribute_name("_x_".join(names)) for names in plan.intersections)
    yield Definitions(
        (
            *((f"Column: {role}", name) for role, name in audit.columns.items()),
            ("Rule", sentence(audit.rule)),
            ("Groups compared", "; ".join(attribute_name(name) for name in plan.attributes)),
            *((("Groups crossed", crossed),) if crossed else ()),
            ("Metrics", "; ".join(f"{metric_name(m).lower()}: {METRICS[m][1]}" for m in plan.metrics)),
            ("Margin", f"{_margin(audit)} Whoever ran this audit chose it."),
            ("Alpha", f"{plan.alpha:g}: the chance of any false gap over all comparisons together"),
            ("Smallest group shown", f"{plan.minimum} students"),
        )
    )
    yield Paragraph("Only what is named here was tested. Other columns of the table were not read.")


def _margin(audit: TableAudit) -> str:
    return f"A gap of {100 * audit.margin:g} percentage points or more would matter."


def _who(audit: TableAudit) -> Iterator[Block]:
    finding = audit.findings["cohort.table"]
    words = {
        ("what", "row"): "Rows of the table",
        ("decision", "yes"): "Students selected",
        ("decision", "no"): "Students not selected",
        ("label", "yes"): "Students with the outcome",
        ("label", "no"): "Students without the outcome",
        ("label", "not known"): "Students whose outcome is not known",
    }
    rows = [("Students", printed(finding.estimate, finding.verdict))]
    for row in finding.rows:
        ((key, value),) = row.keys.items()
        rows.append((words[key, str(value)], printed(row.estimate, row.verdict or "suppressed")))
    notes = ("A student with several rows may stand on more than one line.",) if _several(finding) else ()
    yield Table("who", "Students and rows", ("Who", "Number"), tuple(rows), notes)
    hidden = tuple(_hidden(audit))
    if hidden:
        title = "Groups that are too small to show, or would give a small one away"
        yield Table("suppressed", title, ("Attribute", "Group", "Metrics"), hidden)


def _several(finding: Finding) -> bool:
    counts = [row.estimate for row in finding.rows if "what" in row.keys]
    return finding.estimate is not None and any(c is not None and c.n > finding.estimate.n for c in counts)


def _hidden(audit: TableAudit) -> Iterator[tuple[str, str, str]]:
    where: dict[tuple[str, str], list[str]] = {}
    for one in comparisons(audit):
        for row in one.finding.rows:
            if row.keys.get("what") == "group" and row.verdict == "suppressed":
                where.setdefault((one.attribute, group_label(row)), []).append(metric_name(one.metric))
    for (attribute, group), metrics in where.items():
        yield capital(attribute_name(attribute)), group, ", ".join(metrics)


def _fails(audit: TableAudit) -> Iterator[Block]:
    found = audits(audit.findings)
    yield Paragraph("A gap is a property of the system, not of a group of students.", lead=True)
    for metric in audit.plan.metrics:
        name = f"gaps-{metric.replace('_', '-')}"
        yield from drawn(gap_figure(found, metric, name, audit.margin, views=views(audit)))
        groups = drawn(group_figure(of(found, metric), metric, name.replace("gaps", "groups")))
        if any(a.finding.verdict == "disparity" for a in of(found, metric)):
            yield from groups
        elif groups:
            yield Details(f"{metric_name(metric)}: every group", groups)


def _unknown(audit: TableAudit) -> Iterator[Block]:
    yield Bullets(UNSEEN)
    still = [a.finding for a in comparisons(audit) if a.finding.verdict in NEEDS_REASON]
    yield from open_questions(still, "Comparisons without an answer", ("The appendix holds each with its own reason.",))
    yield from unchecked(audit.findings)
    limits = tuple(dict.fromkeys(sentence(text) for f in audit.findings for text in f.limitations))
    if limits:
        yield Details("What a reader must not conclude", (Bullets(limits),))


def _method(audit: TableAudit) -> Iterator[Block]:
    alpha, several = audit.plan.alpha, _several(audit.findings["cohort.table"])
    rows = " A rate is of rows; its interval allows for students who have several." if several else ""
    yield Bullets(
        (
            f"Each rate stands with its interval.{rows}",
            f"The largest gap has an interval that holds for all pairs of groups at once, at {100 * (1 - alpha):g} %.",
            f"A gap is shown where it lies beyond the margin, with Holm over {len(comparisons(audit))} comparisons.",
            f"Groups are equal where the {100 * (1 - 2 * alpha):g} % interval of every pair lies inside the margin.",
            "Groups of fewer students than the smallest group shown do not enter a gap.",
            *(
                (f"Within one {audit.plan.stratum}: gaps weighted to the mix of all students.",)
                if audit.stratified
                else ()
            ),
        )
    )
    yield Paragraph("Point values of rates: fairlearn (Weerts et al. 2023). Intervals: Wilson, Newcombe, DeLong.")


def _points() -> Table:
    rows = tuple((*point, "not decided") for point in POINTS)
    return Table("points", "Points that only the committee can decide", ("Point", "Evidence in", "Decision"), rows)
