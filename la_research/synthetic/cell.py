"""One cell of students with all that was drawn for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from la_research.seeds import CELL
from la_research.synthetic.activity import felt
from la_research.synthetic.calendar import presentation
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import Ints, Students, draw_students
from la_research.synthetic.survey import who5_items
from la_research.synthetic.traces import Traces, draw_cell_noise, live


@dataclass(frozen=True)
class Cell:
    """The first ``size`` students of a cell, with what was drawn for them."""

    scenario: Scenario
    seed: int
    number: int
    size: int
    students: Students
    traces: Traces

    @property
    def ids(self) -> np.ndarray:
        """Pseudonyms, in the order of the draw."""
        return np.array([f"s{self.number * CELL + i:07d}" for i in range(self.size)], dtype=object)

    def enrolled(self) -> tuple[Ints, Ints]:
        """Student and slot of each enrolment."""
        has = np.column_stack([np.ones(self.size, bool), self.students.second[: self.size]])
        student, slot = np.nonzero(has)
        return student, slot

    def enrolment_ids(self, student: Ints, slot: Ints) -> np.ndarray:
        """One id for each student and slot."""
        codes = self.codes[self.students.module[student, slot]]
        return np.array([f"{a}-{b}" for a, b in zip(self.ids[student], codes, strict=True)], dtype=object)

    @property
    def felt(self) -> np.ndarray:
        """What wellbeing adds to log activity of a student who reduces when struggling (students, weeks)."""
        traces = self.traces
        return felt(self.scenario, self.students, traces.course, traces.wellbeing - traces.alone)

    def who5(self, week: int, wellbeing: np.ndarray | None = None) -> Ints:
        """Answers to WHO-5 of everyone in a week, as lived or on another course."""
        course = self.traces.wellbeing if wellbeing is None else wellbeing
        return who5_items(self.scenario, self.students, course[:, week - 1], self.seed, self.number, week)

    @property
    def codes(self) -> np.ndarray:
        """Codes of the modules."""
        return np.array([module.code for module in self.scenario.modules], dtype=object)

    @property
    def presentations(self) -> np.ndarray:
        """Presentation of each student."""
        return presentation(np.arange(self.scenario.years.count))[self.students.year]

    def weeks_left(self, student: Ints) -> Ints:
        """Teaching weeks that a student is enrolled for at least a day."""
        starts = self.scenario.term.first_day(self.scenario.term.numbers)
        return np.asarray((starts[None, :] <= self.traces.leaves_day[student][:, None]).sum(axis=1))


def draw_cell(scenario: Scenario, seed: int, number: int, size: int) -> Cell:
    """The students of one cell and all that happens to them."""
    students = draw_students(scenario, seed, number)
    drawn = draw_cell_noise(scenario, students, seed, number)
    return Cell(scenario, seed, number, size, students, live(scenario, drawn, size))
