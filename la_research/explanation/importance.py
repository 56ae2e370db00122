"""What the registered model leans on: shares of mean |SHAP|, and how steady they are over refits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from la_research.cohort import Cohort
from la_research.disclosure import disclosed
from la_research.explanation.attribution import Attribution, attribute
from la_research.finding import Assumption, Estimate, Finding, Findings, Row, not_analysed
from la_research.indicators.registry import INDICATORS
from la_research.models import ALL, MINIMUM_LABELS, Predictions, fitted
from la_research.protocol import Protocol
from la_research.seeds import stream

Floats = npt.NDArray[np.float64]

LEANS = "What does the model lean on?"
RANKS = "In which order does the model lean on the indicators?"
ADDS_UP = "Do the parts of the explanation add up to the score?"
ROWS = 200
"""Most rows that are explained; of more, a seeded sample stands for all."""
TOLERANCE = 1e-6
"""Largest gap allowed between explanation and score, relative to the largest score (at least 1)."""
LEVEL = 0.95
LIMITATIONS = (
    "Importance says what the model used, not what causes wellbeing.",
    "Indicators that go together share the credit; a small share does not mean that an indicator is without a link.",
    (
        "The interval shows how much the answer moves when other students are drawn, with the same rows explained; "
        "it is widened where the share itself lies outside."
    ),
    "It is the model fitted to all students with a label; the scores in this study come from its twins, one a fold.",
)


def explain_model(protocol: Protocol, cohort: Cohort, indicators: pa.Table, predictions: Predictions) -> Findings:
    """What the model leans on, over all students, with intervals over refits.

    The model is fitted to all rows with a label, and then again to students drawn with
    replacement, ``explanation.refits`` times; each time the same rows are explained beside
    the same background rows. Missing values stay missing.

    Parameters
    ----------
    cohort, indicators
        Not read: the features are those the predictions carry. They stand for the flow.
    predictions
        As ``fit_model`` returned them.

    Returns
    -------
    Findings
        ``explanation.importance`` (rows by indicator: share of the summed mean |SHAP|, with
        the percentile interval over refits, widened to hold the share itself),
        ``explanation.ranks`` (rows by indicator: 1 is the most important) and
        ``explanation.additivity`` (largest gap between explanation and score, in log-odds).
        A subset's findings carry its name: ``explanation.clicks.importance``. Where there
        are no scores, or where the parts do not add up, importance is "not analysed".

    Examples
    --------
    >>> import la_research as lar
    >>> protocol, cohort = lar.load_protocol("protocols/early-engagement"), lar.load_cohort("synthetic/handmade")
    >>> indicators = lar.compute_indicators(protocol, cohort)
    >>> found = explain_model(protocol, cohort, indicators, lar.fit_model(protocol, cohort, indicators))
    >>> found["explanation.importance"].reason
    'the model gives every student the same score'
    """
    found: list[Finding] = []
    done = {population: (rows, features) for population, rows, features in predictions.parts()}
    for population in (ALL, *(subset.id for subset in protocol.population.subsets)):
        prefix = _prefix(population)
        if population in done:
            found += _explained(protocol, population, *done[population])
        elif population == ALL or done:
            reason = predictions.reason or "no scores were made"
            found.append(not_analysed(f"{prefix}.importance", LEANS, reason))
    return disclosed(Findings(found), protocol.disclosure.minimum_group_size)


def _prefix(population: str) -> str:
    return "explanation" if population == ALL else f"explanation.{population.lower().replace('-', '_')}"


def _explained(protocol: Protocol, population: str, rows: pd.DataFrame, features: pd.DataFrame) -> Iterator[Finding]:
    prefix = _prefix(population)
    shown, background = _drawn(protocol, population, features)
    model = fitted(protocol, features, rows["label"], population, "all")
    whole = attribute(model, shown, background)
    scale = max(1.0, float(np.max(np.abs(model.decision_function(shown)))))
    adds_up = whole.gap <= TOLERANCE * scale
    if not adds_up:
        reason = f"the parts of the explanation miss the score by up to {whole.gap:.2g} log-odds"
        yield not_analysed(f"{prefix}.importance", LEANS, reason)
    elif not whole.values.any():
        yield not_analysed(f"{prefix}.importance", LEANS, "the model gives every student the same score")
    else:
        refits = _refits(protocol, population, rows, features, shown, background)
        yield _importance(f"{prefix}.importance", features.columns, whole, refits)
        yield _ranks(f"{prefix}.ranks", features.columns, whole, refits)
    yield _additivity(f"{prefix}.additivity", whole, adds_up, scale)


def _drawn(protocol: Protocol, population: str, features: pd.DataFrame) -> tuple[Floats, Floats]:
    """The rows to explain and the background rows, both in the order of units."""
    values = features.to_numpy()
    draws = {"rows": ROWS, "background": protocol.explanation.background_rows}
    parts = []
    for name, size in draws.items():
        order = stream(protocol.seed, "explanation", name, population).permutation(len(values))
        parts.append(values[np.sort(order[:size])])
    return parts[0], parts[1]


def _refits(
    protocol: Protocol, population: str, rows: pd.DataFrame, features: pd.DataFrame, shown: Floats, background: Floats
) -> Floats:
    """Shares of each refit, shape (refits, columns). A draw with too few of a label is drawn again."""
    students = rows.groupby("student_id", sort=True).indices
    groups = list(students.values())
    shares = []
    for i in range(protocol.explanation.refits):
        draw = stream(protocol.seed, "explanation", "refit", population, i)
        label = np.empty(0)
        while min((label == 0).sum(), (label == 1).sum()) < MINIMUM_LABELS // 5:
            taken = np.concatenate([groups[g] for g in draw.integers(len(groups), size=len(groups))])
            label = rows["label"].to_numpy()[taken]
        model = fitted(protocol, features.iloc[taken], rows["label"].iloc[taken], population, "refit", i)
        shares.append(attribute(model, shown, background).shares)
    return np.array(shares)


def _importance(name: str, columns: pd.Index, whole: Attribution, refits: Floats) -> Finding:
    estimates = _estimates(whole.shares, refits, "share", len(whole.values))
    order = np.argsort(-whole.shares, kind="stable")
    return Finding(
        name,
        LEANS,
        "described",
        rows=tuple(Row({"indicator": columns[i]}, estimates[i]) for i in order),
        assumptions=(
            Assumption(
                "each indicator can be exchanged without the others (interventional SHAP)",
                None,
                "indicators of the same clicks go together, so some exchanged rows could not occur",
            ),
        ),
        limitations=(*LIMITATIONS, f"Explained are {len(whole.values)} rows, drawn at random where there are more."),
    )


def _ranks(name: str, columns: pd.Index, whole: Attribution, refits: Floats) -> Finding:
    ranks = _rank(whole.shares[None, :])[0]
    estimates = _estimates(ranks, _rank(refits), "rank", len(whole.values))
    estimates = [replace(e, lower=math.floor(e.lower or 1), upper=math.ceil(e.upper or 1)) for e in estimates]
    steady = float(np.mean(np.argmax(refits, axis=1) == np.argmax(whole.shares)))
    first = INDICATORS[columns[int(np.argmax(whole.shares))]].label
    return Finding(
        name,
        RANKS,
        "described",
        rows=tuple(Row({"indicator": columns[i]}, estimates[i]) for i in np.argsort(ranks)),
        assumptions=(
            Assumption(
                "the order stays the same when other students are drawn",
                bool(steady >= LEVEL),
                f"{first} came first in {100 * steady:.0f} % of {len(refits)} refits",
            ),
        ),
        limitations=LIMITATIONS,
    )


def _estimates(values: Floats, refits: Floats, unit: str, n: int) -> list[Estimate]:
    """Each value with its percentile interval over refits, widened to hold the value."""
    lower, upper = np.quantile(refits, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    bounds = zip(values, np.minimum(lower, values), np.maximum(upper, values), strict=True)
    return [Estimate(value, low, high, LEVEL, unit, n, "refit-bootstrap") for value, low, high in bounds]


def _rank(shares: Floats) -> Floats:
    """1 for the largest share of each row; equal shares in the order of columns.

    >>> _rank(np.array([[0.2, 0.5, 0.3]])).tolist()
    [[3.0, 1.0, 2.0]]
    """
    order = np.argsort(-shares, axis=1, kind="stable")
    ranks = np.empty_like(shares)
    np.put_along_axis(ranks, order, np.arange(1.0, shares.shape[1] + 1)[None, :], axis=1)
    return ranks


def _additivity(name: str, whole: Attribution, adds_up: bool, scale: float) -> Finding:
    evidence = f"the largest gap is {whole.gap:.1g}, and {TOLERANCE * scale:.1g} is allowed"
    return Finding(
        name,
        ADDS_UP,
        "described",
        Estimate(whole.gap, None, None, None, "log-odds", len(whole.values), "shap-interventional"),
        assumptions=(Assumption("base and parts add up to the score of every row", adds_up, evidence),),
        limitations=("That the parts add up says nothing about whether the model is right.",),
    )
