"""Answers to questionnaires: graded responses to wellbeing, and who gives them."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from la_research.seeds import CELL, stream
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import Bools, Floats, Ints, Students

WHO5_CUTS = np.array([-1.45, -0.80, -0.20, 0.45, 1.30])
PHQ_CUTS = np.array([-0.25, 0.65, 1.25])
PHQ_LOADING = 0.74
RATING_SD = 1.0
"""Spread of ratings among students, in points."""
MIRROR = -0.85
"""Correlation of low mood with wellbeing."""


def who5_items(scenario: Scenario, students: Students, wellbeing: Floats, seed: int, cell: int, week: int) -> Ints:
    """Five answers 0 to 5 by a graded response with equal loadings, shape (students, 5).

    An item that means something else for a group is answered higher by its members.
    """
    bias, loading = scenario.measurement_bias, scenario.survey.loading
    error = stream(seed, "synthetic", "WHO-5", cell, week).standard_normal((CELL, 5))
    latent = loading * wellbeing[:, None] + np.sqrt(1 - loading**2) * error
    latent[:, bias.item - 1] += students.by({bias.group: bias.item_shift})
    return np.asarray(np.searchsorted(WHO5_CUTS, latent), dtype=np.int64)


def phq8_items(wellbeing: Floats, seed: int, cell: int, week: int) -> Ints:
    """Eight answers 0 to 3; low mood is the mirror of wellbeing with a part of its own."""
    draws = stream(seed, "synthetic", "PHQ-8", cell, week).standard_normal((CELL, 9))
    low_mood = MIRROR * wellbeing + np.sqrt(1 - MIRROR**2) * draws[:, 8]
    latent = PHQ_LOADING * low_mood[:, None] + np.sqrt(1 - PHQ_LOADING**2) * draws[:, :8]
    return np.asarray(np.searchsorted(PHQ_CUTS, latent), dtype=np.int64)


def ratings(scenario: Scenario, students: Students, told: Bools, seed: int, cell: int, week: int) -> Ints:
    """Five ratings 0 to 4 of the support: acceptable, feasible, helpful, intrusive, trust; shape (students, 5).

    Parameters
    ----------
    told
        Who was contacted before: they may find it more intrusive, and trust less.
    """
    dial = scenario.feedback
    means = np.array([dial.acceptable, dial.feasible, dial.helpful, dial.intrusive, dial.trust])
    favour = students.by(dial.groups)[:, None] * np.array([1, 1, 1, 0, 1])
    notice = dial.notice * told[:, None] * np.array([0, 0, 0, 1, -1])
    z = stream(seed, "synthetic", "ratings", cell, week).standard_normal((CELL, 5))
    return np.asarray(np.clip(np.rint(means + RATING_SD * (favour + notice + z)), 0, 4).astype(np.int64))


def answers(
    scenario: Scenario, students: Students, wellbeing: Floats, contacted: Bools, seed: int, cell: int, week: int,
    items: int,
) -> Bools:  # fmt: skip
    """Which items are answered in a wave, shape (students, items).

    Parameters
    ----------
    wellbeing
        In the week of the wave; it matters where ``survey.need`` is not 0.
    contacted
        Who was contacted before the wave; it matters where ``attrition.answers`` is not 0.
    """
    u = stream(seed, "synthetic", "response", cell, week, items).random((CELL, items + 1))
    probits = willing(scenario, students, wellbeing, contacted)
    return np.asarray((u[:, 0] < ndtr(probits))[:, None] & (u[:, 1:] >= scenario.survey.item_missing))


def willing(scenario: Scenario, students: Students, wellbeing: Floats, contacted: Bools) -> Floats:
    """Probits of taking part in a wave, shape (students,)."""
    dial = scenario.survey
    usual = ndtri(dial.response) * np.sqrt(2) + students.answering
    tilt = dial.need * wellbeing + students.by(dial.groups) + scenario.attrition.answers * contacted
    return np.asarray(usual + tilt)
