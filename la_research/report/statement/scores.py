"""What the model made of one student: the score, what the rule did with it, and how it comes about line by line."""

from __future__ import annotations

from la_research.indicators.registry import INDICATORS
from la_research.protocol import Protocol
from la_research.report.catalogue import answered, capital, indicator_name, outcome_name
from la_research.report.document import Block, Definitions, Details, Heading, Paragraph, Table
from la_research.report.statement.cells import shown
from la_research.report.statement.paper import on_paper
from la_research.report.statement.told import Scored, Statement

ALL = "all"
HELD_BACK = "The score is held back. The policy stands under ‘Is anything held back from me?’."
GUESS = "It was made by a model that had learned from others and had not seen you. It is a guess from counts."
BESIDE = "The score is set beside it to see how often it is right."
NO_REASON = "no single main reason"
NOTHING = "So it suggests nothing."
SUMMARY = {"mean": "the mean of the weeks", "latest": "the last of the weeks"}


def scored(statement: Statement, protocol: Protocol) -> list[Block]:
    """Every score of the student, of the main study first; why there is none where there is none."""
    if protocol.model.label is None:
        return [Paragraph("The study has no model, so there is no score.")]
    if "score" in statement.hidden:
        return [Paragraph(HELD_BACK)]
    if not statement.scores:
        return [Paragraph(f"The model gave you no score: {statement.reason}.")]
    several = len(statement.scores) > 1
    return [block for one in statement.scores for block in _one(one, statement, protocol, several=several)]


def _one(one: Scored, statement: Statement, protocol: Protocol, *, several: bool) -> list[Block]:
    said = f"The model read your weeks 1 to {one.week}. It gave a score of {shown(one.score)}, between 0 and 1."
    blocks: list[Block] = [Heading(_named(one, protocol))] if several else []
    blocks += [Paragraph(said, lead=True), Paragraph(GUESS), Definitions(tuple(_told(one, statement, protocol)))]
    if "indicators" not in statement.hidden:
        blocks.append(_read(one, _mark(one, several=several)))
    return blocks + _calculation(one, statement, several=several)


def _named(one: Scored, protocol: Protocol) -> str:
    where = "" if protocol.population.unit == "student" else f" for {one.unit_id}"
    return f"Score{where}" + ("" if one.population == ALL else f", in the part of the study called {one.population}")


def _mark(one: Scored, *, several: bool) -> str:
    return f"-{one.population}-{one.unit_id}" if several else ""


def _told(one: Scored, statement: Statement, protocol: Protocol) -> list[tuple[str, str]]:
    assert protocol.model.label is not None
    outcome = outcome_name(protocol.outcome(protocol.model.label))
    picked = "Yours was among them." if one.decision else "Yours was not among them."
    label = {1: "yes", 0: "no", None: "not known, as it was not recorded"}[one.label]
    recorded = "held back" if "label" in statement.hidden else label
    score = protocol.model.score
    why = " ".join(text for text in (score.purpose, score.why_needed) if text)
    return [
        ("Why there is a score", why or answered(None)),
        ("What the rule did", f"It picks the highest {100 * protocol.model.top_share:g} of 100 scores. {picked}"),
        *_reasoned(one, statement),
        (f"What was recorded: {outcome}", f"{capital(recorded)}. {BESIDE}"),
        ("How long", answered(score.retention)),
    ]


def _reasoned(one: Scored, statement: Statement) -> list[tuple[str, str]]:
    """The main reason where one can be told, and why the score suggests nothing where it does not."""
    held, found = one.reasoned, []
    if held.why and "calculation" not in statement.hidden:
        found.append(("What moved the score up the most", f"{capital(held.reason or NO_REASON)}: {held.why}."))
    if held.silent:
        found.append(("Does the score say enough?", f"No. {held.silent} {NOTHING}"))
    return found


def _read(one: Scored, mark: str) -> Table:
    rows = tuple(
        (capital(indicator_name(name)), f"{shown(value)}, {SUMMARY[INDICATORS[name].summary]}"
         if value is not None else "nothing, as it was not observed")
        for name, value in one.features.items()
    )  # fmt: skip
    return Table(f"read{mark}", f"What the model read, up to week {one.week}", ("Number", "What it says"), rows)


def _calculation(one: Scored, statement: Statement, *, several: bool) -> list[Block]:
    if "calculation" in statement.hidden:
        return [Paragraph("How the score came about is held back too.")]
    if one.explained.trace is None:
        return [Paragraph(f"How the score came about can not be shown: {one.explained.reason}.")]
    opened = on_paper(one.explained.trace, ("feature", "score"), _mark(one, several=several))
    return [Details("How the score came about, line by line", opened)]
