"""Beside the effect: the same question asked in other ways on one axis, the effect along time, and all the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from la_research.evidence import Evidence
from la_research.finding import Estimate, Finding, Row
from la_research.protocol import Hypothesis
from la_research.report.catalogue import readable
from la_research.report.chart import Forest, Mark
from la_research.report.course import course
from la_research.report.document import Block, Figure, Paragraph, slug
from la_research.report.exhibit import figure
from la_research.report.labels import row_label
from la_research.report.opened import opened
from la_research.report.reading import answers
from la_research.report.results import questions

WAYS = {
    "unadjusted": "without any adjustment",
    "permutation": "by drawing the arms anew",
    "complier": "for those who had it because they were drawn",
    "honest": "whatever the curve does between few values",
    "gee": "without a model of how clusters differ",
    "estimators": "",
    "aggregates": "",
    "arms": "",
    "donut": "",
    "spillover": "",
}
"""Findings that ask the question of the effect in another way, in words; "" where each row is a way of its own."""
ROWS = {
    "crude": "compared as they are",
    "regression": "by a regression of the outcome",
    "ipw": "by weights",
    "ipw, weights taken as known": "by weights taken as known",
    "aipw": "by both (doubly robust)",
    "double learning": "by both, learnt on other students",
    "simple": "each group and time by its size",
    "dynamic": "averaged over time since the start",
    "group": "averaged over groups",
    "calendar": "averaged over calendar time",
}
"""Rows that are a way of their own, in words."""
NOTES = (
    "The registered answer stays the answer: no verdict was changed after these were seen.",
    "The registered one has the interval that its family reached, all others a plain one.",
)
EXPECTED = "It shows what was to be expected, not what was seen: the effect is how far the series lies from it."
FIRST = ("event_study", "by_week", "exposure", "counterfactual", "gaps", "curves")
"""Courses that are shown at once, the rest on demand."""


def beside(evidence: Evidence, found: Sequence[Finding]) -> list[Block]:
    """One forest a hypothesis, the effect along time, and every number on demand."""
    blocks: list[Block] = []
    for number, (hypothesis, finding) in enumerate(answers(evidence, "effect")):
        own = [f for f in found if _of(f, hypothesis, first=number == 0)]
        drawn = _forest(hypothesis, finding, own)
        blocks += [drawn] if drawn else []
    for finding in found:
        if _topic(finding) in FIRST and (line := course(finding, f"course-{slug(finding.id)}")) is not None:
            blocks.append(replace(line, note=EXPECTED) if _topic(finding) == "counterfactual" else line)
    without = [f for f in found if f.verdict == "not analysed"]
    if without and not blocks:
        blocks.append(Paragraph("No other way to ask gave an answer: see why below."))
    return [*blocks, *_behind(found)]


def _behind(found: Sequence[Finding]) -> Iterator[Block]:
    """Headlines in a table, then the rows of each; on demand."""
    headed = [f for f in found if f.estimate or f.reason]
    before = [questions("support-beside", "Beside the registered effect", headed)] if headed else []
    yield from opened(f"All {len(found)} findings beside the effect, with their numbers" if len(found) > 1 else
        "What stands beside the effect, with its numbers", [f for f in found if f.rows], before)  # fmt: skip


def _forest(hypothesis: Hypothesis, registered: Finding, found: Sequence[Finding]) -> Figure | None:
    """All ways whose estimate has the unit of the registered one."""
    held = registered.estimate
    if held is None or held.lower is None:
        return None
    marks = [Mark("as registered", held, "main")]
    for finding in found:
        for label, other in _ways(finding):
            if other.unit == held.unit and other.lower is not None and not _same(other, held):
                marks.append(Mark(label, other, "second"))
    if len(marks) == 1:
        return None
    clear = sum(_clear(mark.estimate, held) for mark in marks[1:])
    title = f"{hypothesis.id} asked in other ways: {clear} of {len(marks) - 1} lie off zero on the same side"
    chart = Forest(tuple(marks), held.unit, 0.0, legend=(("main", "as registered"), ("second", "asked otherwise")))
    return figure(f"ways-{slug(hypothesis.id)}", title, chart, "Asked", NOTES)


def _ways(finding: Finding) -> Iterator[tuple[str, Estimate]]:
    words = WAYS.get(_topic(finding))
    if words and finding.estimate is not None:
        yield words, finding.estimate
    if words == "":
        yield from ((_row(row), row.estimate) for row in finding.rows if row.estimate is not None)


def _row(row: Row) -> str:
    if "against" in row.keys:
        return f"{readable(str(row.keys['arm']))} against {readable(str(row.keys['against']))}"
    if "group" in row.keys:
        return f"those who started at {row.keys['group']}"
    return ROWS.get(str(row.keys.get("what")), "") or row_label(row)


def _same(one: Estimate, other: Estimate) -> bool:
    return (one.value, one.lower, one.upper) == (other.value, other.lower, other.upper)


def _clear(one: Estimate | None, registered: Estimate) -> bool:
    if one is None or one.lower is None or one.upper is None:
        return False
    return one.lower > 0 if (registered.value or 0) > 0 else one.upper < 0


def _topic(finding: Finding) -> str:
    parts = finding.id.split(".")
    return parts[2] if len(parts) > 2 else parts[-1]


def _of(finding: Finding, hypothesis: Hypothesis, *, first: bool) -> bool:
    """Whether a finding stands beside this hypothesis: only later ones are named in the ids."""
    named = finding.id.split(".")[3:]
    return named == [hypothesis.id.lower().replace("-", "_")] or (first and not named)
