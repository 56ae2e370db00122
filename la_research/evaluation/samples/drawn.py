"""Students drawn by lot, one by one or as groups, as a sample: the same rows for both designs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from la_research.cohort.outcomes import outcome_values
from la_research.evaluation.ground import Ground
from la_research.evaluation.sample import Sample
from la_research.evaluation.samples.covariates import known_before
from la_research.evaluation.trial import Trial
from la_research.protocol import Hypothesis


def drawn_sample(ground: Ground, claim: Hypothesis) -> Sample | str:
    """One row a student drawn in the registered trial, at their first draw; or the reason why there is none.

    ``treatment`` is whether the arm drawn is ``support.arm``; with ``design.uptake`` that is
    ``assigned``, and ``treatment`` whether the student came that far. ``arm`` is there where
    more than two were drawn, ``cluster`` where groups were, and ``saturation`` where students of
    one group were drawn for several arms.
    """
    trial = ground.trial
    if trial.reason:
        return trial.reason
    students, asked = trial.students, ground.protocol.outcome(claim.outcome)
    if asked.week is not None and (late := int((students["week"] >= asked.week).sum())):
        many = "all" if late == len(students) else "some"
        return f"the outcome is measured in week {asked.week}, which is not after the draw of {many} of the students"
    outcome = outcome_values(ground.cohort, asked, trial.rows)
    rows = pd.DataFrame({"outcome": outcome.reindex(students.index).astype(float)}, index=students.index)
    rows["unit"], rows["probability"] = students.index, students["probability"]
    rows["treatment"] = _among(trial)
    if set(students["arm"]) - {trial.arm, trial.control}:
        rows["arm"] = students["arm"]
    elif ground.support.design.uptake is not None:  # type: ignore[union-attr]
        rows["assigned"], rows["treatment"] = rows["treatment"], _came(ground, trial)
    if students["cluster"].notna().all() and len(students):
        rows["cluster"] = students["cluster"]
        if (students.groupby("cluster")["arm"].nunique() > 1).any():
            chance = students["probability"]
            rows["saturation"] = np.where(students["arm"] == trial.arm, chance, 1 - chance).round(9)
            rows = rows.drop(columns="probability")
    given = known_before(ground, claim, students)
    words = {"outcome": asked.label or asked.id.replace("_", " ")}
    whole = rows.join(given).reset_index(drop=True)
    return Sample(whole, tuple(given.columns), words, ground.unit(claim), ground.minimum, ground.protocol.seed)


def _among(trial: Trial) -> pd.Series:
    """1 in the arm asked about, 0 in its control, not a number in others."""
    return trial.students["arm"].map({trial.arm: 1.0, trial.control: 0.0})


def _came(ground: Ground, trial: Trial) -> pd.Series:
    """Whether the log of contacts has the registered step of a student."""
    log = ground.contacts
    step = ground.support.design.uptake  # type: ignore[union-attr]
    reached = set(log.loc[log["step"] == step, "student_id"])
    return pd.Series(trial.students.index.isin(reached).astype(float), index=trial.students.index)
