"""What a score means in each group, and what equal meaning costs where base rates differ."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from la_research.audit.curves import shown_groups
from la_research.audit.groups import Grouping, groupings
from la_research.audit.plan import AuditPlan
from la_research.audit.task import Ground, grounds_of
from la_research.disclosure import why_hidden
from la_research.finding import Estimate, Finding, Key, Row, not_analysed, number
from la_research.statistics.intervals import effective_n, normal_interval, wilson
from la_research.statistics.prediction import calibration

ALIKE = "the scores, or the outcome, do not vary enough among them to be compared"
NEARLY = 1 - 1e-9
BEYOND = "no share selected in error could go with them"
FOLDS = "Each fold has a model of its own: the slope is that within folds, the intercept that of all together."
IN_ERROR = "would be selected in error, were the rule equally right and missing as many in every group"
"""What would follow in a group from its base rate, as its row is called."""
IMPOSSIBLE = (
    "Where base rates differ and the score is not perfect, a score can not mean the same in every group and err equally"
    " often in every group (Kleinberg, Mullainathan & Raghavan 2016, arXiv:1609.05807; Chouldechova 2017,"
    " doi:10.1089/big.2016.0047)."
)
READ = "An intercept of 0 and a slope of 1 are best; an intercept above 0 means that scores are too low in that group."


def calibration_findings(plan: AuditPlan, rows: pd.DataFrame, prefix: str) -> list[Finding]:
    """``….calibration.ATTRIBUTE`` of every attribute alone: intercept, slope and base rate by group.

    With them goes the share that would be selected in error in each group if the rule had one
    positive predictive value and one share of misses for all, those it has over all students.

    Parameters
    ----------
    plan, prefix
        The audit, and what ids begin with.
    rows
        As ``tasks_of`` reads them. Rows without a label stay out.

    References
    ----------
    Cox (1958), doi:10.1093/biomet/45.3-4.562: recalibration. Kleinberg, Mullainathan & Raghavan
    (2016), arXiv:1609.05807; Chouldechova (2017), doi:10.1089/big.2016.0047.
    """
    known = rows[rows["label"].notna() & rows["score"].notna()]
    if known["label"].nunique() < 2:
        why = "there are not students with and without the outcome among those scored"
        asked = "Does a score mean the same in every group?"
        return [not_analysed(f"{prefix}.calibration", asked, why, confirmatory=plan.confirmatory)]
    alone = [grouping for grouping in groupings(plan, rows) if len(grouping.attributes) == 1]
    return [_finding(plan, rows, ground, prefix) for ground in grounds_of(plan, rows, alone)]


def would_follow(base_rate: float, ppv: float, fnr: float) -> float:
    """The false positive rate of a group with a base rate, given the rule's predictive value and misses.

    Parameters
    ----------
    base_rate
        Share with the outcome, 0 to below 1.
    ppv, fnr
        Positive predictive value (above 0) and false negative rate of the rule, 0 to 1.

    Returns
    -------
    float
        0 or more; above 1 where no rule has these three.

    References
    ----------
    Chouldechova (2017), doi:10.1089/big.2016.0047, equation 2.6.

    Examples
    --------
    Of 100 students 20 have need; 10 of them are reached, with 10 others.

    >>> would_follow(0.2, 0.5, 0.5) == 10 / 80
    True
    """
    return base_rate / (1 - base_rate) * (1 - ppv) / ppv * (1 - fnr)


def _finding(plan: AuditPlan, rows: pd.DataFrame, ground: Ground, prefix: str) -> Finding:
    grouping = ground.grouping
    name = f"{prefix}.calibration.{grouping.name}"
    asked = f"Does a score mean the same, whatever the students' {grouping.words}?"
    if not grouping.values:
        return not_analysed(name, asked, f"the data hold no {grouping.words}", confirmatory=plan.confirmatory)
    shown = sorted(shown_groups(ground))
    if not shown:
        return not_analysed(name, asked, why_hidden(plan.minimum), confirmatory=plan.confirmatory)
    known = rows["label"].notna().to_numpy() & rows["score"].notna().to_numpy()
    parts = {group: rows[known & (grouping.code == group)] for group in range(len(grouping.values))}
    rule, level = _rule(rows[known], plan.minimum), 1 - plan.alpha
    found = [
        row
        for group, part in parts.items()
        for row in _rows(grouping.keys(group), part if group in shown else None, rule, plan)
    ]
    bases = {group: base_rate(parts[group], level) for group in shown}
    return Finding(
        name,
        asked,
        "described",
        rows=tuple(found),
        limitations=(READ, *([FOLDS] if rows["fold"].nunique() > 1 else []), IMPOSSIBLE),
        confirmatory=plan.confirmatory,
        reason=_told(grouping, bases, rule),
    )


def base_rate(part: pd.DataFrame, level: float) -> Estimate:
    """Share with the outcome among rows with a label, by Wilson; by student where one has several rows."""
    label, students = part["label"].to_numpy(dtype=float), part["student_id"].to_numpy()
    n, value = effective_n(label, students), float(label.mean())
    return Estimate(value, *wilson(value * n, n, level), level, "share", len(np.unique(students)), "wilson")


def _rule(known: pd.DataFrame, minimum: int) -> tuple[float, float] | None:
    """The rule's positive predictive value and share of misses over all; None where few were selected, or had need."""
    label, decision = known["label"] == 1, known["decision"] == 1
    if min(label.sum(), decision.sum()) < minimum or not (label & decision).any():
        return None
    return float(label[decision].mean()), float((~decision)[label].mean())


