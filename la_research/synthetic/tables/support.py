"""What students say and seek, and how it ends: responses, services, outcomes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from scipy.special import expit

from la_research.seeds import CELL, stream
from la_research.synthetic.cell import Cell
from la_research.synthetic.help_seeking import chance_of_disclosure, chance_of_help
from la_research.synthetic.students import STAYS, Bools, Ints
from la_research.synthetic.survey import answers, phq8_items, ratings
from la_research.synthetic.tables.rows import labelled, made


def responses(cell: Cell) -> pa.Table:
    """The items that were answered, wave by wave."""
    term = cell.scenario.term
    asked_in = {"AFH": cell.scenario.feedback.weeks, "PHQ-8": term.phq8_weeks, "WHO-5": term.who5_weeks}
    instruments = tuple(asked_in)
    waves = sorted((week, kind) for kind, weeks in enumerate(asked_in.values()) for week in weeks)
    if not waves:
        return made("responses", student_id=cell.ids[:0], presentation="", week=0, instrument="", item=0, value=0)
    drawn = [_wave(cell, week, instruments[kind]) for week, kind in waves]
    given = np.concatenate([given for given, _ in drawn], axis=1)
    row, question = np.nonzero(given)
    asked = np.array([(*wave, item) for wave, (items, _) in zip(waves, drawn, strict=True)
                      for item in range(1, items.shape[1] + 1)])[question]  # fmt: skip
    return made(
        "responses",
        student_id=cell.ids.take(pa.array(row)),
        presentation=cell.presentations.take(pa.array(row)),
        week=asked[:, 0],
        instrument=labelled(instruments, asked[:, 1]),
        item=asked[:, 2],
        value=np.concatenate([items for _, items in drawn], axis=1)[given],
    )


def _wave(cell: Cell, week: int, instrument: str) -> tuple[Bools, Ints]:
    """Which items each student answers in a wave, and how; shape (students, items)."""
    traces, wellbeing = cell.traces, cell.traces.wellbeing[:, week - 1]
    told = traces.contacted & (traces.look < week)
    if instrument == "AFH":
        items = ratings(cell.scenario, cell.students, told, cell.seed, cell.number, week)
    else:
        items = cell.who5(week) if instrument == "WHO-5" else phq8_items(wellbeing, cell.seed, cell.number, week)
    given = answers(cell.scenario, cell.students, wellbeing, told, cell.seed, cell.number, week, items.shape[1])
    day = cell.scenario.term.first_day(week)
    given &= ~(told & cell.refuses)[:, None]
    asked = given & ((traces.leaves_day >= day) & cell.students.allows_research(day))[:, None]
    return asked[: cell.size], items[: cell.size]


def services(cell: Cell) -> pa.Table:
    """Weeks in which a student used a service."""
    weeks = cell.scenario.term.weeks
    u = stream(cell.seed, "synthetic", "services", cell.number).random((CELL, weeks, 2))
    chance = chance_of_help(cell.scenario, cell.students, cell.traces.wellbeing)
    enrolled = np.arange(weeks)[None, :] < cell.weeks_left(np.arange(CELL))[:, None]
    row, week = np.nonzero(((u[..., 0] < chance) & enrolled)[: cell.size])
    return made(
        "services",
        student_id=cell.ids.take(pa.array(row)),
        presentation=cell.presentations.take(pa.array(row)),
        week=week + 1,
        service=labelled(["study adviser", "counselling"], (u[row, week, 1] < 0.6).astype(int)),
    )


def outcomes(cell: Cell) -> pa.Table:
    """How each enrolment ended, and whether the student told of a difficulty."""
    student, slot, ids = cell.roll
    left, last = cell.traces.leaves_day[student], cell.scenario.term.last_day
    z = stream(cell.seed, "synthetic", "outcome", cell.number).random((CELL, 2))
    passed = z[student, slot] < expit(2.2 + 0.9 * cell.students.engagement)[student]
    names = ["disclosed", "failed", "passed", "withdrawn"]
    name = np.column_stack([np.zeros(len(ids), np.int64), np.where(left < STAYS, 3, np.where(passed, 2, 1))])
    day = np.column_stack([np.full(len(ids), last + 14), np.where(left < STAYS, left, last + 14)])
    happened = np.column_stack([disclosed(cell)[student], np.ones(len(ids), bool)])
    return made(
        "outcomes",
        enrolment_id=ids.take(pa.array(np.nonzero(happened)[0])),
        name=labelled(names, name[happened]),
        value="yes",
        day=day[happened],
    )


def disclosed(cell: Cell) -> np.ndarray:
    """Who told the university of a difficulty by the end of term."""
    u = stream(cell.seed, "synthetic", "disclosure", cell.number).random(CELL)
    return np.asarray(u < chance_of_disclosure(cell.scenario, cell.students))
