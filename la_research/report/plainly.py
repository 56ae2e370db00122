"""Findings in plain words: questions a student would ask, and answers that keep their uncertainty."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from la_research.evidence import Evidence
from la_research.finding import NEEDS_REASON, Finding
from la_research.protocol import QUESTIONNAIRES, Hypothesis, Protocol
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
from la_research.report.gap import is_there
from la_research.report.labels import group_label, row_label
from la_research.report.missed import least_missed, listed, missed_share
from la_research.report.reading import Audited, answers, audits, falls_short, get, of

DID: dict[str, tuple[str, str]] = {
    "fnr": ("missed", "A miss means: the model did not pick a student to whom this applied later: {label}."),
    "fpr": ("picked in error", "An error means: the model picked a student to whom this did not apply later: {label}."),
}
LONG = 6
"""Groups of an attribute from which on their list opens on demand."""


HOW_BIG = "We can not tell if it is big"
MISSES_SOME = "Does the model miss some groups more than others?"


def question(hypothesis: Hypothesis, protocol: Protocol) -> str:
    """The registered hypothesis as a question in plain words."""
    outcome = protocol.outcome(hypothesis.outcome)
    good = better(hypothesis, outcome)
    what = indicator_name(hypothesis.indicator) if hypothesis.indicator else ""
    feel = "feel better" if good else "feel worse"
    if hypothesis.kind == "effect":
        measured = weekly_outcome(protocol)
        if measured or good is None:
            return f"Did the offer of help change this: {measured or construct(outcome)}?"
        return f"Did the offer of help make students {feel}?"
    if good is None:
        return f"Does {what} go with this: {construct(outcome)}?"
    if hypothesis.kind == "within":
        return f"Does a student {feel} in weeks with more {what}?"
    return f"Do students with more {what} {feel} than others?"


def weekly_outcome(protocol: Protocol) -> str:
    """The indicator that the design compares instead of the outcome's questionnaire, in words; else empty."""
    design = protocol.support.design
    name = getattr(design, "indicator", None) if design.kind != "rdd" else None
    name = name or getattr(design, "proximal", None)
    return indicator_name(name) if name else ""


def short_answer(finding: Finding, hypothesis: Hypothesis | None = None) -> str:
    """The verdict in plain words; a link of less than 0.3 SD per SD is called weak (Cohen 1988)."""
    held = finding.estimate
    if finding.verdict == "supported" and held is not None and held.unit == "SD per SD" and abs(held.value or 0) < 0.3:
        return "Yes, a weak link"
    if finding.verdict == "supported" and hypothesis is not None and falls_short(hypothesis, held):
        return "Yes, but how much is unsure"
    return f"There is a gap. {HOW_BIG}" if is_there(finding) else PLAIN_VERDICTS[finding.verdict]


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
    if finding.verdict == "supported" and falls_short(hypothesis, finding.estimate):
        said = "There is a link. Our best guess is big enough to matter; the true one may be smaller."
    if hypothesis.kind == "effect":
        said = (
            said.replace("The link runs", "The change runs")
            .replace("The link is", "The change is")
            .replace("a link", "a change")
        )
    tone = verdict_words(finding.verdict)[1]
    why = in_pairs(hypothesis, finding, protocol)
    if finding.verdict in ("not analysed", "suppressed"):
        why = finding.reason or ""
    return Answer(
        "",
        question(hypothesis, protocol),
        short_answer(finding, hypothesis),
        tone,
        said,
        finding.estimate,
        _sentence(why),
    )


