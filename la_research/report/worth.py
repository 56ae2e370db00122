"""How far the model's score can be relied on, what a contact rule would have done, and when the term is hardest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from la_research.evidence import Evidence
from la_research.finding import NEEDS_REASON, Finding, Row
from la_research.indicators.rules import RULES
from la_research.protocol import QUESTIONNAIRES
from la_research.report.catalogue import capital, readable, source_name, verdict_words
from la_research.report.chart import Forest
from la_research.report.claims import sentence, unanswered
from la_research.report.document import Answer, Block, Cell, Figure, Table
from la_research.report.exhibit import figure, row_mark
from la_research.report.gap import gap_cell, is_gap
from la_research.report.opened import opened
from la_research.report.reading import endings, get
from la_research.report.results import asked_of, questions

QUALITY = (
    "discrimination", "procedure", "transport", "increment", "decision", "calibration", "prevalence",
)  # fmt: skip
"""What is said of the score, in this order, one line or more each."""
VALUE = {
    "negligible": "adds less than would be worth collecting it",
    "supported": "worth collecting",
    "contradicted": "the score is better without it",
    "inconclusive": "can not tell",
}
BEYOND = "sensitivity beyond as many students at random"
COLUMNS = {
    "sensitivity": "Of those in need, reached in time",
    BEYOND: "Beyond as many at random",
    "predictive value": "In need, of those contacted",
    "contacts": "Contacts",
    "staff hours": "Staff hours",
}
"""Measures of a contact rule that stand in the main text."""


def worth(evidence: Evidence) -> Iterator[Block]:
    """How the score does, where it was not made, what it adds, and what each source adds to it."""
    shown = [f for topic in QUALITY for f in endings(evidence, "validation", topic)]
    if shown:
        table = questions("model-quality", "How far the model's score can be relied on", shown)
        rows = tuple(row[:2] for row in table.rows)  # none of it was registered: that is said once
        yield replace(table, columns=table.columns[:2], rows=rows, notes=(*table.notes, *_around(evidence)))
    for curve in endings(evidence, "validation", "calibration_curve"):
        drawn = asked_of(curve)
        yield from [drawn] if drawn else [unanswered(curve)] if curve.verdict in NEEDS_REASON else []
    yield from _sources(evidence)
    early = get(evidence, "validation.early")
    weeks = list(_early(early)) if early is not None else []
    yield from weeks[:1]
    topics = (
        "procedure", "transport", "increment", "average_precision", "net_benefit", "corrected", "early",
    )  # fmt: skip
    behind = [f for topic in topics if (f := get(evidence, f"validation.{topic}")) is not None]
    yield from opened("What stands behind these numbers, and what a choice by score is worth", behind, weeks[1:])


def _around(evidence: Evidence) -> Iterator[str]:
    """What a reader of the table has to know: nothing was registered, and the outcome is not known of all."""
    yield "All of this is exploratory: no yes or no was registered."
    bounds = get(evidence, "validation.selection.label")
    if bounds is not None and bounds.estimate is not None:
        yield f"Had all answered, the share with the outcome could lie {bounds.estimate}."


def _sources(evidence: Evidence) -> Iterator[Block]:
    found = get(evidence, "validation.sources.value")
    if found is None:
        return
    if not found.rows:
        yield unanswered(found)
        return
    rows = tuple(
        (
            capital(source_name(str(row.keys["source"]))),
            VALUE.get(str(row.verdict), ""),
            row.estimate or row.reason or "",
        )
        for row in found.rows
    )
    notes = ["Each source is left out alone. “Adds less” is read off an interval of 90 %, by two one-sided tests."]
    if any(a.holds is False for a in found.assumptions):
        notes.append("The score is not shown to tell students apart here, so there is little that a source could add.")
    columns = ("Source left out", "Reading", "Loss of AUC")
    yield Table("value-of-sources", found.question, columns, rows, tuple(notes))


def _early(finding: Finding) -> Iterator[Block]:
    """The AUC by week, and what was said of the claim that some weeks are enough."""
    words, tone = verdict_words(finding.verdict)
    yield Answer("", finding.question, words, tone, _highest(finding), None, sentence(finding.reason or ""))
    weeks = tuple(row for row in finding.rows if row.keys.get("what") == "AUC" and row.estimate is not None)
    if weeks:
        marks = tuple(replace(row_mark(finding, row), label=_week(row)) for row in weeks)
        title = "How well the score puts students in order, by the week at whose end it is made"
        yield figure("auc-by-week", title, Forest(marks, "AUC", reference=0.5), "Made at the end of")


def _highest(finding: Finding) -> str:
    """The week in which the score does best, as one of those tried."""
    held = [(row.estimate.value or 0.0, row) for row in finding.rows if row.keys.get("what") == "AUC" and row.estimate]
    if not held:
        return ""
    row = max(held, key=lambda one: one[0])[1]
    return f"Of {len(held)} weeks tried it does best at the end of {_week(row)}: {row.estimate}. One of many looks."


def _week(row: Row) -> str:
    overlaps = "overlap" in str(row.keys.get("window", ""))
    return f"week {row.keys['week']}" + (" (not ahead)" if overlaps else "")


def rules(evidence: Evidence) -> Iterator[Block]:
    """Contact rules tried on weeks gone by: each at its own cut, then the one that a budget would choose."""
    found = [f for f in evidence.findings.of_stage("validation") if f.id.startswith("validation.trigger.")]
    rows = tuple(row for f in found for row in _rule(f))
    tables = []
    if rows:
        title = "Had a contact rule been used, whom would it have reached, and at what cost?"
        notes = ("Contacts and hours: a week, for 1,000 students. Nobody was contacted by these rules.",)
        tables.append(Table("contact-rules", title, ("Rule", *COLUMNS.values()), rows, notes))
    chosen = get(evidence, "validation.triggers.chosen")
    if chosen is not None:
        words, tone = verdict_words(chosen.verdict)
        yield Answer("", chosen.question, words, tone, _chosen(chosen), chosen.estimate, sentence(chosen.reason or ""))
    beside = [f for f in evidence.findings.of_stage("validation") if f.id.startswith("validation.triggers.")]
    yield from opened(
        "Contact rules tried on weeks gone by: what each would have reached, and cost", [*beside, *found], tables
    )


def _chosen(finding: Finding) -> str:
    """Which rule was chosen most often, and how many more it reaches than chance would."""
    often = [(row.estimate.value or 0.0, row) for row in finding.rows if "rule" in row.keys and row.estimate]
    beyond = next((r.estimate for r in finding.rows if r.keys.get("what") == BEYOND), None)
    said = []
    if often:
        share, row = max(often, key=lambda one: one[0])
        rule = f"“{readable(str(row.keys['rule']))}” at {row.keys.get('cut')}"
        said.append(f"Chosen most often: {rule} (in {100 * share:.0f} of 100 folds).")
    if beyond is not None:
        said.append(f"Beyond as many students at random: {gap_cell(beyond, None)}.")
    return " ".join(said)


def _rule(finding: Finding) -> Iterator[tuple[Cell, ...]]:
    """The line of a rule at its own cut: that of the headline."""
    rule = RULES.get(finding.id.rpartition(".")[2])
    name = capital(rule.label) if rule else "The highest scores"
    if finding.estimate is None:
        yield name, f"{finding.verdict}: {finding.reason}", *[""] * (len(COLUMNS) - 1)
        return
    own = next((row.keys.get("cut") for row in finding.rows if row.estimate == finding.estimate), None)
    held = {str(row.keys["what"]): row for row in finding.rows if row.keys.get("cut") == own}
    yield f"{name} (cut-off {own})", *(_measure(held.get(what)) for what in COLUMNS)


def _measure(row: Row | None) -> Cell:
    if row is None:
        return ""
    if is_gap(row):
        return gap_cell(row.estimate, row.verdict)
    return row.estimate or row.verdict or "not analysed"


def term(evidence: Evidence) -> Iterator[Block]:
    """The weeks in which students report most strain, as the term's doing."""
    found = get(evidence, "validation.calendar")
    drawn = None if found is None else term_figure(found)
    if found is not None:
        yield from [drawn] if drawn else [unanswered(found)]


def term_figure(finding: Finding, name: str = "hard-weeks") -> Figure | None:
    """Change from students' own mean by week of the term."""
    weeks = [row for row in finding.rows if row.keys.get("what") == "change within students" and row.estimate]
    if not weeks:
        return None
    marks = tuple(replace(row_mark(finding, row), label=f"week {row.keys['week']}") for row in weeks)
    unit = next(mark.estimate.unit for mark in marks if mark.estimate)
    hardest = next((f"week {row.keys['week']}" for row in weeks if row.estimate == finding.estimate), "")
    title = (
        f"Of the {len(weeks)} weeks asked, students report most strain in {hardest}"
        if hardest
        else "How students answer by week of term"
    )
    instrument = QUESTIONNAIRES.get(unit.removesuffix(" points"))
    ends = "" if instrument is None else f", {'left' if instrument.positive else 'right'}: worse"
    chart = Forest(marks, f"change from students' own mean ({unit}{ends})", reference=0.0)
    return figure(name, title, chart, "Week", tuple(map(sentence, finding.limitations)))
