"""The registered effect by any design but the draw of single students: its sample, its gate, its effect."""

from __future__ import annotations

from la_research.evaluation.answer import Case, answers
from la_research.evaluation.design import Asked
from la_research.evaluation.designs import DESIGNS
from la_research.evaluation.ground import Ground
from la_research.evaluation.samples import SAMPLES
from la_research.finding import Finding, not_analysed
from la_research.protocol import Hypothesis
from la_research.protocol.support import Sensitivity
from la_research.statistics.registered import family_levels

NONE = "the protocol registers no hypothesis of an effect"


def designed_effects(ground: Ground, closed: str, *, brief: bool = False) -> list[Finding]:
    """For each hypothesis of an effect what the registered design gives; ``closed`` says why nothing is looked at.

    With ``brief`` nothing is drawn again that only stands beside the effect.
    """
    if not ground.claims:
        return [not_analysed("evaluation.contact", "Did the support help?", NONE)]
    design = ground.support.design
    cases = [_case(ground, claim, closed, brief, first=number == 0) for number, claim in enumerate(ground.claims)]
    return answers(
        DESIGNS[design.kind], cases, ground.support.override, lambda found: family_levels(ground.protocol, found)
    )


def _case(ground: Ground, claim: Hypothesis, closed: str, brief: bool, *, first: bool) -> Case:
    beyond = ground.support.sensitivity or Sensitivity()
    family = sum(one.family == claim.family for one in ground.protocol.hypotheses)
    asked = Asked(ground.support.design, ground.support.gate, claim, first, brief, beyond, family)
    outcome = ground.protocol.outcome(claim.outcome)
    question = f"Does the support change {outcome.label or outcome.id.replace('_', ' ')}?"
    if closed:
        return Case(asked, question, None, closed)
    made = SAMPLES[ground.support.design.kind](ground, claim)
    if isinstance(made, str):
        return Case(asked, question, None, made)
    return Case(
        asked, f"Does the support change {made.words['outcome']}?" if "outcome" in made.words else question, made
    )
