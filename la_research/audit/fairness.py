"""The audit stage: every registered attribute on every registered metric, pooled and within modules."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from la_research.audit import words
from la_research.audit.disparity import Comparison, compare, verdicts
from la_research.audit.groups import Codes, Grouping, groupings, with_attributes
from la_research.audit.metrics import METRICS, ByGroup, Measured, by_group, measured
from la_research.audit.within import difference_finding, within_finding
from la_research.cohort import Cohort
from la_research.disclosure import disclosed
from la_research.finding import Estimate, Finding, Findings, Row, Verdict, not_analysed
from la_research.models import Predictions
from la_research.protocol import Protocol

QUESTION = "Does the rule work equally well for every group?"


def audit_fairness(protocol: Protocol, cohort: Cohort, predictions: Predictions) -> Findings:
    """Where the rule fails some groups more often than others.

    For every registered attribute and intersection, and every registered metric, the largest
    gap between groups with a simultaneous interval (``audit.METRIC.ATTRIBUTE``); the same
    within modules, weighted to the pooled module mix (``….within``); and their difference
    (``….difference``). A second registered population has its id before the metric.

    "disparity": the interval lies beyond the registered margin, with Holm over all
    comparisons of a population. "equivalent": every pair's interval at 1 - 2*alpha lies inside
    plus and minus the margin. Otherwise "inconclusive", always so where fewer than 10 students
    are expected on one side of the rule. Where students have several rows, variances go by
    student, and n counts students.

    Parameters
    ----------
    protocol
        Reads fairness, disclosure.minimum_group_size and what ``eligible`` reads.
    cohort
        Reads the vault. A student without a recorded attribute is in no group of it.
    predictions
        Out-of-fold scores and decisions. Rows without a label count for "selection" only.

    References
    ----------
    Weerts et al. (2023), Fairlearn, JMLR 24(257): point values. Newcombe (1998) with the
    studentised range: intervals of gaps. Schuirmann (1987), doi:10.1007/BF01068419: equivalence
    by two one-sided tests. Holm (1979): several comparisons.
    """
    parts = [(population, frame) for population, frame, _ in predictions.parts()]
    if not any(len(frame) for _, frame in parts):
        return Findings([not_analysed("audit.model", QUESTION, predictions.reason or "no student was scored")])
    if not protocol.fairness.sensitive:
        return Findings([not_analysed("audit.model", QUESTION, "the protocol registers no sensitive feature")])
    found: list[Finding] = []
    for population, frame in parts:
        prefix = "audit" if population == "all" else f"audit.{population.lower().replace('-', '_')}"
        if len(frame):
            found += _population(protocol, cohort, frame, prefix)
        else:
            found.append(not_analysed(f"{prefix}.model", QUESTION, "no student of this population was scored"))
    return disclosed(Findings(found), protocol.disclosure.minimum_group_size)


@dataclass(frozen=True, slots=True)
class Task:
    """One metric on one grouping: the rows it reads, its value by group, and their comparison."""

    id: str
    grouping: Grouping
    code: Codes
    sizes: Codes
    measure: Measured
    groups: ByGroup
    comparison: Comparison


def _population(protocol: Protocol, cohort: Cohort, frame: pd.DataFrame, prefix: str) -> list[Finding]:
    rows = with_attributes(protocol, cohort, frame)
    strata = sorted(rows["stratum"].unique())
    measures = [measured(metric, rows) for metric in protocol.fairness.metrics]
    planned = [(grouping, measure) for grouping in groupings(protocol, rows) for measure in measures]
    missing = {place: _missing(grouping, measure) for place, (grouping, measure) in enumerate(planned)}
    students = pd.factorize(rows["student_id"])[0]
    tasks = {
        place: _task(protocol, grouping, measure, students, f"{prefix}.{measure.metric}.{grouping.name}")
        for place, (grouping, measure) in enumerate(planned)
        if missing[place] is None
    }
    judged = dict(zip(tasks, verdicts([task.comparison for task in tasks.values()], len(planned), protocol.fairness.alpha)))
    found: list[Finding] = []
    for place, (grouping, measure) in enumerate(planned):
        if place not in tasks:
            asked = words.question(measure.metric, grouping)
            why = missing[place] or ""
            found.append(
                not_analysed(f"{prefix}.{measure.metric}.{grouping.name}", asked, why, confirmatory=True)
            )
            continue
        task = tasks[place]
        found += [_pooled(protocol, task, judged[place], students), *_inside(protocol, task, strata)]
    return found
