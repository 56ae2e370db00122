"""Whether items measure the factors they are said to measure: fit, loadings, and factors that differ."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from la_research.finding import Assumption, Estimate, Finding, Row, not_analysed
from la_research.seeds import stream
from la_research.statistics.intervals import Floats, z_value
from la_research.statistics.psychometrics.bifactor import bifactor
from la_research.statistics.psychometrics.confirmatory import Solution, confirmatory
from la_research.statistics.psychometrics.dimensionality import heterotrait_ratio
from la_research.statistics.psychometrics.fit import RMSEA_LEVEL, Fit
from la_research.statistics.psychometrics.ordinal import confirmatory_ordinal
from la_research.statistics.psychometrics.reliability import unreversed
from la_research.statistics.psychometrics.unfit import Unfit
from la_research.validation.scale.consistency import of_rows, same_way
from la_research.validation.scale.enough import enough
from la_research.validation.scale.plan import ScalePlan

NO_CUTOFF = "no cut-off of a fit index makes a model right or wrong: what is common depends on items, loadings and rows"
FIT, LOADINGS, APART, GENERAL = (f"validation.scale.{word}" for word in ("fit", "loadings", "discriminant", "general"))
STANDARDISED = "loadings are standardised, and mean what the model means"
NO_SUM = "shares without interval; a sum of all items means what the general factor means, as far as it is general"
QUESTIONS = {
    FIT: "How far are the answers from what the factors imply?",
    LOADINGS: "How closely does each item follow its factor?",
    APART: "Are the factors told apart?",
    GENERAL: "How much of what the items share is one general factor?",
}


def structure(plan: ScalePlan, held: Floats, whole: Floats) -> Iterator[Finding]:
    """Fit of the factors asked, beside one factor for all items where there are several; loadings; factors apart.

    ``whole`` are the rows of ``held`` without a missing answer.
    """
    try:
        found = fitted(plan, held, plan.columns)
    except Unfit as unfit:
        yield from (not_analysed(name, QUESTIONS[name], str(unfit)) for name in (FIT, LOADINGS))
    else:
        yield _fit(plan, held, found)
        yield _loadings(plan, found)
    if len(plan.factors) > 1:
        yield apart(plan, held, whole)
        yield _general(plan, held)


def fitted(plan: ScalePlan, held: Floats, columns: list[tuple[int, ...]]) -> Solution:
    """WLSMV of ordered answers; else FIML where cells are missing, MLR where none is."""
    enough(held, "fit", whole=plan.ordinal)
    if plan.ordinal:
        return confirmatory_ordinal(held, columns, names=plan.items)
    return confirmatory(held, columns, robust=not np.isnan(held).any(), names=plan.items)


def indices(fit: Fit, method: str, keys: dict[str, str]) -> list[Row]:
    """Fit as rows; RMSEA alone has an interval."""
    root = Estimate(fit.rmsea, fit.rmsea_lower, fit.rmsea_upper, RMSEA_LEVEL, "RMSEA", fit.n, method)
    plain = {"CFI": fit.cfi, "TLI": fit.tli, "SRMR": fit.srmr}
    tested = {**keys, "index": "chi-square", "on": f"{fit.df} degrees of freedom, {p_words(fit.p)}"}
    test = Estimate(fit.chisq, None, None, None, "chi-square", fit.n, method)
    rows = [Row({**keys, "index": "RMSEA"}, root), Row(tested, test)]
    return rows + [
        Row({**keys, "index": name}, Estimate(value, None, None, None, name, fit.n, method))
        for name, value in plain.items()
    ]


def p_words(p: float) -> str:
    """A chance as it is written.

    >>> p_words(0.22441), p_words(4e-7)
    ('p = 0.224', 'p < 0.001')
    """
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _fit(plan: ScalePlan, held: Floats, found: Solution) -> Finding:
    method = found.estimator.lower()
    rows = indices(found.fit, method, {"model": "as asked"})
    if len(plan.factors) > 1:
        try:
            one = fitted(plan, held, [tuple(range(len(plan.items)))])
            rows += indices(one.fit, method, {"model": "one factor"})
        except Unfit as unfit:
            rows.append(Row({"model": "one factor"}, None, "not analysed", str(unfit)))
    limits = [NO_CUTOFF]
    if found.estimator == "FIML":
        limits.append(
            "rows with a missing answer stay in, as if it were missing at random; the test takes items as normal"
        )
    return Finding(FIT, QUESTIONS[FIT], "described", rows[0].estimate, tuple(rows), (exact(found),), tuple(limits))


def exact(found: Solution) -> Assumption:
    """Whether the model holds exactly, which a test tells and many rows never show."""
    test = f"a test of it gives {p_words(found.fit.p)}; with many rows any departure is visible"
    return Assumption("the model holds exactly", None, test if found.fit.df else "no degree of freedom is left to tell")


def _loadings(plan: ScalePlan, found: Solution) -> Finding:
    return of_rows(LOADINGS, QUESTIONS[LOADINGS], loading_rows(plan, found), STANDARDISED)


def loading_rows(plan: ScalePlan, found: Solution) -> list[Row]:
    """Standardised loading of every item on its factor."""
    value, lower, upper = found.loadings(plan.level)
    return [
        Row(
            {"scale": factor, "item": plan.items[i]},
            Estimate(value[i, j], lower[i, j], upper[i, j], plan.level, "loading", found.n, found.estimator.lower()),
        )
        for j, (factor, columns) in enumerate(zip(plan.factors, plan.columns, strict=True))
        for i in columns
    ]


def apart(plan: ScalePlan, held: Floats, whole: Floats, seed: int = 0) -> Finding:
    """HTMT of every two factors, and their correlation in the model."""
    rows: list[Row] = []
    for (a, first), (b, second) in combinations(zip(plan.factors, plan.columns, strict=True), 2):
        keys = {"scale": a, "other": b}
        try:
            draw = stream(seed, "validation", "scale", "htmt", a, b)
            ratio = heterotrait_ratio(whole, first, second, draw, plan.level)
        except Unfit as unfit:
            rows.append(Row(keys, None, "not analysed", str(unfit)))
            continue
        estimate = Estimate(ratio.value, ratio.lower, ratio.upper, plan.level, "HTMT", ratio.n, "bootstrap-percentile")
        rows.append(Row({**keys, "what": "HTMT"}, estimate))
    try:
        rows += _correlations(plan, fitted(plan, held, plan.columns))
    except Unfit as unfit:
        rows.append(Row({"what": "correlation"}, None, "not analysed", str(unfit)))
    return of_rows(APART, QUESTIONS[APART], rows, "near 1 the factors are hardly told apart; no single limit is right")


def _correlations(plan: ScalePlan, found: Solution) -> Iterator[Row]:
    """Correlations of factors, on Fisher's scale so that the interval stays inside -1 to 1."""
    cells, errors, names = found.model.groups[0].factor, np.sqrt(np.diag(found.covariance)), list(plan.factors)
    for i, j in combinations(range(len(names)), 2):
        r = float(found.values[cells[i, j]])
        reach = z_value(plan.level) * float(errors[cells[i, j]]) / (1 - r * r)
        lower, upper = np.tanh(np.arctanh(r) - reach), np.tanh(np.arctanh(r) + reach)
        estimate = Estimate(r, lower, upper, plan.level, "correlation", found.n, found.estimator.lower())
        yield Row({"scale": names[i], "other": names[j], "what": "correlation"}, estimate)


def _general(plan: ScalePlan, held: Floats) -> Finding:
    """Explained common variance and omega hierarchical of a bifactor model; answers are taken as numbers."""
    try:
        enough(held, "a general factor", whole=False)
        found, against = bifactor(held, plan.columns, plan.items), unreversed(held, plan.items)
    except Unfit as unfit:
        return not_analysed(GENERAL, QUESTIONS[GENERAL], str(unfit))
    kinds = {"explained common variance": found.common, "omega hierarchical": found.general}
    rows = [
        Row({"what": what}, Estimate(value, None, None, None, what, found.solution.n, "bifactor-ml"))
        for what, value in kinds.items()
    ]
    return of_rows(GENERAL, QUESTIONS[GENERAL], rows, NO_SUM, assumptions=(same_way([against]),))