def in_pairs(hypothesis: Hypothesis, finding: Finding, protocol: Protocol) -> str:
    """A link between students as pairs of them: of 100 pairs, in how many the more active one feels better.

    With r the standardised slope, the share of such pairs is 1/2 + arcsin(r)/pi where both measures are
    bell-shaped (Greiner 1909); that is why it reads as a rule of thumb.
    """
    held, asked = finding.estimate, protocol.outcome(hypothesis.outcome).instrument
    if hypothesis.kind != "between" or asked is None or held is None or held.unit != "SD per SD":
        return ""
    sign = 1 if QUESTIONNAIRES[asked].positive else -1
    ends = [sign * end for end in (held.lower, held.value, held.upper) if end is not None and abs(end) <= 1]
    if len(ends) < 3:
        return ""
    low, middle, high = (round(100 * (0.5 + math.asin(end) / math.pi)) for end in sorted(ends))
    what = indicator_name(hypothesis.indicator or "")
    likely = f"between {low} and {high}" if low < high else f"close to {low}"
    return (
        f"Think of 100 pairs of students. As a rule of thumb, the one with more {what} feels better in about {middle} "
        f"of them (likely {likely}). With no link it would be 50."
    )


def score_question(protocol: Protocol) -> str:
    """What the score is to tell, in plain words."""
    label = protocol.model.label
    outcome = protocol.outcome(label) if label is not None else None
    if outcome is None:
        return "Does the score find the right students?"
    if outcome.instrument and not QUESTIONNAIRES[outcome.instrument].positive:
        return f"Can the score tell who will have {construct(outcome)}?"
    return f"Can the score tell to whom this will apply: {outcome_name(outcome)}?"


def _unclear(finding: Finding) -> str:
    """An interval that excludes zero leaves open how large it is; one that does not leaves open whether it is."""
    held = finding.estimate
    if held is not None and held.lower is not None and held.upper is not None and (held.lower > 0 or held.upper < 0):
        return "There seems to be a link. It may be too small to matter."
    return "The numbers fit with a link, and they fit with none."


def headlines(evidence: Evidence) -> list[Answer]:
    """What was found, question and short answer; the first screen allows few words."""
    lines = [
        Answer("", question(h, evidence.protocol), short_answer(f, h), verdict_words(f.verdict)[1])
        for h, f in answers(evidence)
    ][:3]
    told = get(evidence, "validation.discrimination")
    if told is not None and told.estimate is not None:
        words, tone = beside_chance(told.estimate)
        words = "Not shown to beat chance" if tone == "open" else words
        lines.append(Answer("", score_question(evidence.protocol), words, tone))
    if any(f.id.startswith("evaluation.harm.") and f.verdict == "harm shown" for f in evidence.findings):
        lines.append(Answer("", "Did the support do harm?", "Yes, see below", "alert"))
    missed = of(audits(evidence.findings), "fnr")
    if missed:
        lines.append(gap_line("Does it miss some groups more?", missed))
    return lines


def gap_line(asked: str, found: Sequence[Audited]) -> Answer:
    """A question about gaps and its short answer; the first screen has few words for it."""
    verdicts = {a.finding.verdict for a in found}
    tone: Tone = "alert" if "disparity" in verdicts else "yes" if verdicts == {"equivalent"} else "open"
    there = [attribute_name(a.attribute) for a in found if is_there(a.finding)]
    if there and tone == "open":
        by = f" by {there[0]}" if len(there) == 1 else ""
        return Answer("", asked, f"A gap{by}, maybe small", tone)
    return Answer("", asked, gap_word(found), tone)


def gap_word(found: Sequence[Audited]) -> str:
    """One answer for several attributes: a gap anywhere is a gap; equal only if equal everywhere."""
    verdicts = {a.finding.verdict for a in found}
    if "disparity" in verdicts:
        return "Yes, by " + next(attribute_name(a.attribute) for a in found if a.finding.verdict == "disparity")
    there = [attribute_name(a.attribute) for a in found if is_there(a.finding)]
    if there:
        by = listed(there) if len(there) <= 2 else f"{len(there)} of {len(found)} traits"
        return f"There is a gap by {by}. {HOW_BIG}"
    if verdicts == {"equivalent"}:
        return "No gap that matters"
    return "Not tested" if verdicts <= {"not analysed"} else "We can not tell"


def how_sure(evidence: Evidence) -> str:
    """How sure the study is, by how many of its questions stay open."""
    shown = [finding for _, finding in answers(evidence)]
    still = sum(finding.verdict in NEEDS_REASON for finding in shown)
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
    label = evidence.protocol.model.label
    outcome = outcome_name(evidence.protocol.outcome(label)) if label else "the outcome"
    blocks: list[Block] = []
    for a in found:
        blocks += by_group(a, verb)
    return [Paragraph(meaning.format(label=outcome)), *blocks] if blocks else []


