"""The audit stage: every registered attribute on every registered metric, pooled and within modules."""

from __future__ import annotations

import pandas as pd

from la_research.audit.disparity import verdicts
from la_research.audit.groups import with_attributes
from la_research.audit.labels import label_findings
from la_research.audit.plan import AuditPlan, registered
from la_research.audit.pooled import pooled_finding
from la_research.audit.task import tasks_of
from la_research.audit.within import within_findings
from la_research.cohort import Cohort
from la_research.disclosure import disclosed
from la_research.finding import Finding, Findings, not_analysed
from la_research.models import ALL, Predictions
from la_research.protocol import Protocol

QUESTION = "Does the rule work equally well for every group?"


def audit_fairness(protocol: Protocol, cohort: Cohort, predictions: Predictions) -> Findings:
    """Where the rule fails some groups more often than others.

    For every registered attribute and intersection, and every registered metric, the largest
    gap between groups with a simultaneous interval (``audit.METRIC.ATTRIBUTE``); the same
    within modules, weighted to the pooled module mix (``….within``); and their difference
    (``….difference``); and what the gaps could be against true need (``audit.labels.METRIC.ATTRIBUTE``).
    A second registered population has its id before the metric.

    "disparity": the interval lies beyond the registered margin, with Holm over all
    comparisons of a population. "equivalent": every pair's interval at 1 - 2*alpha lies inside
    plus and minus the margin. Otherwise "inconclusive", always so where fewer than 10 students
    are expected on one side of the rule. Where students have several rows, variances go by
    student; n counts students, of shown groups only where one is hidden. A group with few in
    need, or few without, is hidden for every metric that reads a label. An AUC compares the
    places of scores in their own fold.

    Parameters
    ----------
    protocol
        Reads fairness, disclosure.minimum_group_size and what ``eligible`` reads.
    cohort
        Reads the vault. A student without a recorded attribute is in no group of it.
    predictions
        Out-of-fold scores and decisions of all who were scored. Rows without a label count
        for "selection", and for the places in their fold; for no other metric.

    References
    ----------
    Weerts et al. (2023), Fairlearn, JMLR 24(257): point values. Newcombe (1998) with the
    studentised range: intervals of gaps. Schuirmann (1987), doi:10.1007/BF01068419: equivalence
    by two one-sided tests. Forman & Scholz (2010), doi:10.1145/1882471.1882479: folds are not
    pooled. Holm (1979): several comparisons.
    """
    scored = {population: frame for population, frame, _ in predictions.parts() if len(frame)}
    if not scored or not protocol.fairness.sensitive:
        unscored = predictions.reason or "no student was scored"
        why = unscored if not scored else "the protocol registers no sensitive feature"
        return Findings([not_analysed("audit.model", QUESTION, why, confirmatory=True)])
    plan, found = registered(protocol), list[Finding]()
    for population in (ALL, *(subset.id for subset in protocol.population.subsets)):
        prefix = "audit" if population == ALL else f"audit.{population.lower().replace('-', '_')}"
        if population in scored:
            found += compared(plan, with_attributes(protocol, cohort, scored[population]), prefix)
        else:
            why = predictions.reason or "no student of this population was scored"
            found.append(not_analysed(f"{prefix}.model", QUESTION, why, confirmatory=True))
    return disclosed(Findings(found), plan.minimum)


def compared(plan: AuditPlan, rows: pd.DataFrame, prefix: str = "audit") -> list[Finding]:
    """Every comparison of a plan on the scored rows of one population: pooled, within strata, their difference, bounds.

    Parameters
    ----------
    plan
        What is compared, and by which rule.
    rows
        As ``tasks_of`` reads them.
    prefix
        What ids begin with.
    """
    strata = sorted(rows["stratum"].unique())
    tasks = tasks_of(plan, rows, prefix)
    judged = verdicts([task.comparison for task in tasks], plan.alpha)
    told = [
        finding
        for task, verdict in zip(tasks, judged, strict=True)
        for finding in (pooled_finding(plan, task, verdict), *within_findings(plan, task, strata))
    ]
    return [*told, *label_findings(plan, tasks, rows, prefix)]
