"""Weekly activity by source: counts and active days, worked out from noise that was drawn before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from la_research.schema import ACTIVITY_SOURCES, COMMUNITY_SOURCES
from la_research.seeds import CELL, stream
from la_research.synthetic.course import Course, stress
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import Floats, Ints, Students

LEVEL = np.array([2.95, 0.30, 1.00, 0.70])
"""Mean log actions a week by source of study."""
COMMUNITY_LEVEL = np.array([-1.9, -1.9, -0.9, -2.1])
"""The same for placement, careers, union and volunteering: most weeks hold none."""
RECORDINGS = 0.8
"""Added log actions in lecture capture of a student who plays recordings instead of coming."""
LIBRARY, CAPTURE = ACTIVITY_SOURCES.index("library"), ACTIVITY_SOURCES.index("lecture_capture")


@dataclass(frozen=True)
class Noise:
    """All that chance adds to the activity of a cell."""

    week: Floats
    source: Floats
    silent: Floats
    days: Floats
    community: Floats


@dataclass(frozen=True)
class Activity:
    """Counts and active days (students, 2 modules, weeks, sources of study); community (students, weeks, sources)."""

    counts: Ints
    days: Ints
    community: Ints


def draw_noise(scenario: Scenario, seed: int, cell: int) -> Noise:
    """The same numbers whatever the dials."""
    generator = stream(seed, "synthetic", "activity", cell)
    shape = (CELL, 2, scenario.term.weeks)
    study = (
        generator.standard_normal(shape),
        generator.standard_normal((*shape, len(ACTIVITY_SOURCES))),
        generator.random(shape),
        generator.random(shape),
    )
    other = stream(seed, "synthetic", "community", cell)
    return Noise(*study, other.standard_normal((CELL, scenario.term.weeks, len(COMMUNITY_SOURCES))))


def active(
    scenario: Scenario, students: Students, course: Course, gained: Floats, told: Floats, noise: Noise
) -> Activity:
    """Counts from noise drawn before, so that another course changes nothing else.

    Parameters
    ----------
    gained
        Wellbeing beside the course, from a contact or from peers (students, weeks).
    told
        1 in weeks in which a student knows of being watched (students, weeks).
    """
    dial = scenario.engagement
    pull = students.coping[:, None] * felt(scenario, students, course, gained)
    watched = scenario.chilling.told * told + (scenario.years.activity * students.year)[:, None]
    by_week = dial.trait_sd * students.engagement[:, None] + pull + watched
    level = np.array([module.activity for module in scenario.modules])[students.module]
    log_mean = by_week[:, None, :] + level[:, :, None] + dial.workload * scenario.term.workload()
    log_mean = log_mean + dial.week_sd * noise.week
    quiet = silent_share(scenario) * np.exp(-0.9 * students.engagement[:, None])
    awake = noise.silent >= np.minimum(quiet, 0.95)[:, None, :]
    shifts = LEVEL + _shifts(scenario, students)
    logs = log_mean[..., None] + shifts[:, None, None, :] + dial.source_sd * noise.source
    counts = np.where(awake[..., None], _counted(logs), 0)
    share = 1 - np.exp(-0.10 * counts - 0.10)
    days = np.where(counts > 0, np.clip(np.ceil(7 * share * (0.5 + 0.5 * noise.days[..., None])), 1, 7), 0)
    community = _counted(0.5 * by_week[..., None] + COMMUNITY_LEVEL + noise.community)
    return Activity(counts, np.minimum(days, counts).astype(np.int64), community)


def felt(scenario: Scenario, students: Students, course: Course, gained: Floats) -> Floats:
    """What wellbeing adds to log activity of a student who reduces when struggling (students, weeks).

    The dip that everyone shares is left out: a common calendar is no link.
    """
    year, drift = scenario.years.link, students.year[:, None]
    weekly = course.moving + course.shared + stress(scenario) + gained
    between, within = scenario.link.between + year * drift, scenario.link.within + year * drift
    return np.asarray(between * course.stable + within * weekly)


def silent_share(scenario: Scenario) -> Floats:
    """Share of silent weeks of a student of mean engagement, shape (1, weeks)."""
    dial = scenario.engagement
    return np.asarray(np.linspace(dial.silent_first, dial.silent_last, scenario.term.weeks))[None, :]


def usual_activity(scenario: Scenario) -> Floats:
    """Actions that a module usually sees by student and week, shape (modules, weeks): what earlier years showed."""
    dial = scenario.engagement
    spread = dial.trait_sd**2 + dial.week_sd**2 + dial.source_sd**2
    level = np.array([module.activity for module in scenario.modules])[:, None, None] + LEVEL[None, None, :]
    typical = np.exp(level + dial.workload * scenario.term.workload()[None, :, None] + spread / 2).sum(axis=2)
    return np.asarray(typical * (1 - silent_share(scenario)))


def _shifts(scenario: Scenario, students: Students) -> Floats:
    """Added log actions by student and source: what a source means for a group, and habits."""
    bias, proxy = scenario.measurement_bias, scenario.proxy
    added = np.zeros((CELL, len(ACTIVITY_SOURCES)))
    added[:, ACTIVITY_SOURCES.index(bias.source)] += students.by({bias.group: bias.source_shift})
    added[:, LIBRARY] += students.by({proxy.group: proxy.size})
    added[:, CAPTURE] += RECORDINGS * students.uses_recordings
    return added


def _counted(logs: Floats) -> Ints:
    return np.floor(np.exp(np.clip(logs, -20, 9))).astype(np.int64)
