"""Registered hypotheses as a committee reads them: claim, verdict, number, and what exactly was estimated."""

from __future__ import annotations

from la_research.evidence import Evidence
from la_research.finding import NEEDS_REASON, VERDICTS, Estimate, Finding, Row
from la_research.protocol import Hypothesis, Protocol
from la_research.report.catalogue import (
    answered,
    beside_chance,
    capital,
    claim,
    is_count,
    printed,
    readable,
    status,
    verdict_words,
)
from la_research.report.document import Answer, Block, Bullets, Cell, Definitions, Details, Figure, Table, slug
from la_research.report.exhibit import hypotheses
from la_research.report.gap import gap_cell, is_gap
from la_research.report.labels import row_label
from la_research.report.reading import answers, falls_short, get, population_of, tally, told_apart


def counted(verdicts: dict[str, int]) -> str:
    """A tally as words, "can not tell" and what follows it last: "1 supported, 2 can not tell"."""
    ordered = sorted(verdicts, key=VERDICTS.index)
    ordered.sort(key=lambda verdict: verdict in NEEDS_REASON)
    return ", ".join(f"{verdicts[verdict]} {verdict_words(verdict)[0].lower()}" for verdict in ordered)


def hypothesis_answer(hypothesis: Hypothesis, finding: Finding, protocol: Protocol) -> Answer:
    """The registered claim, its verdict, its number, and why it reads so."""
    words, tone = verdict_words(finding.verdict)
    return Answer(
        hypothesis.id,
        claim(hypothesis, protocol),
        words,
        tone,
        estimate=finding.estimate,
        reason=" ".join(part for part in (sentence(why(hypothesis, finding)), failed(finding)) if part),
    )


def why(hypothesis: Hypothesis, finding: Finding) -> str:
    """The reason of a verdict, with what its numbers do not show as they are printed."""
    said = "; ".join(part for part in (finding.reason or "", _reaches_small(hypothesis, finding)) if part)
    apart = told_apart(hypothesis, finding.estimate)
    return f"{said} ({apart})" if apart and said else said


def _reaches_small(hypothesis: Hypothesis, finding: Finding) -> str:
    short = finding.verdict == "supported" and falls_short(hypothesis, finding.estimate)
    return "the interval also reaches values smaller than the smallest effect of interest" if short else ""


def caveats(hypothesis: Hypothesis, finding: Finding) -> str:
    """What a reader of the number alone would miss: a near bound, two numbers that print alike, a failed assumption."""
    apart = told_apart(hypothesis, finding.estimate)
    alike = f"With one more place: {apart}." if apart else ""
    said = (sentence(_reaches_small(hypothesis, finding)), alike, failed(finding))
    return " ".join(part for part in said if part)


def failed(finding: Finding) -> str:
    """The assumptions of a finding that do not hold, each in a sentence."""
    return " ".join(
        f"Assumption failed: {a.statement} ({a.evidence})." for a in finding.assumptions if a.holds is False
    )


def score_answer(evidence: Evidence) -> list[Block]:
    """What the model's score is worth beside a coin, before anyone asks for whom it fails."""
    found = get(evidence, "validation.discrimination")
    if found is None or found.estimate is None:
        return []
    reaches = get(evidence, "validation.decision")
    said = ""
    if reaches is not None and reaches.estimate is not None:
        said = f"Of the students with the outcome, the decision chooses {reaches.estimate}."
    return [Answer("Score", found.question, *beside_chance(found.estimate), said, found.estimate)]


def hypothesis_details(hypothesis: Hypothesis, finding: Finding) -> Details:
    """The estimand by its five attributes, what was registered, and which assumptions hold."""
    asked = hypothesis.estimand
    events = [f"{readable(event)}: {rule}" for event, rule in asked.intercurrent_events.items()]
    smallest = f"{hypothesis.smallest_effect:g}" + (f" {finding.estimate.unit}" if finding.estimate else "")
    registered = Definitions(
        (
            ("Population", answered(asked.population)),
            ("Contrast", answered(asked.contrast)),
            ("Outcome", answered(asked.outcome)),
            ("Events that may come between", " ".join(sentence(event) for event in events) or "not answered"),
            ("Summary measure", answered(asked.summary)),
            ("Direction and smallest effect of interest", f"{hypothesis.direction}, {smallest}"),
            ("Alpha and family", f"{hypothesis.alpha:g} shared by the family '{readable(hypothesis.family)}' (Holm)"),
            ("Missing outcomes", hypothesis.missing),
            ("Finding", f"{finding.id}, {status(finding)}"),
        )
    )
    return Details(f"{hypothesis.id}: what exactly was estimated", (registered, *further(finding)))


def further(finding: Finding) -> tuple[Block, ...]:
    """Further estimates of a finding, its assumptions and its limitations."""
    blocks: list[Block] = []
    if finding.rows:
        cell = audit_cell if finding.stage == "audit" else _row_cell
        rows = tuple((capital(row_label(row)), cell(row)) for row in finding.rows)
        name = f"rows-{slug(finding.id)}"
        blocks.append(Table(name, finding.question, ("What", "Estimate"), rows))
    if finding.assumptions:
        blocks.append(Bullets(tuple(sentence(str(assumption)) for assumption in finding.assumptions)))
    if finding.limitations:
        blocks.append(Bullets(tuple(sentence(text) for text in finding.limitations)))
    return tuple(blocks)


def row_cell(estimate: object, verdict: str | None) -> Cell:
    """A row's estimate, or the word that stands for it; plain counts as text."""
    if isinstance(estimate, Estimate):
        return printed(estimate, "") if is_count(estimate) else estimate
    return verdict or "not analysed"


def audit_cell(row: Row) -> Cell:
    """A row of an audit: a gap in percentage points, a rate as a share."""
    if is_gap(row) and row.estimate is not None:
        return gap_cell(row.estimate, row.verdict)
    return _row_cell(row)


def _row_cell(row: Row) -> Cell:
    return row_cell(row.estimate, row.verdict)


def claims(evidence: Evidence, *kinds: str) -> list[Block]:
    """Answers and details of the hypotheses of these kinds."""
    blocks: list[Block] = []
    for hypothesis, finding in answers(evidence, *kinds):
        blocks.append(hypothesis_answer(hypothesis, finding, evidence.protocol))
        blocks.append(hypothesis_details(hypothesis, finding))
    return blocks


def summary_figure(evidence: Evidence) -> Figure | None:
    """All registered hypotheses against their smallest effects of interest."""
    shown = answers(evidence)
    return hypotheses("hypotheses", f"Registered hypotheses: {counted(tally(f for _, f in shown))}", shown)


def unanswered(finding: Finding) -> Answer:
    """A question without an answer, and why."""
    words, tone = verdict_words(finding.verdict)
    return Answer("", finding.question, words, tone, reason=sentence(finding.reason or ""))


def described(finding: Finding) -> str:
    """A finding's question, with its population where it is not the main one."""
    subset = population_of(finding)
    return f"{finding.question} ({readable(subset)})" if subset else finding.question


def sentence(text: str) -> str:
    """A reason or a limitation as a whole sentence."""
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".?!" else ".")
