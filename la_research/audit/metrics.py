"""What is compared: whom the rule selects, reaches, misses and burdens, and what the score is worth, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from la_research.statistics.intervals import Floats


def chosen(truth: Floats, guess: Floats) -> Floats:
    """What a rate counts: who was selected (or escalated)."""
    return guess


def passed_over(truth: Floats, guess: Floats) -> Floats:
    """What a rate counts: who was not selected."""
    return 1 - guess


def in_need(truth: Floats, guess: Floats) -> Floats:
    """What a rate counts: who has the outcome."""
    return truth


def without_need(truth: Floats, guess: Floats) -> Floats:
    """What a rate counts: who does not have the outcome."""
    return 1 - truth


def contacted_in_error(truth: Floats, guess: Floats) -> Floats:
    """What a rate counts: who was selected without the outcome."""
    return guess * (1 - truth)


def missed(truth: Floats, guess: Floats) -> Floats:
    """What a rate counts: who has the outcome and was not selected."""
    return (1 - guess) * truth


@dataclass(frozen=True, slots=True)
class Metric:
    """A disaggregated metric in words, and what it reads.

    Parameters
    ----------
    question
        What it asks; ends before "whatever their gender?".
    more
        What the system does where it is higher; goes on "among … than among …".
    reads
        The students it reads.
    label, decision
        The label and the decision it reads: 1, 0, or None for both.
    unlabelled
        Whether students whose label is not known count too.
    column
        What it looks at beside the label: a column of the rows, or "place": that of the score
        among those of its fold.
    counts
        For a share of students, which of them; None for any other metric.
    unit
        Its unit, and that of its gaps.
    limits
        Smallest and largest value.
    judged
        Whether a gap is held against the registered margin. That is a share of students, so a
        metric in minutes, log odds or squares of them is described without a verdict.
    """

    question: str
    more: str
    reads: str
    label: Literal[0, 1] | None = None
    decision: Literal[0, 1] | None = None
    unlabelled: bool = False
    column: str = "decision"
    counts: Callable[[Floats, Floats], Floats] | None = None
    unit: str = "share"
    limits: tuple[float, float] = (0.0, 1.0)
    judged: bool = True


NEED, OTHERS, KNOWN = "students with the outcome", "students without the outcome", "students whose label is known"
EITHER = "students with and without the outcome"
REAL = (-np.inf, np.inf)

METRICS: dict[str, Metric] = {
    "selection": Metric(
        "Does the rule select students equally often",
        "the rule selects students more often",
        "students",
        unlabelled=True,
        counts=chosen,
    ),
    "tpr": Metric(
        "Does the rule reach students with the outcome equally often",
        "the rule reaches students with the outcome more often",
        NEED,
        label=1,
        counts=chosen,
    ),
    "fpr": Metric(
        "Does the rule select students without the outcome equally often",
        "the rule selects students without the outcome more often",
        OTHERS,
        label=0,
        counts=chosen,
    ),
    "fnr": Metric(
        "Does the rule miss students with the outcome equally often",
        "the rule misses students with the outcome more often",
        NEED,
        label=1,
        counts=passed_over,
    ),
    "ppv": Metric(
        "Do those whom the rule selects have the outcome equally often",
        "the rule is right about those it selects more often",
        "students selected",
        decision=1,
        counts=in_need,
    ),
    "fdr": Metric(
        "Do those whom the rule selects lack the outcome equally often",
        "the rule is wrong about those it selects more often",
        "students selected",
        decision=1,
        counts=without_need,
    ),
    "npv": Metric(
        "Do those whom the rule passes over lack the outcome equally often",
        "the rule is right about those it passes over more often",
        "students not selected",
        decision=0,
        counts=without_need,
    ),
    "false_contacts": Metric(
        "Does the rule select students who do not have the outcome equally often among all students",
        "the rule selects students without need of it more often",
        KNOWN,
        counts=contacted_in_error,
    ),
    "missed_need": Metric(
        "Does the rule leave students with the outcome unselected equally often among all students",
        "the rule leaves more students with the outcome unselected",
        KNOWN,
        counts=missed,
    ),
    "escalations": Metric(
        "Are students passed on to urgent help equally often",
        "the service passes students on to urgent help more often",
        "students",
        unlabelled=True,
        column="escalated",
        counts=chosen,
    ),
    "balanced_accuracy": Metric(
        "Is the rule right about students with and without the outcome equally often",
        "the rule is right about students with and without the outcome more often",
        EITHER,
    ),
    "equalised_odds": Metric(
        "Does the rule select students with the outcome equally often, and those without it too",
        "the rule selects students with the same label more often",
        EITHER,
    ),
    "auc": Metric(
        "Does the score tell students with the outcome from others equally well",
        "the score tells students with the outcome from others better",
        EITHER,
        column="place",
        unit="AUC",
    ),
    "average_precision": Metric(
        "Do students with the outcome stand equally high in the order of the score",
        "students with the outcome stand higher in the order of the score",
        EITHER,
        column="place",
    ),
    "brier": Metric(
        "Does the score come equally near to what was recorded",
        "the score is further from what was recorded",
        KNOWN,
        column="score",
        unit="squared error",
        judged=False,
    ),
    "calibration_intercept": Metric(
        "Is the score equally right on average",
        "the score is lower than what was recorded by more",
        EITHER,
        column="score",
        unit="log odds",
        limits=REAL,
        judged=False,
    ),
    "calibration_slope": Metric(
        "Does the score spread students as far as what was recorded does, equally well",
        "a step of the score stands for more",
        EITHER,
        column="score",
        unit="slope",
        limits=REAL,
        judged=False,
    ),
    "mean_score": Metric(
        "Does the model score students equally high",
        "the model scores students higher",
        "students",
        unlabelled=True,
        column="score",
        unit="probability",
    ),
    "contact_minutes": Metric(
        "Do contacts take equally much of students' time",
        "contacts take more of students' time",
        "students",
        unlabelled=True,
        column="minutes",
        unit="minutes",
        limits=(0.0, np.inf),
        judged=False,
    ),
}
"""The outcome is the label, so a false negative is a student missed."""
