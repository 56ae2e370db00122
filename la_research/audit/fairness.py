"""The audit stage: every registered attribute on every registered metric, pooled and within modules."""

from __future__ import annotations

import pandas as pd

from la_research.audit.across import across_findings
from la_research.audit.calibrated import calibration_findings
from la_research.audit.consent import consent_findings
from la_research.audit.curves import curve_findings
from la_research.audit.groups import with_attributes
from la_research.audit.heterogeneity import heterogeneity_finding
from la_research.audit.inside import inside_of
from la_research.audit.labels import label_findings
from la_research.audit.mitigation import mitigation_findings
from la_research.audit.over_time import time_findings
from la_research.audit.plan import AuditPlan, registered
from la_research.audit.pooled import pooled_finding
from la_research.audit.proxies import proxy_findings
from la_research.audit.representation import representation_findings
from la_research.audit.task import Task, judged, tasks_of
from la_research.audit.thresholds import threshold_findings
from la_research.audit.within import within_findings
from la_research.cohort import Cohort
from la_research.disclosure import disclosed
from la_research.finding import Finding, Findings, not_analysed
from la_research.models import ALL, Predictions
from la_research.protocol import Protocol

QUESTION = "Does the rule work equally well for every group?"
PEOPLE = (across_findings, representation_findings, consent_findings)
"""What is asked of who is there, from the cohort and the scored rows of the main population."""


def audit_fairness(protocol: Protocol, cohort: Cohort, predictions: Predictions) -> Findings:
    """Where the rule fails some groups more often than others.

    For every registered attribute and intersection, and every registered metric, the largest
    gap between groups with a simultaneous interval (``audit.METRIC.ATTRIBUTE``); the same
    within modules, weighted to the pooled module mix (``….within``), and their difference
    (``….difference``), both for shares and the AUC; for selection and error rates also how gaps
    differ between modules (``….heterogeneity``). Beside them ``audit.time.METRIC.ATTRIBUTE``,
    ``audit.abroca.ATTRIBUTE`` where it is registered, ``audit.calibration.ATTRIBUTE`` and, over
    the registered thresholds, ``audit.thresholds.ATTRIBUTE``; what the gaps could be against true
    need (``audit.labels.METRIC.ATTRIBUTE``); and how well each attribute can be told from the
    features (``audit.proxies.ATTRIBUTE``). A second registered population has its id before the
    metric.

    "disparity": the interval lies beyond the registered margin, with Holm over all
    comparisons of a population that are held against one. "equivalent": every pair's interval
    at 1 - 2*alpha lies inside plus and minus the margin. The margin is a share: a gap in
    minutes, log odds, slopes or squared errors is "described". Otherwise "inconclusive", always
    so where a group holds enough students but too few whom the metric reads (fewer than 10 of
    either label behind a metric of both; where students have several rows, fewer than 20
    expected on one side of the rule). Where students have several rows, variances go by
    student; n counts students, of shown groups only where one is hidden. A group with few in
    need, or few without, is hidden for every metric that reads a label. An AUC or average
    precision compares the places of scores in their own fold.

    Of the main population also: from what thirds of students are made (``audit.across.ATTRIBUTE``),
    whom the data leave out (``audit.representation.ATTRIBUTE``), what that could change
    (``audit.consent.METRIC.ATTRIBUTE``) and, where registered, ways to narrow a gap
    (``audit.mitigation.METHOD``).

    Parameters
    ----------
    protocol
        Reads fairness, disclosure.minimum_group_size and what ``eligible`` reads.
    cohort
        Reads the vault and contacts. A student without a recorded attribute is in no group of it.
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
    if not scored or not registered(protocol).attributes:
        unscored = predictions.reason or "no student was scored"
        why = unscored if not scored else "the protocol registers no sensitive feature"
        return Findings([not_analysed("audit.model", QUESTION, why, confirmatory=True)])
    plan, found, features = registered(protocol), list[Finding](), predictions.features
    for population in (ALL, *(subset.id for subset in protocol.population.subsets)):
        prefix = "audit" if population == ALL else f"audit.{population.lower().replace('-', '_')}"
        if population in scored:
            rows = with_attributes(protocol, cohort, scored[population])
            found += compared(plan, rows, prefix)
            found += proxy_findings(plan, rows, features[population], prefix)
            if population == ALL:
                found += mitigation_findings(plan, rows, features[population])
                found += [finding for find in PEOPLE for finding in find(protocol, cohort, plan, rows)]
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
    found = list[Finding]()
    for task, verdict in zip(tasks, judged(plan, tasks), strict=True):
        found.append(pooled_finding(plan, task, verdict))
        if _standardised(task):
            here = inside_of(plan, task, strata)
            found += [*within_findings(plan, task, here), *heterogeneity_finding(plan, task, here)]
    return [
        *found,
        *time_findings(plan, [task for task in tasks if _standardised(task)], rows, prefix),
        *curve_findings(plan, rows, prefix),
        *calibration_findings(plan, rows, prefix),
        *threshold_findings(plan, rows, prefix),
        *label_findings(plan, tasks, rows, prefix),
    ]


def _standardised(task: Task) -> bool:
    """Whether the gap can be weighted over strata: shares of students, and the AUC."""
    return task.measure.rate or task.measure.ranks
