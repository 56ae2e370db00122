"""Who answered at the end, in each arm: a comparison of those who answered is only as good as this is even."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.evaluation.answered import SOME, STATEMENT, Answered
from la_research.evaluation.shares import few, share_row
from la_research.evaluation.trial import Trial
from la_research.finding import Assumption, Finding, Row


def attrition(name: str, trial: Trial, answered: npt.NDArray[np.bool_], limit: float, minimum: int) -> Finding:
    """The share of each arm whose outcome is known, and the largest difference of an arm from the control.

    Parameters
    ----------
    name
        Id of the finding.
    answered
        Whether the outcome of each student drawn is known, shape (students,).
    limit
        Difference of the shares that would matter; read by the same rule as in the gate.
    minimum
        Students below whom nothing is shown: where a share would tell of fewer, all that is said is whether the arms
        differ.
    """
    arm = np.array([trial.arms.index(one) for one in trial.students["arm"]], dtype=np.intp)
    cluster = trial.students["cluster"]
    groups = pd.factorize(cluster)[0] if cluster.notna().all() else None
    found = Answered.of(answered, arm, groups, limit)
    rows = tuple(
        _row(one, answered[trial.students["arm"] == one], minimum) for one in (*trial.supported, trial.control)
    )
    hidden = any(row.estimate is None for row in rows)
    seen = SOME.format(minimum=minimum) if hidden else found.evidence
    return Finding(
        name,
        "Is the outcome known for as many of the students drawn for the support as of the others?",
        "suppressed" if hidden else "described",
        None if hidden else found.estimate,
        rows,
        assumptions=(Assumption(STATEMENT, found.alike, seen),),
        limitations=("Equal shares may still hide that other students answer in one arm than in the other.",),
        reason=few(minimum) if hidden else None,
    )


def _row(arm: str, answered: npt.NDArray[np.bool_], minimum: int) -> Row:
    return share_row({"arm": arm}, int(answered.sum()), len(answered), minimum)
