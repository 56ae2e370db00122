"""Does it measure what it claims: associations asked in other ways, questionnaires, and what stands behind both."""

from __future__ import annotations

from collections.abc import Iterator

from la_research.evidence import Evidence
from la_research.finding import NEEDS_REASON, Estimate, Finding, number
from la_research.protocol import Hypothesis
from la_research.report.catalogue import attribute_name, capital, indicator_name, verdict_words
from la_research.report.chart import Forest, Mark, Series
from la_research.report.claims import claims, sentence, unanswered
from la_research.report.document import Answer, Block, Cell, Figure, Paragraph, Table
from la_research.report.exhibit import figure
from la_research.report.opened import opened
from la_research.report.reading import answers, asked_about, endings, get
from la_research.report.worth import rules, term, worth

CORRECTED = "corrected for errors of measurement"
WAYS: tuple[tuple[str, str, Series], ...] = (
    ("choices", "median of other sensible analyses", "second"),
    ("imputed", "answers not given filled in", "second"),
    ("selection", "weighted for who answered", "second"),
    ("disattenuated", CORRECTED, "second"),
    ("calibrated", "less what negative controls show", "second"),
    ("placebo", "an indicator without any link", "third"),
)
"""Other answers to the question of a hypothesis: topic of the finding, what the figure calls it, how it is drawn."""
HELD = {True: "no difference found", False: "no: see below", None: "can not tell"}


def validity(evidence: Evidence) -> list[Block]:
    """The questionnaires, the registered answers and what could have made them, then what score and rules are worth."""
    blocks: list[Block] = [*_questionnaires(evidence), *claims(evidence, "between", "within")]
    blocks += [unanswered(f) for f in endings(evidence, "validation", "wellbeing") if f.verdict in NEEDS_REASON]
    return [*blocks, *_ways(evidence), *_opposite(evidence), *_missed(evidence), *_indicators(evidence),
            *worth(evidence), *rules(evidence), *term(evidence)]  # fmt: skip


def _ways(evidence: Evidence) -> Iterator[Block]:
    """Each association asked in other ways, on one axis; behind it the numbers of every way."""
    shown = [(h, f) for h, f in answers(evidence, "between", "within") if f.estimate is not None]
    marks = [mark for h, f in shown for mark in _marks(evidence, h, f)]
    if len(marks) > len(shown):
        yield _ways_figure(marks, shown)
    behind = {
        "Could chance, the calendar or something else make these associations?": ("placebo", "controls", "calibrated"),
        "Would another sensible analysis, or errors of measurement, change them?": ("choices", "disattenuated"),
        "What could the answers that are missing change?": ("missing", "imputed", "tipping", "selection"),
        "Which comes first, and at which distance in time?": ("lagged", "windows", "lead_time"),
    }
    for title, topics in behind.items():
        yield from opened(title, asked_about(evidence, *topics))


def _marks(evidence: Evidence, hypothesis: Hypothesis, registered: Finding) -> Iterator[Mark]:
    group = f"{hypothesis.id}, {'between students' if hypothesis.kind == 'between' else 'within a student'}"
    yield Mark("as registered", registered.estimate, "main", group)
    for topic, words, series in WAYS:
        found = get(evidence, f"validation.{topic}.{hypothesis.id.lower().replace('-', '_')}")
        held = found.estimate if found is not None else None
        if held is not None and held.lower is not None and held.unit == "SD per SD":
            yield Mark(words, held, series, group)


def _ways_figure(marks: list[Mark], shown: list[tuple[Hypothesis, Finding]]) -> Figure:
    told = "; ".join(text for hypothesis, _ in shown if (text := _counted(hypothesis, marks)))
    title = f"Asked in other ways: {told}"
    smallest = {h.smallest_effect for h, _ in shown}
    band = (-min(smallest), min(smallest)) if len(smallest) == 1 else None
    chart = Forest(
        tuple(marks), "SD per SD", 0.0, band, "smaller than of interest" if band else "",
        (("main", "as registered"), ("second", "asked otherwise"), ("third", "without a link")),
    )  # fmt: skip
    notes = (
        "The registered answer stays the answer: no verdict was changed after these were seen.",
        "What is corrected for errors is not counted: it is never evidence that there is an association.",
        "Registered answers have the interval that their family reached, all others a plain one.",
        "SD per SD: standard deviations of the questionnaire for one standard deviation of the indicator.",
    )
    return figure("asked-in-other-ways", title, chart, "Asked", notes)


def _counted(hypothesis: Hypothesis, marks: list[Mark]) -> str:
    """Of the other ways to ask for a hypothesis, how many lie off zero, and how many beyond what is of interest."""
    sign = 1 if hypothesis.direction == "positive" else -1
    held = [m.estimate for m in marks if m.group.startswith(f"{hypothesis.id}, ") and m.series == "second"
            and m.label != CORRECTED and m.estimate]  # fmt: skip
    near = [min(sign * (e.lower or 0), sign * (e.upper or 0)) for e in held]
    if not held:
        return ""
    clear, beyond = sum(end > 0 for end in near), sum(end > hypothesis.smallest_effect for end in near)
    return f"{hypothesis.id} lies off zero in {clear} of {len(held)}, wholly beyond what is of interest in {beyond}"


