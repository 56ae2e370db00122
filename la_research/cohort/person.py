"""Every row that a cohort holds about one person, and about nobody else."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from la_research.cohort.cohort import Cohort
from la_research.schema import TABLES

PERSONAL = tuple(name for name, table in TABLES.items() if {"student_id", "enrolment_id"} & set(table.names))
"""Tables whose rows are about a person; the others are about modules and days."""


def known(cohort: Cohort, student: str) -> bool:
    """Whether a table of persons names the student; each is looked through, so that it takes as long for anybody."""
    held = (cohort.arrow(name) for name in PERSONAL if "student_id" in TABLES[name].names)
    return sum(pc.any(pc.equal(table["student_id"], student)).as_py() is True for table in held) > 0


def enrolments_of(cohort: Cohort, student: str) -> tuple[str, ...]:
    """The enrolments of a student, sorted."""
    rows = cohort.arrow("enrolments")
    return tuple(rows.filter(pc.equal(rows["student_id"], student))["enrolment_id"].to_pylist())


def rows_of(cohort: Cohort, student: str) -> dict[str, pa.Table]:
    """The rows of one student in each table that is about persons, the protected attributes among them.

    Parameters
    ----------
    student
        The pseudonym. Of a student who is not in the cohort every table is empty.

    Returns
    -------
    dict of str to pyarrow.Table
        By table, in the order of the schema. Rows by student or by one of the student's enrolments, in key order.

    Examples
    --------
    >>> import la_research as lar
    >>> found = rows_of(lar.load_cohort("synthetic/handmade"), "fades_a")
    >>> found["enrolments"]["module"].to_pylist(), found["assessments"].num_rows, found["services"].num_rows
    (['ART101'], 2, 0)
    """
    own = pa.array(enrolments_of(cohort, student), pa.string())
    found = {}
    for name in PERSONAL:
        table = cohort.arrow(name)
        by_student = "student_id" in TABLES[name].names
        chosen = pc.equal(table["student_id"], student) if by_student else pc.is_in(table["enrolment_id"], own)
        found[name] = table.filter(chosen)
    return found
