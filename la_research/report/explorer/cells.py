"""What was found of every setting, out of 1,000: contacted, missed and wrongly contacted, for all and by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from la_research.evidence import Evidence
from la_research.finding import Finding, Row
from la_research.report.catalogue import attribute_name, capital, frequency, group_name
from la_research.report.explorer.dials import SCORE, Dial, dial
from la_research.report.explorer.words import MEASURES, filled

PREFIX = "validation.explorer."
MET = "explanation.met."
BASE = 1000
ANY = 0
"""The week that stands for any of the weeks at which the rules look."""
Group = tuple[str, str]
ALL: Group = ("", "")


@dataclass(frozen=True, slots=True)
class Count:
    """A share as people out of 1,000, rounded; ``hidden`` and ``idle`` say why there is no number.

    >>> from la_research.finding import Estimate
    >>> Count.of(Row({}, Estimate(0.62, 0.57, 0.67, 0.95, "share", 211, "wilson"))).numbers
    (620, 570, 670, 211)
    """

    numbers: tuple[int, int, int, int] | None
    """Value, lower, upper, and of how many students it tells."""
    hidden: bool = False
    idle: bool = False
    """Whether the rule had nothing to read in that week."""

    @classmethod
    def of(cls, row: Row | None, base: int = BASE) -> Count:
        """The count of a row; none where it holds no number with an interval."""
        if row is None or row.estimate is None:
            return cls(None, row is not None and row.verdict == "suppressed")
        held = row.estimate
        if held.value is None or held.lower is None or held.upper is None:
            return cls(None)
        return cls((*(round(base * end) for end in (held.value, held.lower, held.upper)), held.n))  # type: ignore[arg-type]

    def as_json(self) -> list[int] | int | None:
        """Four numbers, 0 for hidden, False where the rule can not look, None for not known: what the script reads."""
        return list(self.numbers) if self.numbers else False if self.idle else 0 if self.hidden else None


@dataclass(frozen=True, slots=True)
class Attribute:
    """Groups that are told apart by one thing."""

    id: str
    name: str
    groups: tuple[tuple[str, str], ...]
    """Each one's value in the record, and its name."""


@dataclass(frozen=True)
class Grid:
    """All settings and what was found of them.

    Parameters
    ----------
    dials, weeks, attributes
        What can be set, and the groups that are told; 0 is any of the weeks.
    shares
        By rule, cut-off, week, measure and group.
    contacts
        By rule and cut-off: contacts a week for 1,000 students.
    lines
        By share of students and week: the lowest score selected.
    reasons
        Rules that could not be tried, and why.
    idle
        Rules and weeks in which nothing could be read.
    silent
        For how many of those picked the score should say nothing, as a sentence; empty where that is not known.
    """

    dials: tuple[Dial, ...]
    weeks: tuple[int, ...]
    attributes: tuple[Attribute, ...]
    shares: Mapping[tuple[str, float, int, str, Group], Row]
    contacts: Mapping[tuple[str, float], Row]
    lines: Mapping[tuple[float, int], Row]
    reasons: tuple[tuple[str, str], ...]
    idle: frozenset[tuple[str, int]] = frozenset()
    silent: str = ""

    def count(self, rule: str, cut: float, week: int, what: str, group: Group = ALL) -> Count:
        """One number of a setting; none where the rule could not look."""
        if (rule, week) in self.idle:
            return Count(None, idle=True)
        return Count.of(self.shares.get((rule, cut, week, what, group)))

    def a_week(self, rule: str, cut: float, week: int) -> Count:
        """Contacts a week for 1,000 students: of one week, or on average over all at which the rule looks."""
        if week != ANY:
            return self.count(rule, cut, week, "contacted")
        return Count.of(self.contacts.get((rule, cut)), base=1)

    def line(self, cut: float, week: int) -> float | None:
        """The lowest score that is selected; None where it is hidden or not known."""
        row = self.lines.get((cut, week))
        return row.estimate.value if row is not None and row.estimate is not None else None

    def groups(self) -> Iterator[Group]:
        """All students, then every group."""
        yield ALL
        yield from ((attribute.id, value) for attribute in self.attributes for value, _ in attribute.groups)