def _rows(
    keys: Mapping[str, Key], part: pd.DataFrame | None, rule: tuple[float, float] | None, plan: AuditPlan
) -> Iterator[Row]:
    """Intercept, slope, base rate and what would follow from it in one group; "suppressed" where it is not shown."""
    level = 1 - plan.alpha
    if part is None:
        for what in ("intercept", "slope", "base rate", *([IN_ERROR] if rule else [])):
            yield Row({"what": what, **keys}, None, "suppressed", why_hidden(plan.minimum))
        return
    fit = calibration(part["label"], part["score"], part["student_id"], part["fold"])
    base = base_rate(part, level)
    parts = (
        ("intercept", fit.intercept, fit.intercept_error, "log odds"),
        ("slope", fit.slope, fit.slope_error, "slope"),
    )
    for what, value, error, unit in parts:
        named = {"what": what, **keys}
        if math.isnan(error):
            yield Row(named, None, "not analysed", ALIKE)
        else:
            bounds = normal_interval(value, error, level)
            yield Row(named, Estimate(value, *bounds, level, unit, base.n, "logistic-recalibration"))
    yield Row({"what": "base rate", **keys}, base)
    if rule is not None:
        yield _follows({"what": IN_ERROR, **keys}, base, rule)


def _follows(keys: Mapping[str, Key], base: Estimate, rule: tuple[float, float]) -> Row:
    ends = [would_follow(min(end or 0.0, NEARLY), *rule) for end in (base.value, base.lower, base.upper)]
    if ends[0] > 1:
        return Row(keys, None, "not analysed", BEYOND)
    return Row(keys, Estimate(ends[0], ends[1], min(ends[2], 1.0), base.level, "share", base.n, "from-base-rate"))


def _told(grouping: Grouping, bases: Mapping[int, Estimate], rule: tuple[float, float] | None) -> str:
    """The impossibility with the numbers of this study, for the groups with the lowest and the highest base rate."""
    low, high = (pick(bases, key=lambda group: bases[group].value or 0.0) for pick in (min, max))
    if low == high:
        return "fewer than two groups can be shown, or all have the same base rate"
    if rule is None:
        return "too few students have the outcome, or are selected, to say what follows from the base rates"
    rates = [min(bases[group].value or 0.0, NEARLY) for group in (low, high)]
    first, second = (number(min(would_follow(rate, *rule), 1.0), "share") for rate in rates)
    few, many = (
        f"{100 * rate:.0f} in 100 {grouping.describe(group)}" for rate, group in zip(rates, (low, high), strict=True)
    )
    return (
        f"{many} have the outcome, and {few}: even a rule equally right about both groups, and missing as many of"
        f" both, would select {second} of the first and {first} of the second in error"
    )
