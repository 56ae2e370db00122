"""The sums of an invented student, a step a line, under what they are about."""

from __future__ import annotations

from collections.abc import Iterator

from la_research.finding import Finding, Row, number
from la_research.report.catalogue import capital, indicator_name, readable, source_name
from la_research.report.document import Bullets
from la_research.report.explorer.dials import LIGHTS

RULE = "rule"
"""The part of a student's rows that says what each rule read; it is no sum."""
PARTS = {"record": "What was recorded", "feature": "What the model reads", "score": "The score, line by line"}
NAMED = {"record": source_name, "feature": indicator_name, "score": readable}
LONG = 60
"""Letters from which on a sum of the score is told a term a line."""


def sums(finding: Finding) -> Iterator[Bullets]:
    """The lines of a finding ``explanation.met.ID``: the record, each indicator, what the model reads, the score."""
    titled: dict[str, list[str]] = {}
    for row in finding.rows:
        if row.keys.get("part") != RULE:
            titled.setdefault(_title(row), []).extend(_lines(row))
    yield from (Bullets(tuple(lines), title) for title, lines in titled.items())


def _title(row: Row) -> str:
    part = str(row.keys.get("part"))
    return PARTS.get(part) or capital(indicator_name(str(row.keys.get("name", ""))))


def _lines(row: Row) -> Iterator[str]:
    """A row as lines: where it is, step by step, and at the end what it comes to, or why it comes to nothing."""
    part, name, told = (str(row.keys.get(key, "")) for key in ("part", "name", "arithmetic"))
    week = f"week {row.keys['week']}" if "week" in row.keys else ""
    where = capital(", ".join(filter(None, (week, NAMED[part](name) if part in NAMED else ""))))
    held = row.estimate
    if part == "record" and held is not None and held.value is not None:
        yield f"{where}: {f'{told}: {held.value:g}' if held.unit == 'day' else f'{held.value:g} {told}'}"
        return
    end = _value(row)
    if not told:
        yield f"{where}: {end}"
        return
    first, *rest = steps(told, part == "score")
    lines = [f"{where}: {first}", *rest]
    yield from [*lines, end] if held is None else [*lines[:-1], f"{lines[-1]} = {end}"]


def _value(row: Row) -> str:
    held = row.estimate
    if held is None or held.value is None:
        return row.reason or "no value"
    if held.unit.startswith("light"):
        return LIGHTS.get(held.value, f"{held.value:g}")
    return f"{number(held.value, held.unit)} {'' if held.unit == 'share' else held.unit}".strip()


def steps(told: str, terms: bool = False) -> list[str]:
    """Arithmetic as steps: parted at semicolons, and a long sum of the score at every plus outside brackets.

    >>> steps("your actions: 5; mean of the module: 185 / 10")
    ['your actions: 5', 'mean of the module: 185 / 10']
    >>> steps("0.5 + (-0.1) [active days > 3.4, regularity <= 0.5] + 0.25 [regularity > (1 + 1) / 4]", terms=True)
    ['0.5', '+ (-0.1) [active days > 3.4, regularity <= 0.5]', '+ 0.25 [regularity > (1 + 1) / 4]']
    """
    parts = told.split("; ")
    return [term for part in parts for term in (_terms(part) if terms and len(part) > LONG else [part])]


def _terms(told: str) -> list[str]:
    found, depth = [""], 0
    for letter in told:
        depth += (letter in "([") - (letter in ")]")
        if letter == "+" and not depth and found[-1].endswith(" "):
            found.append("")
        found[-1] += letter
    return [term.strip() for term in found]
