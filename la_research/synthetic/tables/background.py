"""Who the students are and what they are enrolled on: students, vault, enrolments, applicability."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from la_research.schema import SOURCES
from la_research.seeds import CELL, stream
from la_research.synthetic.cell import Cell
from la_research.synthetic.students import STAYS
from la_research.synthetic.tables.rows import known, labelled, made


def students(cell: Cell) -> pa.Table:
    """Each student with background."""
    who, n = cell.students, cell.size
    return made(
        "students",
        student_id=cell.ids,
        level=labelled(["undergraduate", "postgraduate"], who.groups["postgraduate"][:n].astype(int)),
        subject=labelled([module.subject for module in cell.scenario.modules], who.module[:n, 0]),
        entry_tariff=who.tariff[:n].astype(float),
        commutes=who.commutes[:n],
        paid_work_hours=who.work_hours[:n],
    )


def vault(cell: Cell) -> pa.Table:
    """Eight protected attributes of each enrolment."""
    who, people, roll = cell.students, cell.scenario.people, cell.roll
    held: dict[str, tuple[list[str], np.ndarray]] = {
        "age_band": (list(people.age), who.age),
        "disability": (["N", "Y"], who.groups["disabled"]),
        "ethnicity": (list(people.ethnicity), who.ethnicity),
        "fee_status": (["home", "international"], who.groups["international"]),
        "gender": (["M", "F"], who.groups["women"]),
        "imd_band": ([f"fifth {i}" for i in range(1, 6)], who.imd - 1),
        "orientation": (list(people.orientation), who.orientation),
        "religion": (list(people.religion), who.religion),
    }
    labels = [label for classes, _ in held.values() for label in classes]
    first = np.cumsum([0, *(len(classes) for classes, _ in held.values())])[:-1]
    numbers = np.column_stack([numbers for _, numbers in held.values()]) + first
    return made(
        "vault",
        enrolment_id=roll.ids.take(pa.array(np.repeat(np.arange(len(roll.ids)), len(held)))),
        attribute=labelled(list(held), np.tile(np.arange(len(held)), len(roll.ids))),
        value=labelled(labels, numbers[roll.student].ravel()),
    )


def enrolments(cell: Cell) -> pa.Table:
    """Who is on which module, from when, and until when."""
    student, slot, ids = cell.roll
    u = stream(cell.seed, "synthetic", "registration", cell.number).random(CELL)
    left = cell.traces.leaves_day[student]
    return made(
        "enrolments",
        enrolment_id=ids,
        student_id=cell.ids.take(pa.array(student)),
        module=labelled([module.code for module in cell.scenario.modules], cell.students.module[student, slot]),
        presentation=cell.presentations.take(pa.array(student)),
        start=-np.floor(120 * u[student]).astype(np.int64),
        end=known(left, left < STAYS),
        credits=np.where(cell.students.second[student], 60, 30),
        previous_attempts=0,
    )


def applicability(cell: Cell) -> pa.Table:
    """Which sources concern an enrolment: a student who is online only is not expected in class."""
    roll, sources = cell.roll, sorted(SOURCES)
    applies = np.ones((len(roll.ids), len(sources)), dtype=bool)
    applies[:, sources.index("attendance")] = ~cell.students.groups["online_only"][roll.student]
    return made(
        "applicability",
        enrolment_id=roll.ids.take(pa.array(np.repeat(np.arange(len(roll.ids)), len(sources)))),
        source=labelled(sources, np.tile(np.arange(len(sources)), len(roll.ids))),
        applies=applies.ravel(),
    )
