"""An indicator beside an outcome in a plain table: the association split in two, or one correlation, and AUC."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from la_research.disclosure import disclosed
from la_research.finding import Assumption, Estimate, Finding, Findings, Row, not_analysed
from la_research.seeds import stream
from la_research.statistics.association import KINDS, associations, chance_slopes
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.correlation import Correlation, correlation, slope_per_sd
from la_research.statistics.folds import fold_auc
from la_research.statistics.intervals import Floats
from la_research.statistics.multiplicity import holm_levels, hypothesis_verdict
from la_research.statistics.placebo import shuffled
from la_research.statistics.prediction import auc_interval
from la_research.validation.associated.absent import missing_finding
from la_research.validation.associated.choices import choice_findings
from la_research.validation.associated.lags import lagged_finding
from la_research.validation.associated.opposite import opposite_finding
from la_research.validation.associated.reliability import reliability_finding
from la_research.validation.associated.rows import ON_A_LINE, Asked, on_a_line
from la_research.validation.chance import as_extreme, chance_range
from la_research.validation.table import AssociationPlan
from la_research.validation.validity import LEAST_STUDENTS, METHOD, UNIT

ALPHA = 0.05
REPLICATES = 199
LEAST_EITHER = 10
"""Students with, and without, an outcome of yes and no, below which nothing is said of it."""
EXACT = 1e-9
"""Numbers of size 1 that lie this close together are the same."""
QUESTIONS = {
    "between": "Do students whose indicator is higher than that of others have a higher outcome?",
    "within": "In weeks in which their indicator is higher than usual, do students have a higher outcome?",
    "correlation": "Do students with a higher indicator have a higher outcome?",
    "discrimination": "How well does the indicator put rows with the outcome above rows without it?",
}
PLACEBO = "How large an association would an indicator without any link show in this table?"
MOVED = {
    "between": ("shuffled", "the indicator was handed to other students of the same week at random"),
    "within": ("shifted", "each student's weeks of the indicator were begun at a week drawn at random"),
    "correlation": ("shuffled", "the indicator was handed to other students at random"),
}
NOT_A_CAUSE = "An association is not a cause: something else may move both, or the outcome may come first."
LIMITATIONS = {
    "between": (NOT_A_CAUSE, "It says how students compare on average; it does not say how any one student is."),
    "within": (NOT_A_CAUSE, "It is an average: for some students it may point the other way."),
    "correlation": (NOT_A_CAUSE, "It says how students compare on average; it does not say how any one student is."),
    "discrimination": (
        "0.5 is a coin, 1 a perfect order; below 0.5 rows with the outcome have the lower values.",
        "Calibration is not asked: an indicator is no probability, so it can not promise too much or too little.",
    ),
}
STRAIGHT = {
    "between": "A straight line describes how students differ",
    "within": "A straight line describes how a student's weeks differ",
}
SEPARATED = (
    "the indicator separates rows with the outcome from those without it perfectly: "
    "it may be made from the outcome, or the rows are too few"
)


FURTHER = (reliability_finding, opposite_finding, lagged_finding, missing_finding)
"""What else is asked where a student has several rows, in the order of the screen."""


def associate_rows(plan: AssociationPlan, rows: pd.DataFrame, covariates: Floats) -> Findings:
    """How an indicator and an outcome go together in the rows of a table; nothing in it was registered.

    Where a student has several rows: the slopes between students and within student of
    ``associations``, in one family by Holm. Else: Pearson's correlation, compared within modules
    and weeks where they are named. Beside each stands what an indicator without a link would show.
    For an outcome of yes and no also the AUC, over pairs of the same module and week.

    Parameters
    ----------
    rows
        student, cluster, week (numbers), x, y (not a number where missing).
    covariates
        (rows, k) numbers, not a number where missing; such a row does not count where they are given.

    Returns
    -------
    Findings
        ``cohort.table``; ``validation.associate.between`` and ``.within``, or ``.correlation``;
        the same with ``.placebo``; ``validation.associate.discrimination``. Where a student has several rows also
        ``validation.associate.reliability``, ``.opposite``, ``.lagged``, ``.missing``,
        ``.choices.between`` and ``.choices.within``.

    Examples
    --------
    >>> rng = stream(1, "validation", "example")
    >>> x = rng.normal(size=400)
    >>> rows = pd.DataFrame({"student": range(400), "cluster": 0, "week": 0.0, "x": x, "y": x + rng.normal(size=400)})
    >>> found = associate_rows(AssociationPlan(smallest=0.1), rows, np.empty((400, 0)))
    >>> found["validation.associate.correlation"].verdict
    'supported'
    """
    asked = Asked(plan, _scaled(rows), covariates)
    found = [_who(asked)]
    why = _unanswerable(asked) if asked.repeated else ""
    found += _split(asked, why) if asked.repeated else _single(asked)
    if plan.binary:
        found.append(_discrimination(asked))
    if asked.repeated:
        found += [ask(asked, why) for ask in FURTHER]
        found += choice_findings(asked, why)
    return disclosed(Findings(found), plan.minimum)


def _scaled(rows: pd.DataFrame) -> pd.DataFrame:
    """Both numbers by their largest size, none too small or too large to be squared; raw is x as given."""
    size = rows[["x", "y"]].abs().max()
    return rows.assign(
        raw=rows["x"], **{name: rows[name] / (size[name] if size[name] > 0 else 1) for name in ("x", "y")}
    )


def _who(asked: Asked) -> Finding:
    rows = asked.rows
    students = int(rows["student"][asked.both].nunique())
    counts = {
        "all": len(rows),
        "without the indicator": int(rows["x"].isna().sum()),
        "without the outcome": int(rows["y"].isna().sum()),
        "without a covariate": int(np.isnan(asked.covariates).any(axis=1).sum()),
    }
    shown = tuple(
        Row({"what": what}, Estimate(n, None, None, None, "rows", n, "count")) for what, n in counts.items() if n
    )
    whole = Estimate(students, None, None, None, "students", students, "count")
    return Finding("cohort.table", "Who holds both the indicator and the outcome?", "described", whole, shown)


def _unanswerable(asked: Asked) -> str:
    """Why several rows a student answer nothing; empty where they may."""
    return _reason(asked, LEAST_STUDENTS) or (ON_A_LINE if on_a_line(asked.panel()) else "")


def _split(asked: Asked, reason: str) -> Iterator[Finding]:
    """Both slopes, and what chance would make of each."""
    panel = asked.panel()
    fit = None if reason else associations(panel)
    slopes = fit.slopes if fit else {}
    levels = holm_levels({kind: slopes[kind].p if kind in slopes else 1.0 for kind in KINDS}, ALPHA)
    for kind in KINDS:
        if fit is None or kind not in slopes:
            yield from _unknown(kind, fit.reasons[kind] if fit else reason)
            continue
        found = _found(asked, kind, slopes[kind], levels[kind], UNIT, METHOD)
        p = fit.curvature[kind]
        straight = "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
        yield replace(
            found,
            rows=(*found.rows, *_given_covariates(asked, kind)),
            assumptions=(
                *found.assumptions,
                Assumption(STRAIGHT[kind], p >= ALPHA, f"a squared term added to the line: {straight}"),
            ),
        )
        chance = chance_slopes(panel, kind, REPLICATES, stream(0, "validation", "placebo", kind))
        yield _placebo(kind, slopes[kind], chance, UNIT)


def _given_covariates(asked: Asked, kind: str) -> Iterator[Row]:
    if not asked.covariates.shape[1]:
        return
    panel = asked.panel(given=True)
    key = {"what": "given the covariates"}
    if panel.students < LEAST_STUDENTS:
        yield Row(key, None, "not analysed", f"fewer than {LEAST_STUDENTS} students hold all covariates")
        return
    fit = associations(panel)
    if kind in fit.reasons or on_a_line(panel):
        yield Row(key, None, "not analysed", fit.reasons.get(kind, ON_A_LINE))
    else:
        yield Row(key, fit.of(kind).estimate(UNIT, METHOD, 0.95))


def _single(asked: Asked) -> Iterator[Finding]:
    """The correlation of students with one row each, beside it what is more robust, and what chance would make."""
    reason, use = _reason(asked, asked.plan.minimum), asked.both
    rows, stratum = asked.rows[use], asked.stratum[use]
    found = None if reason else correlation(rows["x"], rows["y"], None, stratum)
    if found is None:
        yield from _unknown("correlation", reason or ON_A_LINE)
        return
    finding = _found(asked, "correlation", found, ALPHA, "r", "pearson-fisher")
    further = [*_ranked(rows, stratum), *_partial(asked)]
    slope = slope_per_sd(rows["x"], rows["y"], None, stratum) if asked.plan.binary else None
    if slope is not None:
        further.append(Row({"what": "change of the share"}, slope.estimate("share per SD", "ols-hc3", 0.95)))
    yield replace(finding, rows=(*finding.rows, *further))
    rng, x = stream(0, "validation", "placebo", "correlation"), rows["x"].to_numpy()
    drawn = [correlation(shuffled(x, stratum, rng), rows["y"], None, stratum) for _ in range(REPLICATES)]
    yield _placebo("correlation", found, np.array([one.value for one in drawn if one]), "r")


def _ranked(rows: pd.DataFrame, stratum: np.ndarray) -> Iterator[Row]:
    found = correlation(rows["x"], rows["y"], None, stratum, ranks=True)
    if found is not None:
        yield Row({"what": "by ranks"}, found.estimate("r", "spearman-bonett-wright", 0.95))


def _partial(asked: Asked) -> Iterator[Row]:
    if not asked.covariates.shape[1]:
        return
    use = asked.both & ~np.isnan(asked.covariates).any(axis=1)
    rows, key = asked.rows[use], {"what": "given the covariates"}
    found = correlation(rows["x"], rows["y"], asked.covariates[use], asked.stratum[use]) if use.any() else None
    if found is None:
        yield Row(key, None, "not analysed", "too few rows hold all covariates, or they explain one of the two in full")
    else:
        yield Row(key, found.estimate("r", "partial-fisher", 0.95))


def _discrimination(asked: Asked) -> Finding:
    name, question = "validation.associate.discrimination", QUESTIONS["discrimination"]
    reason = _reason(asked, asked.plan.minimum)
    if reason:
        return not_analysed(name, question, reason)
    rows, stratum = asked.rows[asked.both], asked.stratum[asked.both]
    students = rows["student"] if asked.repeated else None
    if asked.plan.by_week or asked.plan.by_cluster:
        found, method = fold_auc(rows["y"] > 0, rows["x"], stratum, rows["student"]), "delong-within-module-weeks"
    else:
        found = auc_interval(rows["y"] > 0, rows["x"], 0.95, students)
        method = "obuchowski" if asked.repeated else "delong"
    if any(map(math.isnan, found)):
        return not_analysed(name, question, "no module and week holds two students with and two without the outcome")
    n = int(rows["student"].nunique())
    return Finding(
        name, question, "described", Estimate(*found, 0.95, "AUC", n, method),
        assumptions=(_calendar(asked),), limitations=LIMITATIONS["discrimination"],
    )  # fmt: skip


def _reason(asked: Asked, least: int) -> str:
    """Why there is no number at all; empty where there may be one."""
    rows = asked.rows[asked.both]
    for name, what in (("x", "indicator"), ("y", "outcome")):
        if asked.rows[name].isna().all():
            return f"no row holds the {what}"
    if rows["student"].nunique() < least:
        return f"fewer than {least} students hold both the indicator and the outcome"
    for name, what in (("x", "indicator"), ("y", "outcome")):
        if np.ptp(rows[name]) <= EXACT:
            return f"the {what} is the same in every row that holds both"
    return _too_plain(rows) if asked.plan.binary else ""


def _too_plain(rows: pd.DataFrame) -> str:
    """Why nothing is said of an outcome of yes and no; empty where something may be."""
    yes, no = (rows[side] for side in (rows["y"] > 0, rows["y"] <= 0))
    if min(yes["student"].nunique(), no["student"].nunique()) < LEAST_EITHER:
        return f"fewer than {LEAST_EITHER} students have the outcome, or fewer than {LEAST_EITHER} are without it"
    apart = yes["x"].min() > no["x"].max() or yes["x"].max() < no["x"].min()
    return SEPARATED if apart else ""


def _found(asked: Asked, kind: str, found: Coefficient | Correlation, alpha: float, unit: str, method: str) -> Finding:
    """Verdict where a smallest association was named, else the plain interval."""
    smallest, name = asked.plan.smallest, f"validation.associate.{kind}"
    plain = found.estimate(unit, method, 0.95)
    if smallest is None:
        judged = Finding(name, QUESTIONS[kind], "described", plain)
    else:
        verdict, reason = hypothesis_verdict(
            found.value, *found.interval(1 - alpha), *found.interval(1 - 2 * ALPHA),
            "positive" if smallest > 0 else "negative", abs(smallest),
        )  # fmt: skip
        reason = reason.replace("registered side of zero", "side of zero asked").replace("registered", "asked")
        rows = (Row({"what": "plain 95 % interval"}, plain),) if alpha < ALPHA else ()
        judged = Finding(
            name, QUESTIONS[kind], verdict, found.estimate(unit, method, 1 - alpha), rows, reason=reason
        )  # fmt: skip
    return replace(judged, assumptions=(_calendar(asked), _selection(asked)), limitations=LIMITATIONS[kind])


def _unknown(kind: str, reason: str) -> Iterator[Finding]:
    yield not_analysed(f"validation.associate.{kind}", QUESTIONS[kind], reason)
    yield not_analysed(f"validation.associate.{kind}.placebo", PLACEBO, reason)


def _placebo(kind: str, found: Coefficient | Correlation, chance: Floats, unit: str) -> Finding:
    word, moved = MOVED[kind]
    large = as_extreme(int((np.abs(chance) >= abs(found.value)).sum()), len(chance), found.n)
    return Finding(
        f"validation.associate.{kind}.placebo",
        PLACEBO,
        "described",
        chance_range(chance, unit, found.n, f"{word}-{len(chance)}"),
        rows=(large,),
        limitations=(f"A negative control: {moved}, {len(chance)} times. Its interval is where 95 % of them lie.",),
    )


def _calendar(asked: Asked) -> Assumption:
    statement = "A common calendar does not make the association"
    taken = [word for word, named in (("module", asked.plan.by_cluster), ("week", asked.plan.by_week)) if named]
    if asked.plan.by_week:
        return Assumption(statement, True, f"students are compared within the same {' and '.join(taken)}")
    if asked.repeated:
        return Assumption(statement, None, "no column of weeks was named, so weeks that are busy for all are not apart")
    return Assumption(statement, None, "no column of weeks was named; it holds where all rows are of one week")


def _selection(asked: Asked) -> Assumption:
    share = float(asked.both.mean())
    return Assumption(
        "Whether both are known does not depend on how they go together",
        None,
        f"{100 * share:.1f} % of the rows hold both; why the others do not is not known",
    )
