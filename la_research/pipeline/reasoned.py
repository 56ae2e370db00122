"""What can be said of the score of one student beside the refits of the study: its main reason, and its silence."""

from __future__ import annotations

from la_research.explanation.abstaining import no_suggestion
from la_research.explanation.ground import Ground
from la_research.explanation.reasons import reasons_for
from la_research.report.statement import Reasoned


def reasoned(ground: Ground, unit: str) -> Reasoned:
    """The main reason of a unit's score, by the rule of the study, and why nothing is suggested, where nothing is.

    Parameters
    ----------
    ground
        Of the unit's population; one serves all of its units, as its refits are made once.
    unit
        One of the rows.

    Returns
    -------
    Reasoned
        Empty for a subset, of which no reason is told; without a reason where the model can not be explained.
    """
    if not ground.main:
        return Reasoned()
    silent = no_suggestion(ground, unit) if ground.protocol.explanation.abstaining is not None else ""
    if ground.reason:
        return Reasoned(silent=silent)
    (told,) = reasons_for(ground, ground.features.loc[[unit]].to_numpy(dtype=float))
    return Reasoned(told.group, told.why, silent)
