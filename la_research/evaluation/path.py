"""What became of the contacts: suggested, sent, opened, talked."""

from __future__ import annotations

from la_research.cohort import Cohort
from la_research.evaluation.trial import Trial
from la_research.finding import Assumption, Estimate, Finding, Row
from la_research.schema import TABLES

STEPS = TABLES["contacts"].column("step").values


def contact_path(cohort: Cohort, trial: Trial) -> Finding:
    """How many students of the contact arm reached each step that the log holds.

    The headline is the number drawn for the contact. A student counts once a step, and a
    student may have several steps.
    """
    log = cohort.frame("contacts").merge(
        trial.students.reset_index()[["student_id", "presentation", "arm"]], on=["student_id", "presentation"]
    )
    reached = log[log["arm"] == trial.arm].groupby("step")["student_id"].nunique()
    rows = [Row({"what": "step", "step": step}, _count(int(reached[step]))) for step in STEPS if step in reached.index]
    others = bool((log["arm"] == trial.control).any())
    return Finding(
        "evaluation.path",
        "How far did the contacts get?",
        "described",
        _count(int(trial.treated.sum())),
        tuple(rows),
        assumptions=(
            Assumption(
                "No student of the other arm was contacted",
                not others,
                "the log holds contacts of the other arm" if others else "the log holds no contact of the other arm",
            ),
        ),
        limitations=("A step that is not in the log may still have happened.",),
    )


def _count(n: int) -> Estimate:
    return Estimate(n, None, None, None, "students", n, "count")
