"""How well the model's out-of-fold scores tell students apart, and whether they mean what they say."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import repeat

import numpy as np
import pandas as pd

from la_research.disclosure import tells_few, why_hidden
from la_research.finding import Assumption, Estimate, Finding, Row, not_analysed
from la_research.models import Predictions
from la_research.protocol import Protocol
from la_research.statistics.folds import fold_auc
from la_research.statistics.intervals import effective_n, normal_interval, wilson
from la_research.statistics.prediction import brier, calibration, calibration_curve

TELLS_APART = "How well does the score put students with the outcome above students without it?"
MEANS = "Does a score of so many per cent mean that so many per cent have the outcome?"
BINS = "What share has the outcome among students with similar scores?"
HOW_MANY = "How many students have the outcome that the model is about?"
REACHED = "Of the students with the outcome, how many does the decision choose?"
UNSEEN = Assumption(
    "No student was scored by a model that had seen them",
    True,
    "scores are out of fold, and a student's rows are never on both sides of a fold",
)
LIMITATIONS = (
    "It says how the score does for all students together; the audit says for whom it fails.",
    "All students were scored and decided on; only those whose outcome is known are counted.",
)


def describe_performance(protocol: Protocol, predictions: Predictions) -> list[Finding]:
    """Discrimination, decision, calibration and prevalence, for each population that was scored.

    All are described: the protocol asks no yes or no of them. Rows without a label are left
    out. Ids of a subset carry its name: ``validation.clicks.discrimination``.

    Parameters
    ----------
    protocol
        Reads disclosure.minimum_group_size.
    predictions
        What ``fit_model`` returned.
    """
    scored = {population: frame.dropna(subset=["label", "score"]) for population, frame, _ in predictions.parts()}
    asked = ["all", *(subset.id for subset in protocol.population.subsets)] if scored else ["all"]
    found: list[Finding] = []
    for population in asked:
        prefix = "validation" if population == "all" else f"validation.{population.lower().replace('-', '_')}"
        rows = scored.get(population)
        if rows is None or rows.empty:
            reason = predictions.reason or "no student who was scored has a known outcome"
            found.append(not_analysed(f"{prefix}.discrimination", TELLS_APART, reason))
        else:
            found += _described(prefix, rows.reset_index(drop=True), protocol.disclosure.minimum_group_size)
    return found


def _described(prefix: str, rows: pd.DataFrame, minimum: int) -> Iterator[Finding]:
    yield _discrimination(f"{prefix}.discrimination", rows)
    yield _decision(f"{prefix}.decision", rows, minimum)
    yield _calibration(f"{prefix}.calibration", rows)
    yield _curve(f"{prefix}.calibration_curve", rows, minimum)
    yield _prevalence(f"{prefix}.prevalence", rows, minimum)


def _discrimination(name: str, rows: pd.DataFrame) -> Finding:
    value, lower, upper = fold_auc(rows["label"], rows["score"], rows["fold"], rows["student_id"])
    if math.isnan(value):
        return not_analysed(name, TELLS_APART, "no fold holds two students with and two without the outcome")
    return Finding(
        name,
        TELLS_APART,
        "described",
        Estimate(value, lower, upper, 0.95, "AUC", len(rows), "delong-within-folds"),
        assumptions=(UNSEEN,),
        limitations=(
            "0.5 is a coin, 1 a perfect order. It does not say how many are missed at the cut that is used.",
            "Each fold has a model of its own, so scores are compared within a fold only and averaged over its pairs.",
            *LIMITATIONS,
        ),
    )


def _prevalence(name: str, rows: pd.DataFrame, minimum: int) -> Finding:
    if _few(rows["label"] == 1, rows["student_id"], minimum):
        return Finding(name, HOW_MANY, "suppressed", reason=why_hidden(minimum))
    share = _share(rows["label"], rows["student_id"])
    return Finding(name, HOW_MANY, "described", share, limitations=LIMITATIONS[1:])


def _few(hit: pd.Series, students: pd.Series, minimum: int) -> bool:
    """Whether the students for whom it holds, or those for whom it does not, are some but few."""
    held, others = students[hit].nunique(), students[~hit].nunique()
    return tells_few(held, held + others, minimum)


def _decision(name: str, rows: pd.DataFrame, minimum: int) -> Finding:
    """Sensitivity as headline; beside it the share chosen in error, and how many of the chosen have the outcome.

    A share of which few students are a part, or the rest, is hidden. The last follows from the first two, and tells
    what they hide, so that it is hidden with either.
    """
    outcome, chosen = rows["label"] == 1, rows["decision"].astype(bool)
    if not outcome.any():
        return not_analysed(name, REACHED, "no student who was scored has the outcome")
    parts = {
        "reached": (outcome, chosen),
        "chosen in error": (~outcome, chosen),
        "right when chosen": (chosen, outcome),
    }
    told, students = list[Row](), rows["student_id"]
    for what, (among, hit) in parts.items():
        few = _few(hit[among], students[among], minimum)
        if few or (what == "right when chosen" and any(row.verdict for row in told)):
            told.append(Row({"what": what}, None, "suppressed", why_hidden(minimum)))
        elif among.any():
            told.append(Row({"what": what}, _share(hit[among].astype(float), students[among])))
    return Finding(
        name,
        REACHED,
        "described" if told[0].estimate else "suppressed",
        told[0].estimate,
        rows=tuple(told),
        assumptions=(UNSEEN,),
        limitations=("A decision that chooses few students reaches few, however well the score ranks.", *LIMITATIONS),
        reason=None if told[0].estimate else why_hidden(minimum),
    )


def _calibration(name: str, rows: pd.DataFrame) -> Finding:
    if (rows.groupby("fold")["score"].agg(np.ptp) < 1e-12).all():
        return not_analysed(name, MEANS, "within each fold, every student has the same score")
    fit = calibration(rows["label"], rows["score"], rows["student_id"], rows["fold"])
    if any(math.isnan(number) for number in (fit.intercept_error, fit.slope_error)):
        return not_analysed(name, MEANS, "the scores, or the outcome, do not vary enough to be compared")
    loss, loss_error = brier(rows["label"], rows["score"], rows["student_id"])

    def shown(value: float, error: float, unit: str, method: str) -> Estimate:
        return Estimate(value, *normal_interval(value, error), 0.95, unit, len(rows), method)

    slope = shown(fit.slope, fit.slope_error, "slope", "logistic-recalibration")
    return Finding(
        name,
        MEANS,
        "described",
        slope,
        rows=(
            Row({"what": "intercept"}, shown(fit.intercept, fit.intercept_error, "log odds", "logistic-recalibration")),
            Row({"what": "slope"}, slope),
            Row({"what": "brier"}, shown(loss, loss_error, "Brier score", "brier")),
        ),
        assumptions=(UNSEEN,),
        limitations=(
            "A slope of 1 and an intercept of 0 are best; a slope under 1 means that scores are too extreme.",
            "Each fold has a model of its own: the slope is that within folds, the intercept that of all together.",
            *LIMITATIONS,
        ),
    )


def _curve(name: str, rows: pd.DataFrame, minimum: int) -> Finding:
    curve = _bins(rows, minimum)
    if curve is None:
        return Finding(name, BINS, "suppressed", reason=why_hidden(minimum))
    found: list[Row] = []
    for number, predicted, observed, n in curve.itertuples(index=False):
        lower, upper = wilson(observed * n, n)
        seen = Estimate(observed, lower, upper, 0.95, "share", n, "wilson")
        found.append(Row({"what": "observed", "bin": int(number)}, seen))
        said = Estimate(predicted, None, None, None, "share", n, "mean")
        found.append(Row({"what": "predicted", "bin": int(number)}, said))
    return Finding(name, BINS, "described", rows=tuple(found), assumptions=(UNSEEN,), limitations=LIMITATIONS)


def _bins(rows: pd.DataFrame, minimum: int) -> pd.DataFrame | None:
    """As many bins of equal count, 10 at most, as tell of no few students with the outcome or without; else None."""
    for bins in range(10, 0, -1):
        curve = calibration_curve(rows["label"], rows["score"], bins)
        with_it = curve["observed"] * curve["n"]
        if curve["n"].min() >= minimum and not any(map(tells_few, with_it, curve["n"], repeat(minimum))):
            return curve
    return None


def _share(label: pd.Series, students: pd.Series) -> Estimate:
    rate, n = float(label.mean()), effective_n(label, students)
    lower, upper = wilson(rate * n, n)
    return Estimate(rate, lower, upper, 0.95, "share", len(label), "wilson")
