"""Four invented students: what a rule read of them, whether it would write, and their sums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from la_research.evidence import Evidence
from la_research.finding import Finding, number
from la_research.report.catalogue import capital, indicator_name, readable
from la_research.report.explorer.cells import ANY, Grid
from la_research.report.explorer.dials import SCORE, Dial, said
from la_research.report.explorer.settings import Setting
from la_research.report.explorer.words import filled

PREFIX = "explanation.met."
KINDS = ("true_contact", "wrong_contact", "missed_need", "over_working")
RULE = "rule"
"""The part of a student's rows that says what each rule read."""


@dataclass(frozen=True, slots=True)
class Met:
    """An invented student as they were written by hand.

    Parameters
    ----------
    kind
        One of ``KINDS``: for what they were invented.
    name, story
        What they are called, and a few sentences.
    need
        Whether help is needed, in the story.
    """

    kind: str
    name: str
    story: tuple[str, ...]
    need: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What a rule read of a student in a week; no value where there was nothing to read."""

    value: float | None
    words: str


@dataclass(frozen=True)
class Person:
    """An invented student beside what was worked out of them: readings by rule and week, and the lines of the sums."""

    met: Met
    readings: Mapping[str, Mapping[int, Reading]] = field(default_factory=dict)
    lines: tuple[str, ...] = ()

    def verdict(self, setting: Setting, grid: Grid) -> tuple[str, str]:
        """What a setting would do: the sentence, and the name of what comes of it ("" where it is not known)."""
        dial, read = setting.dial, self.readings.get(setting.dial.rule, {})
        weeks = [week for week in sorted(read) if setting.week in (ANY, week) and week in grid.weeks]
        seen = [(week, read[week]) for week in weeks if read[week].value is not None]
        if not seen:
            return filled("passes", name=self.met.name), self._outcome(False)
        answers = [(week, *self._answer(dial, setting.cut, week, one, grid)) for week, one in seen]
        fired = [(week, what) for week, writes, what in answers if writes]
        if fired:
            return filled("writes", name=self.met.name, week=fired[0][0], what=fired[0][1]), self._outcome(True)
        if any(writes is None for _, writes, _ in answers):
            return filled("unsure", name=self.met.name), ""
        week, _, what = answers[-1]
        return filled("never", name=self.met.name, week=week, what=what), self._outcome(False)

    def _answer(self, dial: Dial, cut: int, week: int, one: Reading, grid: Grid) -> tuple[bool | None, str]:
        held = dial.cuts[cut]
        line = grid.line(held.value, week) if dial.rule == SCORE else None
        writes = dial.writes(one.value or 0.0, cut, line)
        told = "" if line is None else f"{line:.2f}"
        return writes, (held.yes if writes else held.no).format(said=one.words, line=told)

    def _outcome(self, writes: bool) -> str:
        if self.met.need:
            return "true_contact" if writes else "missed_need"
        return "wrong_contact" if writes else "no_contact"


def people_met(evidence: Evidence, fictional: Sequence[Met], index_week: int) -> tuple[Person, ...]:
    """The invented students of whom something was worked out, in the order of ``KINDS``.

    Parameters
    ----------
    fictional
        Their stories. Rows of the findings ``explanation.met.KIND`` hold "part", "name", "week" and "arithmetic";
        those of the part "rule" are what each rule read. A score without such a row is read in the index week.
    """
    found = {f.id.removeprefix(PREFIX): f for f in evidence.findings if f.id.startswith(PREFIX)}
    told = {met.kind: met for met in fictional}
    return tuple(_person(told[kind], found.get(kind), index_week) for kind in KINDS if kind in told)


def _person(met: Met, finding: Finding | None, index_week: int) -> Person:
    if finding is None:
        return Person(met)
    readings: dict[str, dict[int, Reading]] = {}
    for row in finding.rows:
        if row.keys.get("part") == RULE:
            rule, arithmetic = str(row.keys["name"]), str(row.keys.get("arithmetic", ""))
            value = None if row.estimate is None else row.estimate.value
            words = "" if value is None else said(rule, arithmetic, value)
            readings.setdefault(rule, {})[int(row.keys["week"])] = Reading(value, words)
    score = finding.estimate.value if finding.estimate else None
    if SCORE not in readings and score is not None:
        readings[SCORE] = {index_week: Reading(score, said(SCORE, "", score))}
    return Person(met, readings, tuple(_lines(finding)))


def _lines(finding: Finding) -> Iterator[str]:
    """The sums, a line each: "Week 4, weekly activity: 3 + 6 = 9 actions a week"."""
    for row in finding.rows:
        if row.keys.get("part") == RULE:
            continue
        name, week = str(row.keys.get("name", "")), row.keys.get("week")
        what = readable(name) if row.keys.get("part") == SCORE else indicator_name(name)
        where = f"Week {week}, {what}" if week not in (None, "", ANY) else capital(what)
        held = row.estimate
        if held is None or held.value is None:
            yield f"{where}: {row.reason or 'no value'}."
            continue
        unit = "" if held.unit == "share" else f" {held.unit}"
        sums = f"{row.keys['arithmetic']} = " if row.keys.get("arithmetic") else ""
        yield f"{where}: {sums}{number(held.value, held.unit)}{unit}."
