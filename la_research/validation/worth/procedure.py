"""How well the way to make the score does, over folds drawn anew; not only the score that was made."""

from __future__ import annotations

import math

import numpy as np

from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.models import fold_splits
from la_research.statistics.intervals import Floats
from la_research.statistics.prediction import auc
from la_research.statistics.procedure import repeated_folds
from la_research.validation.worth.compare import auc_of
from la_research.validation.worth.refits import Refits

ASKED = "How well would a score made in the same way put students in order, whatever the split and the students?"
NAME = "validation.procedure"
LEAST = 5
"""Repetitions below which their spread is not read."""
LIMITATIONS = (
    "The interval of one split holds for the models that were fitted.",
    "That of the procedure allows for other students to fit to, and for other splits, and is wider.",
    "It is the score made of as many students as a fold leaves to fit to, drawn from the same modules and terms.",
    "Each fold has a model of its own, so scores are compared within a fold only; folds go by student.",
)


def procedure_finding(refits: Refits) -> Finding:
    """``validation.procedure``: mean AUC over ``splits`` repetitions with the corrected interval.

    Rows: the procedure; one split, as registered, by DeLong; the SD between repetitions with its chi-square interval.
    """
    splits, level, n = refits.ground.asked.splits, refits.ground.asked.level, len(refits.rows)
    if splits < LEAST:
        return not_analysed(NAME, ASKED, f"fewer than {LEAST} repetitions are registered")
    found = repeated_folds([_fold_aucs(refits, number) for number in range(1, splits + 1)], n)
    once = auc_of(refits.rows, refits.rows["score"], level)
    if found is None or once is None or found.mean.se == 0:
        return not_analysed(
            NAME, ASKED, "too few folds hold students with and without the outcome whom the score may order"
        )
    lower, upper = found.mean.interval(level)
    whole = Estimate(
        found.mean.value, max(lower, 0.0), min(upper, 1.0), level, "AUC", n, "repeated-folds-nadeau-bengio"
    )
    between = Estimate(found.between, *found.between_interval(splits, level), level, "AUC", n, "chi-square")
    return Finding(
        NAME, ASKED, "described", whole,
        rows=(
            Row({"what": "procedure", "splits": splits}, whole),
            Row({"what": "one split, as registered"}, once),
            Row({"what": "SD between repetitions", "splits": splits}, between),
        ),
        limitations=LIMITATIONS,
    )  # fmt: skip


def _fold_aucs(refits: Refits, number: int) -> list[float]:
    """AUC of each fold; not a number where it has fewer than two students of either label."""
    folds = refits.drawn_folds(number)
    splits = fold_splits(folds, refits.everyone["student_id"])
    score, here = refits.scores("split", number, splits=splits), refits.answered(folds)
    label = refits.rows["label"].to_numpy()
    return [_auc(label[here == fold], score[here == fold]) for fold in np.unique(folds)]


def _auc(label: Floats, score: Floats) -> float:
    told = min((label == 1).sum(), (label == 0).sum()) >= 2 and not np.isnan(score).any()
    return auc(label, score) if told else math.nan
