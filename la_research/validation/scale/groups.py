"""Whether groups answer the same instrument: levels of invariance, with groups too small to show left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from la_research.disclosure import why_hidden
from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.statistics.intervals import Floats
from la_research.statistics.psychometrics.invariance import Step, measurement_invariance
from la_research.validation.scale.consistency import of_rows
from la_research.validation.scale.plan import ScalePlan
from la_research.validation.scale.structure import NO_CUTOFF, indices, p_words

NAME, QUESTION = "validation.scale.invariance", "Do the items measure the same in every group?"
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
    compared = [name for name, size in sizes.items() if size >= plan.minimum and name != NOT_RECORDED]
    if len(compared) < 2:
        reason = f"fewer than two groups of '{plan.group}' have {plan.minimum} students or more"
        return not_analysed(NAME, QUESTION, reason)
    inside = np.isin(labels, compared)
    steps = measurement_invariance(held[inside], plan.columns, labels[inside], names=plan.items)
    limits = [NO_CUTOFF, "means of groups can be compared where their items share loadings and intercepts"]
    if plan.ordinal:
        limits.append("answers are taken as numbers here, not as ordered categories")
    if len(compared) > MANY:
        limits.append(f"over more than {MANY} groups exact sameness is rare: read changes of fit, not tests")
    found = of_rows(NAME, QUESTION, [row for step in steps for row in _step(step)], *limits)
    return replace(found, rows=(*counts, *found.rows))


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
