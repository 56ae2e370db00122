"""An event log on request: for each week's count exactly as many events, over exactly its active days."""

from __future__ import annotations

import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from la_research.seeds import stream
from la_research.synthetic.calendar import DAYS_IN_A_YEAR, FIRST_MONDAY
from la_research.synthetic.cell import Cell
from la_research.synthetic.students import Floats, Ints
from la_research.synthetic.tables.rows import labelled, made
from la_research.synthetic.tables.study import IN_ORDER, Recorded, recorded

ACTIONS = {
    "careers": ("attended", "booked"),
    "lecture_capture": ("paused", "played"),
    "library": ("borrowed", "entered", "searched"),
    "placement": ("logged hours",),
    "quizzes": ("answered", "opened", "reviewed"),
    "union": ("attended", "joined"),
    "vle": ("downloaded", "posted", "viewed"),
    "volunteering": ("logged hours",),
}
"""What is done on each source, by name."""
MOST = max(map(len, ACTIONS.values()))
LIKELY_DAY = np.array([1.0, 1.0, 1.0, 1.0, 0.8, 0.4, 0.5])
"""How likely a day is to be active, Monday first."""
LIKELY_HOUR = np.array([0] * 7 + [1, 2, *[3] * 8, *[2] * 5, 1, 0])
"""How busy an hour is, UTC; nobody is recorded between 23:00 and 07:00."""
DAY = 24 * 3600


def events(cell: Cell) -> pa.Table:
    """Every action with its time, in the order of enrolment and time.

    The log agrees with the table ``activity``, faults of the extract included. Each enrolment
    has a stream of its own, so that nobody's events move with those of another.
    """
    seen = recorded(cell)
    week_days, u = _draws(cell, seen)
    held = np.bincount(_days(seen, week_days, u[:, 0]), minlength=7 * len(seen.count))
    place = np.repeat(np.arange(len(held)), held)
    row, weekday = place // 7, place % 7
    second = _seconds(np.arange(len(place)) - np.repeat(np.cumsum(held) - held, held), held[place], u[:, 1])
    day = cell.scenario.term.first_day(seen.week)[row] + weekday
    kinds = np.array([len(ACTIONS[source]) for source in IN_ORDER])[seen.source[row]]
    action = np.floor(u[:, 2] * kinds).astype(np.int64)
    span = int(day.max(initial=0)) + 1
    order = ((seen.enrolment[row] * span + day) * DAY + second) * len(IN_ORDER) + seen.source[row]
    order = np.sort(order * MOST + action)
    order, action = np.divmod(order, MOST)
    order, source = np.divmod(order, len(IN_ORDER))
    order, second = np.divmod(order, DAY)
    enrolment, day = np.divmod(order, span)
    names = [name for source_ in IN_ORDER for name in (*ACTIONS[source_], *[""] * MOST)[:MOST]]
    day = day + DAYS_IN_A_YEAR * cell.students.year[cell.roll.student[enrolment]]
    return made(
        "events",
        enrolment_id=cell.roll.ids.take(pa.array(enrolment)),
        at=stamped(day, second),
        source=labelled(IN_ORDER, source),
        action=labelled(names, source * MOST + action),
    )


def _draws(cell: Cell, seen: Recorded) -> tuple[Floats, Floats]:
    """Uniforms for the days of each count, shape (counts, 7), and for each event, shape (events, 3)."""
    size = len(cell.roll.ids)
    counts = np.bincount(seen.enrolment, minlength=size)
    actions = np.bincount(seen.enrolment, weights=seen.count, minlength=size).astype(np.int64)
    weeks, single = [np.empty((0, 7))], [np.empty((0, 3))]
    for student, slot, some, many in zip(cell.roll.student, cell.roll.slot, counts, actions, strict=True):
        generator = stream(cell.seed, "synthetic", "events", cell.number, int(student), int(slot))
        weeks.append(generator.random((some, 7)))
        single.append(generator.random((many, 3)))
    return np.concatenate(weeks), np.concatenate(single)


def _days(seen: Recorded, week_days: Floats, u: Floats) -> Ints:
    """For each event 7 times the place of its count, plus its weekday: each active day has at least one."""
    active = np.argsort(-np.log1p(-week_days) / LIKELY_DAY, axis=1)
    row = np.repeat(np.arange(len(seen.count)), seen.count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(seen.count) - seen.count, seen.count)
    days = seen.days[row]
    which = np.where(nth < days, nth, np.floor(u * days).astype(np.int64))
    return np.asarray(7 * row + active[row, which])


def _seconds(nth: Ints, of: Ints, u: Floats) -> Ints:
    """The second of the day of the nth of so many events: each has a stretch of its own, so that none coincide."""
    busy = np.concatenate([[0.0], np.cumsum(LIKELY_HOUR) / LIKELY_HOUR.sum()])
    starts, hours = np.unique(busy, return_index=True)  # quiet hours at the end take no share
    clock = np.append(hours[:-1], np.flatnonzero(LIKELY_HOUR)[-1] + 1) * 3600.0
    clock[0] = np.flatnonzero(LIKELY_HOUR)[0] * 3600.0
    begin = np.floor(np.interp(nth / of, starts, clock))
    end = np.floor(np.interp((nth + 1) / of, starts, clock))
    return np.asarray(begin + np.floor(u * (end - begin)), dtype=np.int64)


def stamped(day: npt.ArrayLike, second: npt.ArrayLike) -> pa.StringArray:
    """Times as UTC text; day 1 is the first Monday of the first presentation.

    >>> stamped([1, 2], [0, 47107]).to_pylist()
    ['2025-09-22T00:00:00Z', '2025-09-23T13:05:07Z']
    """
    day, second = np.asarray(day, dtype=np.int64), np.asarray(second, dtype=np.int64)
    last = int(day.max(initial=1))
    dates = [(FIRST_MONDAY + datetime.timedelta(days=i - 1)).isoformat() for i in range(last + 1)]
    clocks = [f"T{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}Z" for s in range(DAY)]
    letters = np.concatenate([_letters(dates)[day], _letters(clocks)[second]], axis=1)
    width = letters.shape[1]
    ends = np.arange(0, width * (len(letters) + 1), width, dtype=np.int32)
    return pa.StringArray.from_buffers(len(letters), pa.py_buffer(ends), pa.py_buffer(letters))


def _letters(texts: list[str]) -> npt.NDArray[np.uint8]:
    """Texts of one length as their bytes, shape (texts, length)."""
    return np.frombuffer("".join(texts).encode(), dtype=np.uint8).reshape(len(texts), -1)
