"""A metric in every group: fairlearn's point values, and an interval around each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from la_research.audit.groups import Codes, Grouping, students_in
from la_research.audit.measured import Measured
from la_research.audit.metrics import EITHER
from la_research.statistics import influence
from la_research.statistics.influence import Influence, clustered_error
from la_research.statistics.intervals import Floats, effective_n, normal_interval, wilson_bounds, z_value
from la_research.statistics.prediction import auc, auc_error, auc_interval, placements

NO_ERROR = 1e-12
"""Standard errors below this come from rows that are all alike, and are none that can be seen."""


@dataclass(frozen=True, slots=True)
class ByGroup:
    """A metric for each of k groups, not a number where the group holds too little.

    Parameters
    ----------
    value, lower, upper
        The metric and its interval.
    students
        Students of the group whom the metric reads.
    n
        Effective number of rows behind a share of students; not a number for other metrics.
    cell
        For other metrics, the fewest students in what they compare: of either label, or on
        either side of the rule.
    error
        For other metrics, the standard error.
    """

    value: Floats
    lower: Floats
    upper: Floats
    students: Codes
    n: Floats
    cell: Floats
    error: Floats


def point_values(measure: Measured, groupings: Sequence[Grouping]) -> list[Floats]:
    """The metric in every group of every grouping; not a number where the group lacks what it reads.

    Shares come from fairlearn, asked once with the groups of all groupings side by side and
    rows that are alike counted: ``mean_prediction`` of what the share counts. A metric of the
    score has few rows alike, and MetricFrame takes them one by one; so scikit-learn's function
    is asked for each group, as MetricFrame would. The AUC is by ranks, exactly; scikit-learn
    has none for calibration.

    References
    ----------
    Weerts et al. (2023), Fairlearn: assessing and improving fairness of AI systems, JMLR 24(257).
    """
    if measure.missing:
        return [np.full(len(grouping.values), math.nan) for grouping in groupings]
    if measure.card.column in ("decision", "escalated"):
        return _by_fairlearn(measure, groupings)
    return [
        np.array([_of_scores(measure, rows) for rows in slices(grouping.code[measure.keep], len(grouping.values))])
        for grouping in groupings
    ]


def _of_scores(measure: Measured, rows: Codes) -> float:
    from sklearn.metrics import average_precision_score, brier_score_loss

    truth, guess = measure.truth[rows], measure.guess[rows]
    functions = {"auc": auc, "average_precision": average_precision_score, "brier": brier_score_loss}
    if not len(rows) or (measure.card.reads == EITHER and np.ptp(truth) == 0):
        return math.nan
    if measure.metric in functions:
        return float(functions[measure.metric](truth, guess))
    return _influence(measure, rows)[0]


def _by_fairlearn(measure: Measured, groupings: Sequence[Grouping]) -> list[Floats]:
    from fairlearn.metrics import MetricFrame, mean_prediction
    from sklearn.metrics import balanced_accuracy_score

    ends = np.cumsum([len(grouping.values) for grouping in groupings])
    values = np.full(ends[-1] if len(ends) else 0, math.nan)
    alike = _alike(measure, groupings)
    if len(alike):
        frame = MetricFrame(
            metrics=mean_prediction if measure.rate else balanced_accuracy_score,
            y_true=alike["truth"],
            y_pred=alike["guess"],
            sensitive_features=alike["group"],
            sample_params={"sample_weight": alike["count"]},
        )
        found = frame.by_group
        values[found.index.to_numpy(dtype=np.int64)] = found.to_numpy(dtype=float)
    return np.split(values, ends[:-1])


def _alike(measure: Measured, groupings: Sequence[Grouping]) -> pd.DataFrame:
    """Rows that are alike, counted by group, truth and guess; groups are numbered through all groupings."""
    truth = np.zeros_like(measure.guess) if measure.rate else measure.truth  # a share is told by what it counts
    kind, first, counts = (2 * truth + measure.counted).astype(np.int64), 0, []
    for grouping in groupings:
        code = grouping.code[measure.keep]
        held = code >= 0
        counts.append(np.bincount(4 * code[held] + kind[held], minlength=4 * len(grouping.values)))
        first += len(grouping.values)
    count = np.concatenate(counts) if counts else np.zeros(0, dtype=np.int64)
    place = np.arange(4 * first)
    rows = pd.DataFrame({"group": place // 4, "truth": place % 4 // 2, "guess": place % 2, "count": count})
    rows = rows[rows["count"] > 0]
    if measure.rate:
        return rows
    return rows[rows.groupby("group")["truth"].transform("nunique") == 2]


def slices(code: Codes, groups: int) -> Iterator[Codes]:
    """Positions of the rows of each group, in their order; rows with code -1 are in none.

    >>> [rows.tolist() for rows in slices(np.array([1, 0, -1, 1]), 2)]
    [[1], [0, 3]]
    """
    order = np.argsort(code, kind="stable")
    bounds = np.searchsorted(code[order], np.arange(groups + 1))
    for start, end in pairwise(bounds.tolist()):
        yield order[start:end]


def by_group(measure: Measured, code: Codes, values: Floats, level: float) -> ByGroup:
    """Intervals around the point value of each group; rows with code -1 are in none.

    A share has Wilson's, an AUC DeLong's, any other metric the one of its influence function (average precision
    on the logit scale);
    where a student has several rows, each by student (design effect; Obuchowski). There is no
    interval, and no number for its bounds, where a group lacks a label that the metric needs or
    its rows are all alike, so that no error can be seen.
    """
    groups = len(values)
    students = students_in(code, measure.student, groups)
    nothing = np.full(groups, math.nan)
    if measure.rate:
        n = _effective(measure, code, groups)
        held = n > 0
        lower, upper = nothing.copy(), nothing.copy()
        lower[held], upper[held] = wilson_bounds(values[held], n[held], z_value(level))
        return ByGroup(values, lower, upper, students, n, nothing, nothing)
    one = _order if measure.ranks else _by_influence
    columns = [
        one(measure, rows, value, level) for rows, value in zip(slices(code, groups), values.tolist(), strict=True)
    ]
    lower, upper, cell, error = np.array(columns, dtype=float).reshape(groups, 4).T
    return ByGroup(values, lower, upper, students, nothing, cell, error)


def _effective(measure: Measured, code: Codes, groups: int) -> Floats:
    if not measure.clustered:
        return np.bincount(code[code >= 0], minlength=groups).astype(float)
    parts = slices(code, groups)
    return np.array([effective_n(measure.counted[rows], measure.student[rows]) if len(rows) else 0.0 for rows in parts])


Bounds = tuple[float, float, float, float]


def _order(measure: Measured, rows: Codes, value: float, level: float) -> Bounds:
    truth, score, students = measure.truth[rows] == 1, measure.guess[rows], measure.student[rows]
    rarer = min(len(pd.unique(students[truth])), len(pd.unique(students[~truth])))
    if rarer < 2 or math.isnan(value):
        return math.nan, math.nan, rarer, math.nan
    who = students if measure.clustered else None
    _, lower, upper = auc_interval(truth, score, level, who)
    return lower, upper, rarer, auc_error(truth, placements(truth, score), who)


def _by_influence(measure: Measured, rows: Codes, value: float, level: float) -> Bounds:
    cell, students = _fewest(measure, rows), measure.student[rows]
    _, added = _influence(measure, rows)
    read = ~np.isnan(added)
    if math.isnan(value) or read.sum() < 2:
        return math.nan, math.nan, cell, math.nan
    error = clustered_error(added[read], students[read] if measure.clustered else None)
    if not error > NO_ERROR:
        return math.nan, math.nan, cell, math.nan
    if measure.metric == "average_precision":
        cases = len(pd.unique(students[measure.truth[rows] == 1]))
        return *influence.logit_interval(value, error, level, cases - 1), cell, error
    low, high = measure.card.limits
    lower, upper = normal_interval(value, error, level)
    return max(lower, low), min(upper, high), cell, error


def _influence(measure: Measured, rows: Codes) -> Influence:
    """The metric on some rows, and each row's influence on it."""
    truth, guess = measure.truth[rows], measure.guess[rows]
    if measure.metric == "calibration_slope":
        return influence.calibration_slope(truth, guess, None if measure.fold is None else measure.fold[rows])
    if measure.metric in ("mean_score", "contact_minutes"):
        return influence.mean(guess)
    one: dict[str, Callable[[Floats, Floats], Influence]] = {
        "balanced_accuracy": influence.balanced_accuracy,
        "average_precision": influence.average_precision,
        "brier": influence.brier,
        "calibration_intercept": influence.calibration_intercept,
    }
    return one[measure.metric](truth, guess)


def _fewest(measure: Measured, rows: Codes) -> int:
    """Students in the smallest part of what a metric compares."""
    students, truth = measure.student[rows], measure.truth[rows]
    parts = [np.ones(len(rows), dtype=bool)]
    if measure.card.reads == EITHER:
        parts = [truth == 1, truth == 0]
    if measure.card.column == "decision":
        parts = [part & (measure.guess[rows] == side) for part in parts for side in (0, 1)]
    return min(len(pd.unique(students[part])) for part in parts)
