"""The harm ledger: a finding for each registered harm, whatever it says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from la_research.evaluation.design import Asked
from la_research.evaluation.ground import Ground
from la_research.evaluation.harms.arms import Arms
from la_research.evaluation.harms.chilling import chilling
from la_research.evaluation.harms.contacted import asked_not_to_be, complained
from la_research.evaluation.harms.distress import distress
from la_research.evaluation.harms.gated import beside_gate
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
BY_OUTCOME = ("distress", "peers")
"""Harms that are looked for in a registered outcome."""
NONE = "no harm was registered, so none was looked for; that does not mean that nothing happened"
OBSERVED = (
    "Students who were contacted are observed more: what happens to them is noticed and written down more often than "
    "what happens to others."
)
ALONE = "Each harm has an alpha of its own; no allowance is made for looking at several harms, so that none is missed."
NOBODY = Assumption(
    "What happened was recorded", None, "a harm that nobody told anyone of is not in the data, whatever the arm"
)


def harm_findings(ground: Ground, effects: Sequence[Finding] = ()) -> list[Finding]:
    """``evaluation.harm.WHAT`` for each harm that the protocol registers; never silence.

    "harm shown", "harm excluded" or "inconclusive" by one interval at 1 - 2 alpha of the harm; "not analysed" with the
    reason where nothing can be compared. Without a registered harm ``evaluation.harm`` says that none was looked for.

    Parameters
    ----------
    effects
        What was found of the effect, with its gate: harms are shown behind a shut gate too, and say so.
    """
    arms = Arms(ground)
    if not ground.support.harms and (ground.claims or ground.support.trial):
        return [not_analysed("evaluation.harm", "Did the support harm anyone?", NONE)]
    return [beside_gate(_finding(arms, harm), _gate(arms, harm, effects), effects) for harm in ground.support.harms]


def _gate(arms: Arms, harm: Harm, effects: Sequence[Finding]) -> Finding | None:
    """The gate of the effect on the outcome in which the harm is looked for; None where it is no outcome of an effect.

    Gates stand in the order of their hypotheses.
    """
    outcome = arms.outcome(harm) if harm.what in BY_OUTCOME else None
    claims = [claim for claim in arms.ground.claims if outcome is not None and claim.outcome == outcome.id]
    names = {Asked(None, claim=claim, first=claim is arms.ground.claims[0]).id("gate") for claim in claims}
    return next((finding for finding in effects if finding.id in names), None)


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
