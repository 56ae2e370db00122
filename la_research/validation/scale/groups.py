"""Whether groups answer the same instrument: levels of invariance, and single items; small groups are left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from la_research.disclosure import why_hidden, without_few
from la_research.finding import NOT_RECORDED, Estimate, Finding, Row, not_analysed
from la_research.statistics.intervals import Floats
from la_research.statistics.psychometrics.invariance import Step, measurement_invariance
from la_research.statistics.psychometrics.item_functioning import NEGLIGIBLE, ItemGap, differential_items
from la_research.statistics.psychometrics.unfit import Unfit
from la_research.validation.scale.consistency import of_rows
from la_research.validation.scale.plan import ScalePlan
from la_research.validation.scale.structure import NO_CUTOFF, indices, p_words

NAME, QUESTION = "validation.scale.invariance", "Do the items measure the same in every group?"
ITEMS, WHICH = "validation.scale.items", "Which items do groups answer differently at the same sum?"
SAME_SUM = (
    "compared at the same sum of the items that groups answer alike; odds are of a higher answer than the first group"
)
APART = "not compared by it"
"""Said of an item that groups answer differently, surely and more than negligibly."""
LEFT_OUT = "with groups too small to show, some of the smallest one shown may be left out, so that none is given away"
MANY = 5
"""Groups beyond which sameness of every parameter is more than most instruments hold."""


def told_groups(labels: np.ndarray, minimum: int, draw: np.random.Generator) -> np.ndarray:
    """Rows of groups that are large enough, but for those that would give a smaller group away.

    The whole is told elsewhere. Where it holds some others but fewer than the minimum, as many rows of the smallest
    group shown, drawn by chance, are left out with them as make the minimum; or all, where too few would be left.

    Parameters
    ----------
    labels
        Group of each row.
    minimum
        Students below whom nothing is shown.
    draw
        Random numbers.

    Examples
    --------
    Of 48 rows 38 are used: ten are left out, however many of them are in the small group.

    >>> labels, draw = np.repeat(["a", "b", "c"], [20, 24, 4]), np.random.Generator(np.random.Philox(1))
    >>> [int((told_groups(labels, 10, draw) & (labels == name)).sum()) for name in "abc"]
    [14, 24, 0]
    """
    names, sizes = np.unique(labels, return_counts=True)
    shown = np.isin(labels, names[sizes >= minimum])
    few = int((~shown).sum())
    if not 0 < few < minimum or not shown.any():
        return shown
    smallest = labels == names[np.argmin(np.where(sizes >= minimum, sizes, np.inf))]
    if smallest.sum() - (minimum - few) < minimum:
        return np.asarray(shown & ~smallest)
    return without_few(shown, smallest, minimum, draw)


def between(plan: ScalePlan, held: Floats, labels: np.ndarray) -> list[Step]:
    """Levels of invariance over the groups of enough students; none where fewer than two have them."""
    told = compared(plan, labels)
    inside = np.isin(labels, told)
    if len(told) < 2:
        return []
    return measurement_invariance(held[inside], plan.columns, labels[inside], names=plan.items)


def invariance(plan: ScalePlan, labels: np.ndarray, names: list[str], steps: list[Step]) -> Finding:
    """Configural, metric, scalar and strict invariance over the groups that can be shown.

    Parameters
    ----------
    labels
        Group of each row.
    names
        Of all groups in the table; rows of those too small to show, and some with them, have been left out.
    steps
        What ``between`` found.
    """
    sizes = {name: int((labels == name).sum()) for name in names}
    counts = tuple(
        Row({"group": name}, Estimate(size, None, None, None, "students", size, "count"))
        if size >= plan.minimum
        else Row({"what": "left out", "group": name}, None, "suppressed", why_hidden(plan.minimum))
        for name, size in sizes.items()
    )
    if not steps:
        return not_analysed(NAME, QUESTION, _too_few(plan))
    limits = [NO_CUTOFF, "means of groups can be compared where their items share loadings and intercepts"]
    if plan.ordinal:
        limits.append("answers are taken as numbers here, not as ordered categories")
    if len(compared(plan, labels)) > MANY:
        limits.append(f"over more than {MANY} groups exact sameness is rare: read changes of fit, not tests")
    if any(row.estimate is None for row in counts):
        limits.append(LEFT_OUT)
    found = of_rows(NAME, QUESTION, [row for step in steps for row in level_rows(step)], *limits)
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
    told = compared(plan, labels)
    if len(told) < 2:
        return not_analysed(ITEMS, WHICH, _too_few(plan))
    inside, rows = np.isin(labels, told), list[Row]()
    if 0 < (~inside).sum() < plan.minimum:
        return Finding(ITEMS, WHICH, "suppressed", reason=why_hidden(plan.minimum))
    for (factor, names), columns in zip(plan.factors.items(), plan.columns, strict=True):
        try:
            found = differential_items(whole[inside][:, columns], labels[inside], level=plan.level, names=names)
        except Unfit as unfit:
            rows.append(Row({"scale": factor}, None, "not analysed", str(unfit)))
            continue
        rows += [
            row for gap in found for row in _gap({"scale": factor, "item": names[gap.item]}, gap, told[1:], plan.level)
        ]
    return of_rows(ITEMS, WHICH, rows, f"a change of R2 under {NEGLIGIBLE} is taken as negligible", SAME_SUM)


def departing(found: Finding) -> list[str]:
    """Items that groups answer differently, of what ``functioning`` found."""
    return [str(row.keys["item"]) for row in found.rows if str(row.keys.get("on", "")).endswith(APART)]


def _gap(keys: dict[str, str], gap: ItemGap, later: list[str], level: float) -> Iterator[Row]:
    anchor = "compared by it" if gap.anchor else APART
    tested = {**keys, "what": "change of R2", "on": f"{p_words(gap.p)}, {anchor}"}
    yield Row(tested, Estimate(gap.effect, None, None, None, "change of R2", gap.n, "ordinal-logistic"))
    for name, value, lower, upper in zip(later, gap.log_odds, gap.lower, gap.upper, strict=True):
        estimate = Estimate(value, lower, upper, level, "log odds", gap.n, "ordinal-logistic")
        yield Row({**keys, "what": "log odds", "group": name}, estimate)


def compared(plan: ScalePlan, labels: np.ndarray) -> list[str]:
    """Groups of enough students, by name."""
    names, sizes = np.unique(labels, return_counts=True)
    return [str(name) for name, n in zip(names, sizes, strict=True) if n >= plan.minimum and name != NOT_RECORDED]


def _too_few(plan: ScalePlan) -> str:
    return (
        f"fewer than two groups of '{plan.group}' have {plan.minimum} students or more, and give no smaller group away"
    )


def level_rows(step: Step) -> list[Row]:
    """Fit of a level of invariance, and what it costs against the one before."""
    keys = {"level": step.name}
    if step.solution is None:
        return [Row(keys, None, "not analysed", step.reason)]
    n, method = step.solution.n, step.solution.estimator.lower()
    rows = indices(step.solution.fit, method, keys)
    if step.delta_p is None:
        return rows
    tested = {**keys, "index": "change of chi-square", "on": f"{step.delta_df} more, {p_words(step.delta_p)}"}
    rows.append(
        Row(tested, Estimate(step.delta_chisq, None, None, None, "change of chi-square", n, f"{method}-difference"))
    )
    costs = {"CFI": step.delta_cfi, "RMSEA": step.delta_rmsea, "SRMR": step.delta_srmr}
    return rows + [
        Row(
            {**keys, "index": f"change of {name}"},
            Estimate(value, None, None, None, f"change of {name}", n, f"{method}-difference"),
        )
        for name, value in costs.items()
    ]
