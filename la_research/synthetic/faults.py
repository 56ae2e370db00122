"""Faults of the extract, at places that chance names once for the campus and that the truth lists."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from la_research.schema import ACTIVITY_SOURCES
from la_research.seeds import CELL, stream
from la_research.synthetic.calendar import presentation
from la_research.synthetic.cell import Cell
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import Bools, Ints

Kind = Literal["duplicates", "clock_skew", "dead_turnstile", "missing_feed"]


class PlannedFault(NamedTuple):
    """One fault of the extract and where it stands; week None is every week."""

    kind: Kind
    module: str
    presentation: str
    week: int | None
    source: str


def planned_faults(scenario: Scenario, seed: int) -> tuple[PlannedFault, ...]:
    """Where the extract of a campus is faulty, marks apart; the same for any number of students and workers.

    What was delivered twice and what never arrived are different places. Late marks strike
    single marks: :func:`late_marks` tells which.

    Examples
    --------
    >>> from la_research.store import load_scenario
    >>> from la_research.synthetic.switch import with_dials
    >>> campus = with_dials(load_scenario("null"), ["faults.duplicates=2", "faults.clock_skew=0.3"])
    >>> [fault.kind for fault in planned_faults(campus, seed=1)]
    ['duplicates', 'duplicates', 'clock_skew']
    """
    dial = scenario.faults
    delivered = _places(scenario, seed, "deliveries", len(ACTIVITY_SOURCES))
    found = [_at("duplicates", scenario, *place) for place in delivered[: dial.duplicates]]
    if dial.clock_skew > 0:
        module, year, _, source = _places(scenario, seed, "clocks", len(ACTIVITY_SOURCES))[0]
        found.append(_at("clock_skew", scenario, module, year, None, source))
    doors = _places(scenario, seed, "turnstiles", 1)[: dial.dead_turnstile]
    found += [_at("dead_turnstile", scenario, *place[:3], None) for place in doors]
    missing = delivered[::-1][: dial.missing_feed]
    return (*found, *(_at("missing_feed", scenario, *place) for place in missing))


def _places(scenario: Scenario, seed: int, purpose: str, sources: int) -> list[tuple[int, int, int, int]]:
    """Module, year, week and source of every place, in an order that chance decides."""
    shape = (len(scenario.modules), scenario.years.count, scenario.term.weeks, sources)
    order = stream(seed, "synthetic", "faults", purpose).permutation(int(np.prod(shape)))
    return [(int(m), int(y), int(w) + 1, int(s)) for m, y, w, s in zip(*np.unravel_index(order, shape), strict=True)]


def _at(kind: Kind, scenario: Scenario, module: int, year: int, week: int | None, source: int | None) -> PlannedFault:
    name = "attendance" if source is None else ACTIVITY_SOURCES[source]
    return PlannedFault(kind, scenario.modules[module].code, presentation(year)[0], week, name)


def late_marks(cell: Cell) -> Bools:
    """Marks that would not be there yet, shape (students, 2 modules, assessments)."""
    shape = (CELL, 2, len(cell.scenario.term.due_weeks))
    return np.asarray(
        stream(cell.seed, "synthetic", "late marks", cell.number).random(shape) < cell.scenario.faults.late_marks
    )


def delivered(cell: Cell, counts: Ints, days: Ints) -> tuple[Ints, Ints]:
    """Counts and active days as the extract holds them, shape (enrolments, weeks, sources of study first)."""
    planned = [fault for fault in planned_faults(cell.scenario, cell.seed) if fault.source != "attendance"]
    if not planned:
        return counts, days
    counts, days = counts.copy(), days.copy()
    for fault in sorted(planned, key=lambda fault: fault.kind != "clock_skew"):  # clocks first, then deliveries
        rows, source = _enrolled(cell, fault), ACTIVITY_SOURCES.index(fault.source)
        if fault.week is None:
            counts[rows, :, source], days[rows, :, source] = _late(cell, rows, counts[..., source], days[..., source])
        else:
            counts[rows, fault.week - 1, source] *= 2 if fault.kind == "duplicates" else 0
    return counts, np.where(counts > 0, days, 0)


def present(cell: Cell, attended: Ints) -> Ints:
    """Sessions attended as the turnstiles counted them, shape (enrolments, weeks)."""
    dead = [fault for fault in planned_faults(cell.scenario, cell.seed) if fault.kind == "dead_turnstile"]
    counted = attended.copy()
    for fault in dead:
        counted[_enrolled(cell, fault), (fault.week or 0) - 1] = 0
    return counted


def _late(cell: Cell, rows: Ints, counts: Ints, days: Ints) -> tuple[Ints, Ints]:
    """A share of the actions a week later; what falls into a break or past the end has no teaching week."""
    student, slot, _ = cell.roll
    term, counts, days = cell.scenario.term, counts[rows], days[rows]
    u = stream(cell.seed, "synthetic", "clock skew", cell.number).random((CELL, 2, term.weeks))
    moved = np.floor(cell.scenario.faults.clock_skew * counts + u[student, slot][rows]).astype(np.int64)
    arrives = np.diff(term.first_day(term.numbers)) == 7
    counts_after, days_after = counts - moved, np.minimum(days, counts - moved)
    counts_after[:, 1:] += np.where(arrives, moved[:, :-1], 0)
    days_after[:, 1:] += np.where(arrives, np.minimum(days, moved)[:, :-1], 0)
    return counts_after, np.minimum(days_after, 7)


def _enrolled(cell: Cell, fault: PlannedFault) -> Ints:
    """Enrolments of a cell whose module and presentation a fault strikes."""
    student, slot, _ = cell.roll
    module = [module.code for module in cell.scenario.modules].index(fault.module)
    year = presentation(np.arange(cell.scenario.years.count)).tolist().index(fault.presentation)
    return np.flatnonzero((cell.students.module[student, slot] == module) & (cell.students.year[student] == year))
