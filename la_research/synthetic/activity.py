"""Weekly activity by source: counts and active days, worked out from noise that was drawn before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from la_research.schema import ACTIVITY_SOURCES, COMMUNITY_SOURCES
from la_research.seeds import CELL, stream
from la_research.synthetic.course import Course, stress
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import Bools, Floats, Ints, Students

LEVEL = np.array([2.95, 0.30, 1.00, 0.70])
"""Mean log actions a week by source of study."""
COMMUNITY_LEVEL = np.array([-1.9, -1.9, -0.9, -2.1])
"""The same for placement, careers, union and volunteering: most weeks hold none."""
RECORDINGS = 0.8
"""Added log actions in lecture capture of a student who plays recordings instead of coming."""
MOST_LOG = 9
"""Log actions of a source in a week are cut here."""
SHARE_OF_DAYS = 1 - np.exp(-0.10 * np.arange(np.floor(np.exp(MOST_LOG)) + 1) - 0.10)
"""Share of days with an action that so many actions a week may reach."""
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
    scenario: Scenario, students: Students, course: Course, gained: Floats, told: Floats, noise: Noise,
    weeks: slice = slice(None), added: Floats | float = 0.0,
) -> Activity:  # fmt: skip
    """Counts from noise drawn before, so that another course changes nothing else; 0 on a module not taken.

    Parameters
    ----------
    gained
        Wellbeing beside the course, from a contact or from peers (students, weeks).
    told
        1 in weeks in which a student knows of being watched (students, weeks).
    weeks
        Which weeks to work out: one look needs one.
    added
        Log actions that a roll-out or nudges add, by module (students, 2 modules, weeks).
    """
    dial = scenario.engagement
    pull = students.coping[:, None] * felt(scenario, students, course, gained)
    watched = scenario.chilling.told * told + (scenario.years.activity * students.year)[:, None]
    by_week = (dial.trait_sd * students.engagement[:, None] + pull + watched)[:, weeks]
    on = np.column_stack([np.ones(CELL, dtype=bool), students.second])
    who = np.nonzero(on)[0]
    level = np.array([module.activity for module in scenario.modules])[students.module[on]]
    log_mean = by_week[who] + level[:, None] + dial.workload * scenario.term.workload()[weeks]
    log_mean = log_mean + dial.week_sd * noise.week[:, :, weeks][on]
    log_mean = log_mean + np.broadcast_to(added, noise.week.shape)[:, :, weeks][on]
    quiet = silent_share(scenario)[:, weeks] * np.exp(-0.9 * students.engagement[:, None])
    awake = noise.silent[:, :, weeks][on] >= np.minimum(quiet, 0.95)[who]
    logs = log_mean[..., None] + (LEVEL + _shifts(scenario, students))[who][:, None, :]
    logs += dial.source_sd * noise.source[:, :, weeks][on]
    counts = _counted(logs) * awake[..., None]
    spread = SHARE_OF_DAYS[counts] * (0.5 + 0.5 * noise.days[:, :, weeks][on])[..., None]
    days = np.minimum(np.clip(np.ceil(7 * spread), 1, 7).astype(np.int64), counts)
    community = _counted(0.5 * by_week[..., None] + COMMUNITY_LEVEL + noise.community[:, weeks])
    return Activity(_placed(counts, on), _placed(days, on), community)


def _placed(values: Ints, on: Bools) -> Ints:
    """Values of enrolments at their students and modules, 0 elsewhere."""
    whole = np.zeros((*on.shape, *values.shape[1:]), dtype=np.int64)
    whole[on] = values
    return whole


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
    return np.exp(np.clip(logs, -20, MOST_LOG)).astype(np.int64)
