"""What students were recorded to do: activity, attendance, assessments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.special import expit

from la_research.schema import COUNTED
from la_research.seeds import CELL, stream
from la_research.synthetic.cell import Cell
from la_research.synthetic.faults import delivered, late_marks, present
from la_research.synthetic.students import Ints
from la_research.synthetic.tables.rows import known, labelled, made

IN_ORDER = sorted(COUNTED)
"""Sources of the table ``activity`` by name."""


@dataclass(frozen=True)
class Recorded:
    """Activity with at least one action, in key order: place in the roll, week, number in ``IN_ORDER``, sizes."""

    enrolment: Ints
    week: Ints
    source: Ints
    count: Ints
    days: Ints


def recorded(cell: Cell) -> Recorded:
    """What the extract holds of a cell's weekly activity, faults of the extract included."""
    student, slot, _ = cell.roll
    seen = cell.traces.activity
    first = (slot == 0)[:, None, None]
    other = np.where(first, seen.community[student], 0)
    inside = (np.arange(other.shape[1]) < cell.weeks_left(student)[:, None])[:, :, None]
    counts = np.where(inside, np.concatenate([seen.counts[student, slot], other], axis=2), 0)
    days = np.concatenate([seen.days[student, slot], np.minimum(other, 7)], axis=2)
    counts, days = delivered(cell, counts, days)
    places = [COUNTED.index(source) for source in IN_ORDER]
    counts, days = counts[..., places], days[..., places]
    some = counts > 0
    enrolment, week, source = np.nonzero(some)
    return Recorded(enrolment, week + 1, source, counts[some], days[some])


def activity(cell: Cell) -> pa.Table:
    """Actions by enrolment, week and source; what was not recorded has no row."""
    seen = recorded(cell)
    return made(
        "activity",
        enrolment_id=cell.roll.ids.take(pa.array(seen.enrolment)),
        week=seen.week,
        source=labelled(IN_ORDER, seen.source),
        count=seen.count,
        active_days=seen.days,
        seconds=90 * seen.count,
    )


def attendance(cell: Cell) -> pa.Table:
    """Sessions attended of those expected, by enrolment and week; none is expected online."""
    who, term, (student, slot, ids) = cell.students, cell.scenario.term, cell.roll
    u = stream(cell.seed, "synthetic", "attendance", cell.number).random((CELL, 2, term.weeks, term.sessions))
    chance = expit(1.2 + 0.8 * who.engagement[:, None] + who.coping[:, None] * cell.felt)
    chance = np.where(who.uses_recordings[:, None], 0.2 * chance, chance)
    attended = present(cell, (u < chance[:, None, :, None]).sum(axis=3)[student, slot])
    inside = np.arange(term.weeks)[None, :] < cell.weeks_left(student)[:, None]
    asked = inside & ~who.groups["online_only"][student][:, None]
    row, week = np.nonzero(asked)
    return made(
        "attendance",
        enrolment_id=ids.take(pa.array(row)),
        week=week + 1,
        expected=term.sessions,
        attended=attended[asked],
    )


def assessments(cell: Cell) -> pa.Table:
    """Assessments that fell due while enrolled: when they came, if they came, and the mark."""
    who, term, marks, (student, slot, ids) = cell.students, cell.scenario.term, cell.scenario.marks, cell.roll
    due_weeks, left = np.array(term.due_weeks, dtype=np.int64), cell.traces.leaves_day[student][:, None]
    draws = stream(cell.seed, "synthetic", "assessments", cell.number).standard_normal((CELL, 2, len(due_weeks), 2))
    delay = (
        -0.4 * who.engagement[:, None, None]
        - 0.2 * who.coping[:, None, None] * cell.felt[:, None, due_weeks - 1]
        + draws[..., 0]
    )[student, slot]
    due = np.broadcast_to(term.first_day(due_weeks) + 4, delay.shape)
    day = due + np.where(delay > 1.1, np.ceil(6 * (delay - 1.1)), np.floor(np.maximum(delay, -3)) - 1).astype(np.int64)
    handed_in = (delay < 2.0) & (day <= left)
    added = marks.engagement * who.engagement + marks.wellbeing * who.stable
    score = np.clip(np.rint(62 + added[student][:, None] + 9 * draws[..., 1][student, slot]), 0, 100)
    marked = handed_in & ~late_marks(cell)[student, slot]
    by_name = np.argsort([str(i + 1) for i in range(len(due_weeks))]) if len(due_weeks) else due_weeks
    names = [f"{code}-{i + 1}" for code in cell.codes for i in by_name]
    asked = (due <= left)[:, by_name]
    row, which = np.nonzero(asked)
    return made(
        "assessments",
        enrolment_id=ids.take(pa.array(row)),
        assessment_id=labelled(names, who.module[student, slot][row] * len(by_name) + which),
        due_day=due[:, by_name][asked],
        submitted_day=known(day[:, by_name][asked], handed_in[:, by_name][asked]),
        score=known(score[:, by_name][asked], marked[:, by_name][asked]),
    )
