"""Whether the data that a model reads tell a protected attribute, though the attribute is not among them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from la_research.audit.across import ACROSS
from la_research.audit.groups import Codes, Grouping, grouping
from la_research.audit.plan import AuditPlan
from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.seeds import stream
from la_research.statistics.intervals import Floats
from la_research.statistics.rest import ToldApart, rest_auc

MOST = 20_000
"""Students who are read at most, drawn at random; more would say the same more slowly."""
METHOD = "cross-fitted-logistic-delong"
ALONE = "cross-fitted-direction-delong-bonferroni"
NO_LINK = "not shown to be better than chance; what was learnt from the other folds is wrong in this one"
LIMITATIONS = (
    "A logistic model on the places of values was tried; a model of another shape may tell more.",
    "A link is no cause, and taking out one column need not end it: the others may carry it too.",
)


def proxy_findings(plan: AuditPlan, rows: pd.DataFrame, features: pd.DataFrame, prefix: str = "audit") -> list[Finding]:
    """How well each attribute can be told from the features, and which features carry it (``audit.proxies.ATTR``).

    In each fold a logistic model, fitted to the other folds, scores how much a student's
    features look like those of each recorded value. The estimate is the AUC of these scores:
    with two values the rarer against the other; with more, each against the rest, weighted by
    its share. 0.5 is chance. A row for each feature gives the same for the feature alone, whose
    direction comes from the other folds; their intervals hold together.

    Features enter as places among all students, 0 to 1; one that is missing stands in the
    middle and has a column that says so, and alone it stands lowest. No study registers a
    claim on this: the findings are exploratory. A value that fewer students
    than ``minimum`` hold is left out, and so is who has no recorded value.

    Parameters
    ----------
    rows
        Scored rows of one population: unit_id, student_id, fold, and a column for each attribute.
    features
        One row a unit (index unit_id), one column a feature; missing where not observed.
    prefix
        What ids begin with.

    References
    ----------
    Hand & Till (2001), doi:10.1023/A:1010920819831, and Provost & Domingos (2003),
    doi:10.1023/A:1024099825458: several values. ``rest_auc``: the interval.

    Examples
    --------
    >>> rows = pd.DataFrame({"unit_id": list("ab"), "student_id": list("ab"), "fold": [1, 2], "gender": ["F", "M"]})
    >>> nothing = pd.DataFrame({"clicks": [1.0, 2.0]}, index=list("ab"))
    >>> proxy_findings(AuditPlan({"gender": 0.1}), rows, nothing)[0].reason
    'fewer than two values are held by 10 students'
    """
    columns = features.loc[rows["unit_id"]]
    return [
        _finding(plan, grouping((name,), rows, plan.attributes[name]), rows, columns, prefix)
        for name in sorted(set(plan.attributes) - set(ACROSS))
    ]


def _finding(plan: AuditPlan, sorted_by: Grouping, rows: pd.DataFrame, features: pd.DataFrame, prefix: str) -> Finding:
    name = f"{prefix}.proxies.{sorted_by.name}"
    asked = f"Can students' {sorted_by.words} be told from the data that the model reads?"
    if not sorted_by.values:
        return not_analysed(name, asked, f"the data hold no {sorted_by.words}")
    student = pd.factorize(rows["student_id"])[0]
    enough = [g for g in range(len(sorted_by.values)) if len(np.unique(student[sorted_by.code == g])) >= plan.minimum]
    if len(enough) < 2:
        return not_analysed(name, asked, f"fewer than two values are held by {plan.minimum} students")
    if rows["fold"].nunique() < 2:
        return not_analysed(name, asked, "there is one fold only, and nothing to learn from outside it")
    observed = features.loc[:, features.notna().any().to_numpy()]
    if not observed.shape[1]:
        return not_analysed(name, asked, "no feature was observed for anyone")
    kept = np.flatnonzero(np.isin(sorted_by.code, enough) & _drawn(plan, student, sorted_by.name))
    value, fold, who = _by_share(sorted_by.code[kept]), rows["fold"].to_numpy()[kept], student[kept]
    read = observed.iloc[kept]
    n, level = len(np.unique(who)), 1 - plan.alpha
    whole = rest_auc(value, _looks_like(value, read, fold), fold, who, level)
    if math.isnan(whole.value):
        return not_analysed(name, asked, "no fold holds two students of one value and two of another")
    alone = dict(_alone(value, read, fold, who, level))
    told = tuple(_row(str(column), alone.get(str(column)), level, n) for column in features)
    return Finding(
        name, asked, "described", _estimate(whole, level, n, METHOD), told,
        limitations=(*LIMITATIONS, *_left_out(plan, sorted_by, len(enough))),
        reason=_reason(sorted_by.words, whole),
    )  # fmt: skip


def _drawn(plan: AuditPlan, student: Codes, name: str) -> np.ndarray:
    """Which rows are read: all rows of up to 20,000 students."""
    students = int(student.max()) + 1
    if students <= MOST:
        return np.ones(len(student), dtype=bool)
    return np.isin(student, stream(plan.seed, "audit", "proxies", name).permutation(students)[:MOST])


def _by_share(code: Codes) -> Codes:
    """Codes from 0, the rarest value first; the earlier by name where two are as rare."""
    values, counts = np.unique(code, return_counts=True)
    rank = np.empty(len(values), dtype=np.int64)
    rank[np.argsort(counts, kind="stable")] = np.arange(len(values))
    return rank[np.searchsorted(values, code)]


def _looks_like(value: Codes, features: pd.DataFrame, fold: Codes) -> Floats:
    """How much each row looks like each value (of two: like the rarer), by a model fitted to the other folds."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    kinds = int(value.max()) + 1
    missing = features.isna().to_numpy(dtype=float)
    places = (features.rank() - 0.5).to_numpy() / np.maximum(features.notna().sum().to_numpy(), 1)
    design = np.column_stack([(np.where(missing > 0, 0.5, places) - 0.5) * math.sqrt(12), missing])
    found = np.full((len(value), kinds), 0.0)
    with threadpool_limits(1):
        for name in np.unique(fold):
            test, known = fold == name, np.unique(value[fold != name])
            if len(known) > 1:
                model = LogisticRegression(C=1.0, max_iter=1000).fit(design[~test], value[~test])
                found[np.ix_(test, known)] = model.predict_proba(design[test])
    return found[:, : 1 if kinds == 2 else kinds]


