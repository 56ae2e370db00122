"""How far the sources of activity agree on how active a student is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import narwhals as nw
import numpy as np
import pandas as pd

from la_research.finding import Assumption, Estimate, Finding, Row, not_analysed
from la_research.indicators.grid import activity, named, observed
from la_research.indicators.traces import Lazy, Traces
from la_research.protocol import IndicatorSettings
from la_research.schema import ACTIVITY_SOURCES
from la_research.statistics.correlation import Correlation, correlation, residuals
from la_research.statistics.intervals import effective_n, wilson
from la_research.statistics.stability import correlation_by_student
from la_research.statistics.weeks import log_scale
from la_research.validation.ground import Ground
from la_research.validation.validity import LEAST_STUDENTS

NAME = "validation.sources.agreement"
QUESTION = "Do the sources of activity agree on how active a student is?"
FEW = f"fewer than {LEAST_STUDENTS} students are observed in both"
FLAT = "one of the two does not vary"
LIMITATIONS = (
    "Sources that do not agree may each be right about another kind of study; none is the true one.",
    "Sources that agree may share a fault: a student who studies on paper is quiet in all of them.",
    "A silent source was recorded and saw nothing; one not recorded, or that does not concern a student, is left out.",
)


def sources_finding(ground: Ground) -> Finding:
    """Correlations of every two sources between students and from week to week, and how often one alone is silent.

    Between students: of the logarithm of one plus the mean of all weeks in which both were observed, within
    module. From week to week: of the logarithm of one plus the week's count, less the mean of its module and
    week and then of the student. Attendance counts classes attended, in weeks in which one was expected.

    Returns
    -------
    Finding
        ``validation.sources.agreement``, without a headline; "not analysed" with fewer than two sources.
    """
    weekly = dict(_weekly(ground))
    if len(weekly) < 2:
        return not_analysed(NAME, QUESTION, "fewer than two sources of activity were recorded")
    rows = [row for pair in combinations(weekly, 2) for row in _pair(ground, weekly, pair)]
    rows += [_alone(ground, weekly, source) for source in weekly]
    held = Assumption(
        "Every source is compared where it was recorded",
        True,
        "weeks outside its feed, and students whom it does not concern, are left out",
    )
    return Finding(NAME, QUESTION, "described", None, tuple(rows), (held,), LIMITATIONS)


def _weekly(ground: Ground) -> Iterator[tuple[str, pd.Series]]:
    """Each recorded source with its count by unit and week, not a number where it was not observed."""
    traces = Traces(ground.cohort, ground.enrolments["enrolment_id"].tolist())
    unit = ground.enrolments.set_index("enrolment_id")["unit_id"]
    for source in named(ground.protocol, *ACTIVITY_SOURCES, "attendance"):
        rows = _rows(ground, source, traces).collect("pandas").to_native()
        rows = rows.assign(unit_id=rows["enrolment_id"].map(unit), value=rows["value"].astype(float))
        counts = rows.dropna(subset=["value"]).groupby(["unit_id", "week"], sort=True)["value"].mean()
        if len(counts):
            yield source, counts


def _rows(ground: Ground, source: str, traces: Traces) -> Lazy:
    """enrolment_id, week, value: null where the source was not observed."""
    if source != "attendance":
        rows = activity(ground.protocol, IndicatorSettings(sources=(source,)), traces)
        return rows.select("enrolment_id", "week", nw.col("actions").alias("value"))
    sessions = traces.table("attendance").filter(nw.col("expected") > 0)
    rows = observed(ground.protocol, traces, (source,)).filter(nw.col("reason").is_null())
    rows = rows.join(sessions.select("enrolment_id", "week", "attended"), on=["enrolment_id", "week"], how="left")
    return rows.select("enrolment_id", "week", nw.col("attended").alias("value"))


def _pair(ground: Ground, weekly: dict[str, pd.Series], pair: tuple[str, str]) -> Iterator[Row]:
    """Pearson and Spearman between students, and Pearson from week to week."""
    both = pd.concat([weekly[source] for source in pair], axis=1, join="inner", keys=["x", "y"])
    unit = both.index.get_level_values("unit_id")
    student = ground.units["student_id"].reindex(unit).to_numpy()
    what = ("between students", "between students, by rank", "from week to week")
    keys = [{"what": kind, "source": " and ".join(source.replace("_", " ") for source in pair)} for kind in what]
    if len(np.unique(student)) < LEAST_STUDENTS:
        yield from (Row(key, None, "not analysed", FEW) for key in keys)
        return
    found = (*_between(ground, both), _within(ground, both, student))
    methods = ("pearson-by-student", "spearman-bonett-wright", "pearson-by-student")
    for key, one, method in zip(keys, found, methods, strict=True):
        if one is None:
            yield Row(key, None, "not analysed", FLAT)
        else:
            yield Row(key, one.estimate("correlation", method, ground.asked.level))


def _between(ground: Ground, both: pd.DataFrame) -> tuple[Correlation | None, Correlation | None]:
    """Pearson by student; Spearman of one unit a student, as its error supposes."""
    means = both.groupby("unit_id").mean()
    units = ground.units.loc[means.index]
    first = ~units["student_id"].duplicated().to_numpy()
    x, y = log_scale(means.to_numpy()).T
    group = units["group"].to_numpy()
    pearson = correlation_by_student(x, y, group, units["student_id"].to_numpy())
    return pearson, correlation(x[first], y[first], stratum=group[first], ranks=True)


def _within(ground: Ground, both: pd.DataFrame, student: np.ndarray) -> Correlation | None:
    units, week = both.index.get_level_values("unit_id"), both.index.get_level_values("week")
    group = ground.units["group"].reindex(units).to_numpy()
    calendar = pd.factorize(group)[0] * (week.max() + 1) + week
    left, _ = residuals(log_scale(both.to_numpy()), None, calendar)
    return correlation_by_student(left[:, 0], left[:, 1], units.factorize()[0], student)


def _alone(ground: Ground, weekly: dict[str, pd.Series], source: str) -> Row:
    """The share of student-weeks in which this source saw nothing and another did."""
    others = pd.concat([counts for name, counts in weekly.items() if name != source], axis=1).max(axis=1)
    rows = pd.concat([weekly[source], others], axis=1, join="inner")
    keys = {"what": "silent while another is not", "source": source.replace("_", " ")}
    if not len(rows):
        return Row(keys, None, "not analysed", "no other source was recorded in the same weeks")
    student = ground.units["student_id"].reindex(rows.index.get_level_values("unit_id")).to_numpy()
    alone = ((rows.iloc[:, 0] == 0) & (rows.iloc[:, 1] > 0)).to_numpy(dtype=float)
    rate, n = float(alone.mean()), effective_n(alone, student)
    return Row(
        keys,
        Estimate(rate, *wilson(rate * n, n, ground.asked.level), ground.asked.level, "share",
                 len(np.unique(student)), "wilson-by-student"),
    )  # fmt: skip
