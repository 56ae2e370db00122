"""Who was considered for a contact, what was drawn for them, and how far each contact went."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from la_research.seeds import CELL, stream
from la_research.synthetic.cell import Cell
from la_research.synthetic.students import Bools, Ints
from la_research.synthetic.tables.rows import labelled, made

DAYS_AFTER = {
    "suggested": 0, "sent": 1, "opened": 2, "declined": 3, "talked": 5, "agreed": 6, "escalated": 7, "complaint": 8,
    "opt_out": 9,
}  # fmt: skip
"""Days from the look to each step of a contact, in the order in which they come."""


def look_day(cell: Cell) -> Ints:
    """Last day of the week of each student's look: the day on which staff decide."""
    return np.asarray(cell.scenario.term.first_day(np.maximum(cell.traces.look, 1)) + 6)


def considered(cell: Cell) -> np.ndarray:
    """Students below the cut-off at a look, with consent, still enrolled on its day."""
    return np.asarray(np.nonzero(cell.traces.eligible[: cell.size])[0])


def assignments(cell: Cell) -> pa.Table:
    """The arm of each student in the trial; empty where no coin decides."""
    dial = cell.scenario.contact
    row = considered(cell) if dial.is_trial else np.empty(0, np.int64)
    contacted = cell.traces.contacted[row]
    return made(
        "assignments",
        student_id=cell.ids.take(pa.array(row)),
        presentation=cell.presentations.take(pa.array(row)),
        trial=dial.trial,
        arm=labelled(["usual", "contact"], contacted.astype(int)),
        week=cell.traces.look[row],
        cluster=None,
        probability=np.where(contacted, dial.probability, 1 - dial.probability),
    )


def contacts(cell: Cell) -> pa.Table:
    """The steps of each contact."""
    row = considered(cell)
    row = row[cell.traces.contacted[row]]
    who, step = np.nonzero(_steps(cell)[row])
    return made(
        "contacts",
        student_id=cell.ids.take(pa.array(row[who])),
        presentation=cell.presentations.take(pa.array(row[who])),
        at=look_day(cell)[row[who]] + np.array(list(DAYS_AFTER.values()))[step],
        rule=cell.scenario.contact.trial,
        step=labelled(list(DAYS_AFTER), step),
    )


def _steps(cell: Cell) -> Bools:
    """Which steps a contact of each student would take, shape (students, steps)."""
    dial, traces = cell.scenario.contact, cell.traces
    u = stream(cell.seed, "synthetic", "contact steps", cell.number).random((CELL, 4))
    v = stream(cell.seed, "synthetic", "escalation", cell.number).random(CELL)
    always = np.ones(CELL, dtype=bool)
    taken = {
        "suggested": always,
        "sent": always,
        "opened": traces.opened,
        "talked": traces.talked,
        "agreed": traces.talked & (u[:, 0] < 0.7),
        "declined": traces.opened & ~traces.talked & (u[:, 1] < 0.5),
        "escalated": traces.talked & (v < dial.escalated),
        "complaint": u[:, 2] < dial.complaint,
        "opt_out": u[:, 3] < dial.opt_out,
    }
    return np.column_stack([taken[step] for step in DAYS_AFTER])
