"""What is compared: selection, reach, misses and order, by group, with fairlearn's point values."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from la_research.audit.groups import Codes, Grouping
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
        "Does the rule reach students with the outcome equally often",
        "the rule reaches students with the outcome more often",
        "students with the outcome",
        1,
    ),
    "fpr": Metric(
        "Does the rule select students without the outcome equally often",
        "the rule selects students without the outcome more often",
        "students without the outcome",
        0,
    ),
    "fnr": Metric(
        "Does the rule miss students with the outcome equally often",
        "the rule misses students with the outcome more often",
        "students with the outcome",
        1,
    ),
    "auc": Metric(
        "Does the score tell students with the outcome from others equally well",
        "the score tells students with the outcome from others better",
        "students with and without the outcome",
        None,
    ),
}
"""The outcome is the label, so a false negative is a student missed."""


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
        Label and decision; for "auc" label and ``places_in_fold``.
    student, stratum
        Whose row it is, and where, as codes.
    clustered
        Whether some student has several of the rows.
    """

    metric: str
    keep: NDArray[np.bool_]
    truth: Floats
    guess: Floats
    student: Codes
    stratum: Codes
    clustered: bool

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
        student_id, fold, score, decision, label (may be missing), stratum. "selection" reads
        all of them; every other metric those with a label.
    """
    label = rows["label"].to_numpy(dtype=float)
    wanted = METRICS[metric].label
    keep = np.ones(len(rows), dtype=bool) if metric == "selection" else ~np.isnan(label)
    keep &= True if wanted is None else label == wanted
    kept = rows[keep]
    guess = places_in_fold(rows)[keep] if metric == "auc" else kept["decision"].to_numpy(dtype=float)
    student, stratum = pd.factorize(rows["student_id"])[0], pd.factorize(rows["stratum"], sort=True)[0]
    clustered = len(np.unique(student[keep])) < len(kept)
    return Measured(metric, keep, label[keep], guess, student[keep], stratum[keep], clustered)


def places_in_fold(rows: pd.DataFrame) -> Floats:
    """Place of each score among all those of its fold: above 0, below 1, ties share their mean.

    Each fold is scored by a model of its own, so scores of two folds do not compare; places
    do, for the rule too selects the highest of each fold.

    References
    ----------
    Forman & Scholz (2010), doi:10.1145/1882471.1882479: why scores of folds are not pooled.

    Examples
    --------
    >>> places_in_fold(pd.DataFrame({"fold": [1, 1, 2, 2], "score": [0.1, 0.2, 0.7, 0.7]})).tolist()
    [0.25, 0.75, 0.5, 0.5]
    """
    folds = rows.groupby("fold")["score"]
    return np.asarray((folds.rank() - 0.5) / folds.transform("size"), dtype=float)


def point_values(measure: Measured, groupings: Sequence[Grouping]) -> list[Floats]:
    """The metric in every group of every grouping, by fairlearn; not a number in an empty group.

    fairlearn is asked once, with the groups of all groupings side by side and rows that are
    alike counted.

    References
    ----------
    Weerts et al. (2023), Fairlearn: assessing and improving fairness of AI systems, JMLR 24(257).
    """
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
        "auc": _weighted_auc,
    }
    ends = np.cumsum([len(grouping.values) for grouping in groupings])
    values = np.full(ends[-1], math.nan)
    alike = _alike(measure, groupings, ends)
    if len(alike):
        frame = MetricFrame(
            metrics=functions[measure.metric],
            y_true=alike["truth"],
            y_pred=alike["guess"] if measure.ranks else alike["guess"].astype(np.int64),
            sensitive_features=alike["group"],
            sample_params={"sample_weight": alike["count"]},
        )
        found = frame.by_group
        values[found.index.to_numpy(dtype=np.int64)] = found.to_numpy(dtype=float)
    return np.split(values, ends[:-1])


def _alike(measure: Measured, groupings: Sequence[Grouping], ends: Codes) -> pd.DataFrame:
    """Rows that are alike, counted by group, truth and guess; groups are numbered through all groupings."""
    truth = np.zeros_like(measure.guess) if measure.metric == "selection" else measure.truth  # it reads no label
    parts = []
    for grouping, end in zip(groupings, ends, strict=True):
        code = grouping.code[measure.keep]
        group = code + end - len(grouping.values)
        rows = pd.DataFrame({"group": group, "truth": truth.astype(np.int64), "guess": measure.guess})[code >= 0]
        parts.append(rows.groupby(["group", "truth", "guess"], sort=True).size().reset_index(name="count"))
    return pd.concat(parts, ignore_index=True)


def by_group(measure: Measured, code: Codes, values: Floats, level: float) -> ByGroup:
    """Closed-form intervals around the point value of each group; rows with code -1 are in none.

    Wilson's, DeLong's or, where a student has several rows, the same by student (design
    effect; Obuchowski).
    """
    one = _order if measure.ranks else _share
    columns = [one(measure, code == group, value, level) for group, value in enumerate(values.tolist())]
    lower, upper, students, n, cell, error = (np.array(column) for column in zip(*columns, strict=True))
    return ByGroup(values, lower, upper, students.astype(np.int64), n, cell, error)


def _weighted_auc(truth: Floats, score: Floats, sample_weight: Codes) -> float:
    return auc(np.repeat(truth, sample_weight), np.repeat(score, sample_weight))


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
