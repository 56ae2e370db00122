"""What the indicators add to what is known of students before week 1, and to their marks so far."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from la_research.cohort.feeds import index_days
from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.statistics.influence import brier, clustered_error
from la_research.statistics.intervals import Floats, normal_interval
from la_research.validation.ground import Ground
from la_research.validation.worth.compare import auc_of, gain_of
from la_research.validation.worth.refits import Refits

ASKED = "Do the indicators say more than what is known of students anyway?"
NAME = "validation.increment"
NO_MARKS = "no mark is known by the end of the index week"
GAINS = {
    "indicators over background": ("background and indicators", "background"),
    "background over indicators": ("background and indicators", "indicators"),
    "indicators over background and marks": ("background, marks and indicators", "background and marks"),
}
LIMITATIONS = (
    "Marks and background are read for this comparison only; the registered score reads neither.",
    "All models are of the same kind and folds. Another kind of model could make more of background alone.",
    "The intervals hold for the models that were fitted, each on its own, not for others fitted in the same way.",
    "A gain of AUC is averaged over all pairs of students. It does not say that one more student would be reached.",
)


def increment_finding(refits: Refits) -> Finding:
    """``validation.increment``: AUC and Brier score by what the model reads, and paired gains.

    Rows: ``what`` (AUC, Brier score, gain of AUC, fall of Brier score) and ``model``.
    """
    ground = refits.ground
    background, marks = background_columns(ground), marks_by_then(ground)
    if not background.notna().any().any():
        return not_analysed(NAME, ASKED, "the data hold nothing that was known before week 1")
    indicators = ground.features
    reads = {"background": background, "background and indicators": background.join(indicators)}
    if marks.notna().any():
        reads["background and marks"] = background.assign(mark=marks)
        reads["background, marks and indicators"] = reads["background and marks"].join(indicators)
    scores = {name: refits.scores("reads", name, features=columns) for name, columns in reads.items()}
    scores["indicators"] = refits.rows["score"].to_numpy()
    gains = [row for words, pair in GAINS.items() for row in _gain(refits, scores, words, *pair)]
    found = (*_levels(refits, scores), *gains)
    return Finding(NAME, ASKED, "described", gains[0].estimate, rows=found, limitations=LIMITATIONS)


def background_columns(ground: Ground) -> pd.DataFrame:
    """The registered background by unit: numbers as they are, and a column of 0 and 1 for each word."""
    held = ground.enrolments
    students = ground.cohort.frame("students").set_index("student_id").reindex(ground.units["student_id"])
    enrolled = ground.cohort.frame("enrolments").set_index("enrolment_id").reindex(held["enrolment_id"])
    wide = pd.DataFrame(index=ground.units.index)
    for name in ground.asked.beforehand:
        if name in ("previous_attempts", "credits"):
            values = enrolled[name].astype(float).groupby(held["unit_id"].to_numpy())
            found = values.max() if name == "previous_attempts" else values.sum(min_count=1)
            wide[name] = found.reindex(wide.index)
        elif name in ("level", "subject"):
            words = students[name].set_axis(wide.index)
            for word in sorted(words.dropna().unique()):
                wide[f"{name} {word}"] = (words == word).astype(float).where(words.notna())
        else:
            wide[name] = students[name].astype(float).to_numpy()
    return wide


def marks_by_then(ground: Ground) -> pd.Series:
    """Mean mark by unit of work that was due and handed in by the end of the index week; not a number without any."""
    if "assessments" not in ground.protocol.sources:
        return pd.Series(np.nan, index=ground.units.index)
    last = index_days(ground.protocol, ground.cohort)
    work = ground.cohort.frame("assessments").merge(
        ground.enrolments[["enrolment_id", "unit_id", "presentation"]], on="enrolment_id"
    )
    day = work["presentation"].map(last)
    done = work[(work["due_day"] <= day) & (work["submitted_day"] <= day)]
    return done.groupby("unit_id")["score"].mean().reindex(ground.units.index).astype(float)


def _levels(refits: Refits, scores: dict[str, Floats]) -> Iterator[Row]:
    rows, level = refits.rows, refits.ground.asked.level
    for name, score in scores.items():
        found = auc_of(rows, score, level)
        keys = {"what": "AUC", "model": name}
        yield Row(keys, found) if found else Row(keys, None, "not analysed", "no fold holds pairs of students")
        value, influence = brier(rows["label"], score)
        error = clustered_error(influence, rows["student_id"])
        yield Row({"what": "Brier score", "model": name}, _brier(value, error, len(rows), level))


def _gain(refits: Refits, scores: dict[str, Floats], words: str, more: str, less: str) -> Iterator[Row]:
    level, rows = refits.ground.asked.level, refits.rows
    keys = [{"what": what, "model": words} for what in ("gain of AUC", "fall of Brier score")]
    if more not in scores or less not in scores:
        yield from (Row(key, None, "not analysed", NO_MARKS) for key in keys)
        return
    gain = gain_of(rows, scores[more], scores[less])
    yield Row(keys[0], None, "not analysed", gain) if isinstance(gain, str) else Row(keys[0], gain.estimate(level))
    (high, high_pull), (low, low_pull) = (brier(rows["label"], scores[name]) for name in (less, more))
    error = clustered_error(high_pull - low_pull, rows["student_id"])
    if error > 0:
        yield Row(keys[1], _brier(high - low, error, len(rows), level))
    else:
        yield Row(keys[1], None, "not analysed", "both models give every student the same score")


def _brier(value: float, error: float, n: int, level: float) -> Estimate:
    return Estimate(value, *normal_interval(value, error, level), level, "Brier score", n, "brier")
