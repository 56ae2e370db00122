"""Findings in plain words: questions a student would ask, and answers that keep their uncertainty."""

from __future__ import annotations

from collections.abc import Sequence

from la_research.evidence import Evidence
from la_research.finding import Finding
from la_research.protocol import Hypothesis, Protocol
from la_research.report.catalogue import (
    PLAIN_VERDICTS,
    attribute_name,
    beside_chance,
    better,
    capital,
    common_base,
    construct,
    frequency,
    indicator_name,
    is_count,
    outcome_name,
    people,
    verdict_words,
)
from la_research.report.document import Answer, Block, Bullets, Details, Paragraph, Tone
from la_research.report.exhibit import group_label, row_label
from la_research.report.reading import OPEN, Audited, answers, audits, get, of

DID: dict[str, tuple[str, str]] = {
    "fnr": ("missed", "A miss means: the model did not pick a student to whom this applied later: {label}."),
    "fpr": ("picked in error", "An error means: the model picked a student to whom this did not apply later: {label}."),
}
LONG = 6
"""Groups of an attribute from which on their list opens on demand."""


MISSES_SOME = "Does the model miss some groups more than others?"


def question(hypothesis: Hypothesis, protocol: Protocol) -> str:
    """The registered hypothesis as a question in plain words."""
    outcome = protocol.outcome(hypothesis.outcome)
    good = better(hypothesis, outcome)
    what = indicator_name(hypothesis.indicator) if hypothesis.indicator else ""
    feel = "feel better" if good else "feel worse"
    if hypothesis.kind == "effect":
        return (
            f"Did the offer of help make students {feel}?"
            if good is not None
            else f"Did the offer of help change this: {construct(outcome)}?"
        )
    if good is None:
        return f"Does {what} go with this: {construct(outcome)}?"
    if hypothesis.kind == "within":
        return f"Does a student {feel} in weeks with more {what}?"
    return f"Do students with more {what} {feel} than others?"


def short_answer(finding: Finding) -> str:
    """The verdict in plain words; a link of less than 0.3 SD per SD is called weak (Cohen 1988)."""
    held = finding.estimate
    if finding.verdict == "supported" and held is not None and held.unit == "SD per SD" and abs(held.value or 0) < 0.3:
        return "Yes, a weak link"
    return PLAIN_VERDICTS[finding.verdict]


def answer(hypothesis: Hypothesis, finding: Finding, protocol: Protocol) -> Answer:
    """A hypothesis as question, plain answer, number and what the number means."""
    said = {
        "supported": "The link is there, and it is as big as we said would matter.",
        "contradicted": "The link runs the other way from what we thought.",
        "negligible": "If there is a link of this kind, it is smaller than we said would matter.",
        "inconclusive": _unclear(finding),
        "not analysed": "There is no number for this.",
        "suppressed": "Too few students are behind it, so we do not show it.",
        "described": "We looked at it and set no test.",
    }.get(finding.verdict, "")
    if hypothesis.kind == "effect":
        said = (
            said.replace("The link runs", "The change runs")
            .replace("The link is", "The change is")
            .replace("a link", "a change")
        )
    tone = verdict_words(finding.verdict)[1]
    why = (finding.reason or "") if finding.verdict in ("not analysed", "suppressed") else ""
    return Answer(
        "", question(hypothesis, protocol), short_answer(finding), tone, said, finding.estimate, _sentence(why)
    )


def _unclear(finding: Finding) -> str:
    """An interval that excludes zero leaves open how large it is; one that does not leaves open whether it is."""
    held = finding.estimate
    if held is not None and held.lower is not None and held.upper is not None and (held.lower > 0 or held.upper < 0):
        return "There seems to be a link. It may be too small to matter."
    return "The numbers fit with a link, and they fit with none."