def _opposite(evidence: Evidence) -> Iterator[Block]:
    """In how many students it may point the other way, and what an indicator that looks one way misses."""
    found = asked_about(evidence, "opposite")
    for finding in found:
        words, tone = verdict_words(finding.verdict)
        yield Answer(
            "", finding.question, words, tone, _between(finding.estimate), None, sentence(finding.reason or "")
        )
    yield from opened("Students who do more when they struggle, and rules that look one way or both",
        [*found, *asked_about(evidence, "sided")],
    )  # fmt: skip


def _between(share: Estimate | None) -> str:
    """A share by its interval alone: the point of a mixture says little.

    >>> _between(Estimate(0.0, 0.0, 0.317, 0.95, "share", 1240, "mixture"))
    'In 0 to 32 of 100 students (95% interval, n = 1,240). The data do not say where in between.'
    """
    if share is None or share.lower is None or share.upper is None or share.level is None:
        return ""
    told = f"{100 * share.lower:.0f} to {100 * share.upper:.0f} of 100 students"
    level = f"{100 * share.level:.3g}% interval, n = {share.n:,}"
    return f"In {told} ({level}). The data do not say where in between."


def _missed(evidence: Evidence) -> Iterator[Block]:
    title = "Whom would a contact rule leave out, whatever they do?"
    yield from opened(title, asked_about(evidence, "missed_by_construction"))


def _questionnaires(evidence: Evidence) -> Iterator[Block]:
    """One line a questionnaire, one line an indicator, and all that stands behind them on demand."""
    found = {f.id.removeprefix("validation.instrument."): f for f in asked_about(evidence, "instrument")}
    names = list(dict.fromkeys(name.split(".")[0] for name in found))
    by = " and ".join(attribute_name(name) for name in evidence.protocol.validation.groups)
    if names:
        yield Table(
            "questionnaires-worth",
            "Do the questionnaires measure one thing, reliably, and the same thing every time and for everyone?",
            ("Questionnaire", "Every time", f"By {by}" if by else "By group", "Dimensions", "Reliability"),
            tuple(_questionnaire(name, found) for name in names),
            ("Fit is described, not judged by a cut-off. One wave to the next differs because students change, too.",),
        )
    for name in names:
        own = [f for key, f in found.items() if key.split(".")[0] == name]
        yield from opened(f"{_title(name)}: all that was asked of it", own)
    more = "Do the questionnaires differ from each other, and between students of whom one would expect it?"
    yield from opened(more, asked_about(evidence, "instruments"))


def _questionnaire(name: str, found: dict[str, Finding]) -> tuple[Cell, ...]:
    held = [f for key, f in found.items() if key.startswith((f"{name}.items.", f"{name}.groups."))]
    return (
        _title(name),
        _stands([found[f"{name}.waves"]] if f"{name}.waves" in found else []),
        _stands(held),
        _whole(found.get(f"{name}.dimensions")),
        _cell(found.get(f"{name}.reliability")),
    )


def _whole(finding: Finding | None) -> Cell:
    if finding is None or finding.estimate is None or finding.estimate.value is None:
        return _cell(finding)
    return f"{finding.estimate.value:.0f}, n = {number(finding.estimate.n, 'students')}"


def _cell(finding: Finding | None) -> Cell:
    if finding is None:
        return "not asked"
    return finding.estimate or f"{finding.verdict}: {finding.reason}"


def _stands(found: list[Finding]) -> str:
    """What the assumptions of some findings say together: one that failed decides, then one that can not be told."""
    said = {a.holds for f in found for a in f.assumptions}
    if not found:
        return "not asked"
    if not said:
        return "not analysed" if all(f.verdict == "not analysed" for f in found) else HELD[None]
    return HELD[False if False in said else None if None in said else True]


def _title(name: str) -> str:
    """A questionnaire as it is written, from its part of an id.

    >>> _title("who_5")
    'WHO-5'
    """
    return name.upper().replace("_", "-")


def _indicators(evidence: Evidence) -> Iterator[Block]:
    found = asked_about(evidence, "stability")
    if not found:
        return
    rows = tuple(
        (
            capital(indicator_name(f.id.split(".")[-1])),
            _cell(f),
            next((row.estimate for row in f.rows if "next" in str(row.keys.get("what")) and row.estimate), ""),
            "no: one window overlaps the next" if any(a.holds is False for a in f.assumptions) else "yes",
        )
        for f in found
    )
    title = "Do the indicators come out alike when they are taken twice?"
    columns = ("Indicator", "Mean over the term", "One week beside the next", "Weeks measured apart?")
    note = "Alike is not right: an indicator can come out alike every time and say nothing of how a student is."
    table = Table("indicators-twice", title, columns, rows, (note,))
    lead = Paragraph("Where weeks share their windows, they are alike by construction, and the numbers say little.")
    yield from opened(
        title, [f for f in asked_about(evidence, "sources") if f.id.endswith(".agreement")], (lead, table)
    )
