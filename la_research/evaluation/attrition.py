"""Who answered at the end, in each arm: a comparison of those who answered is only as good as this is even."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from la_research.evaluation.shares import few, share_row
from la_research.evaluation.trial import Trial
from la_research.finding import Assumption, Estimate, Finding
from la_research.statistics.intervals import newcombe_difference


def attrition(name: str, trial: Trial, answered: npt.NDArray[np.bool_], minimum: int) -> Finding:
    """The share of each arm whose outcome is known, and the difference between the arms.

    Parameters
    ----------
    name
        Id of the finding.
    answered
        Whether the outcome of each student drawn is known, shape (students,).
    minimum
        Students below whom nothing is shown: where a share would tell of fewer, all that is said is whether the arms
        differ.
    """
    known, drawn, rows = {}, {}, []
    for arm in (trial.arm, trial.control):
        inside = (trial.students["arm"] == arm).to_numpy()
        known[arm], drawn[arm] = int(answered[inside].sum()), int(inside.sum())
        rows.append(share_row({"arm": arm}, known[arm], drawn[arm], minimum))
    gap = newcombe_difference(known[trial.arm], drawn[trial.arm], known[trial.control], drawn[trial.control])
    difference = Estimate(*gap, 0.95, "share", sum(drawn.values()), "newcombe")
    even, hidden = gap[1] <= 0 <= gap[2], any(row.estimate is None for row in rows)
    seen = few(minimum) if hidden else f"difference of the shares answered: {difference}"
    return Finding(
        name,
        "Is the outcome known for as many of the students contacted as of the others?",
        "suppressed" if hidden else "described",
        None if hidden else difference,
        tuple(rows),
        assumptions=(Assumption("Answers are missing alike in both arms", even, seen),),
        limitations=("Equal shares may still hide that other students answer in one arm than in the other.",),
        reason=few(minimum) if hidden else None,
    )
