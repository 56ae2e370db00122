"""Being labelled: do more of the students drawn for the contact leave, and what becomes of their marks?"""

from __future__ import annotations

import pandas as pd

from la_research.evaluation.harms.arms import Arms
from la_research.evaluation.harms.measure import Measure, share_difference
from la_research.finding import Row
from la_research.protocol.support import Harm
from la_research.statistics.randomised import difference_in_means

MARKS = {"what": "lower marks"}
BOTH = "Leaving may be the right step for a student; what is compared is how many do."


def labelled(arms: Arms, harm: Harm) -> Measure | str:
    """Difference between the arms in the share that left a module after the draw; marks after the draw as a row.

    A student counts as leaving where the last day registered of any enrolment of the study comes after the week of the
    draw.
    """
    if arms.reason:
        return arms.reason
    if reason := arms.too_few(arms.last_day.notna().to_numpy()):
        return reason
    held = arms.ground.cohort.frame("enrolments")
    held = held[held["enrolment_id"].isin(arms.ground.enrolments["enrolment_id"])]
    left = held[held["end"] > held["student_id"].map(arms.last_day)]
    found = share_difference(
        arms.drawn.index.isin(left["student_id"]),
        arms.treated,
        arms.names,
        arms.minimum,
        arms.groups(),
    )
    return Measure(
        found.value, found.n, found.ends, rows=(*found.rows, _marks(arms)), few=found.few, limitations=(BOTH,)
    )


def _marks(arms: Arms) -> Row:
    """How much lower the mean mark of work due after the draw is, in marks."""
    held = arms.ground.cohort.frame("assessments").merge(
        arms.ground.enrolments[["enrolment_id", "student_id"]], on="enrolment_id"
    )
    later = held[held["due_day"] > held["student_id"].map(arms.last_day)]
    mean: pd.Series = later.groupby("student_id")["score"].mean().reindex(arms.drawn.index)
    known = mean.notna().to_numpy()
    if reason := arms.too_few(known):
        return Row(MARKS, None, "not analysed", reason)
    lower = difference_in_means(-mean.to_numpy(dtype=float)[known], arms.treated[known])
    return Row(MARKS, lower.estimate("marks", "welch", 0.95))
