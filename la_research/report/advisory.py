"""The report to the student advisory group: plain words, the students' own questions first."""

from __future__ import annotations

from la_research.evidence import Evidence
from la_research.finding import NEEDS_REASON
from la_research.report.card import (
    bulleted,
    collected,
    complaints,
    helped,
    kept,
    mine,
    questionnaires,
    refusal,
    seen,
    stopped,
)
from la_research.report.catalogue import SAYS_LITTLE, answered, people, printed
from la_research.report.document import (
    BANNERS,
    Block,
    Bullets,
    Definitions,
    Details,
    Document,
    Paragraph,
    Section,
)
from la_research.report.exhibit import exhibit
from la_research.report.explained_plainly import explained_plainly
from la_research.report.fairness import group_figure
from la_research.report.in_short import plain_limits
from la_research.report.mitigation import mitigation_plain
from la_research.report.plainly import (
    MISSES_SOME,
    answer,
    failures,
    gap_word,
    headlines,
    how_sure,
    missed_at_all,
    reached,
)
from la_research.report.reading import answers, audits, beats_chance, data_level, get, of
from la_research.report.support_plainly import support_plainly
from la_research.report.validity_plainly import behind_plainly
from la_research.wording import sentences

FIRST_SCREEN = 120
"""Words that the first screen may hold, title and notice included."""
SUBTITLE = "A report for students"
REHEARSED = "Not at all: this is a rehearsal."
"""How sure anybody can be of what was found on look-alikes."""


def advisory_report(evidence: Evidence) -> Document:
    """The report that a student advisory group reads.

    Parameters
    ----------
    evidence
        The frozen evidence of a study: the same that the ethics report reads.

    Returns
    -------
    Document
        The first section fits one screen (120 words at most, title included). Then the
        questions that students asked in Freccero et al. (2025, doi:10.2196/70327): what is
        collected, who sees it, where it is kept, how it is used. Shares read as people
        counted: "about 3 in 10". What nobody answered reads "not answered".
    """
    p = evidence.protocol
    sections = [
        Section("short", "What we found", tuple(_short(evidence))),
        Section("collected", "What is collected?", tuple(collected(p))),
        Section("seen", "Who sees it?", tuple(seen(p))),
        Section("kept", "Where is it kept, and how is it used?", tuple(kept(p))),
        Section("mine", "Is my data in here?", tuple(mine(evidence, _flow(evidence)))),
        Section("no", "Can I say no?", tuple(refusal(p))),
        Section("grade", "Can it touch my grade or visa?", (Paragraph(answered(p.governance.grade_or_visa)),)),
        Section("help", "Who helps me, day and night?", (Definitions(helped(p)),)),
        Section("complain", "Who do I complain to?", (Definitions(complaints(p)),)),
        Section("change", "What can we have changed?", tuple(_change(evidence))),
        Section("results", "What do the results say?", tuple(_results(evidence))),
        Section("how", "How does the score come about?", tuple(explained_plainly(evidence))),
        Section("fails", "For whom does it fail?", tuple(_fails(evidence))),
        Section("support", "What did the support do?", tuple(support_plainly(evidence))),
        Section("words", "How we use these words", (Definitions(_glossary(evidence)),)),
    ]
    return Document(
        title=p.title,
        subtitle=SUBTITLE,
        audience="student advisory group",
        data=data_level(evidence),
        sections=tuple(sections),
        facts=_facts(evidence),
        footer=(f"Study {p.id}, version {p.version}. The ethics committee reads the same numbers.",),
        language=p.language,
    )


def _facts(evidence: Evidence) -> tuple[tuple[str, str], ...]:
    """What has to be known before the first result; students of a fitted twin are look-alikes."""
    return (("Data", "look-alikes, for rehearsal only"),) if data_level(evidence) == "twin" else ()


def _short(evidence: Evidence) -> list[Block]:
    found = headlines(evidence)
    sure = REHEARSED if data_level(evidence) == "twin" else how_sure(evidence)
    spent = _count(evidence.protocol.title, SUBTITLE, "What we found How sure we are What happens next", sure)
    spent += _count(*(f"{line.question} {line.verdict}" for line in found))
    spent += _count(*BANNERS.get(data_level(evidence), ()))
    spent += _count(*(text for fact in _facts(evidence) for text in fact))
    step = _within(answered(evidence.protocol.governance.next_step), FIRST_SCREEN - spent)
    return [
        *found,
        Definitions((("How sure we are", sure), ("What happens next", step))),
    ]


def _within(text: str, budget: int) -> str:
    """As many whole sentences of a text as a number of words allows; the rest stands further down."""
    kept: list[str] = []
    for sentence in sentences(text):
        if _count(*kept, sentence) > budget:
            break
        kept.append(sentence)
    return " ".join(kept) or "See below: what can we have changed?"


def _count(*texts: str) -> int:
    return sum(len(text.split()) for text in texts)


def _flow(evidence: Evidence) -> list[Block]:
    """How many are in the study and why others are not, drawn."""
    counted = get(evidence, "cohort.flow")
    drawn = exhibit(counted) if counted else None
    if not (drawn and counted):
        return []
    many = printed(counted.estimate, counted.verdict)
    said = f"In the study: {many} {people(evidence.protocol)}. This shows who is in, and who is not."
    return [Paragraph(said), drawn]


