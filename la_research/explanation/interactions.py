"""What indicators do to a score together, beyond what each does: the strongest pairs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import numpy.typing as npt

from la_research.explanation.attribution import pairs
from la_research.explanation.ground import Ground
from la_research.explanation.over_refits import held_by, over_refits
from la_research.finding import Finding, Row, not_analysed

Floats = npt.NDArray[np.float64]
QUESTION = "Which indicators move the score together, beyond what each does?"
ROWS, PAIRS = 200, 5
"""Most rows that are explained, and most pairs that are told."""
LIMITATIONS = (
    "That two indicators work together in the model does not say that they do so in students.",
    "Columns are left out along the trees' paths; indicators that go together also share what they do together.",
)


def interaction_findings(ground: Ground) -> Iterator[Finding]:
    """``explanation.interactions``: the strongest pairs, rows by ``indicator``, each as a share of all attribution.

    A pair's size is the mean absolute SHAP interaction value of a seeded sample of rows, over the
    sum of the mean absolute SHAP values of all columns. The interval runs over the first refits.
    n counts students.
    """
    if not ground.main:
        return
    name = ground.name("interactions")
    reason = ground.reason or ("" if "path" in ground.whole else "a line adds its columns up, and none work together")
    if reason:
        yield not_analysed(name, QUESTION, reason)
        return
    sample = np.sort(ground.rng("interactions", ground.population).permutation(len(ground.shown))[:ROWS])
    rows, both = ground.shown[sample], list(combinations(range(len(ground.columns)), 2))
    found = _sizes(pairs(ground.model, rows), ground.whole["path"].values[sample], both)
    order = np.argsort(-found, kind="stable")[:PAIRS]
    order = order[found[order] > 0]
    if not len(order):
        yield not_analysed(name, QUESTION, "no tree of the model reads two indicators, so that none work together")
        return
    refits = [
        _sizes(pairs(model, rows), values[sample].astype(np.float64), both)[order]
        for model, values in zip(ground.refitted, ground.refits["path"], strict=False)
    ]
    estimates = over_refits(found[order], refits, "share", len(np.unique(ground.students[sample])))
    told = [" and ".join(ground.columns[column] for column in both[i]) for i in order]
    drawn = f"Explained are {ROWS} rows at most, drawn at random where there are more, with {len(refits)} refits."
    yield Finding(
        name,
        QUESTION,
        "described",
        rows=tuple(Row({"indicator": pair}, held) for pair, held in zip(told, estimates, strict=True)),
        limitations=(*LIMITATIONS, drawn, *held_by(len(refits))),
    )


def _sizes(together: Floats, values: Floats, both: list[tuple[int, int]]) -> Floats:
    """By pair, the mean absolute interaction over all attribution; zeros where nothing moves a score."""
    size = 2 * np.abs(together).mean(axis=0)  # the two places of a pair hold half each
    whole = np.abs(values).mean(axis=0).sum()
    return np.array([size[pair] for pair in both]) / (whole if whole > 0 else 1.0)
