"""What is compared: selection, reach, misses and order, by group, with fairlearn's point values."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from la_research.audit.groups import Codes
from la_research.statistics.intervals import Floats, effective_n, wilson
from la_research.statistics.prediction import auc, auc_error, auc_interval, placements


@dataclass(frozen=True, slots=True)
class Metric:
    """A disaggregated metric in words.

    Parameters
    ----------
    question
        What it asks; ends before "whatever their gender?".
    more
        What the system does where it is higher; goes on "among … than among …".
    reads
        The students it reads.
    label
        The label it reads: 1, 0, or None for both.
    """

    question: str
    more: str
    reads: str
    label: int | None


METRICS: dict[str, Metric] = {
    "selection": Metric(
        "Does the rule select students equally often", "the rule selects students more often", "students", None
    ),
    "tpr": Metric(
        "Does the rule reach need equally often", "the rule reaches need more often", "students with need", 1
    ),
    "fpr": Metric(
        "Does the rule select students without need equally often",
        "the rule selects students without need more often",
        "students without need",
        0,
    ),
    "fnr": Metric("Does the rule miss need equally often", "the rule misses need more often", "students with need", 1),
    "auc": Metric(
        "Does the score tell need from no need equally well",
        "the score tells need from no need better",
        "students",
        None,
    ),
}
"""Need is the label; a false negative is need missed."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The rows that a metric reads.

    Parameters
    ----------
    metric
        Its id.
    keep
        Which of all rows these are.
    truth, guess
        Label and decision; for "auc" label and score.
    student, stratum
        Whose row it is, and where, as codes.
    """

    metric: str
    keep: NDArray[np.bool_]
    truth: Floats
    guess: Floats
    student: Codes
    stratum: Codes

    @property
    def counted(self) -> Floats:
        """What the rate counts, 0 or 1 a row: selected, or for "fnr" not selected."""
        return 1 - self.guess if self.metric == "fnr" else self.guess

    @property
    def ranks(self) -> bool:
        """Whether the metric is about order, not about a share."""
        return self.metric == "auc"


@dataclass(frozen=True, slots=True)
class ByGroup:
    """A metric for each of k groups, not a number where the group holds too little.

    ``n`` is the effective number of rows behind a share; ``cell`` the students of the rarer
    label behind an AUC; ``error`` the standard error of an AUC.
    """

    value: Floats
    lower: Floats
    upper: Floats
    students: Codes
    n: Floats
    cell: Floats
    error: Floats


def measured(metric: str, rows: pd.DataFrame) -> Measured:
    """The rows a metric reads; one without the label it needs is left out.

    Parameters
    ----------
    rows
        student_id, score, decision, label (may be missing), stratum.
    """
    label = rows["label"].to_numpy(dtype=float)
    wanted = METRICS[metric].label
    keep = np.ones(len(rows), dtype=bool) if metric == "selection" else ~np.isnan(label)
    keep &= True if wanted is None else label == wanted
    kept = rows[keep]
    guess = kept["score" if metric == "auc" else "decision"].to_numpy(dtype=float)
    student, stratum = pd.factorize(rows["student_id"])[0], pd.factorize(rows["stratum"], sort=True)[0]
    return Measured(metric, keep, label[keep], guess, student[keep], stratum[keep])


def by_group(measure: Measured, code: Codes, groups: int, level: float) -> ByGroup:
    """A metric with its closed-form interval in each group; rows with code -1 are in none.

    Point values are fairlearn's. Intervals are Wilson's, DeLong's or, where a student has
    several rows, the same by student (design effect; Obuchowski).

    References
    ----------
    Weerts et al. (2023), Fairlearn, JMLR 24(257).
    """
    one = _order if measure.ranks else _share
    values = _fairlearn(measure, code, groups)
    columns = [one(measure, code == group, values[group], level) for group in range(groups)]
    lower, upper, students, n, cell, error = (np.array(column) for column in zip(*columns, strict=True))
    return ByGroup(values, lower, upper, students.astype(np.int64), n, cell, error)


def _fairlearn(measure: Measured, code: Codes, groups: int) -> Floats:
    from fairlearn.metrics import (
        MetricFrame,
        false_negative_rate,
        false_positive_rate,
        selection_rate,
        true_positive_rate,
    )

    functions: dict[str, Callable[..., float]] = {
        "selection": selection_rate,
        "tpr": true_positive_rate,
        "fpr": false_positive_rate,
        "fnr": false_negative_rate,
        "auc": auc,
    }
    values = np.full(groups, math.nan)
    inside = code >= 0
    if not inside.any():
        return values
    truth = measure.guess if measure.metric == "selection" else measure.truth  # selection reads no label
    guess = measure.guess if measure.ranks else measure.guess.astype(np.int64)
    frame = MetricFrame(
        metrics=functions[measure.metric],
        y_true=truth[inside].astype(np.int64),
        y_pred=guess[inside],
        sensitive_features=pd.Series(code[inside], name="group"),
    )
    found = frame.by_group
    values[found.index.to_numpy(dtype=np.int64)] = found.to_numpy(dtype=float)
    return values


Bounds = tuple[float, float, int, float, float, float]


def _share(measure: Measured, inside: NDArray[np.bool_], value: float, level: float) -> Bounds:
    students = measure.student[inside]
    n = effective_n(measure.counted[inside], students) if len(students) else 0.0
    lower, upper = wilson(value * n, n, level) if n else (math.nan, math.nan)
    return lower, upper, len(np.unique(students)), n, math.nan, math.nan


def _order(measure: Measured, inside: NDArray[np.bool_], value: float, level: float) -> Bounds:
    truth, score, students = measure.truth[inside] == 1, measure.guess[inside], measure.student[inside]
    rarer = min(len(np.unique(students[truth])), len(np.unique(students[~truth])))
    count = len(np.unique(students))
    if rarer < 2 or math.isnan(value):
        return math.nan, math.nan, count, math.nan, rarer, math.nan
    _, lower, upper = auc_interval(truth, score, level, students)
    return lower, upper, count, math.nan, rarer, auc_error(truth, placements(truth, score), students)
