"""Whether groups answer the same instrument: levels of invariance, and single items; small groups are left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from la_research.disclosure import why_hidden
from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.statistics.intervals import Floats
from la_research.statistics.psychometrics.invariance import Step, measurement_invariance
from la_research.statistics.psychometrics.item_functioning import NEGLIGIBLE, ItemGap, differential_items
from la_research.statistics.psychometrics.unfit import Unfit
from la_research.validation.scale.consistency import LEVEL, of_rows
from la_research.validation.scale.plan import ScalePlan
from la_research.validation.scale.structure import NO_CUTOFF, indices, p_words

NAME, QUESTION = "validation.scale.invariance", "Do the items measure the same in every group?"
ITEMS, WHICH = "validation.scale.items", "Which items do groups answer differently at the same sum?"
SAME_SUM = (
    "compared at the same sum of the items that groups answer alike; odds are of a higher answer than the first group"
)
NOT_RECORDED = "not recorded"
MANY = 5
"""Groups beyond which sameness of every parameter is more than most instruments hold."""


def invariance(plan: ScalePlan, held: Floats, labels: np.ndarray, names: list[str]) -> Finding:
    """Configural, metric, scalar and strict invariance over the groups that can be shown.

    Parameters
    ----------
    labels
        Group of each row.
    names
        Of all groups in the table; the rows of some may have been left out.
    """
    sizes = {name: int((labels == name).sum()) for name in names}
    counts = tuple(
        Row({"group": name}, Estimate(size, None, None, None, "students", size, "count"))
        if size >= plan.minimum
        else Row({"what": "left out", "group": name}, None, "suppressed", why_hidden(plan.minimum))
        for name, size in sizes.items()
    )
    compared = _compared(plan, labels)
    if len(compared) < 2:
        return not_analysed(NAME, QUESTION, _too_few(plan))
    inside = np.isin(labels, compared)
    steps = measurement_invariance(held[inside], plan.columns, labels[inside], names=plan.items)
    limits = [NO_CUTOFF, "means of groups can be compared where their items share loadings and intercepts"]
    if plan.ordinal:
        limits.append("answers are taken as numbers here, not as ordered categories")
    if len(compared) > MANY:
        limits.append(f"over more than {MANY} groups exact sameness is rare: read changes of fit, not tests")
    found = of_rows(NAME, QUESTION, [row for step in steps for row in _step(step)], *limits)
    return replace(found, rows=(*counts, *found.rows))


def functioning(plan: ScalePlan, whole: Floats, labels: np.ndarray) -> Finding:
    """Items that groups answer differently at the same sum of the others, each factor by itself.

    Parameters
    ----------
    whole
        Rows without a missing answer.
    labels
        Group of each of them.
    """
    compared = _compared(plan, labels)
    if len(compared) < 2:
        return not_analysed(ITEMS, WHICH, _too_few(plan))
    inside, rows = np.isin(labels, compared), list[Row]()
    if 0 < (~inside).sum() < plan.minimum:
        return Finding(ITEMS, WHICH, "suppressed", reason=why_hidden(plan.minimum))
    for (factor, names), columns in zip(plan.factors.items(), plan.columns, strict=True):
        try:
            found = differential_items(whole[inside][:, columns], labels[inside], level=LEVEL, names=names)
        except Unfit as unfit:
            rows.append(Row({"scale": factor}, None, "not analysed", str(unfit)))
            continue
        rows += [row for gap in found for row in _gap({"scale": factor, "item": names[gap.item]}, gap, compared[1:])]
    return of_rows(ITEMS, WHICH, rows, f"a change of R2 under {NEGLIGIBLE} is taken as negligible", SAME_SUM)


def _gap(keys: dict[str, str], gap: ItemGap, later: list[str]) -> Iterator[Row]:
    anchor = "compared by it" if gap.anchor else "not compared by it"
    tested = {**keys, "what": "change of R2", "on": f"{p_words(gap.p)}, {anchor}"}
    yield Row(tested, Estimate(gap.effect, None, None, None, "change of R2", gap.n, "ordinal-logistic"))
    for name, value, lower, upper in zip(later, gap.log_odds, gap.lower, gap.upper, strict=True):
        estimate = Estimate(value, lower, upper, LEVEL, "log odds", gap.n, "ordinal-logistic")
        yield Row({**keys, "what": "log odds", "group": name}, estimate)


def _compared(plan: ScalePlan, labels: np.ndarray) -> list[str]:
    """Groups of enough students, by name."""
    names, sizes = np.unique(labels, return_counts=True)
    return [str(name) for name, n in zip(names, sizes, strict=True) if n >= plan.minimum and name != NOT_RECORDED]


def _too_few(plan: ScalePlan) -> str:
    return f"fewer than two groups of '{plan.group}' have {plan.minimum} students or more"


def _step(step: Step) -> list[Row]:
    keys = {"level": step.name}
    if step.solution is None:
        return [Row(keys, None, "not analysed", step.reason)]
    n, rows = step.solution.n, indices(step.solution.fit, "ml", keys)
    if step.delta_p is None:
        return rows
    tested = {**keys, "index": "change of chi-square", "on": f"{step.delta_df} more, {p_words(step.delta_p)}"}
    rows.append(Row(tested, Estimate(step.delta_chisq, None, None, None, "change of chi-square", n, "ml-difference")))
    costs = {"CFI": step.delta_cfi, "RMSEA": step.delta_rmsea, "SRMR": step.delta_srmr}
    return rows + [
        Row(
            {**keys, "index": f"change of {name}"},
            Estimate(value, None, None, None, f"change of {name}", n, "ml-difference"),
        )
        for name, value in costs.items()
    ]
