"""What the draw alone makes: part ``permutation`` of designs with a draw."""

from __future__ import annotations

import numpy as np

from la_research.evaluation.design import Asked
from la_research.finding import Finding, not_analysed
from la_research.statistics.coefficient import Inverted

QUESTION = "Could the draw alone have set the arms so far apart?"
TOLD = (
    "The lots were drawn again up to {draws:,} times: a share of p = {p:.3g} of all draws, the one that was made among "
    "them, set the arms as far apart. A small share says that the draw alone seldom does so."
)
EXACT = "It is exact where the support does as much for everybody, and right in large samples where it does not."
LARGE = "Of so many students fewer draws are made than asked for: {asked:,} would take long and tell little more."
COARSE = "so few draws were possible that none is unlikely: an interval would hold every effect"


def permutation_finding(found: Inverted, asked: Asked, unit: str, draws: int) -> Finding:
    """The effect by drawing again, its interval where it has two ends, and its p-value in a sentence."""
    told = [TOLD.format(draws=draws, p=found.p)]
    if draws < asked.settings.permutations:
        told.append(LARGE.format(asked=asked.settings.permutations))
    if not bounded(found, asked.level):
        return not_analysed(asked.id("permutation"), QUESTION, COARSE, limitations=tuple(told))
    estimate = found.estimate(unit, "permutation", asked.level)
    return Finding(asked.id("permutation"), QUESTION, "described", estimate, limitations=(*told, EXACT))


def bounded(found: Inverted, level: float) -> bool:
    """Whether the interval has two ends at that level."""
    return bool(np.isfinite(found.interval(level)).all())
