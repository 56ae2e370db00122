"""Weekly latent wellbeing of a cell: a stable part, a moving part, hard spells, and what everyone shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from la_research.seeds import CELL, stream
from la_research.synthetic.assignment import tutor_group
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import Floats, Students


@dataclass(frozen=True)
class Course:
    """Wellbeing in SDs: ``stable`` (students, 1) + ``moving`` (students, weeks) + ``shared`` (weeks,)."""

    stable: Floats
    moving: Floats
    shared: Floats

    @property
    def wellbeing(self) -> Floats:
        """The course as lived when nobody is contacted, shape (students, weeks)."""
        return np.asarray(self.stable + self.moving + self.shared)


def draw_course(scenario: Scenario, students: Students, seed: int, cell: int) -> Course:
    """How a cell of students would fare without any contact."""
    dial, weeks = scenario.wellbeing, scenario.term.weeks
    noise = stream(seed, "synthetic", "wellbeing", cell).standard_normal((CELL, weeks))
    weekly = np.empty_like(noise)
    weekly[:, 0] = noise[:, 0]
    fresh = np.sqrt(1 - dial.persistence**2)
    for t in range(1, weeks):
        weekly[:, t] = dial.persistence * weekly[:, t - 1] + fresh * noise[:, t]
    u = stream(seed, "synthetic", "episodes", cell).random((2, CELL))
    start = np.floor(u[1] * weeks)[:, None]
    week = np.arange(weeks)[None, :]
    spell = (u[0] < dial.episodes)[:, None] & (week >= start) & (week < start + 4)
    climate = stream(seed, "synthetic", "climate", cell).standard_normal(CELL)
    stable = np.sqrt(dial.stable) * students.stable + scenario.peers.climate * climate[tutor_group(scenario)]
    return Course(stable[:, None], np.sqrt(1 - dial.stable) * weekly - dial.episode_depth * spell, shared(scenario))


def shared(scenario: Scenario) -> Floats:
    """The course that all students share: drift, and a dip in weeks of high workload; shape (weeks,)."""
    dial, weeks = scenario.wellbeing, scenario.term.weeks
    return np.asarray(dial.drift * (np.arange(weeks) / (weeks - 1) - 0.5) - stress(scenario))


def stress(scenario: Scenario) -> Floats:
    """Drop of everyone's wellbeing in weeks of high workload, about a mean of zero; shape (weeks,)."""
    load = scenario.term.workload()
    return np.asarray(scenario.wellbeing.stress * (load - load.mean()))