def _change(evidence: Evidence) -> list[Block]:
    p = evidence.protocol
    chosen = [outcome.label or outcome.id for outcome in p.outcomes if outcome.chosen_by == "advisory group"]
    blocks: list[Block] = [bulleted("You can ask us to change", p.governance.can_be_changed)]
    if chosen:
        title = "What counts as the outcome" + ("" if data_level(evidence) == "open" else ", chosen with students")
        blocks.append(Definitions(((title, "; ".join(chosen)),)))
    blocks.append(Definitions((("What happens next", answered(p.governance.next_step)),)))
    return blocks


def _results(evidence: Evidence) -> list[Block]:
    p = evidence.protocol
    shown = answers(evidence, "between", "within")
    blocks: list[Block] = [answer(h, f, p) for h, f in shown]
    if not shown:
        blocks.append(Paragraph("The study sets no test of a link."))
    blocks += reached(evidence)
    counted = get(evidence, "explanation.importance")
    drawn = exhibit(counted, "leans-on", get(evidence, "explanation.ranks")) if counted else None
    if drawn:
        label = p.model.label
        felt = label is not None and p.outcome(label).instrument is not None
        cause = "why someone feels as they do" if felt else "why this came to be"
        blocks += [Paragraph(f"This shows what the model leans on. It does not show {cause}."), drawn]
        blocks += [Paragraph(SAYS_LITTLE)] if beats_chance(evidence) is False else []
    blocks += behind_plainly(evidence)
    if evidence.deviations:
        done = tuple(f"{stopped(d.what)} {stopped(d.effect)}" for d in evidence.deviations)
        blocks.append(Bullets(done, "What was done otherwise than planned"))
    asked = [question for question in evidence.findings if question.stage != "design"]
    still = [question for question in asked if question.verdict in NEEDS_REASON]
    if still:
        blocks.append(Paragraph(f"The study asked {len(asked)} questions in all. {len(still)} of them stay open."))
    return blocks


def _fails(evidence: Evidence) -> list[Block]:
    missed = of(audits(evidence.findings), "fnr")
    if not missed or all(a.finding.verdict == "not analysed" for a in missed):
        return [Paragraph("This was not tested."), *(Paragraph(a.finding.reason or "") for a in missed[:1])]
    blocks: list[Block] = [*missed_at_all(evidence, missed), Paragraph(f"{MISSES_SOME} {gap_word(missed)}.", lead=True)]
    blocks += failures(evidence, "fnr")
    drawn = group_figure(missed, "fnr", "missed-by-group", title="How often the model missed a student, by group")
    wrong = failures(evidence, "fpr")
    blocks += [drawn] if drawn else []
    blocks += plain_limits(evidence.findings)
    other = {
        "How often does the model pick a student in error?": wrong,
        "Could the gap be made smaller, and what would it cost?": mitigation_plain(evidence),
    }
    return blocks + [Details(title, tuple(told)) for title, told in other.items() if told]


def _ranges(evidence: Evidence) -> tuple[tuple[str, str], ...]:
    """The levels of interval that occur, each beside the usual one."""
    levels = {f.estimate.level for _, f in answers(evidence) if f.estimate is not None and f.estimate.level}
    leans = get(evidence, "explanation.importance")
    levels |= {row.estimate.level for row in (leans.rows if leans else ()) if row.estimate and row.estimate.level}
    said = [("95% CI", "The same range, as experts write it. Most such ranges hold the true number; a few do not.")]
    for level in sorted(levels - {0.95}):
        wider = "wider, to be surer" if level > 0.95 else "narrower"
        said.append((f"{100 * level:.3g}% CI", f"The same range, a little {wider}."))
    return tuple(said)


def _glossary(evidence: Evidence) -> tuple[tuple[str, str], ...]:
    p = evidence.protocol
    units = {f.estimate.unit for _, f in answers(evidence) if f.estimate is not None}
    steps = "How many such steps one thing moves when the other moves by one step. 0 is no link, 1 the most."
    slope = (("SD per SD", steps),) if "SD per SD" in units else ()
    asked = tuple(
        (name, f"{i.items} questions about {i.construct}. Source: {i.source}.") for name, i in questionnaires(p)
    )
    return (
        (
            "Model",
            "A rule that a computer learned from data. It gives each student a score. It does not know how you are.",
        ),
        (
            "Likely between",
            "We saw only some students. The true number may be lower or higher. It is likely in this range.",
        ),
        *_ranges(evidence),
        ("n", "How many students or answers are behind a number."),
        ("SD", "A step that shows how far apart students are. One such step is a big change."),
        *slope,
        ("A gap", "The model works less well for one group. That is a fault of the model, not of the group."),
        ("We can not tell", "The numbers give no clear answer. A bigger study might."),
        ("Suppressed", "We hide the number, so that no one can be picked out."),
        ("Not tested", "The study asked this, and had no data to answer it."),
        ("Not answered", "Someone still has to answer this for the study."),
        *asked,
    )
