"""What drives the score: what it leans on, whom a reason can be given, what simplicity costs, when it stays silent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from la_research.evidence import Evidence
from la_research.explanation.simpler import recommendation
from la_research.finding import Finding, Row
from la_research.report.catalogue import SAYS_LITTLE, capital, indicator_name, verdict_words
from la_research.report.claims import described, further, sentence, unanswered
from la_research.report.document import Block, Details, Paragraph, Table
from la_research.report.exhibit import exhibit
from la_research.report.opened import opened
from la_research.report.reading import beats_chance, endings, get, population_of
from la_research.report.results import asked_of, questions

BEHIND = {
    "By source and by aspect, and how each indicator moves the score": ("grouped", "shapes", "interactions"),
    "Does the explanation follow the score, whichever way it is taken apart?": ("perturbation", "faithful"),
    "Are students of some groups told other reasons at the same score?": ("same_score",),
    "What of the gap between groups travels through which indicator?": ("proxies",),
    "For whom there is no suggestion, group by group": ("abstaining", "coverage"),
}
"""What opens on demand, and the topics of the findings behind it."""
DRAWN = ("explanation.grouped", "explanation.shapes")
"""Findings that are read as a figure, with its numbers behind it."""
SHORT = {
    "reasons": "One main reason",
    "simpler": "Loss by a simpler model",
    "abstaining": "No suggestion",
    "coverage": "Label left possible",
}
"""Findings that are answered at first sight, and what their lines are called."""
MEANT = {
    "reasons": (
        "Share of suggested contacts of whom one can be told. For the others another reason would come first in "
        "another fit, so the words are “no single main reason”."
    ),
    "abstaining": (
        "Share of those whom the score alone would suggest that are left out, as the score knows too little of them."
    ),
    "coverage": (
        "Share of students whose label is among those that the score leaves possible, in the group where it is lowest. "
        "Often both are left possible, and then nothing is suggested."
    ),
}
"""What the number of a finding says."""


def drivers(evidence: Evidence) -> list[Block]:
    """What the model leans on, how steady that is, and what a student can be told of it."""
    blocks = [*_leans(evidence), *_short(evidence), *_steady(evidence)]
    blocks += _card(evidence)
    for title, topics in BEHIND.items():
        found = [f for topic in topics for f in about(evidence, topic)]
        drawn = [figure for f in found if f.id in DRAWN and (figure := exhibit(f))]
        blocks += opened(title, [f for f in found if f.id not in DRAWN], drawn)
    if blocks:
        blocks.append(
            Paragraph(f"Attribution says what the model's score leans on. It does not say {_cause(evidence)}.")
        )
    return blocks or [Paragraph("No model was explained: the study registers none.")]


def about(evidence: Evidence, topic: str) -> list[Finding]:
    """Findings of the explanation on a topic: of the main population, of subsets, or of each attribute."""
    return [f for f in evidence.findings.of_stage("explanation") if topic in f.id.split(".")[1:]]


def _leans(evidence: Evidence) -> Iterator[Block]:
    for finding in endings(evidence, "explanation", "importance"):
        drawn = asked_of(finding, get(evidence, finding.id.replace("importance", "ranks")))
        yield drawn or unanswered(finding)
        if drawn and beats_chance(evidence, population_of(finding)) is False:
            yield Paragraph(SAYS_LITTLE)


def _short(evidence: Evidence) -> Iterator[Table]:
    """One line each: whom a reason can be given, the price of simplicity, and when there is no suggestion."""
    found = [f for topic in SHORT if (f := get(evidence, f"explanation.{topic}")) is not None]
    rows = tuple((SHORT[f.id.rpartition(".")[2]], f.estimate or verdict_words(f.verdict)[0], _meant(f)) for f in found)
    if rows:
        title = "What can be told of a score, what a simpler one costs, and when the score says nothing"
        yield Table("explained", title, ("Asked", "Estimate", "What it says"), rows)


def _meant(finding: Finding) -> str:
    """What follows for a student; a reason where there is no number."""
    topic = finding.id.rpartition(".")[2]
    if topic == "simpler":
        return recommendation(finding)
    return MEANT[topic] if finding.estimate is not None else sentence(finding.reason or "")


def _card(evidence: Evidence) -> Iterator[Details]:
    """The points score, whole: points of each range, and what a total says."""
    finding = get(evidence, "explanation.points")
    if finding is None or not finding.rows:
        return
    given = [row for row in finding.rows if "indicator" in row.keys]
    points = tuple((capital(indicator_name(str(row.keys["indicator"]))), _range(row), _points(row)) for row in given)
    chances = [row for row in finding.rows if "total" in row.keys]
    totals = tuple((str(row.keys["total"]), row.estimate or row.reason or "") for row in chances)
    yield Details(
        "A points score, to be worked out on paper",
        (
            Table("points-card", "Points for what was recorded", ("Indicator", "Where it is", "Points"), points),
            Table("points-totals", "What a total says", ("Points in all", "Chance of the outcome"), totals),
            *further(replace(finding, rows=tuple(row for row in finding.rows if "total from" in row.keys))),
        ),
    )


def _range(row: Row) -> str:
    """A range of the card in words.

    >>> _range(Row({"indicator": "rag", "from": 5.0, "to": 12.0})), _range(Row({"from": "lowest", "to": 5.0}))
    ('from 5 to under 12', 'under 5')
    """
    low, high = row.keys["from"], row.keys["to"]
    ends = [f"from {low:g}" if isinstance(low, float) else "", f"under {high:g}" if isinstance(high, float) else ""]
    told = " to ".join(filter(None, ends))
    return told or ("not observed" if low == "not observed" else "whatever it is")


def _points(row: Row) -> str:
    return f"{row.estimate.value:+.0f}".replace("+0", "0") if row.estimate and row.estimate.value is not None else ""


def _steady(evidence: Evidence) -> Iterator[Block]:
    steady = [f for topic in ("ranks", "additivity") for f in endings(evidence, "explanation", topic)]
    told = [f for f in steady if f.estimate or f.reason]
    if told:
        yield questions("steadiness", "How far the explanation can be relied on", told)
    for finding in steady:
        if finding not in told and finding.rows:
            yield Details(described(finding), further(finding))


def _cause(evidence: Evidence) -> str:
    label = evidence.protocol.model.label
    if label is not None and evidence.protocol.outcome(label).instrument:
        return "what makes a student's mood rise or fall, and changing what is measured need not change how anyone is"
    return "why it comes to the outcome, and changing what is measured need not change that"
