"""The four invented students under this study's rules and model, in lines that can be worked out again on paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from la_research.disclosure import INVENTED
from la_research.explanation.ground import Ground
from la_research.explanation.trace import Step, Trace, trace_student
from la_research.finding import Estimate, Finding, Key, Row
from la_research.indicators.assurance import worked_unit, worked_units
from la_research.indicators.fictional import FICTIONAL, WEEKS, Fictional, cohort_of
from la_research.indicators.registry import INDICATORS
from la_research.indicators.rules import RULES
from la_research.protocol import Protocol

LOOKS = (3, 4, 5, 6)
"""Weeks at whose end the rules look."""
LIMITATIONS = (
    "This student is invented, and is the same in every study. No student of this study is in these lines.",
    "The story says how the student was. The numbers do not know the story.",
)


def met_findings(ground: Ground) -> Iterator[Finding]:
    """One finding for each invented student, under the model of the main population fitted to all; or without one."""
    if ground.main:
        read = () if ground.refused or _few(ground) else (ground.model, ground.columns)
        yield from met(ground.protocol, *read)


def _few(ground: Ground) -> bool:
    """Whether the model was fitted to fewer students than may be shown, so that its sums would be theirs."""
    return ground.rows.dropna(subset="label")["student_id"].nunique() < ground.minimum


def met(protocol: Protocol, model: Any = None, columns: Sequence[str] = ()) -> Iterator[Finding]:
    """How the numbers of the four invented students come about.

    Parameters
    ----------
    model, columns
        The study's model and the indicators it reads; None where the study has none.

    Returns
    -------
    iterator of Finding
        ``explanation.met.KIND``. Headline: the score, where there is a model. Rows by part (record, indicator,
        feature, score, rule), name and week, with the arithmetic; of a rule the value that it reads. Of a model of
        trees one row adds ten trees, with the path of each in square brackets; on restricted data cut-offs, which lie
        between values of real students, are left out.
    """
    for student in FICTIONAL:
        cohort = cohort_of(protocol, student)
        trace = trace_student(
            protocol,
            cohort,
            worked_unit(protocol),
            model,
            columns=columns,
            weeks=range(1, max(WEEKS, protocol.population.index_week) + 1),
            units=worked_units(protocol, cohort),
        )
        yield _finding(protocol, student, trace)


def _finding(protocol: Protocol, student: Fictional, trace: Trace) -> Finding:
    rows = (*_shown(protocol, trace), *_rules(protocol, trace))
    return Finding(
        f"explanation.met.{student.id}",
        f"How would the numbers of {student.name}, an invented student, come about?",
        "described",
        None if trace.score is None else _invented(trace.score, "share"),
        rows,
        limitations=LIMITATIONS,
    )


def _invented(value: float, unit: str) -> Estimate:
    return Estimate(value, None, None, None, unit, 0, INVENTED)


def _shown(protocol: Protocol, trace: Trace) -> Iterator[Row]:
    """The lines as rows: those of an indicator in a week, and those of ten trees, are one."""
    yield from (_row(step, step.what) for step in trace.of("record"))
    until = protocol.population.index_week
    early = [step for step in trace.of("indicator") if step.week is not None and step.week <= until]
    for _, lines in groupby(early, key=lambda step: (step.name, step.week)):
        held = list(lines)
        yield _row(held[-1], "; ".join(text for text in map(_told, held) if text))
    yield from (_row(step, _told(step)) for step in trace.of("feature"))
    yield from _scored(trace.of("score"), protocol.data == "restricted")


def _told(step: Step) -> str:
    return f"{step.what}: {step.arithmetic}" if step.what and step.arithmetic else step.what or step.arithmetic


def _scored(steps: Iterable[Step], hidden: bool) -> Iterator[Row]:
    """Trees wait for the sum that adds them; each then stands behind its number, in square brackets."""
    waiting: list[Step] = []
    for step in steps:
        if step.name.startswith("tree "):
            waiting.append(step)
        elif waiting:
            before, *numbers = step.arithmetic.split(" + ")
            paths = [""] * len(waiting) if hidden else [f" [{_compact(tree.arithmetic)}]" for tree in waiting]
            text = [number + path for number, path in zip(numbers, paths, strict=True)]
            first, last = (one.name.removeprefix("tree ") for one in (waiting[0], waiting[-1]))
            yield _row(step, " + ".join([before, *text]), f"trees {first} to {last}")
            waiting = []
        else:
            yield _row(step, _told(step))


def _compact(path: str) -> str:
    """A path without the student's own values, which stand in the lines of the features.

    >>> _compact("weekly activity 9 is above 4.5 and at most 12.5, regularity 0.5 is above 0.33")
    'weekly activity > 4.5 <= 12.5, regularity > 0.33'
    """
    bare = re.sub(r" \S+ is (?=above|at most)", " ", path)
    return bare.replace(" and at most ", " <= ").replace(" at most ", " <= ").replace(" above ", " > ")


def _row(step: Step, text: str, name: str = "") -> Row:
    keys: dict[str, Key] = {"part": step.part, "name": name or step.name}
    if step.week is not None:
        keys["week"] = step.week
    keys["arithmetic"] = text
    if step.value is None:
        return Row(keys, None, "not analysed", step.reason)
    return Row(keys, _invented(step.value, step.unit))


def _rules(protocol: Protocol, trace: Trace) -> Iterator[Row]:
    """What each contact rule reads at the end of each week it looks at."""
    for name, rule in RULES.items():
        for week in LOOKS if rule.indicator in protocol.indicators else ():
            step = trace.last("indicator", rule.indicator, week)
            if step is not None:
                row = _row(step, INDICATORS[rule.indicator].label, name)
                yield replace(row, keys={**row.keys, "part": "rule"})
