"""The page without a script, and in print: the registered rule and the settings nearest to it as text and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from la_research.protocol.validation import Triggers
from la_research.report.document import Block, Bullets, Definitions, Details, Heading, Paragraph, Table
from la_research.report.explorer.cells import ALL, ANY, BASE, Count, Grid, Group, needed_hours
from la_research.report.explorer.dials import SCORE
from la_research.report.explorer.met import Person
from la_research.report.explorer.settings import Setting
from la_research.report.explorer.words import MEASURES, WORDS, filled


def in_cell(count: Count, who: str = "") -> str:
    """A count as a table shows it.

    >>> in_cell(Count((620, 570, 670, 211))), in_cell(Count(None, hidden=True))
    ('620 (570 to 670)', 'hidden')
    """
    if count.numbers is None:
        return WORDS["idle" if count.idle else "hidden" if count.hidden else "unknown"]
    value, lower, upper, n = count.numbers
    told = f", {filled('n', n=f'{n:,}', who=who)}" if who else ""
    return filled("cell", v=f"{value:,}", l=f"{lower:,}", u=f"{upper:,}") + told


def still(grid: Grid, here: Setting, beside: Sequence[Setting], triggers: Triggers, hours: float) -> Iterator[Block]:
    """What the registered rule does, by group too, and what four others would."""
    yield Heading("The rule this study tests")
    yield Paragraph(here.words(grid.weeks), lead=True)
    yield Bullets(tuple(measured(grid, here, what) for what in MEASURES))
    if grid.silent and here.dial.rule == SCORE:
        yield Paragraph(grid.silent)
    yield Paragraph(_staff(grid, here, triggers.minutes, hours))
    for attribute in grid.attributes:
        groups = [((attribute.id, value), name) for value, name in attribute.groups]
        yield Table(
            f"by-{attribute.id}",
            f"The rule this study tests by {attribute.name.lower()}, out of 1,000 students",
            ("Group", *(name for name, _, _ in MEASURES.values())),
            tuple((name, *_cells(grid, here, group)) for group, name in groups),
        )
    yield Heading("Four rules close to it")
    rows = [(setting.short(grid.weeks), *_cells(grid, setting)) for setting in (here, *beside)]
    yield Table(
        "nearest",
        "The rule this study tests and the nearest others, out of 1,000 students",
        ("Rule", *(name for name, _, _ in MEASURES.values())),
        tuple(rows),
    )


def measured(grid: Grid, setting: Setting, what: str) -> str:
    """What was counted of a setting, as a sentence; of those missed, what chance would do too."""
    name, sentence, who = MEASURES[what]
    count = grid.count(*setting.key, what)
    if count.numbers is None:
        return WORDS["idle_told"] if count.idle else f"{name}: {in_cell(count)}."
    told = sentence.format(v=in_cell(count))
    by_lot = _chance(grid, setting) if what == "missed" else ""
    return f"{told} {filled('counted', n=f'{count.numbers[3]:,}', who=who)} {by_lot}".strip()


def _chance(grid: Grid, setting: Setting) -> str:
    """Whom a draw of as many students would miss; not said of several weeks, as a contact may come too late there."""
    contacted = grid.count(*setting.key, "contacted").numbers
    return "" if contacted is None or setting.week == ANY else filled("chance", v=f"{BASE - contacted[0]:,}")


def _cells(grid: Grid, setting: Setting, group: Group = ALL) -> tuple[str, ...]:
    return tuple(in_cell(grid.count(*setting.key, what, group), who) for what, (_, _, who) in MEASURES.items())


def _staff(grid: Grid, setting: Setting, minutes: float, hours: float) -> str:
    """Whether the hours reach; the interval decides whether that can be told."""
    count = grid.a_week(*setting.key)
    if count.numbers is None:
        return WORDS["idle_told" if count.idle else "staff_hidden"]
    value, lower, upper, _ = count.numbers
    room = hours * 60 / minutes
    needed = f"{needed_hours(value, minutes):,.0f}"
    taken = filled("staff", contacts=in_cell(count), minutes=f"{minutes:g}", needed=needed)
    if upper <= room:
        word = WORDS["fits"]
    elif lower <= room:
        word = WORDS["may_fit"]
    else:
        waits = Count((round(value - room), round(lower - room), round(upper - room), 0))
        word = filled("too_short", wait=in_cell(waits))
    return " ".join((taken, filled("has", hours=f"{hours:g}"), word))


def met_still(people: Sequence[Person], grid: Grid, here: Setting) -> Iterator[Block]:
    """What the registered rule does for each invented student, and their sums."""
    for person in people:
        sentence, outcome = person.verdict(here, grid)
        yield Heading(person.met.name)
        yield Paragraph(" ".join(person.met.story))
        yield Definitions((("The rule this study tests", f"{sentence} {WORDS.get(outcome, '')}".strip()),))
        yield from sums(person)


def sums(person: Person) -> Iterator[Block]:
    """A student's sums, to be opened part by part."""
    if person.lines:
        yield Details(
            f"How the numbers of {person.met.name} were worked out",
            tuple(Details(lines.title, (Bullets(lines.items),)) for lines in person.lines),
        )
