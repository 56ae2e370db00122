"""Who was drawn by lot for what: a contact, the week of a start, or a nudge in a week."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from la_research.seeds import CELL
from la_research.synthetic.assignment import arm, may_be_contacted, share, tutor_group
from la_research.synthetic.cell import Cell
from la_research.synthetic.students import Bools, Ints
from la_research.synthetic.tables.rows import labelled, made


def considered(cell: Cell) -> np.ndarray:
    """Students below the cut-off at a look, with consent, still enrolled on its day."""
    return np.asarray(np.nonzero(cell.traces.eligible[: cell.size])[0])


def assignments(cell: Cell) -> pa.Table:
    """The arm of each student drawn, and its probability; empty where no coin decides."""
    if cell.scenario.nudges.weeks:
        return _nudged(cell)
    return _started(cell) if cell.scenario.rollout.looks else _contacted(cell)


def in_wedge(cell: Cell) -> Bools:
    """Students for whom a start week was drawn: with consent and enrolled on the first day of the first of them."""
    first = cell.scenario.rollout.looks[0]
    there = cell.students.leaves_day >= int(cell.scenario.term.first_day(first))
    return np.asarray(may_be_contacted(cell.scenario, cell.students, first) & there)


def _contacted(cell: Cell) -> pa.Table:
    dial, chance = cell.scenario.contact, cell.drawn.chance
    row = considered(cell) if dial.is_trial else np.empty(0, np.int64)
    contacted, any_arm = cell.traces.contacted[row], share(cell.scenario, chance)[row]
    number = arm(cell.scenario, chance)[row]
    own = np.array([one.share for one in dial.arms.values()])[number] if dial.arms else any_arm
    clustered = dial.by == "group" or bool(dial.saturations)
    return made(
        "assignments",
        student_id=cell.ids.take(pa.array(row)),
        presentation=cell.presentations.take(pa.array(row)),
        trial=dial.trial,
        arm=labelled(["usual", *(dial.arms or ["contact"])], np.where(contacted, 1 + number, 0)),
        week=cell.traces.look[row],
        cluster=tutor_groups(cell, row) if clustered else None,
        probability=np.where(contacted, own, 1 - any_arm),
    )


def _started(cell: Cell) -> pa.Table:
    dial = cell.scenario.rollout
    row = np.nonzero(in_wedge(cell)[: cell.size])[0] if dial.by == "group" else np.empty(0, np.int64)
    start = cell.traces.start[row, 0]
    step = (1 - dial.never) / max(len(dial.weeks), 1)
    return made(
        "assignments",
        student_id=cell.ids.take(pa.array(row)),
        presentation=cell.presentations.take(pa.array(row)),
        trial=cell.scenario.trial,
        arm=labelled(["never", "start"], (start > 0).astype(int)),
        week=np.where(start > 0, start, dial.looks[0]),
        cluster=tutor_groups(cell, row),
        probability=np.where(start > 0, step, dial.never),
    )


def _nudged(cell: Cell) -> pa.Table:
    nudged, chance = cell.traces.nudges, cell.scenario.nudges.probability
    row, week = np.nonzero(nudged.available[: cell.size])
    sent = nudged.sent[row, week]
    return made(
        "assignments",
        student_id=cell.ids.take(pa.array(row)),
        presentation=cell.presentations.take(pa.array(row)),
        trial=cell.scenario.trial,
        arm=labelled(["usual", "nudge"], sent.astype(int)),
        week=week + 1,
        cluster=None,
        probability=np.where(sent, chance, 1 - chance),
    )


def tutor_groups(cell: Cell, row: Ints) -> pa.StringArray:
    """Name of the tutor group of students of a cell."""
    first = cell.number * -(-CELL // cell.scenario.peers.size)
    return pa.array([f"g{first + number:06d}" for number in tutor_group(cell.scenario)[row]], pa.string())