def missed_at_all(evidence: Evidence, found: Sequence[Audited]) -> list[Block]:
    """How many the model misses in all, counted in people, and in the group that it misses least."""
    held = missed_share(evidence)
    if held is None:
        return []
    least = least_missed(found)
    said = [f"The model misses {frequency(held, people(evidence.protocol), 100)} to whom this applied later."]
    said += [f"In every group that we show it misses at least {least} in 100."] if least is not None else []
    if evidence.protocol.population.unit != "student":
        said.append("By group we count students. A student with more than one module can be in two groups.")
    return [Paragraph(" ".join(said), lead=True)]


def by_group(audited: Audited, verb: str, who: str = "students", base: int = 0) -> Iterator[Block]:
    """Whether groups differ, and each group counted in people; a long list opens on demand.

    ``base`` is of how many they are counted, or 0 to choose one for the list.
    """
    rows = [row for row in audited.finding.rows if row.keys.get("what") == "group"]
    base = base or common_base(row.estimate for row in rows if row.estimate)
    lines = []
    for row in rows:
        told = frequency(row.estimate, who, base) if row.estimate else (row.verdict or "not analysed")
        lines.append(f"{group_label(row)}: {told}" + (f" {verb}" if row.estimate else ""))
    name = attribute_name(audited.attribute)
    title = f"By {name}. Is there a gap? {short_answer(audited.finding)}."
    if len(lines) >= LONG:
        yield Paragraph(title)
        yield Details(f"{len(lines)} groups by {name}", (Bullets(tuple(lines)),))
    else:
        yield Bullets(tuple(lines), title) if lines else Paragraph(title)


def reached(evidence: Evidence) -> list[Block]:
    """What the model's score is worth for all students together, counted in people."""
    auc, decision = get(evidence, "validation.discrimination"), get(evidence, "validation.decision")
    if auc is None or auc.estimate is None:
        return []
    said = f"{score_question(evidence.protocol)} {beside_chance(auc.estimate)[0]}."
    blocks: list[Block] = [Paragraph(said)]
    if decision is not None and decision.estimate is not None and evidence.protocol.model.label is not None:
        outcome = outcome_name(evidence.protocol.outcome(evidence.protocol.model.label))
        who = people(evidence.protocol)
        told = frequency(decision.estimate, who)
        blocks.append(Paragraph(f"Of those to whom this applied later ({outcome}), the model picks {told}."))
        right = next((row.estimate for row in decision.rows if row.keys.get("what") == "right when chosen"), None)
        if right is not None:
            blocks.append(Paragraph(f"Of those it picks, this applied later to {frequency(right, who)}."))
    return blocks


def not_answered_at_end(evidence: Evidence) -> list[Block]:
    """How many of all in the trial are not behind the effect; fewer than the smallest group are not counted out."""
    all_in = get(evidence, "evaluation.attrition")
    behind = [f.estimate.n for h, f in answers(evidence, "effect") if f.estimate is not None]
    if all_in is None or all_in.estimate is None or not behind:
        return []
    whole = all_in.estimate.n
    gone = whole - behind[0]
    if gone <= 0:
        return []
    least = evidence.protocol.disclosure.minimum_group_size
    many = f"{gone:,} of the {whole:,} students in the trial" if gone >= least else "A few students in the trial"
    return [Paragraph(f"{many} gave no answer at the end. They are not in this number.")]


def answered_by_arm(evidence: Evidence) -> list[Block]:
    """How many students of each arm answered at the end."""
    finding = get(evidence, "evaluation.attrition")
    rows = [row for row in finding.rows if row.estimate and not is_count(row.estimate)] if finding else []
    base = common_base(row.estimate for row in rows if row.estimate)
    lines = tuple(f"{capital(row_label(row))}: {frequency(row.estimate, base=base)}" for row in rows if row.estimate)
    return [Bullets(lines, "How many answered at the end:")] if lines else []


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if not text or text[-1] in ".?!" else ".")
