"""Who was drawn by lot for what: one row per student, kept in the arm drawn whatever happened after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.cohort import Cohort
from la_research.cohort.flow import eligible
from la_research.protocol import Protocol

BY_LOT = ("randomised", "cluster")
"""Kinds of design in which a lot decided once for each student."""


@dataclass(frozen=True)
class Trial:
    """The students drawn, or the reason why they can not be compared.

    Parameters
    ----------
    students
        Index student_id, sorted; presentation, week of the draw, arm, probability (of the
        arm drawn), cluster. Only students of the study.
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
    def arms(self) -> tuple[str, ...]:
        """Every arm that was drawn: the control, the arm asked about, and others by name."""
        two = (self.control, self.arm)
        return (*two, *sorted(set(self.students["arm"]) - set(two)))

    @property
    def supported(self) -> tuple[str, ...]:
        """Every arm but the control."""
        return self.arms[1:]

    @property
    def treated(self) -> npt.NDArray[np.bool_]:
        """Whether each student was drawn for the support, shape (students,)."""
        return (self.students["arm"] == self.arm).to_numpy(dtype=bool)


def trial_of(protocol: Protocol, cohort: Cohort) -> Trial:
    """The trial that ``support.trial`` names, as the cohort's assignments hold it.

    A student drawn at several looks counts once, at the first. A student who left, did not
    answer or was never reached stays in the arm drawn. A student outside the study is left
    out.
    """
    support = protocol.support
    rows = eligible(protocol, cohort)
    units = rows[["unit_id", "student_id"]].drop_duplicates(ignore_index=True)
    drawn = cohort.frame("assignments")
    drawn = drawn[drawn["trial"] == support.trial]
    reason = _reason(drawn, protocol)
    drawn = drawn.merge(rows[["student_id", "presentation"]].drop_duplicates(), on=["student_id", "presentation"])
    students = drawn.sort_values(["student_id", "week"]).drop_duplicates("student_id").set_index("student_id")
    inside = rows[rows["student_id"].isin(students.index)]
    return Trial(
        students[["presentation", "week", "arm", "probability", "cluster"]],
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
    groups = support.design.kind == "cluster"
    if groups and drawn["cluster"].isna().any():
        return "students were drawn one by one, and this analysis is for groups drawn whole"
    if not groups and drawn["cluster"].notna().any():
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
    if support.design.kind == "cluster":
        return ""
    chances = students.groupby("arm")["probability"]
    if (chances.max() - chances.min()).max() > 1e-9:
        return "the chance of the contact differed between students, which this analysis does not allow for"
    return ""
