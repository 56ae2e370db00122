"""What the support did for those who took it up because they were drawn: part ``complier`` of designs with a draw."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from la_research.disclosure import tells_few
from la_research.evaluation.design import Asked
from la_research.evaluation.sample import Floats, Sample
from la_research.evaluation.shares import few
from la_research.finding import Assumption, Finding, Row, not_analysed, number
from la_research.statistics.instrument import Complier, complier_effect

QUESTION = "What did the support change for students who had it because they were drawn for it?"
EXCLUSION = Assumption(
    "Being drawn changes nothing but through the support", None, "a message can help, or hurt, by itself"
)
MONOTONE = Assumption(
    "Nobody went without the support because they were drawn for it", None, "it can not be seen of a student"
)
FOLLOWED = "every student had what was drawn: the effect of the draw is that of the support"
LIMITATIONS = (
    "It is the effect on students who had the support because they were drawn, and would not have had it otherwise.",
    "Who these students are can not be seen.",
)


def complier_finding(
    sample: Sample,
    asked: Asked,
    outcome: Floats,
    assigned: npt.NDArray[np.bool_],
    covariates: Floats,
    cluster: npt.NDArray[np.intp] | None = None,
) -> Finding:
    """The complier average effect with Anderson and Rubin's interval; first stage and effect of the draw as rows.

    Parameters
    ----------
    sample
        Rows whose outcome is known, with ``treatment``: what was had.
    outcome, assigned, covariates, cluster
        Of those rows; covariates without gaps.
    """
    treated, name = sample["treatment"], asked.id("complier")
    if np.ptp(treated) == 0:
        return not_analysed(name, QUESTION, "all students had the support, or none had it")
    if np.array_equal(treated, assigned.astype(float)):
        return not_analysed(name, QUESTION, FOLLOWED)
    if any(tells_few(float(treated[side].sum()), int(side.sum()), sample.minimum) for side in (assigned, ~assigned)):
        return Finding(name, QUESTION, "suppressed", reason=few(sample.minimum))
    found = complier_effect(outcome, treated, assigned.astype(float), covariates, cluster)
    method = "least-squares-hc2" if cluster is None else "cr2-satterthwaite"
    rows = (
        Row({"what": "first stage"}, found.uptake.estimate("share", method, asked.level)),
        Row({"what": "effect of the draw"}, found.intent.estimate(sample.unit, method, asked.level)),
    )
    assumptions = (EXCLUSION, MONOTONE)
    if not found.bounded(asked.level):
        reason = _unbounded(found, asked.level, sample.unit)
        return not_analysed(name, QUESTION, reason, rows=rows, assumptions=assumptions, limitations=LIMITATIONS)
    estimate = found.inverted.estimate(sample.unit, "anderson-rubin", asked.level)
    return Finding(name, QUESTION, "described", estimate, rows, assumptions=assumptions, limitations=LIMITATIONS)


def _unbounded(found: Complier, level: float, unit: str) -> str:
    region = found.region(level)
    weak = "the draw moved too few students to the support to tell what it did for them"
    if len(region) == 1:
        return f"{weak}: no effect of any size is excluded"
    low, high = number(region[0][1], unit), number(region[1][0], unit)
    return f"{weak}: only effects between {low} and {high} are excluded"
