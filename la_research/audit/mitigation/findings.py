"""What each way to narrow a gap changes, and for whom, as findings; none is put in use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from la_research.audit.groups import Codes, Grouping, grouping
from la_research.audit.hidden import Scored, hidden_groups, level_of
from la_research.audit.mitigation import rates, words
from la_research.audit.mitigation.methods import decided
from la_research.audit.mitigation.rates import Told
from la_research.audit.mitigation.sample import Sample, sample_of, too_little
from la_research.audit.plan import AuditPlan
from la_research.disclosure import why_hidden
from la_research.finding import Estimate, Finding, Key, Row, not_analysed
from la_research.protocol import Mitigation

SHOWN = {"tpr": "tpr", "fpr": "fpr", "selection": "selection", "missed": "fnr"}
"""Rates shown by group, and what the audit calls them."""
PER_THOUSAND = "students per 1,000"
ByGroup = Callable[[Sample, Codes, str, int, float], Told]


@dataclass(frozen=True, slots=True)
class _Compared:
    """What all findings of a comparison are told from."""

    plan: AuditPlan
    asked: Mitigation
    sorted_by: Grouping
    sample: Sample
    hidden: frozenset[int]

    @property
    def level(self) -> float:
        return 1 - self.plan.alpha

    @property
    def method(self) -> str:
        """How changes were told, as estimates name it."""
        several = len(np.unique(self.sample.student)) < len(self.sample.student)
        return "by-student" if several else "by-row"


def mitigation_findings(plan: AuditPlan, rows: pd.DataFrame, features: pd.DataFrame) -> list[Finding]:
    """The registered rule and each way to narrow its gap, on held-out students (``audit.mitigation.METHOD``).

    Every method selects as many in each fold as the registered rule does. The estimate of
    "registered" is its largest gap on the rates that the constraint asks to be alike; that of
    every method is the change of the largest gap, mitigated less registered, paired. Rows: "group",
    the rates of each group; "change", by how much a group's rate differs from the registered one; "cost",
    how many more (or fewer, below 0) of 1,000 students have the outcome and are selected ("found"), or
    are selected. Intervals of changes hold for all groups at once.

    Groups that the audit hides for one of the rates do not enter, nor does who has no recorded value. Who has no
    label is scored, never fitted to. With fewer than 10 rows of either label in a group of a training fold
    nothing is fitted.

    Parameters
    ----------
    plan
        Reads mitigation (None: nothing is compared), alpha, minimum, seed and confirmatory.
    rows
        Scored rows of one population: unit_id, student_id, fold, score, decision, label, stratum, the attribute.
    features
        One row a unit (index unit_id), one column a feature; missing where not observed.

    References
    ----------
    Weerts et al. (2023), Fairlearn, JMLR 24(257), and what ``methods`` names. Intervals are ours.

    Examples
    --------
    >>> mitigation_findings(AuditPlan({"gender": 0.1}), pd.DataFrame(), pd.DataFrame())
    []
    """
    if plan.mitigation is None:
        return []
    asked = plan.mitigation
    sorted_by = grouping((str(asked.attribute),), rows, plan.attributes.get(str(asked.attribute), 0.0))
    scored = Scored(
        rows["label"].to_numpy(dtype=float),
        rows["decision"].to_numpy(dtype=float),
        pd.factorize(rows["student_id"])[0],
        pd.factorize(rows["stratum"])[0],
    )
    places = range(len(sorted_by.values))
    levels = hidden_groups(scored, sorted_by, scored.tallies(sorted_by.code, len(places)), plan.minimum, plan.metrics)
    kept = frozenset().union(*(levels[level_of(metric)] for metric in SHOWN.values()))
    sample = sample_of(rows, features, sorted_by, [i for i in places if i not in kept])
    why = too_little(sample) if sorted_by.values else f"the data hold no {sorted_by.words}"
    methods = ("registered", *asked.methods)
    if why:
        return [
            not_analysed(
                f"audit.mitigation.{m}", words.question(m, sorted_by.words), why, confirmatory=plan.confirmatory
            )
            for m in methods
        ]
    compared = _Compared(plan, asked, sorted_by, sample, kept)
    return [_finding(compared, method) for method in methods]


def _finding(compared: _Compared, method: str) -> Finding:
    sample, constraint, level = compared.sample, compared.asked.constraint, compared.level
    chosen = decided(method, sample, constraint, compared.plan.seed)
    told = rates.gap if method == "registered" else rates.gap_change
    how = "simultaneous" if method == "registered" else f"paired-{compared.method}-tukey"
    headline = _estimate(told(sample, chosen, constraint, level), level, "share", how)
    groups = tuple(_groups(compared, chosen))
    changes = () if method == "registered" else tuple(_changes(compared, chosen))
    costs = () if method == "registered" else tuple(_costs(compared, chosen))
    reason = words.reason(method, constraint, compared.sorted_by, headline, changes, costs)
    return Finding(
        f"audit.mitigation.{method}", words.question(method, compared.sorted_by.words), "described", headline,
        (*groups, *changes, *costs), words.assumptions(),
        words.limitations(method, constraint, compared.sorted_by, compared.hidden),
        confirmatory=compared.plan.confirmatory, reason=reason,
    )  # fmt: skip


def _groups(compared: _Compared, chosen: Codes) -> Iterator[Row]:
    """Every rate of every group of the attribute, suppressed where the audit hides it."""
    for shown, metric in SHOWN.items():
        for group in range(len(compared.sorted_by.values)):
            keys = {"what": "group", "metric": shown, **compared.sorted_by.keys(group)}
            yield _row(compared, keys, metric, group, rates.rate, chosen, "wilson")


def _changes(compared: _Compared, chosen: Codes) -> Iterator[Row]:
    for metric in ("tpr", "fpr", "selection"):
        for group in range(len(compared.sorted_by.values)):
            keys = {"what": "change", "metric": metric, **compared.sorted_by.keys(group)}
            yield _row(compared, keys, metric, group, rates.rate_change, chosen, "paired")


def _costs(compared: _Compared, chosen: Codes) -> Iterator[Row]:
    ways = (
        ("found", rates.found_per_thousand, f"paired-{compared.method}"),
        ("selection", rates.selected_per_thousand, "by-rule"),
    )
    for metric, told, how in ways:
        found = told(compared.sample, chosen, compared.level)
        yield Row({"what": "cost", "metric": metric}, _estimate(found, compared.level, PER_THOUSAND, how))


def _row(
    compared: _Compared, keys: Mapping[str, Key], metric: str, group: int, told: ByGroup, chosen: Codes, how: str
) -> Row:
    if group in compared.hidden:
        return Row(keys, None, "suppressed", why_hidden(compared.plan.minimum))
    found = told(compared.sample, chosen, metric, group, compared.level)
    suffix = "-bonferroni" if how == "paired" else ""
    return Row(keys, _estimate(found, compared.level, "share", f"{how}-{compared.method}{suffix}"))


def _estimate(told: Told, level: float, unit: str, method: str) -> Estimate:
    return Estimate(told.value, told.lower, told.upper, level, unit, told.n, method)
