"""Who was drawn by lot for what: one row per student, kept in the arm drawn whatever happened after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.cohort import Cohort
from la_research.cohort.flow import eligible
from la_research.finding import Assumption
from la_research.protocol import Protocol
from la_research.statistics.intervals import wilson


@dataclass(frozen=True)
class Trial:
    """The students drawn, or the reason why they can not be compared.

    Parameters
    ----------
    students
        Index student_id, sorted; presentation, week of the draw, arm, probability (of the
        arm drawn). Only students of the study, in the two arms that the protocol names; a
        trial with further arms has a reason instead.
    units
        unit_id and student_id of the whole study, one row a pair.
    rows
        Rows of ``eligible`` that belong to the students drawn, with unit_id = student_id.
    arm, control
        Names of the arms.
    reason
        A sentence; empty where the arms can be compared.
    """

    students: pd.DataFrame
    units: pd.DataFrame
    rows: pd.DataFrame
    arm: str
    control: str
    reason: str

    @property
    def treated(self) -> npt.NDArray[np.bool_]:
        """Whether each student was drawn for the support, shape (students,)."""
        return (self.students["arm"] == self.arm).to_numpy(dtype=bool)

    @property
    def drawn_as_planned(self) -> Assumption:
        """Whether the share drawn for the support agrees with the probability planned (99 % interval)."""
        drawn, n = int(self.treated.sum()), len(self.students)
        lower, upper = wilson(drawn, n, 0.99)
        first = self.students.iloc[0]
        planned = float(first["probability"] if first["arm"] == self.arm else 1 - first["probability"])
        return Assumption(
            "Chance alone decided who was contacted",
            lower <= planned <= upper,
            f"{drawn} of {n} students were drawn for it: {100 * drawn / n:.1f} %, planned {100 * planned:.0f} %",
        )


def trial_of(protocol: Protocol, cohort: Cohort) -> Trial:
    """The trial that ``support.trial`` names, as the cohort's assignments hold it.

    A student drawn at several looks counts once, at the first. A student who left, did not
    answer or was never reached stays in the arm drawn. A student outside the study is left
    out. A draw among more than the two arms that the protocol names can not be compared.
    """
    support = protocol.support
    rows = eligible(protocol, cohort)
    units = rows[["unit_id", "student_id"]].drop_duplicates(ignore_index=True)
    drawn = cohort.frame("assignments")
    drawn = drawn[drawn["trial"] == support.trial]
    reason = _reason(drawn, protocol)
    drawn = drawn[drawn["arm"].isin([support.arm, support.control])]
    drawn = drawn.merge(rows[["student_id", "presentation"]].drop_duplicates(), on=["student_id", "presentation"])
    students = drawn.sort_values(["student_id", "week"]).drop_duplicates("student_id").set_index("student_id")
    inside = rows[rows["student_id"].isin(students.index)]
    return Trial(
        students[["presentation", "week", "arm", "probability"]],
        units,
        inside.assign(unit_id=inside["student_id"]).reset_index(drop=True),
        support.arm,
        support.control,
        reason or _too_few(students, protocol),
    )


def _reason(drawn: pd.DataFrame, protocol: Protocol) -> str:
    support = protocol.support
    if drawn.empty:
        return f"no student was assigned by lot in the trial '{support.trial}'"
    if not drawn["arm"].isin([support.arm, support.control]).all():
        return f"students were also drawn for arms other than '{support.arm}' and '{support.control}'"
    if drawn["cluster"].notna().any():
        return "whole groups of students were drawn, and this analysis is for students drawn one by one"
    return ""


def _too_few(students: pd.DataFrame, protocol: Protocol) -> str:
    support, least = protocol.support, protocol.disclosure.minimum_group_size
    sizes = students["arm"].value_counts()
    for arm in (support.arm, support.control):
        if arm not in sizes.index:
            return f"no student of the study was drawn for the arm '{arm}', so there is nothing to compare with"
        if sizes[arm] < least:
            return f"fewer than {least} students of the study were drawn for the arm '{arm}'"
    chance = np.where(students["arm"] == support.arm, students["probability"], 1 - students["probability"])
    if np.ptp(chance) > 1e-9:
        return "the chance of the contact differed between students, which this analysis does not allow for"
    return ""
