"""What the registered model leans on: shares of mean |SHAP|, and how steady they are over refits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from la_research.explanation.attribution import shares
from la_research.explanation.ground import ROWS, TOLERANCE, Ground
from la_research.explanation.over_refits import LEVEL, SAME_ROWS, held_by, over_refits
from la_research.finding import Assumption, Estimate, Finding, Row, not_analysed
from la_research.indicators.registry import INDICATORS

Floats = npt.NDArray[np.float64]

LEANS = "What does the model lean on?"
RANKS = "In which order does the model lean on the indicators?"
ADDS_UP = "Do the parts of the explanation add up to the score?"
LIMITATIONS = (
    "Importance says what the model used, not what causes wellbeing.",
    "Indicators that go together share the credit; a small share does not mean that an indicator is without a link.",
    (f"{SAME_ROWS}; it is widened where the share itself lies outside."),
    "It is the model fitted to all students with a label; the scores in this study come from its twins, one a fold.",
)
ORDER = "Whether the places after the first stay the same was not tested; their ranges say how far they move."


def importance_findings(ground: Ground) -> Iterator[Finding]:
    """``explanation.importance``, ``.ranks`` and ``.additivity``; no ranks where the model can not be explained.

    n counts students. Where it can not even be taken apart there is no gap to tell, and importance alone says why.
    """
    if ground.reason:
        yield not_analysed(ground.name("importance"), LEANS, ground.reason)
    else:
        refits = np.array([shares(values) for values in ground.refits["interventional"]])
        yield _importance(ground, refits)
        yield _ranks(ground, refits)
    if not ground.refused:
        yield _additivity(ground)


def _importance(ground: Ground, refits: Floats) -> Finding:
    values = ground.whole["interventional"].values
    estimates = over_refits(shares(values), refits, "share", ground.n)
    told = [*held_by(len(refits)), f"Explained are {ROWS:,} rows at most, drawn at random where there are more."]
    if ground.constant:
        alike = ", ".join(INDICATORS[column].label for column in ground.constant)
        told.append(f"The same for all students, so that the model can not lean on it: {alike}.")
    return Finding(
        ground.name("importance"),
        LEANS,
        "described",
        rows=tuple(
            Row({"indicator": ground.columns[i]}, estimates[i]) for i in np.argsort(-shares(values), kind="stable")
        ),
        assumptions=(
            Assumption(
                "each indicator can be exchanged without the others (interventional SHAP)",
                None,
                "indicators of the same clicks go together, so some exchanged rows could not occur",
            ),
        ),
        limitations=(*LIMITATIONS, *told),
    )


def _ranks(ground: Ground, refits: Floats) -> Finding:
    columns, found = ground.columns, shares(ground.whole["interventional"].values)
    ranks = _rank(found[None, :])[0]
    estimates = over_refits(ranks, _rank(refits), "rank", ground.n)
    estimates = [replace(e, lower=math.floor(e.lower or 1), upper=math.ceil(e.upper or 1)) for e in estimates]
    steady = float(np.mean(np.argmax(refits, axis=1) == np.argmax(found)))
    first = INDICATORS[columns[int(np.argmax(found))]].label
    return Finding(
        ground.name("ranks"),
        RANKS,
        "described",
        rows=tuple(Row({"indicator": columns[i]}, estimates[i]) for i in np.argsort(ranks)),
        assumptions=(
            Assumption(
                "the same indicator comes first when other students are drawn",
                bool(steady >= LEVEL),
                f"{first} came first in {100 * steady:.0f} % of {len(refits)} refits",
            ),
        ),
        limitations=(*LIMITATIONS, *held_by(len(refits)), ORDER),
    )


def _rank(shares: Floats) -> Floats:
    """1 for the largest share of each row; equal shares in the order of columns.

    >>> _rank(np.array([[0.2, 0.5, 0.3]])).tolist()
    [[3.0, 1.0, 2.0]]
    """
    order = np.argsort(-shares, axis=1, kind="stable")
    ranks = np.empty_like(shares)
    np.put_along_axis(ranks, order, np.arange(1.0, shares.shape[1] + 1)[None, :], axis=1)
    return ranks


def _additivity(ground: Ground) -> Finding:
    gap, allowed = ground.whole["interventional"].gap, TOLERANCE * ground.scale
    held = gap <= allowed
    evidence = f"the largest gap is {gap:.1g}, and {allowed:.1g} is allowed"
    return Finding(
        ground.name("additivity"),
        ADDS_UP,
        "described",
        Estimate(gap, None, None, None, "log-odds", ground.n, "shap-interventional"),
        assumptions=(Assumption("base and parts add up to the score of every row", held, evidence),),
        limitations=("That the parts add up says nothing about whether the model is right.",),
    )
