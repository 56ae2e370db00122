"""One cell of students as the tables of the schema, each made when it is asked for and in the order of its key."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pyarrow as pa

from la_research.schema import TABLES
from la_research.synthetic.cell import Cell
from la_research.synthetic.tables import assignments, background, consent, contacts, events, study, support
from la_research.synthetic.tables.assignments import considered
from la_research.synthetic.tables.campus import CAMPUS, campus_tables
from la_research.synthetic.tables.support import disclosed

MAKERS: dict[str, Callable[[Cell], pa.Table]] = {
    "students": background.students,
    "vault": background.vault,
    "enrolments": background.enrolments,
    "activity": study.activity,
    "attendance": study.attendance,
    "assessments": study.assessments,
    "responses": support.responses,
    "services": support.services,
    "contacts": contacts.contacts,
    "assignments": assignments.assignments,
    "consent": consent.consent,
    "applicability": background.applicability,
    "outcomes": support.outcomes,
    "events": events.events,
}
"""What makes each table that concerns students."""
REQUIRED = tuple(name for name, table in TABLES.items() if table.required)
"""Every table but those that are written on request."""


def cell_tables(cell: Cell, names: Iterable[str] = REQUIRED) -> dict[str, pa.Table]:
    """The tables of a cell by name, in key order; calendar and feeds belong to the campus and are left out.

    Parameters
    ----------
    names
        Tables of the schema: a caller who needs five pays for five.
    """
    return {name: MAKERS[name](cell) for name in names if name in MAKERS}


__all__ = ["CAMPUS", "MAKERS", "REQUIRED", "campus_tables", "cell_tables", "considered", "disclosed"]
