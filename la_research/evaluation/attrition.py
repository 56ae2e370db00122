"""Who answered at the end, in each arm: a comparison of those who answered is only as good as this is even."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.evaluation.answered import STATEMENT, Answered
from la_research.evaluation.trial import Trial
from la_research.finding import Assumption, Estimate, Finding, Row
from la_research.statistics.intervals import wilson


def attrition(name: str, trial: Trial, answered: npt.NDArray[np.bool_], limit: float) -> Finding:
    """The share of each arm whose outcome is known, and the largest difference of an arm from the control.

    Parameters
    ----------
    name
        Id of the finding.
    answered
        Whether the outcome of each student drawn is known, shape (students,).
    limit
        Difference of the shares that would matter; read by the same rule as in the gate.
    """
    arm = np.array([trial.arms.index(one) for one in trial.students["arm"]], dtype=np.intp)
    cluster = trial.students["cluster"]
    groups = pd.factorize(cluster)[0] if cluster.notna().all() else None
    found = Answered.of(answered, arm, groups, limit)
    return Finding(
        name,
        "Is the outcome known for as many of the students drawn for the support as of the others?",
        "described",
        found.estimate,
        tuple(_row(one, answered[trial.students["arm"] == one]) for one in (*trial.supported, trial.control)),
        assumptions=(Assumption(STATEMENT, found.alike, found.evidence),),
        limitations=("Equal shares may still hide that other students answer in one arm than in the other.",),
    )


def _row(arm: str, answered: npt.NDArray[np.bool_]) -> Row:
    known, drawn = int(answered.sum()), len(answered)
    return Row({"arm": arm}, Estimate(known / drawn, *wilson(known, drawn), 0.95, "share", drawn, "wilson"))
