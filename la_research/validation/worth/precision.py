"""How many of those scored highest have the outcome, beside how many of all have it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.statistics.influence import average_precision, clustered_error, logit_interval
from la_research.validation.worth.compare import share_of
from la_research.validation.worth.refits import Refits

ASKED = "Going down the list from the highest score, what share of the students so far has the outcome?"
NAME = "validation.average_precision"


def precision_finding(refits: Refits) -> Finding:
    """``validation.average_precision``: within folds, averaged over those with the outcome; and the prevalence."""
    rows, level = refits.rows, refits.ground.asked.level
    usable = [part for _, part in rows.groupby("fold") if 2 <= part["label"].sum() <= len(part) - 2]
    if not usable:
        return not_analysed(NAME, ASKED, "no fold holds two students with and two without the outcome")
    kept = pd.concat(usable)
    cases = kept["label"].sum()
    value, influence = 0.0, []
    for part in usable:
        weight = part["label"].sum() / cases
        mean, pull = average_precision(part["label"], part["score"])
        value += weight * mean
        influence.append(weight * pull)
    error = clustered_error(np.concatenate(influence), kept["student_id"])
    if not 0 < value < 1 or not math.isfinite(error):
        return not_analysed(
            NAME, ASKED, "the score puts every student with the outcome first, so its error can not be seen"
        )
    headline = Estimate(
        value,
        *logit_interval(value, error, level, cases - 1),
        level,
        "share",
        len(kept),
        "average-precision-within-folds",
    )
    prevalence = share_of(rows["label"], rows["student_id"], level)
    return Finding(
        NAME, ASKED, "described", headline,
        rows=(Row({"what": "average precision"}, headline), Row({"what": "prevalence"}, prevalence)),
        limitations=(
            "A score that knows nothing has an average precision of about the prevalence.",
            "It can not be compared with that of a group or study with another prevalence.",
            "Each fold has a model of its own, so there is a list for each fold.",
            "Only students whose outcome is known are counted.",
        ),
    )  # fmt: skip