def headlines(evidence: Evidence) -> list[Answer]:
    """What was found, question and short answer; the first screen allows few words."""
    lines = [
        Answer("", question(h, evidence.protocol), short_answer(f), verdict_words(f.verdict)[1])
        for h, f in answers(evidence)
    ][:3]
    told = get(evidence, "validation.discrimination")
    if told is not None and told.estimate is not None:
        lines.append(Answer("", "Does the score find the right students?", *beside_chance(told.estimate)))
    missed = of(audits(evidence.findings), "fnr")
    if missed:
        verdicts = {a.finding.verdict for a in missed}
        tone: Tone = "alert" if "disparity" in verdicts else "yes" if verdicts == {"equivalent"} else "open"
        lines.append(Answer("", MISSES_SOME, gap_word(missed), tone))
    return lines


def gap_word(found: Sequence[Audited]) -> str:
    """One answer for several attributes: a gap anywhere is a gap; equal only if equal everywhere."""
    verdicts = {a.finding.verdict for a in found}
    if "disparity" in verdicts:
        return "Yes, by " + next(attribute_name(a.attribute) for a in found if a.finding.verdict == "disparity")
    if verdicts == {"equivalent"}:
        return "No gap that matters"
    return "Not tested" if verdicts <= {"not analysed"} else "We can not tell"


def how_sure(evidence: Evidence) -> str:
    """How sure the study is, by how many of its questions stay open."""
    shown = [finding for _, finding in answers(evidence)]
    still = sum(finding.verdict in OPEN for finding in shown)
    if not shown:
        return "We set no test before we began, so take all of this as a first look."
    if still == 0:
        return "Each answer met a test that we set before we began. Chance can still fool us."
    if still == len(shown):
        return "Not sure. None of our tests gave a clear answer."
    return f"Partly sure. {len(shown) - still} of our {len(shown)} tests gave a clear answer."


def failures(evidence: Evidence, metric: str) -> list[Block]:
    """How often the model gets it wrong, counted in people, by group."""
    found = [a for a in of(audits(evidence.findings), metric) if "_x_" not in a.attribute]
    verb, meaning = DID.get(metric, (metric, ""))
    who, label = people(evidence.protocol), evidence.protocol.model.label
    outcome = outcome_name(evidence.protocol.outcome(label)) if label else "the outcome"
    blocks: list[Block] = []
    for a in found:
        rows = [row for row in a.finding.rows if row.keys.get("what") == "group"]
        base = common_base(row.estimate for row in rows if row.estimate)
        lines = []
        for row in rows:
            told = frequency(row.estimate, who, base) if row.estimate else (row.verdict or "not analysed")
            lines.append(f"{group_label(row)}: {told}" + (f" {verb}" if row.estimate else ""))
        title = f"By {attribute_name(a.attribute)}. Is there a gap? {short_answer(a.finding)}."
        if len(lines) >= LONG:
            blocks += [
                Paragraph(title),
                Details(f"{len(lines)} groups by {attribute_name(a.attribute)}", (Bullets(tuple(lines)),)),
            ]
        else:
            blocks.append(Bullets(tuple(lines), title) if lines else Paragraph(title))
    return [Paragraph(meaning.format(label=outcome)), *blocks] if blocks else []


def reached(evidence: Evidence) -> list[Block]:
    """What the model's score is worth for all students together, counted in people."""
    auc, decision = get(evidence, "validation.discrimination"), get(evidence, "validation.decision")
    if auc is None or auc.estimate is None:
        return []
    blocks: list[Block] = [Paragraph(f"Does the score find the right students? {beside_chance(auc.estimate)[0]}.")]
    if decision is not None and decision.estimate is not None and evidence.protocol.model.label is not None:
        outcome = outcome_name(evidence.protocol.outcome(evidence.protocol.model.label))
        told = frequency(decision.estimate, people(evidence.protocol))
        blocks.append(Paragraph(f"Of those to whom this applied later ({outcome}), the model picks {told}."))
    return blocks


def answered_by_arm(evidence: Evidence) -> list[Block]:
    """How many students of each arm answered at the end."""
    finding = get(evidence, "evaluation.attrition")
    rows = [row for row in finding.rows if row.estimate and not is_count(row.estimate)] if finding else []
    base = common_base(row.estimate for row in rows if row.estimate)
    lines = tuple(f"{capital(row_label(row))}: {frequency(row.estimate, base=base)}" for row in rows if row.estimate)
    return [Bullets(lines, "How many answered at the end:")] if lines else []


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if not text or text[-1] in ".?!" else ".")
