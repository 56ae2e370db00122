"""What simplicity costs: simpler models scored in the same folds as the registered one, and the AUC that they lose."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.explanation.ground import Ground
from la_research.explanation.simpler.boosting_machine import NOT_INSTALLED, fit_machine, installed
from la_research.explanation.simpler.card import TOO_FEW, too_few
from la_research.explanation.simpler.points import fit_points
from la_research.finding import Assumption, Estimate, Finding, Row, Verdict, not_analysed
from la_research.models import fold_splits
from la_research.statistics.folds import fold_auc, fold_auc_difference, influence_error
from la_research.statistics.intervals import normal_interval, wilson
from la_research.statistics.prediction import brier, calibration

Floats = npt.NDArray[np.float64]
Kind = Literal["points", "boosting_machine"]

COSTS = "What does a model cost that students can check, beside the registered one?"
REGISTERED = "registered"
NAMES: Mapping[Kind, str] = {"points": "points", "boosting_machine": "boosting machine"}
"""Kinds of the protocol, simplest first, as rows name them."""
ALPHA = 0.05
"""Chance at most that a model which loses the margin, or more, is called as good; all registered kinds together."""
ONE_LABEL = "the students of a fold, left out, leave a single value of the label"
NO_PAIRS = "no fold holds two students with and two without the outcome"
UNSEEN = Assumption(
    "No student was scored by a model that had seen them",
    True,
    "all models are fitted and asked in the same folds, and a student's rows are never on both sides of a fold",
)
LIMITATIONS = (
    "The loss is the AUC of the registered model less that of the simpler one, on the same students.",
    "A loss below 0 means that the simpler model did better.",
    "The interval allows for models that are fitted to other students, by a rule that makes it rather too wide.",
    "It says how a model does for all students together; the audit says for whom it fails.",
)
LOSES = "Every simpler model is shown to lose more than the margin of {margin:.3g} AUC."


def simpler_findings(ground: Ground) -> Iterator[Finding]:
    """``explanation.simpler``: nothing for a subset, or where the protocol registers no simpler model.

    Each simpler model is fitted in the folds of the registered one. It is as good within the margin where the upper end
    of the interval of its loss lies below the margin; the level is 90 % for one kind, which is a test of one side at
    5 %, and higher for two, so that both together err in at most 5 %. Rows by ``model`` and ``what``: "auc", "loss",
    "brier", "intercept" and "slope"; n counts students.

    Returns
    -------
    Iterator of Finding
        "equivalent" where a simpler model is as good, with the loss of the simplest such as headline; "described" where
        every one is shown to lose more than the margin; else "inconclusive", with the smallest loss as headline.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988), doi:10.2307/2531595, by student within folds (``fold_auc_difference``);
    Nadeau and Bengio (2003), doi:10.1023/A:1024068626366.
    Rudin (2019), Stop explaining black box machine learning models for high stakes decisions,
    doi:10.1038/s42256-019-0048-x.
    """
    asked = ground.protocol.explanation.simpler
    if asked is None or not ground.main:
        return
    name, kinds = ground.name("simpler"), [kind for kind in NAMES if kind in asked.kinds]
    if too_few(ground.rows["label"]):
        yield not_analysed(name, COSTS, TOO_FEW)
        return
    tried = {kind: NOT_INSTALLED if _absent(kind) else out_of_fold(ground, kind) for kind in kinds}
    scores = {REGISTERED: ground.rows["score"].to_numpy(dtype=np.float64)}
    scores |= {NAMES[kind]: found for kind, found in tried.items() if not isinstance(found, str)}
    missed = [
        Row({"model": NAMES[kind], "what": "loss"}, None, "not analysed", found)
        for kind, found in tried.items()
        if isinstance(found, str)
    ]
    reason = missed[0].reason if len(scores) == 1 and missed else _why_not(ground, scores)
    if reason:
        yield not_analysed(name, COSTS, reason)
    else:
        yield _compared(name, _read(ground, scores), list(scores), asked.margin, 1 - 2 * ALPHA / len(kinds), missed)


def _absent(kind: Kind) -> bool:
    return kind == "boosting_machine" and not installed()


def out_of_fold(ground: Ground, kind: Kind) -> Floats:
    """Scores of a simpler model, each by one fitted without the row's students; NaN where a fold leaves one label."""
    rows, features = ground.rows, ground.features
    score = np.full(len(rows), math.nan)
    for number, (test, train) in enumerate(fold_splits(rows["fold"], rows["student_id"]), 1):
        label, who = rows["label"][train], rows["student_id"][train]
        if label.nunique() < 2:
            continue
        if kind == "points":
            score[test] = fit_points(features[train], label, who, ground.minimum).score(features[test])
        else:
            seed = int(ground.rng("boosting machine", ground.population, number).integers(2**31))
            machine = fit_machine(features[train], label, who, seed)
            score[test] = machine.predict_proba(features[test].to_numpy(dtype=np.float64))[:, 1]
    return score


def _read(ground: Ground, scores: Mapping[str, Floats]) -> pd.DataFrame:
    """label, fold, student_id and a column a model, where the label is known and every model gave a score."""
    rows = ground.rows[["label", "fold", "student_id"]].assign(**scores)
    return rows.dropna().reset_index(drop=True)