def _alone(
    value: Codes, features: pd.DataFrame, fold: Codes, students: Codes, level: float
) -> Iterator[tuple[str, ToldApart]]:
    """Each feature by itself; whether high or low speaks for a value is learnt from the other folds."""
    kinds = int(value.max()) + 1
    wanted = np.arange(1 if kinds == 2 else kinds)
    for name in features:
        place = features[name].rank(na_option="top").to_numpy() / len(features)
        scores = np.zeros((len(value), len(wanted)))
        for held in np.unique(fold):
            test = fold == held
            centred = place - place[~test].mean() if (~test).any() else place
            total = np.bincount(value[~test], weights=centred[~test], minlength=kinds)[wanted]
            scores[test] = place[test, None] * np.sign(np.round(total, 9))[None, :]
        yield str(name), rest_auc(value, scores, fold, students, level, features.shape[1])


def _row(feature: str, alone: ToldApart | None, level: float, n: int) -> Row:
    keys = {"what": "feature", "feature": feature}
    if alone is None:
        return Row(keys, None, "not analysed", "it was observed for nobody")
    return Row(keys, _estimate(alone, level, n, ALONE), None, NO_LINK if alone.upper < 0.5 else None)


def _estimate(told: ToldApart, level: float, n: int, method: str) -> Estimate:
    return Estimate(told.value, told.lower, told.upper, level, "AUC", n, method)


def _reason(words: str, whole: ToldApart) -> str:
    if whole.lower > 0.5:
        return f"{words} can be told from the features better than by chance"
    if whole.upper < 0.5:
        return NO_LINK
    return f"it is not shown that {words} can be told from the features better than by chance"


def _left_out(plan: AuditPlan, sorted_by: Grouping, enough: int) -> tuple[str, ...]:
    small = len(sorted_by.values) - enough
    if not small:
        return ()
    return (f"Values held by fewer than {plan.minimum} students are left out.",)
