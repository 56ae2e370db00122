"""How far each contact went, and each nudge."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from la_research.seeds import CELL, stream
from la_research.synthetic.cell import Cell
from la_research.synthetic.students import Bools
from la_research.synthetic.tables.assignments import considered
from la_research.synthetic.tables.rows import labelled, made

DAYS_AFTER = {
    "suggested": 0, "sent": 1, "opened": 2, "declined": 3, "talked": 5, "agreed": 6, "escalated": 7, "complaint": 8,
    "opt_out": 9,
}  # fmt: skip
"""Days from the look to each step of a contact, in the order in which they come."""


NUDGED = {"suggested": 0, "sent": 1, "opt_out": 3}
"""The same for a nudge."""


def contacts(cell: Cell) -> pa.Table:
    """The steps of each contact, or of each nudge."""
    return _nudges(cell) if cell.scenario.nudges.weeks else _contacts(cell)


def _contacts(cell: Cell) -> pa.Table:
    row = considered(cell)
    row = row[cell.traces.contacted[row]]
    who, step = np.nonzero(_steps(cell)[row])
    return made(
        "contacts",
        student_id=cell.ids.take(pa.array(row[who])),
        presentation=cell.presentations.take(pa.array(row[who])),
        at=cell.look_day[row[who]] + np.array(list(DAYS_AFTER.values()))[step],
        rule=cell.scenario.trial,
        step=labelled(list(DAYS_AFTER), step),
    )


def _nudges(cell: Cell) -> pa.Table:
    nudged = cell.traces.nudges
    taken = np.stack([nudged.sent, nudged.sent, nudged.opted_out], axis=2)[: cell.size]
    row, week, step = np.nonzero(taken)
    return made(
        "contacts",
        student_id=cell.ids.take(pa.array(row)),
        presentation=cell.presentations.take(pa.array(row)),
        at=cell.scenario.term.first_day(week + 1) + 6 + np.array(list(NUDGED.values()))[step],
        rule=cell.scenario.trial,
        step=labelled(list(NUDGED), step),
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
