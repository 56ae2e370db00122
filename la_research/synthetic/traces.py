"""What happens to students week by week: wellbeing, activity, answers, contact; one cell at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from la_research.seeds import CELL, stream
from la_research.synthetic.calendar import MODULES, WEEKS, workload
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import Bools, Floats, Ints, Students

SOURCES = ("vle", "library", "lecture_capture", "quizzes")
LEVEL = np.array([2.95, 0.30, 1.00, 0.70])
"""Mean log actions a week by source."""
WHO5_CUTS = np.array([-1.45, -0.80, -0.20, 0.45, 1.30])
WHO5_LOADING = 0.80
PHQ_CUTS = np.array([-0.25, 0.65, 1.25])
PHQ_LOADING = 0.74


@dataclass(frozen=True)
class Traces:
    """What one cell of students lived through.

    ``wellbeing`` (students, weeks) as lived; ``wellbeing_usual`` and ``wellbeing_contact`` are
    the two potential courses, without and with the contact. ``counts`` and ``days`` have shape
    (students, 2 modules, weeks, sources).
    """

    wellbeing: Floats
    wellbeing_usual: Floats
    wellbeing_contact: Floats
    counts: Ints
    days: Ints
    eligible: Bools
    contacted: Bools
    opened: Bools
    talked: Bools


def draw_traces(scenario: Scenario, students: Students, seed: int, cell: int) -> Traces:
    """Wellbeing, then activity up to the contact, then the contact, then the rest of term."""
    usual = _wellbeing(scenario, students, seed, cell)
    noise = _activity_noise(seed, cell)
    counts, days = _activity(scenario, students, usual, noise)
    eligible = _below_trigger(scenario, counts, students) & students.consent[:, 1] & students.consent[:, 2]
    u = stream(seed, "synthetic", "contact", cell).random((4, CELL))
    contacted = eligible & (u[0] < scenario.contact.probability)
    opened = u[1] < scenario.contact.opened
    talked = u[2] < scenario.contact.talked
    gain = np.zeros(WEEKS)
    gain[scenario.contact.week + 1 :] = scenario.contact.effect  # two weeks after the week of the look
    treated = usual + np.where(talked & eligible, 1.0, 0.0)[:, None] * gain
    lived = np.where(contacted[:, None], treated, usual)
    counts, days = _activity(scenario, students, lived, noise)
    return Traces(lived, usual, treated, counts, days, eligible, contacted, opened | talked, talked)


def who5_items(wellbeing: Floats, seed: int, cell: int, week: int) -> Ints:
    """Five answers 0 to 5 by a graded response with equal loadings, shape (students, 5)."""
    error = stream(seed, "synthetic", "WHO-5", cell, week).standard_normal((CELL, 5))
    latent = WHO5_LOADING * wellbeing[:, None] + np.sqrt(1 - WHO5_LOADING**2) * error
    return np.asarray(np.searchsorted(WHO5_CUTS, latent), dtype=np.int64)


def phq8_items(wellbeing: Floats, seed: int, cell: int, week: int) -> Ints:
    """Eight answers 0 to 3; low mood is the mirror of wellbeing with a part of its own."""
    draws = stream(seed, "synthetic", "PHQ-8", cell, week).standard_normal((CELL, 9))
    low_mood = -0.85 * wellbeing + np.sqrt(1 - 0.85**2) * draws[:, 8]
    latent = PHQ_LOADING * low_mood[:, None] + np.sqrt(1 - PHQ_LOADING**2) * draws[:, :8]
    return np.asarray(np.searchsorted(PHQ_CUTS, latent), dtype=np.int64)


def answers(scenario: Scenario, students: Students, seed: int, cell: int, week: int, items: int) -> Bools:
    """Which items are answered in a wave, shape (students, items); does not depend on wellbeing."""
    u = stream(seed, "synthetic", "response", cell, week, items).random((CELL, items + 1))
    wave = ndtri(np.clip(scenario.survey.response, 1e-9, 1 - 1e-9)) * np.sqrt(2) + students.answering
    takes_part = u[:, 0] < ndtr(wave)
    return np.asarray(takes_part[:, None] & (u[:, 1:] >= scenario.survey.item_missing))


def _wellbeing(scenario: Scenario, students: Students, seed: int, cell: int) -> Floats:
    dial = scenario.wellbeing
    noise = stream(seed, "synthetic", "wellbeing", cell).standard_normal((CELL, WEEKS))
    weekly = np.empty_like(noise)
    weekly[:, 0] = noise[:, 0]
    fresh = np.sqrt(1 - dial.persistence**2)
    for t in range(1, WEEKS):
        weekly[:, t] = dial.persistence * weekly[:, t - 1] + fresh * noise[:, t]
    u = stream(seed, "synthetic", "episodes", cell).random((2, CELL))
    start = np.floor(u[1] * WEEKS)[:, None]
    week = np.arange(WEEKS)[None, :]
    spell = (u[0] < dial.episodes)[:, None] & (week >= start) & (week < start + 4)
    course = dial.drift * (np.arange(WEEKS) / (WEEKS - 1) - 0.5) - dial.stress * (workload() - workload().mean())
    stable = np.sqrt(dial.stable) * students.stable
    moving = np.sqrt(1 - dial.stable) * weekly - dial.episode_depth * spell
    return np.asarray(stable[:, None] + moving + course)


@dataclass(frozen=True)
class _Noise:
    week: Floats
    source: Floats
    silent: Floats
    days: Floats


def _activity_noise(seed: int, cell: int) -> _Noise:
    generator = stream(seed, "synthetic", "activity", cell)
    shape = (CELL, 2, WEEKS)
    return _Noise(
        generator.standard_normal(shape),
        generator.standard_normal((*shape, len(SOURCES))),
        generator.random(shape),
        generator.random(shape),
    )


def _activity(scenario: Scenario, students: Students, wellbeing: Floats, noise: _Noise) -> tuple[Ints, Ints]:
    """Counts and active days from noise drawn before, so that another course changes nothing else."""
    dial = scenario.engagement
    stable = np.sqrt(scenario.wellbeing.stable) * students.stable
    course = wellbeing - stable[:, None]  # all that moves; its common part acts on everyone alike
    course = course + scenario.wellbeing.stress * (workload() - workload().mean())
    felt = scenario.link.between * stable[:, None] + scenario.link.within * course
    by_student = dial.trait_sd * students.engagement[:, None] + students.coping[:, None] * felt
    level = np.array([module.activity for module in MODULES])[students.module]
    log_mean = by_student[:, None, :] + level[:, :, None] + dial.workload * workload() + dial.week_sd * noise.week
    quiet = _silent_share(scenario) * np.exp(-0.9 * students.engagement[:, None])
    active = noise.silent >= np.minimum(quiet, 0.95)[:, None, :]
    logs = log_mean[..., None] + LEVEL + dial.source_sd * noise.source
    counts = np.where(active[..., None], np.floor(np.exp(np.clip(logs, -20, 9))), 0).astype(np.int64)
    share = 1 - np.exp(-0.10 * counts - 0.10)
    days = np.where(counts > 0, np.clip(np.ceil(7 * share * (0.5 + 0.5 * noise.days[..., None])), 1, 7), 0)
    return counts, np.minimum(days, counts).astype(np.int64)


def _silent_share(scenario: Scenario) -> Floats:
    dial = scenario.engagement
    return np.asarray(np.linspace(dial.silent_first, dial.silent_last, WEEKS))[None, :]


def usual_activity(scenario: Scenario) -> Floats:
    """Actions that a module usually sees by student and week, shape (modules, weeks): what earlier years showed."""
    dial = scenario.engagement
    spread = dial.trait_sd**2 + dial.week_sd**2 + dial.source_sd**2
    level = np.array([module.activity for module in MODULES])[:, None, None] + LEVEL[None, None, :]
    typical = np.exp(level + dial.workload * workload()[None, :, None] + spread / 2).sum(axis=2)
    return np.asarray(typical * (1 - _silent_share(scenario)))


def _below_trigger(scenario: Scenario, counts: Ints, students: Students) -> Bools:
    """Less than the trigger's share of the usual on the first module, in the week of the look."""
    week = scenario.contact.week - 1
    usual = usual_activity(scenario)[students.module[:, 0], week]
    return np.asarray(counts[:, 0, week, :].sum(axis=1) < scenario.contact.trigger_share * usual)
