"""What the support did, in plain words: how students were chosen, whether it helped, and what comes of itself."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from la_research.evidence import Evidence
from la_research.finding import Estimate, Finding
from la_research.protocol import QUESTIONNAIRES, Hypothesis, Protocol
from la_research.report.around_plainly import around_plainly, harms_plainly
from la_research.report.catalogue import NOT_ANSWERED, answered, capital, indicator_name
from la_research.report.claims import sentence
from la_research.report.document import Answer, Block, Bullets, Definitions, Details, Paragraph
from la_research.report.labels import row_label
from la_research.report.plainly import answer, answered_by_arm, not_answered_at_end
from la_research.report.reading import answers, get

BY_LOT = "Chance drew who got the offer, like a coin. So the groups should be alike on average at the start."
CHOSEN = {
    "randomised": BY_LOT,
    "cluster": "Chance drew whole groups, like a coin: all in a group got the offer, or none. We compare the groups.",
    "micro_randomised": "Chance drew each week anew who got it, like a coin. "
    "We compare what followed with it, and without.",
    "stepped_wedge": "All groups get it in the end. Chance drew in which week each group starts. "
    "We compare groups that have it with groups that still wait.",
    "rdd": "A cut-off chose: students on one side of a number got the offer, those on the other did not. "
    "Just beside it students are much alike, so we compare those. It says little of students far from it.",
    "did": "Nobody drew lots. People chose which group starts when. We compare how each group changed over time. "
    "If something else changed at the same time, we can not tell it apart.",
    "synthetic_control": "Nobody drew lots. One group got it. "
    "We compare it with a mix of groups that ran like it before. "
    "If something else changed at the same time, we can not tell it apart.",
    "its": "Nobody drew lots. It began for all in one week. "
    "We compare the weeks after with what the weeks before led us to expect. "
    "If something else began in that week too, we can not tell it apart.",
    "observational": "Nobody drew lots. People chose who got it. "
    "We compare students who were alike in what is on record. What nobody wrote down may still differ.",
    "survival": "Nobody drew lots. We compare how long students stayed, with the support and without. "
    "Those who got it may have been others from the start.",
    "pooled": "More than one place tried it. We join what each place found. We read no student's data.",
}
"""How students were chosen, by kind of design."""
CHECKED = {
    "sample_ratio": "if the groups are as big as planned",
    "balance": "if the groups were alike at the start",
    "attrition": "if as many answered in each group",
    "selection": "if the same kind of students answered in each group",
    "recruitment": "if as many joined each group",
    "overlap": "if each student might have had the support, or not",
    "negative_controls": "if we see no change where there can be none",
    "density": "if students did not choose their side of the cut-off",
    "gaming": "if students did not choose their side of the cut-off",
    "continuity": "if students on both sides of the cut-off were alike",
    "pre_trends": "if the groups were on the same course before",
    "drift": "if the groups were on the same course before",
    "parallel": "if the groups were on the same course before",
    "placebo_start": "if all was steady in the weeks before",
    "straight": "if all was steady in the weeks before",
    "other_changes": "if nothing else began at that time",
    "fit": "if the mix ran like the group before",
    "hull": "if the mix can run like the group",
}
"""What a check of the gate asks, after "It asks"."""
NOT_BEFORE_AND_AFTER = (
    "We do not just compare before and after. After a low week, the next is often better without help."
)
TRIED = {
    "": "We tried the same rule where nobody was written to.",
    "the same rule in earlier weeks": "We tried the same rule in earlier weeks, when nobody was written to.",
    "a process fitted to earlier weeks": "We tried the same rule on made-up weeks that run like earlier ones.",
}
"""What the rise was read off, by what the finding says of it."""
NEVER_AN_EFFECT = "Such a rise is never what the support did. It would come all the same."


def support_plainly(evidence: Evidence) -> list[Block]:
    """What was offered and what came of it; each block stands only where the study asked for it."""
    p, shown = evidence.protocol, answers(evidence, "effect")
    design = p.support.design
    if p.support.trial is None and not shown:
        return [Paragraph("The study tests no support.")]
    blocks: list[Block] = [
        Definitions(tuple(_offered(p))),
        Paragraph(how_chosen(design.kind, drawn=design.kind == "survival" and design.randomised)),
    ]
    for hypothesis, finding in shown:
        blocks += _helped(evidence, hypothesis, finding)
    blocks += [*_arms(evidence), *not_answered_at_end(evidence)]
    blocks += [Paragraph(NOT_BEFORE_AND_AFTER)] if shown else []
    blocks += answered_by_arm(evidence)
    blocks += _opened("How much would have come of itself?", of_itself(evidence))
    blocks += harms_plainly(evidence)
    blocks.append(Definitions((("Who can stop it", _who_stops(p)),)))
    for title, told in around_plainly(evidence).items():
        blocks += _opened(title, told)
    return blocks


def _opened(title: str, told: Iterator[Block]) -> list[Block]:
    """What opens on demand under a question, where there is something to tell."""
    blocks = tuple(told)
    return [Details(title, blocks)] if blocks else []


def _offered(p: Protocol) -> Iterator[tuple[str, str]]:
    yield "What was offered", answered(p.support.description)
    yield "To whom", answered(p.support.trigger)


def _who_stops(p: Protocol) -> str:
    stopping = p.support.stopping
    if stopping is None:
        return NOT_ANSWERED
    return " ".join(part for part in (sentence(answered(stopping.who)), stopping.rule) if part)


def how_chosen(kind: str, *, drawn: bool = False) -> str:
    """How students came to get the offer, by the kind of design; ``drawn`` says that two groups watched over time were.

    >>> how_chosen("survival", drawn=True) == how_chosen("randomised")
    True
    """
    return BY_LOT if drawn else CHOSEN.get(kind, "The study does not say in plain words how students were chosen.")


def _helped(evidence: Evidence, hypothesis: Hypothesis, finding: Finding) -> Iterator[Block]:
    """Whether it helped, what the number means, and whether the checks passed that come before it."""
    told = answer(hypothesis, finding, evidence.protocol)
    gate = gate_of(evidence, hypothesis, finding)
    shut = finding.estimate is None and finding.verdict == "not analysed"
    failed = gate_failed(gate) if gate else []
    if shut and failed:
        yield Answer("", told.question, "We did not look", told.tone, did_not_look(failed))
        return
    yield replace(told, reason=" ".join(part for part in (told.reason, in_words(finding.estimate)) if part))
    yield from [Paragraph(_gate_passed(evidence, gate, failed))] if gate and finding.estimate else []


def _arms(evidence: Evidence) -> list[Block]:
    """Each of several offers beside none."""
    arms = get(evidence, "evaluation.contact.arms")
    lines = tuple(f"{capital(row_label(row))}: {row.estimate}" for row in (arms.rows if arms else ()) if row.estimate)
    return [Bullets(lines, "Each offer, beside another or none:")] if lines else []


def gate_of(evidence: Evidence, hypothesis: Hypothesis, finding: Finding) -> Finding | None:
    """The checks that were made before an effect; only later hypotheses are named in the id."""
    own = get(evidence, f"evaluation.contact.gate.{hypothesis.id.lower().replace('-', '_')}")
    first = [h.id for h, _ in answers(evidence, "effect")][:1] == [hypothesis.id]
    return own or (get(evidence, "evaluation.contact.gate") if first else None)


def gate_failed(gate: Finding) -> list[str]:
    """Checks that keep the effect locked, by name: they did not pass, or could not be made where that was needed."""
    locked = [row for row in gate.rows if row.keys.get("gates") == "yes"]
    failed = [str(row.keys["check"]) for row in locked if row.keys.get("reads") == "did not pass"]
    return failed or [str(row.keys["check"]) for row in locked if row.keys.get("reads") == "could not be made"]


def did_not_look(failed: list[str], before: str = " that we had set before") -> str:
    """Why nobody looked at the answer; ``before`` is empty where nothing was registered."""
    asked = list(dict.fromkeys(CHECKED.get(name, "if students were chosen as planned") for name in failed))
    many = "Checks did" if len(asked) > 1 else "A check did"
    return f"{many} not pass{before}. " + " ".join(f"We asked {text}." for text in asked)


def _gate_passed(evidence: Evidence, gate: Finding, failed: list[str]) -> str:
    override = evidence.protocol.support.override
    if override is not None and any("although a check did not pass" in text for text in gate.limitations):
        return f"{did_not_look(failed)} {override.name} chose to look all the same, and answers for it."
    made = sum(row.keys.get("reads") == "passed" for row in gate.rows)
    left = sum(row.keys.get("reads") == "could not be made" for row in gate.rows)
    told = f"Before we looked, we made {made} checks that we had set, and they passed." if made else ""
    more = f"We could not make {left} more." if left else ""
    return " ".join(part for part in (told, more, "Checks find known faults, and may miss others.") if part)


def in_words(held: Estimate | None) -> str:
    """A change as more or less of something out of 100; on a scale from 0 to 100, what its ends mean.

    >>> in_words(Estimate(0.2, 0.1, 0.3, 0.95, "log actions", 400, "did"))
    'That is 22 in 100 more actions, as our best guess (likely between 11 and 35 more in 100).'
    """
    if held is None or held.value is None or held.lower is None or held.upper is None:
        return ""
    if held.unit.startswith("log "):
        low, middle, high = (math.expm1(end) for end in (held.lower, held.value, held.upper))
        return _more(low, middle, high, f" {held.unit.removeprefix('log ')}")
    if held.unit == "share":
        return _more(held.lower, held.value, held.upper)
    scale = next((q for q in QUESTIONNAIRES.values() if q.unit == held.unit), None)
    if scale is None:
        return ""
    least, most = ("worst", "best") if scale.positive else ("best", "worst")
    whole = scale.items * scale.top * scale.multiplier
    return f"{held.unit.removesuffix(' points')} runs from 0 ({least}) to {whole} ({most})."


def _more(lower: float, value: float, upper: float, noun: str = "") -> str:
    low, middle, high = (round(100 * end) for end in (lower, value, upper))
    one = (low < 0) == (high < 0)
    first = f"{abs(low)}" if one else f"{abs(low)} fewer"
    likely = f"likely between {first} and {abs(high)} {'fewer' if high < 0 else 'more'} in 100"
    return f"That is {abs(middle)} in 100 {'fewer' if middle < 0 else 'more'}{noun}, as our best guess ({likely})."


def of_itself(evidence: Evidence) -> Iterator[Block]:
    """The rise that the rule makes with no help, beside the one that was seen; never an effect."""
    meter = get(evidence, "evaluation.meter")
    if meter is None:
        return
    if meter.estimate is None:
        yield Paragraph(f"We can not tell: {meter.reason or meter.verdict}.")
        return
    what = capital(indicator_name(evidence.protocol.support.change_of))
    seen = {str(row.keys.get("what")): row.estimate for row in meter.rows}
    by = next((str(row.keys["by"]) for row in meter.rows if "by" in row.keys), "")
    yield Paragraph("Students were picked in a low week. After a low week most do more again, with no help at all.")
    yield Paragraph(f"{TRIED.get(by, TRIED[''])} {what} then {_moved(meter.estimate)}.")
    contacted, others = seen.get("seen in those contacted"), seen.get("seen in those chosen and not contacted")
    if contacted is not None:
        part = _part(meter.estimate, contacted)
        yield Paragraph(f"Among those written to, it {_moved(contacted)}. {part}".strip())
    if others is not None:
        yield Paragraph(f"Among those picked and not written to, it {_moved(others)}.")
    yield Paragraph(NEVER_AN_EFFECT)


def _moved(held: Estimate) -> str:
    """A rise or a fall in steps, with what is likely; a fall is told as such.

    >>> _moved(Estimate(-0.2, -0.3, -0.1, 0.95, "SD", 90, "m"))
    'fell by 0.20 SD (likely between 0.10 and 0.30, from 90 students)'
    """
    if held.value is None or held.lower is None or held.upper is None:
        return "moved by a step that we can not tell"
    sign = -1 if held.value < 0 else 1
    low, high = sorted((sign * held.lower, sign * held.upper))
    likely = f"likely between {low:.2f} and {high:.2f}, from {held.n:,} students"
    return f"{'fell' if sign < 0 else 'rose'} by {sign * held.value:.2f} {held.unit} ({likely})"


def _part(expected: Estimate, seen: Estimate) -> str:
    """How many tenths of the rise come of themselves; silent where no rise is shown.

    >>> _part(Estimate(0.3, 0.2, 0.4, 0.95, "SD", 90, "m"), Estimate(0.5, 0.3, 0.7, 0.95, "SD", 40, "m"))
    'Of that rise, about 6 in 10 parts come with no help (likely between 4 and 8 in 10 parts, from 90 students).'
    """
    if not (seen.lower or 0) > 0 or expected.value is None or expected.lower is None or expected.upper is None:
        return ""
    whole = seen.value or 1.0
    low, middle, high = (
        min(10, max(0, round(10 * end / whole))) for end in (expected.lower, expected.value, expected.upper)
    )
    likely = f"between {low} and {high}" if low < high else f"close to {low}"
    much = "all of it may" if middle == 10 else "none of it may" if not middle else f"about {middle} in 10 parts"
    return f"Of that rise, {much} come with no help (likely {likely} in 10 parts, from {expected.n:,} students)."
