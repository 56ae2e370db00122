"""Students who ask not to be contacted again, and students who complain."""

from __future__ import annotations

from la_research.evaluation.harms.arms import Arms
from la_research.evaluation.harms.measure import Measure, share_alone, share_difference
from la_research.protocol.support import Harm


def asked_not_to_be(arms: Arms, harm: Harm) -> Measure | str:
    """The share with the step "opt_out"."""
    return _with_step(arms, harm, "opt_out")


def complained(arms: Arms, harm: Harm) -> Measure | str:
    """The share with the step "complaint"."""
    return _with_step(arms, harm, "complaint")


def _with_step(arms: Arms, harm: Harm, step: str) -> Measure | str:
    """The share of students contacted, beside the margin; a difference where the other arm can have the step too."""
    happened = set(arms.contacts.loc[arms.contacts["step"] == step, "student_id"])
    if not arms.reason and happened & set(arms.drawn.index[~arms.treated]):
        return share_difference(
            arms.drawn.index.isin(happened),
            arms.treated,
            arms.names,
            arms.minimum,
            arms.groups(),
        )
    if len(arms.contacted) < arms.minimum:
        return f"the log holds contacts of fewer than {arms.minimum} students"
    return share_alone(len(happened & set(arms.contacted)), len(arms.contacted), harm.margin, arms.minimum)
