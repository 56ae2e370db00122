"""Who answered at the end, in each arm: a comparison of those who answered is only as good as this is even."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from la_research.evaluation.trial import Trial
from la_research.finding import Assumption, Estimate, Finding, Row
from la_research.statistics.intervals import newcombe_difference, wilson


def attrition(name: str, trial: Trial, answered: npt.NDArray[np.bool_]) -> Finding:
    """The share of each arm whose outcome is known, and the difference between the arms.

    Parameters
    ----------
    name
        Id of the finding.
    answered
        Whether the outcome of each student drawn is known, shape (students,).
    """
    known, drawn, rows = {}, {}, []
    for arm in (trial.arm, trial.control):
        inside = (trial.students["arm"] == arm).to_numpy()
        known[arm], drawn[arm] = int(answered[inside].sum()), int(inside.sum())
        lower, upper = wilson(known[arm], drawn[arm])
        share = Estimate(known[arm] / drawn[arm], lower, upper, 0.95, "share", drawn[arm], "wilson")
        rows.append(Row({"arm": arm}, share))
    gap = newcombe_difference(known[trial.arm], drawn[trial.arm], known[trial.control], drawn[trial.control])
    difference = Estimate(*gap, 0.95, "share", sum(drawn.values()), "newcombe")
    even = gap[1] <= 0 <= gap[2]
    return Finding(
        name,
        "Is the outcome known for as many of the students contacted as of the others?",
        "described",
        difference,
        tuple(rows),
        assumptions=(
            Assumption(
                "Answers are missing alike in both arms", even, f"difference of the shares answered: {difference}"
            ),
        ),
        limitations=("Equal shares may still hide that other students answer in one arm than in the other.",),
    )