def grid(evidence: Evidence) -> Grid:
    """The settings that the findings ``validation.explorer.RULE`` hold; a rule without a number says why."""
    shares: dict[tuple[str, float, int, str, Group], Row] = {}
    contacts: dict[tuple[str, float], Row] = {}
    lines: dict[tuple[float, int], Row] = {}
    dials, reasons = list[Dial](), list[tuple[str, str]]()
    for rule, finding in _findings(evidence):
        for row in finding.rows:
            what, cut, week = _where(row)
            if what in MEASURES:
                shares[rule, cut, week, what, _group(row)] = row
            elif what == "contacts a week":
                contacts[rule, cut] = row
            elif what == "line" and rule == SCORE:
                lines[cut, week] = row
        cuts = tuple({key[1] for key in shares if key[0] == rule})
        if cuts:
            dials.append(dial(rule, cuts))
        else:
            reasons.append((dial(rule, ()).label, finding.reason or "nothing was found of it"))
    weeks = tuple(sorted({key[2] for key in shares}, key=lambda week: (week != ANY, week)))
    idle = _idle(shares, evidence)
    return Grid(
        tuple(dials), weeks, _attributes(shares), shares, contacts, lines, tuple(reasons), idle, _silent(evidence)
    )


def _idle(shares: Mapping[tuple[str, float, int, str, Group], Row], evidence: Evidence) -> frozenset[tuple[str, int]]:
    """Rules and weeks in which no cut-off wrote to anybody, and of no invented student was there anything to read."""
    read = {
        (str(row.keys.get("name")), row.keys.get("week"))
        for finding in evidence.findings
        if finding.id.startswith(MET)
        for row in finding.rows
        if row.keys.get("part") == "rule" and row.estimate is not None and row.estimate.value is not None
    }
    wrote: dict[tuple[str, int], list[Row]] = {}
    for (rule, _, week, what, group), row in shares.items():
        if what == "contacted" and group == ALL and week != ANY:
            wrote.setdefault((rule, week), []).append(row)
    return frozenset(
        place
        for place, rows in wrote.items()
        if place not in read and all(row.estimate is not None and row.estimate.value == 0 for row in rows)
    )


def _silent(evidence: Evidence) -> str:
    """For how many of those whom the registered decision picks the score knows too little."""
    found = next((f.estimate for f in evidence.findings if f.id == "explanation.abstaining"), None)
    if found is None or found.value is None or found.unit != "share":
        return ""
    p = evidence.protocol
    cut = dial(SCORE, (p.model.top_share,)).cuts[0].words
    return filled("silent", cut=cut, week=filled("week", week=p.population.index_week), share=frequency(found))


def _findings(evidence: Evidence) -> Iterator[tuple[str, Finding]]:
    """Rules in the order registered, each with its finding."""
    triggers, asked = evidence.protocol.validation.triggers, evidence.protocol.explanation.explorer
    found = {f.id.removeprefix(PREFIX): f for f in evidence.findings if f.id.startswith(PREFIX)}
    order = dict.fromkeys((*(triggers.rules if triggers else ()), *(asked.cuts if asked else ())))
    yield from ((rule, found[rule]) for rule in order if rule in found)


def _where(row: Row) -> tuple[str, float, int]:
    return str(row.keys.get("what")), float(row.keys.get("cut", 0)), int(row.keys.get("week", ANY))


def _group(row: Row) -> Group:
    return next(((key, str(value)) for key, value in row.keys.items() if key not in ("what", "cut", "week")), ALL)


def _attributes(shares: Mapping[tuple[str, float, int, str, Group], Row]) -> tuple[Attribute, ...]:
    found: dict[str, dict[str, None]] = {}
    for *_, (attribute, value) in shares:
        if attribute:
            found.setdefault(attribute, {})[value] = None
    return tuple(
        Attribute(name, capital(attribute_name(name)), tuple((value, group_name(name, value)) for value in values))
        for name, values in found.items()
    )


def needed_hours(contacts: int, minutes: float) -> float:
    """Hours that so many contacts take.

    >>> needed_hours(120, 20)
    40.0
    """
    return contacts * minutes / 60
