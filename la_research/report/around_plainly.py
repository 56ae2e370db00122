"""What stands around the effect, in plain words: harms, contacts, time, whom it helped, and what students said."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from la_research.evidence import Evidence
from la_research.finding import Estimate, Finding
from la_research.protocol.support import Harm
from la_research.report.catalogue import attribute_name, capital, frequency, group_name, readable
from la_research.report.claims import sentence
from la_research.report.document import Answer, Block, Bullets, Paragraph, Tone
from la_research.report.labels import group_label, row_label
from la_research.report.reading import get

HARMS: dict[str, tuple[str, str]] = {
    "opt_out": ("Do students ask not to be written to again?", "more than {} in 100 who ask this would be too many"),
    "complaint": ("Do students complain?", "more than {} in 100 who complain would be too many"),
    "chilling": ("Do students who know that they are looked at do less?", "a drop of more than {} in 100 is too much"),
    "distress": ("Do students feel worse after it?", "if over {} more in 100 feel worse, that is too many"),
    "label": ("Do students leave after it?", "if over {} more in 100 leave, that is too many"),
    "peers": ("Do others feel worse, whom nobody wrote to?", "a drop of more than {} steps (SD) is too much"),
}
"""What could go wrong: as a question, and how much of it."""
HARMED: dict[str, tuple[str, Tone]] = {
    "harm shown": ("Yes, there is harm", "alert"),
    "harm excluded": ("No, or not too many", "yes"),
    "inconclusive": ("We can not tell", "open"),
    "not analysed": ("Not tested", "none"),
    "suppressed": ("Too few students to say", "none"),
}
ALONE = ("opt_out", "complaint")
"""Harms of students contacted, which nothing can be compared with."""
HIDDEN = "We hide the number, so that no one can be picked out."
WATCHED = (
    "Students who are written to are looked at more. So more is seen of what goes wrong for them. "
    "A harm that nobody told anyone of is not in the data."
)
NO_HARMS = "The study named no harm to look for. So we can not say that there was none."
STEPS = {
    "sent": "Were sent a message, of all who were picked",
    "opened": "Opened it, of those",
    "talked": "Talked to someone, of those",
    "agreed": "Agreed on help, of those",
    "supported": "Used a service later, of those",
}
"""How far a contact got, each step of those who came to the step before."""
SAID = {
    "acceptable": "It is fine by me",
    "work": "It would work",
    "help": "It would help",
    "intrusive": "It gets too close to me",
    "trust": "I trust the university with it",
}
"""What students were asked to agree with, in plain words."""


def harms_plainly(evidence: Evidence) -> list[Block]:
    """Each harm that was registered: what would have been too many, and what was found."""
    found = [f for f in evidence.findings.of_stage("evaluation") if f.id.startswith("evaluation.harm.")]
    if not found:
        return [Paragraph(NO_HARMS)]
    registered: dict[str, Harm] = {harm.what: harm for harm in evidence.protocol.support.harms}
    lines: list[Block] = [_harm(finding, registered.get(finding.id.rpartition(".")[2])) for finding in found]
    return [Paragraph("What could go wrong, and did it?", lead=True), *lines, Paragraph(WATCHED)]


def _harm(finding: Finding, harm: Harm | None) -> Answer:
    what = finding.id.rpartition(".")[2]
    question, measure = HARMS.get(what, (finding.question, "more than {} in 100 would be too many"))
    verdict, tone = HARMED.get(finding.verdict, ("Here is what we saw", "none"))
    said = []
    if harm is not None:
        margin = f"{harm.margin:g}" if what == "peers" else f"{100 * harm.margin:g}"
        said.append(f"We had said: {measure.format(margin)}.")
    if finding.verdict == "harm shown" and finding.reason and "less than the margin" in finding.reason:
        said.append("It is less than we said would be too much.")
    if finding.estimate is not None:
        said.append(f"We found {_harmed(what, finding.estimate)}.")
    elif finding.verdict == "not analysed":
        said.append(sentence(finding.reason or ""))
    else:
        said.append(HIDDEN)
    return Answer("", question, verdict, tone, " ".join(said))


def _harmed(what: str, held: Estimate) -> str:
    """The harm that was found, in students out of 100, with what is likely.

    >>> _harmed("distress", Estimate(-0.07, -0.15, 0.01, 0.9, "share", 274, "newcombe"))
    '7 fewer in 100 (likely between 15 fewer and 1 more, from 274 students)'
    """
    if what in ALONE or held.unit != "share":
        return frequency(held, base=100)
    sign, less, done = (-1, "less", " done") if what == "chilling" else (1, "fewer", "")
    ends = sorted(round(100 * sign * (end or 0)) for end in (held.lower, held.value, held.upper))
    low, middle, high = (f"{abs(end)} {less if end < 0 else 'more'}" for end in ends)
    return f"{middle}{done} in 100 (likely between {low} and {high}, from {held.n:,} students)"


def around_plainly(evidence: Evidence) -> dict[str, Iterator[Block]]:
    """What a student may ask next about the support, by question."""
    asked: dict[str, Callable[[Evidence], Iterator[Block]]] = {
        "How far did the contacts get?": _path,
        "What does it ask of your time, and of staff?": _time,
        "Whom did it help, and who got it?": _who,
        "What do students say of it?": _feedback,
        "Would it have been stopped for harm?": _stopped,
    }
    return {title: told(evidence) for title, told in asked.items()}


def _path(evidence: Evidence) -> Iterator[Block]:
    drop, counts = get(evidence, "evaluation.path.drop_off"), get(evidence, "evaluation.path")
    if drop is not None and drop.rows:
        told = (
            f"{STEPS.get(str(row.keys.get('what')), row_label(row))}: "
            f"{frequency(row.estimate, base=100) if row.estimate else row.verdict}"
            for row in drop.rows
        )
        yield Bullets(tuple(told))
    elif counts is not None and counts.estimate is not None:
        steps = (f"{capital(row_label(row))}: {row.estimate.n:,}" for row in counts.rows if row.estimate)
        yield Bullets(tuple(steps), f"Of {counts.estimate.n:,} students who were picked:")
    yield from _promised(evidence)


def _promised(evidence: Evidence) -> Iterator[Block]:
    """Whether contacts went as they should: consent, a second look, a crisis passed on in time."""
    asked = {
        "consent": ("Had all of them said yes before?", "Yes", "No: that is a fault of those who made the contact"),
        "second_source": ("Was something else looked at before each contact?", "Yes", "Not each time"),
        "escalation": ("Was a student in a crisis passed on in time?", "Yes", "Not each time"),
    }
    lines = []
    for name, (question, yes, no) in asked.items():
        found = get(evidence, f"evaluation.path.{name}")
        if found is None:
            continue
        kept = {a.holds for a in found.assumptions}
        said = no if False in kept else yes if kept == {True} else "We can not tell"
        lines.append(f"{question} {said}{f': {found.reason}' if found.verdict == 'not analysed' else ''}.")
    if lines:
        yield Bullets(tuple(lines))


def _time(evidence: Evidence) -> Iterator[Block]:
    uptake, costs, queue = (get(evidence, f"evaluation.{name}") for name in ("uptake", "costs", "queue"))
    lines = []
    for row in uptake.rows if uptake else ():
        if row.estimate is not None and row.estimate.unit == "minutes":
            whose = "your time" if "students" in str(row.keys.get("what")) else "the time of staff"
            lines.append(f"Minutes of {whose}, for each student written to: {_likely(row.estimate)}")
    lines += [
        f"Staff {row.keys.get('what', 'hours')}: {_likely(row.estimate)}"
        for row in (costs.rows if costs else ())
        if row.estimate is not None
    ]
    if lines:
        yield Bullets(tuple(lines))
        yield Paragraph("How long a talk takes was set before. Nobody timed it.")
    holds = evidence.protocol.support.costs.weekly_hours if evidence.protocol.support.costs else None
    if queue is not None and queue.estimate is not None and holds:
        waits = queue.estimate.value or 0
        left = f"At the worst, {waits:,.0f} hours of work had to wait." if waits >= 1 else "No work had to wait."
        yield Paragraph(f"Staff have {holds:g} hours a week for this. {left}")


def _likely(held: Estimate) -> str:
    """A number that is no share, with what is likely and of how many.

    >>> _likely(Estimate(28.1, 25.4, 30.8, 0.95, "minutes", 288, "mean-t"))
    'about 28 (likely between 25 and 31, from 288 students)'
    """
    places = 0 if abs(held.value or 0) >= 10 else 1
    if held.value is None or held.lower is None or held.upper is None:
        return f"{held.value or 0:,.{places}f}"
    likely = f"likely between {held.lower:,.{places}f} and {held.upper:,.{places}f}"
    return f"about {held.value:,.{places}f} ({likely}, from {held.n:,} students)"


def _who(evidence: Evidence) -> Iterator[Block]:
    """Whom it helped, whom it reached, and whether that could be foretold; what is unsure reads so."""
    found = [f for f in evidence.findings.of_stage("evaluation") if f.id.startswith("evaluation.who.")]
    lines = [line for finding in found if (line := _for_whom(finding))]
    yield from [Bullets(tuple(lines))] if lines else []
    for finding in found:
        reached = [row for row in finding.rows if row.keys.get("what") == "reached" and ".equity." in finding.id]
        told = (f"{group_label(r)}: {frequency(r.estimate, base=100) if r.estimate else r.verdict}" for r in reached)
        name = attribute_name(finding.id.rpartition(".")[2])
        yield from (
            [Bullets(tuple(told), f"Who came to talk to someone, of all in the study, by {name}:")] if reached else []
        )
    if lines:
        yield Paragraph("Groups are small, so a true difference can stay unseen. One that is seen may be chance.")


def _for_whom(finding: Finding) -> str:
    """One question of whom it helped, and its answer in a few words."""
    what, held, reason = finding.id.split(".")[2], finding.estimate, finding.reason or ""
    name = attribute_name(finding.id.rpartition(".")[2])
    sure = held is not None and (held.lower or 0) > 0
    if finding.verdict == "not analysed":
        answer = "Not tested"
    elif what == "subgroup":
        differs, none = reason.startswith("the effect differs"), reason.startswith("no difference")
        answer = "Yes, it seems so" if differs else "We saw no sign of it" if none else "We can not tell"
    else:
        answer = "There is some sign of it" if sure else "We can not tell"
    asked = {
        "subgroup": f"Did it help some more than others, by {name}?",
        "explored": "Can we foretell whom it helps most?",
        "ranking": "Is it better to write to those it may help most than to those worst off?",
    }
    return f"{asked[what]} {answer}." if what in asked else ""


def _feedback(evidence: Evidence) -> Iterator[Block]:
    found = [f for f in evidence.findings.of_stage("evaluation") if f.id.startswith("evaluation.feedback.")]
    lines, groups = list[str](), list[str]()
    for finding in found:
        words = SAID.get(finding.id.rpartition(".")[2], finding.question)
        if finding.estimate is None:
            lines.append(f"“{words}”: {finding.reason or finding.verdict}")
        elif finding.estimate.unit == "share":
            lines.append(f"“{words}”: {frequency(finding.estimate, base=100)} say yes")
        else:
            lines.append(f"“{words}”: {_changed(finding.estimate)}")
        for row in finding.rows:
            name = group_name(str(row.keys.get("attribute")), str(row.keys.get("group")))
            told = f"{frequency(row.estimate, base=100)} say yes" if row.estimate else row.verdict
            groups.append(f"“{words}”, {name}: {told}")
    yield from [Bullets(tuple(lines), "Students were asked if they agree:")] if lines else []
    yield from [Bullets(tuple(groups), "The same, by group:")] if groups else []
    yield from [Paragraph("Those who answer may think otherwise than those who do not.")] if lines else []


def _changed(held: Estimate) -> str:
    """Whether answers from 0 to 4 went up or down from the first time to the last."""
    if held.value is None or held.lower is None or held.upper is None or held.lower <= 0 <= held.upper:
        return f"we can not tell if this changed over time, from {held.n:,} students"
    way = "more agree" if held.value > 0 else "fewer agree"
    ends = sorted(abs(end) for end in (held.lower, held.upper))
    step = f"{abs(held.value):.1f} steps of 4 (likely between {ends[0]:.1f} and {ends[1]:.1f}"
    return f"over time {way}, by {step}, from {held.n:,} students)"


def _stopped(evidence: Evidence) -> Iterator[Block]:
    found = get(evidence, "evaluation.stopping")
    if found is None:
        return
    if found.verdict == "not analysed":
        yield Paragraph(f"We can not tell: {found.reason}.")
        return
    looks = {row.keys.get("look") for row in found.rows}
    crossed = sorted({str(row.keys.get("harm")) for row in found.rows if row.verdict == "harm shown"})
    often = "once" if len(looks) == 1 else "twice" if len(looks) == 2 else f"{len(looks)} times"
    if crossed:
        named = " ".join(HARMS.get(what, (capital(readable(what)) + "?", ""))[0] for what in crossed)
        yield Paragraph(f"We looked {often}. Yes: a line was crossed that had been set before. It was this: {named}")
    else:
        yield Paragraph(f"We looked {often} at all the harms. No line was crossed that had been set before.")
