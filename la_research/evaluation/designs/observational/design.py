"""The comparison of students who had the support with students like them, by weights, by a regression, or by both."""

from __future__ import annotations

import numpy as np

from la_research.evaluation.compared import Compared, adjusted_for, columns_of
from la_research.evaluation.design import Asked, Design, Estimated
from la_research.evaluation.designs.observational.checks import checks
from la_research.evaluation.designs.observational.shown import balance_table, overlap_table
from la_research.evaluation.sample import Sample
from la_research.evaluation.sensitivity import sensitivity_of
from la_research.evaluation.shares import some
from la_research.finding import Assumption, Finding, Row
from la_research.protocol.designs.observational import Observational
from la_research.statistics.coefficient import Coefficient

METHODS = {"aipw": "aipw", "ipw": "ipw-hajek", "regression": "g-formula", "double_learning": "double-learning"}
WHOM = {"ate": "all students compared", "att": "the students who had it"}
FEW_CLUSTERS = 40
"""Clusters below which errors by cluster lean to the small side (Cameron & Miller 2015, doi:10.3368/jhr.50.2.317)."""
HIDDEN = Assumption(
    "Nothing that was not adjusted for moves both the support and the outcome",
    None,
    "no data can show it; negative controls and the findings on what is hidden say how far it might be off",
)
WAYS = (
    "'crude' adjusts for nothing; 'regression' by a model of the outcome; 'ipw' by weights from a model of who had the "
    "support, its error with and without the doubt about those weights; 'aipw' by both, right where either "
    "is. Where they part, one of the models is wrong."
)
MODELS = {
    "aipw": "The model of who had the support is right, or that of the outcome",
    "ipw": "The model of who had the support is right",
    "regression": "The model of the outcome is right",
    "double_learning": "What was learnt of support and outcome comes close enough to both",
}


def _reason(sample: Sample, asked: Asked) -> str:
    known = ~np.isnan(sample["outcome"])
    had = sample["treatment"] == 1
    smaller = min(int((known & had).sum()), int((known & ~had).sum()))
    given = adjusted_for(sample, asked.settings)
    if smaller < sample.minimum:
        return f"the outcome is known for fewer than {sample.minimum} students of an arm"
    if np.ptp(sample["outcome"][known]) == 0:
        return "the outcome is the same for all students"
    if not given:
        return "no covariates are named, and without a draw a plain difference is no effect"
    unknown = _unknown(sample, asked.settings, given)
    if unknown:
        return f"a setting names '{unknown[0]}', which is no column of numbers that was read"
    columns = len(Compared.of(sample, asked.settings).kept)
    if not columns:
        return "every covariate is the same for all students"
    if columns + 1 >= smaller:
        return f"there are {columns} columns to adjust for and {smaller} students in the smaller arm"
    return ""


def _unknown(sample: Sample, settings: Observational, given: list[str]) -> list[str]:
    """Names in the settings that are no covariate, and negative controls without a column."""
    lists = (settings.factors, settings.squares, settings.interactions)
    names = [name for named in lists if not isinstance(named, bool) for name in named if name not in given]
    return names + [name for name in settings.negative_outcomes if not columns_of(sample, (name,))]


def _estimated(sample: Sample, asked: Asked) -> Estimated:
    compared, settings = Compared.of(sample, asked.settings), asked.settings
    outcome = compared.sample["outcome"]
    found = compared.by(outcome, binary=compared.binary)
    named = {
        "crude": found.crude,
        "regression": found.regression,
        "ipw": found.ipw,
        "ipw, weights taken as known": found.ipw_known,
        "aipw": found.aipw,
    }
    if settings.estimator == "double_learning":
        named["double learning"] = compared.learnt(outcome)
    headline = named[settings.estimator.replace("_", " ")]
    return Estimated(
        headline,
        METHODS[settings.estimator],
        f"It is the effect of having had the support on {sample.words.get('outcome', 'the outcome')}, "
        f"for {WHOM[settings.effect]}.",
        beside=(
            _estimators(named, sample, asked),
            balance_table(compared, asked),
            overlap_table(compared, asked),
            *sensitivity_of(sample, compared, headline, asked),
        ),
        assumptions=(HIDDEN, Assumption(MODELS[settings.estimator], None, "it can be compared with the other ways")),
        limitations=tuple(_limits(sample, compared)),
    )


def _estimators(named: dict[str, Coefficient], sample: Sample, asked: Asked) -> Finding:
    methods = {"crude": "difference", "regression": "g-formula", "aipw": "aipw", "double learning": "double-learning"}
    rows = tuple(
        Row({"what": what}, one.estimate(sample.unit, methods.get(what, "ipw-hajek"), asked.level))
        for what, one in named.items()
    )
    question = "Do other ways to adjust give the same?"
    return Finding(asked.id("estimators"), question, "described", rows=rows, limitations=(WAYS,))


def _limits(sample: Sample, compared: Compared) -> list[str]:
    said = ["Nobody drew who has the support: the effect is as good as what was adjusted for."]
    lost = len(sample.rows) - len(compared.sample.rows)
    if lost:
        said.append(f"{some(lost, sample.minimum, 'rows')} without a known outcome are left out.")
    groups = int(compared.clusters.max()) + 1
    if groups < min(FEW_CLUSTERS, len(compared.treated)):
        said.append(f"Errors are by {groups} clusters: with fewer than {FEW_CLUSTERS} the interval may be too short.")
    held = int((compared.chances.raw != compared.chances.chance).sum())
    if held:
        whom = some(held, sample.minimum, "students")
        said.append(f"The chance of the support was held at its limit: {whom}.")
    if compared.repeated:
        said.append(f"Left out, as the same for all or told by others: {', '.join(compared.repeated)}.")
    return said


OBSERVATIONAL = Design(
    "observational", Observational, ("outcome", "treatment"), ("unit", "cluster"), _reason, checks, _estimated
)
