"""The harm ledger: a finding for each registered harm, whatever it says."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from la_research.evaluation.ground import Ground
from la_research.evaluation.harms.arms import Arms
from la_research.evaluation.harms.chilling import chilling
from la_research.evaluation.harms.contacted import asked_not_to_be, complained
from la_research.evaluation.harms.distress import distress
from la_research.evaluation.harms.label import labelled
from la_research.evaluation.harms.measure import Measure, read
from la_research.evaluation.harms.peers import peers
from la_research.finding import Assumption, Finding, not_analysed
from la_research.protocol.support import Harm

HARMS: dict[str, tuple[str, Callable[[Arms, Harm], Measure | str]]] = {
    "opt_out": ("How many of the students contacted ask not to be contacted again?", asked_not_to_be),
    "complaint": ("How many of the students contacted complain?", complained),
    "chilling": ("Do students who were told that activity is looked at do less afterwards?", chilling),
    "distress": ("Do more of the students drawn for the contact feel reliably worse afterwards?", distress),
    "label": ("Do more of the students drawn for the contact leave?", labelled),
    "peers": ("Do students who were not contacted feel worse where more of those around them were?", peers),
}
"""Each harm: what is asked, and how it is measured; a sentence says why it is not."""
OBSERVED = (
    "Students who were contacted are observed more: what happens to them is noticed and written down more often than "
    "what happens to others."
)
ALONE = "Each harm has an alpha of its own; no allowance is made for looking at several harms, so that none is missed."
NOBODY = Assumption(
    "What happened was recorded", None, "a harm that nobody told anyone of is not in the data, whatever the arm"
)


def harm_findings(ground: Ground) -> list[Finding]:
    """``evaluation.harm.WHAT`` for each harm that the protocol registers; never silence.

    "harm shown", "harm excluded" or "inconclusive" by one interval at 1 - 2 alpha of the harm; "not analysed" with the
    reason where nothing can be compared.
    """
    arms = Arms(ground)
    return [_finding(arms, harm) for harm in ground.support.harms]


def _finding(arms: Arms, harm: Harm) -> Finding:
    question, measured = HARMS[harm.what]
    found = measured(arms, harm)
    name = f"evaluation.harm.{harm.what}"
    if isinstance(found, str):
        return not_analysed(name, question, found, limitations=(OBSERVED,), confirmatory=True)
    limitations = (OBSERVED, *found.limitations, ALONE, *((harm.why,) if harm.why else ()))
    told = read(found, harm, arms.minimum)
    return Finding(name, question, assumptions=(NOBODY,), limitations=limitations, confirmatory=True, **told)


def measured_among(ground: Ground, harm: Harm, students: pd.Index) -> Measure | str:
    """A harm among some of the students alone, for an interim look."""
    return HARMS[harm.what][1](Arms(ground, students), harm)
