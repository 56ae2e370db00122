"""Four invented students: what a rule read of them, whether it would write, and their sums."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from la_research.evidence import Evidence
from la_research.finding import Finding
from la_research.report.document import Bullets
from la_research.report.explorer.cells import ANY, MET, Grid
from la_research.report.explorer.dials import SCORE, said
from la_research.report.explorer.settings import Setting
from la_research.report.explorer.sums import RULE, sums
from la_research.report.explorer.words import filled


class Met(typing.Protocol):
    """An invented student as they were written by hand.

    ``id`` names the finding, ``explanation.met.ID``; ``story`` holds a few sentences; ``need`` says whether a
    message would have been welcome, in the story.
    """

    @property
    def id(self) -> str:
        """What they were invented for."""

    @property
    def name(self) -> str:
        """A first name."""

    @property
    def story(self) -> tuple[str, ...]:
        """A few sentences."""

    @property
    def need(self) -> bool:
        """Whether a message would have been welcome."""


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
    lines: tuple[Bullets, ...] = ()

    def verdict(self, setting: Setting, grid: Grid) -> tuple[str, str]:
        """What a setting would do: the sentence, and the name of what comes of it ("" where it is not known)."""
        name, read = self.met.name, self.readings.get(setting.dial.rule, {})
        known = [week for week in sorted(read) if week in grid.weeks and read[week].value is not None]
        answers = [self._answer(setting, week, read[week], grid) for week in known if setting.week in (ANY, week)]
        fired = next(((week, what) for week, writes, what in answers if writes), None)
        if fired:
            return filled("writes", name=name, week=fired[0], what=fired[1]), self._outcome(True)
        if any(writes is None for _, writes, _ in answers):
            return filled("unsure", name=name), ""
        never = filled("never", name=name, week=answers[-1][0], what=answers[-1][2]) if answers else ""
        if setting.dial.rule == SCORE and known and setting.week not in known:
            return f"{never} {filled('only', name=name, week=known[-1])}".strip(), ""
        return never or filled("passes", name=name), self._outcome(False)

    def _answer(self, setting: Setting, week: int, one: Reading, grid: Grid) -> tuple[int, bool | None, str]:
        held = setting.dial.cuts[setting.cut]
        line = grid.line(held.value, week) if setting.dial.rule == SCORE else None
        writes = setting.dial.writes(one.value or 0.0, setting.cut, line)
        told = "" if line is None else f"{line:.2f}"
        return week, writes, (held.yes if writes else held.no).format(said=one.words, line=told)

    def _outcome(self, writes: bool) -> str:
        if self.met.need:
            return "true_contact" if writes else "missed_need"
        return "wrong_contact" if writes else "no_contact"


def people_met(evidence: Evidence, fictional: Sequence[Met], index_week: int) -> tuple[Person, ...]:
    """The invented students and what was worked out of them, in the order given.

    Rows of the findings ``explanation.met.ID`` hold "part", "name", "week" and "arithmetic"; those of the part
    "rule" are what each rule read. A score without such a row, the headline, is read in the index week.
    """
    found = {f.id.removeprefix(MET): f for f in evidence.findings if f.id.startswith(MET)}
    return tuple(_person(met, found.get(met.id), index_week) for met in fictional)


def _person(met: Met, finding: Finding | None, index_week: int) -> Person:
    if finding is None:
        return Person(met)
    readings: dict[str, dict[int, Reading]] = {}
    for row in finding.rows:
        if row.keys.get("part") == RULE:
            rule, value = str(row.keys["name"]), None if row.estimate is None else row.estimate.value
            words = "" if value is None else said(rule, value)
            readings.setdefault(rule, {})[int(row.keys["week"])] = Reading(value, words)
    score = finding.estimate.value if finding.estimate else None
    if SCORE not in readings and score is not None:
        readings[SCORE] = {index_week: Reading(score, said(SCORE, score))}
    return Person(met, readings, tuple(sums(finding)))
