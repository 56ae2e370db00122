"""What an extract takes from the institution and not from a student: calendar, courses, rules, and habits of many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from la_research.cohort import Cohort
from la_research.schema import ACTIVITY_SOURCES, CONSENT_FLAGS
from la_research.synthetic.twins.columns import LEAST

BANDS = 20
"""Classes of a number of actions by powers of two, for the days on which they were done."""


@dataclass(frozen=True)
class Trial:
    """The one randomised contact that a twin keeps: its name, the week of the look, and the probability of each arm."""

    name: str
    week: int
    arms: dict[str, float]
    steps: dict[str, int]
    """Days from the last day of the look to each step that is kept."""


@dataclass(frozen=True)
class Design:
    """What every student of a course shares; each number rests on ten students or more.

    Parameters
    ----------
    calendar, feeds
        As the cohort holds them.
    courses
        Module and presentation by the course's name.
    due
        Assessment and due day, by course.
    expected
        Sessions expected, by course and week.
    shares
        Share of all actions by activity source, sums to 1.
    days
        Usual active days of a week by band of its actions; see ``active_days``.
    trial
        None where fewer than two arms hold ten students.
    """

    calendar: pa.Table
    feeds: pa.Table
    courses: dict[str, tuple[str, str]]
    due: dict[str, list[tuple[str, int]]]
    expected: dict[str, dict[int, int]]
    shares: npt.NDArray[np.float64]
    days: npt.NDArray[np.int64]
    service: str
    trial: Trial | None

    def last_day(self, presentation: str, week: int) -> int:
        """The last day of a teaching week."""
        rows = self.calendar.to_pandas()
        return int(rows.loc[(rows["presentation"] == presentation) & (rows["week"] == week), "day"].max())


def course_name(rows: pd.DataFrame) -> pd.Series:
    """One name for a module and its presentation."""
    return rows["module"] + " " + rows["presentation"]


def read_design(cohort: Cohort, enrolled: pd.DataFrame, trial: str | None) -> Design:
    """The design of a cohort, read off rows of many students.

    Parameters
    ----------
    enrolled
        One enrolment a student: enrolment_id, student_id, module, presentation, course.
    trial
        Name of the trial; the one with the most students where it is None.
    """
    course = enrolled.set_index("enrolment_id")["course"]
    assessments = cohort.frame("assessments").assign(course=lambda d: d["enrolment_id"].map(course))
    attendance = cohort.frame("attendance").assign(course=lambda d: d["enrolment_id"].map(course))
    due = _of_many(assessments.dropna(subset=["course", "due_day"]), ["course", "assessment_id"], "due_day")
    expected = _of_many(attendance.dropna(subset=["course"]), ["course", "week"], "expected")
    courses = enrolled.drop_duplicates("course").set_index("course")
    return Design(
        cohort.arrow("calendar"),
        cohort.arrow("feeds"),
        {str(name): (str(row["module"]), str(row["presentation"])) for name, row in courses.iterrows()},
        {str(name): list(zip(part["assessment_id"].tolist(), part["due_day"].tolist(), strict=True))
         for name, part in due.sort_values("due_day", kind="stable").groupby("course")},
        {str(name): dict(zip(part["week"].tolist(), part["expected"].tolist(), strict=True))
         for name, part in expected.groupby("course")},
        *_habits(cohort.frame("activity")),
        _usual_service(cohort),
        read_trial(cohort, trial),
    )  # fmt: skip


def read_trial(cohort: Cohort, name: str | None) -> Trial | None:
    """The trial of that name, or the one with the most students; None where no two arms hold ten students."""
    drawn = cohort.frame("assignments")
    if drawn.empty or (name is not None and not (drawn["trial"] == name).any()):
        return None
    name = name or str(drawn["trial"].value_counts().sort_index().idxmax())
    drawn = drawn[drawn["trial"] == name].sort_values("week").drop_duplicates("student_id")
    sizes = drawn["arm"].value_counts()
    chance = drawn.groupby("arm")["probability"].median()
    arms = {str(arm): float(chance[arm]) for arm in sorted(sizes.index[sizes >= LEAST])}
    if len(arms) < 2:
        return None
    week = int(drawn["week"].mode()[0])
    calendar = cohort.frame("calendar")
    look = calendar[calendar["week"] == week].groupby("presentation")["day"].max()
    log = cohort.frame("contacts").merge(drawn[["student_id", "presentation"]], on=["student_id", "presentation"])
    log = log.assign(after=log["at"] - log["presentation"].map(look))
    after = _of_many(log, ["step"], "after").set_index("step")["after"].to_dict()
    return Trial(name, week, arms, {step: after.get(step, usual) for step, usual in (("sent", 1), ("talked", 5))})


def active_days(counts: npt.NDArray[np.int64], days: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Days on which so many actions of a week are usually done, never more than the actions themselves.

    >>> active_days(np.array([1, 3, 40]), np.full(BANDS, 5)).tolist()
    [1, 3, 5]
    """
    return np.minimum(days[_band(counts)], np.minimum(counts, 7))


def consent_by(cohort: Cohort, students: pd.DataFrame, day: pd.Series | None = None) -> pd.DataFrame:
    """The last decision of each student (index of ``students``, which has presentation) by flag, up to a day if given.

    No decision is no consent.
    """
    decisions = cohort.frame("consent").merge(
        students.reset_index()[["student_id", "presentation"]], on=["student_id", "presentation"]
    )
    if day is not None:
        decisions = decisions[decisions["from_day"] <= decisions["student_id"].map(day)]
    last = decisions.sort_values("from_day", kind="stable").groupby(["student_id", "flag"])["given"].last()
    wide = last.unstack() if len(last) else pd.DataFrame(index=students.index[:0])
    return wide.reindex(index=students.index, columns=list(CONSENT_FLAGS)).eq(True)


def _of_many(rows: pd.DataFrame, by: list[str], value: str) -> pd.DataFrame:
    """The median of a column where ten rows or more have it, as whole numbers."""
    found = rows.groupby(by)[value].agg(["size", "median"]).reset_index()
    return found[found["size"] >= LEAST].assign(**{value: lambda d: d["median"].astype(int)})


def _habits(activity: pd.DataFrame) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Share of the actions by source, and median active days by band of actions."""
    sums = activity.groupby("source")["count"].sum().reindex(ACTIVITY_SOURCES, fill_value=0).to_numpy(dtype=float)
    shares = sums / sums.sum() if sums.sum() > 0 else np.full(len(sums), 1 / len(sums))
    bands = activity["active_days"].groupby(_band(activity["count"].to_numpy(dtype=np.int64))).agg(["size", "median"])
    usual = bands.loc[bands["size"] >= LEAST, "median"].reindex(range(BANDS)).fillna(7)
    return shares, usual.to_numpy().astype(np.int64)


def _band(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.clip(np.log2(np.maximum(counts, 1)), 0, BANDS - 1).astype(np.int64)


def _usual_service(cohort: Cohort) -> str:
    sizes = cohort.frame("services").groupby("service")["student_id"].nunique()
    return str(sizes.idxmax()) if len(sizes) and sizes.max() >= LEAST else ""
