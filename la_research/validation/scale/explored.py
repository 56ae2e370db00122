"""Which items go together where no structure is told: exploratory loadings on as many factors as chance leaves."""

from __future__ import annotations

import numpy as np

from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.statistics.intervals import Floats
from la_research.statistics.psychometrics.exploratory import exploratory
from la_research.statistics.psychometrics.unfit import Unfit
from la_research.validation.scale.enough import enough
from la_research.validation.scale.plan import ScalePlan

NAME, QUESTION = "validation.scale.exploratory", "Which items go together, where no structure is told?"
METHOD = "minres-quartimin"
LIMITATIONS = (
    "Loadings have no interval here: a structure that they suggest has to be tested on other answers.",
    "Factors are numbered by their size, and their sign is arbitrary.",
)


def explored(plan: ScalePlan, whole: Floats, dimensions: Finding) -> Finding:
    """Pattern loadings of every item, and correlations of the factors, on as many factors as ``dimensions`` found.

    Parameters
    ----------
    whole
        Rows x items without a missing answer.
    dimensions
        What parallel analysis found of the same rows.
    """
    if dimensions.estimate is None or not dimensions.estimate.value:
        return not_analysed(NAME, QUESTION, dimensions.reason or "no dimension lies above chance")
    factors = int(dimensions.estimate.value)
    try:
        found = exploratory(enough(whole, "a loading"), factors, ordinal=plan.ordinal, names=plan.items)
    except Unfit as unfit:
        return not_analysed(NAME, QUESTION, str(unfit))

    def told(value: float, unit: str) -> Estimate:
        return Estimate(value, None, None, None, unit, found.n, METHOD)

    rows = [
        Row({"item": item, "factor": f"factor {factor + 1}"}, told(float(found.loadings[i, factor]), "loading"))
        for i, item in enumerate(plan.items)
        for factor in range(factors)
    ]
    rows += [
        Row({"what": "correlation", "factor": f"factors {a + 1} and {b + 1}"}, told(float(r), "correlation"))
        for (a, b), r in np.ndenumerate(found.correlations)
        if a < b
    ]
    return Finding(NAME, QUESTION, "described", told(factors, "factors"), tuple(rows), limitations=LIMITATIONS)
