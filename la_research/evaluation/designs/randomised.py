"""Students drawn one by one: by intention to treat, plain and adjusted for what was known before."""

from __future__ import annotations

import numpy as np

from la_research.evaluation.design import Asked, Check, Design, Estimated
from la_research.evaluation.sample import Sample
from la_research.finding import Finding
from la_research.protocol.designs.randomised import Randomised
from la_research.statistics.randomised import adjusted_difference, difference_in_means, kept_covariates, with_missing

ESTIMAND = "It is the effect of being drawn for the support, whether or not a student took it up."


def _reason(sample: Sample, asked: Asked) -> str:
    drawn = sample["treatment"] == 1
    known = ~np.isnan(sample["outcome"])
    smaller = min(int((known & drawn).sum()), int((known & ~drawn).sum()))
    if smaller < sample.minimum:
        return f"the outcome is known for fewer than {sample.minimum} students of an arm"
    if np.ptp(sample["outcome"][known]) == 0:
        return "the outcome is the same for all students"
    return ""


def _checks(sample: Sample, asked: Asked) -> list[Check]:
    return []


def _estimated(sample: Sample, asked: Asked) -> Estimated:
    known = ~np.isnan(sample["outcome"])
    drawn, outcome = sample["treatment"][known] == 1, sample["outcome"][known]
    given = np.hstack([np.empty((len(drawn), 0)), *(with_missing(column[known]) for column in sample.given.T)])
    given = given[:, kept_covariates(drawn, given)]
    plain = difference_in_means(outcome, drawn)
    question = "What is the plain difference between the arms, without any adjustment?"
    beside = Finding(asked.id("unadjusted"), question, "described", plain.estimate(sample.unit, "welch", asked.level))
    return Estimated(adjusted_difference(outcome, drawn, given), "lin-hc2", ESTIMAND, beside=(beside,))


RANDOMISED = Design("randomised", Randomised, ("outcome", "treatment"), ("unit",), _reason, _checks, _estimated)