def _why_not(ground: Ground, scores: Mapping[str, Floats]) -> str:
    """Why the models can not be compared; "" where they can."""
    rows = _read(ground, scores)
    if rows.empty:
        return ONE_LABEL
    value, _, _ = fold_auc(rows["label"], rows[REGISTERED], rows["fold"], rows["student_id"])
    return NO_PAIRS if math.isnan(value) else ""


def _compared(
    name: str, rows: pd.DataFrame, models: list[str], margin: float, level: float, missed: list[Row]
) -> Finding:
    losses = {model: loss_of(rows, model, level) for model in models[1:]}
    verdict, chosen = judged(losses, margin)
    told = [row for model in models for row in _told(rows, model)]
    told += [Row({"model": model, "what": "loss"}, loss) for model, loss in losses.items()]
    best, shown = losses[chosen], (*LIMITATIONS, LOSES.format(margin=margin))
    return Finding(
        name,
        COSTS,
        verdict,
        best,
        rows=(*told, *missed),
        assumptions=(UNSEEN,),
        limitations=shown if verdict == "described" else LIMITATIONS,
        reason=_unsure(chosen, best, margin) if verdict == "inconclusive" else None,
    )


def judged(losses: Mapping[str, Estimate], margin: float) -> tuple[Verdict, str]:
    """The verdict, and the model of the headline.

    Parameters
    ----------
    losses
        By model, simplest first, with their intervals.
    margin
        Loss of AUC that would not matter.

    Examples
    --------
    >>> loss = lambda value, half: Estimate(value, value - half, value + half, 0.9, "AUC", 500, "delong")
    >>> judged({"points": loss(0.03, 0.005), "boosting machine": loss(0.0, 0.01)}, 0.02)
    ('equivalent', 'boosting machine')
    >>> judged({"points": loss(0.03, 0.005)}, 0.02), judged({"points": loss(0.03, 0.02)}, 0.02)
    (('described', 'points'), ('inconclusive', 'points'))
    """
    for model, loss in losses.items():
        if loss.upper is not None and loss.upper < margin:
            return "equivalent", model
    least = min(losses, key=lambda model: losses[model].value or 0.0)
    shown = all(loss.lower is not None and loss.lower > margin for loss in losses.values())
    return ("described" if shown else "inconclusive"), least


def _unsure(model: str, loss: Estimate, margin: float) -> str:
    ends = f"between {loss.lower:.3f} and {loss.upper:.3f}"
    return f"the loss of the {model} model lies {ends} AUC, and less than {margin:.3g} would not matter"


def loss_of(rows: pd.DataFrame, model: str, level: float) -> Estimate:
    """AUC of the registered model less that of a simpler one, over pairs of the same fold; its interval by student.

    DeLong's error takes the scores as given. Measured over studies of 1,500 students in five folds it is a fifth too
    small, as models fitted to other students lose more or less; so it is made wider (``refitted``).
    Where both put all pairs in the same order there is no visible error: the interval is then as wide as Wilson's for
    nothing seen among the students of the rarer label.

    Parameters
    ----------
    rows
        label, fold, student_id, and a column of scores a model.
    model
        The simpler one.
    level
        Of the interval, 0 to 1.
    """
    who = rows["student_id"]
    value, pulls = fold_auc_difference(rows["label"], rows[REGISTERED], rows[model], rows["fold"], who)
    error = influence_error(pulls, who) * refitted(rows["fold"].nunique())
    half = wilson(0, int(rows["label"].value_counts().min()), level)[1]
    lower, upper = normal_interval(value, error, level) if error > 0 else (value - half, value + half)
    n = who[np.isfinite(pulls)].nunique()
    return Estimate(value, max(lower, -1.0), min(upper, 1.0), level, "AUC", n, "delong-paired-refitted")


def refitted(folds: int) -> float:
    """How much wider an error becomes where each fold's model is fitted to the students of all others.

    The variance of a mean over folds is multiplied by 1 + folds / (folds - 1): one for the students who are tested, one
    for those fitted to, who are the same from fold to fold. One fold has no others, and was fitted elsewhere.

    References
    ----------
    Nadeau and Bengio (2003), Inference for the generalization error, doi:10.1023/A:1024068626366: their correction for
    random splits, taken for folds. ``docs/truth.md`` says what it was measured to hold.

    Examples
    --------
    >>> refitted(5), refitted(1)
    (1.5, 1.0)
    """
    return math.sqrt(1 + folds / (folds - 1)) if folds > 1 else 1.0


def _told(rows: pd.DataFrame, model: str) -> Iterator[Row]:
    """AUC, Brier score and calibration of a model."""
    label, score, who = rows["label"], rows[model], rows["student_id"]
    n = who.nunique()
    value, lower, upper = fold_auc(label, score, rows["fold"], who)
    yield Row({"model": model, "what": "auc"}, Estimate(value, lower, upper, 0.95, "AUC", n, "delong-within-folds"))
    fit = calibration(label, score, who, rows["fold"])
    others = (
        ("brier", *brier(label, score, who), "Brier score", "brier"),
        ("intercept", fit.intercept, fit.intercept_error, "log odds", "logistic-recalibration"),
        ("slope", fit.slope, fit.slope_error, "slope", "logistic-recalibration"),
    )
    for what, value, error, unit, method in others:
        if not math.isnan(error):
            lower, upper = normal_interval(value, error)
            yield Row({"model": model, "what": what}, Estimate(value, lower, upper, 0.95, unit, n, method))
