"""One cell of students with all that was drawn for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from la_research.seeds import CELL
from la_research.synthetic.activity import felt
from la_research.synthetic.calendar import presentation
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import Ints, Students, draw_students
from la_research.synthetic.survey import who5_items
from la_research.synthetic.traces import Drawn, Policy, Traces, draw_cell_noise, live


class Roll(NamedTuple):
    """The enrolments of a cell in the order of their ids: whose, which of the student's modules, and the id."""

    student: Ints
    slot: Ints
    ids: pa.StringArray


@dataclass(frozen=True)
class Cell:
    """The first ``size`` students of a cell, with what was drawn for them."""

    scenario: Scenario
    seed: int
    number: int
    size: int
    students: Students
    drawn: Drawn
    traces: Traces

    def relived(self, policy: Policy) -> Traces:
        """The same students with the same chance under another policy."""
        return live(self.scenario, self.drawn, self.size, policy)

    @property
    def look_day(self) -> Ints:
        """Last day of the week of each student's look: the day on which staff decide."""
        return np.asarray(self.scenario.term.first_day(np.maximum(self.traces.look, 1)) + 6)

    @property
    def refuses(self) -> np.ndarray:
        """Who would answer no questionnaire once contacted."""
        return np.asarray(self.drawn.chance.refuses < self.scenario.chilling.refused)

    @cached_property
    def ids(self) -> pa.StringArray:
        """Pseudonyms, in the order of the draw."""
        first = self.number * CELL
        return pa.array([f"s{i:07d}" for i in range(first, first + self.size)], pa.string())

    @cached_property
    def roll(self) -> Roll:
        """Who is enrolled on what, in the order of the ids."""
        modules = self.students.module[: self.size]
        rank = np.argsort(np.argsort(self.codes))[modules]
        has = np.column_stack([np.ones(self.size, bool), self.students.second[: self.size]])
        order = np.argsort(np.where(has, rank, len(self.codes)), axis=1)
        student, place = np.nonzero(np.take_along_axis(has, order, axis=1))
        slot = order[student, place]
        codes = pa.array(self.codes, pa.string()).take(pa.array(modules[student, slot]))
        ids = pc.binary_join_element_wise(self.ids.take(pa.array(student)), codes, "-")
        return Roll(student, slot, ids)

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

    @cached_property
    def presentations(self) -> pa.StringArray:
        """Presentation of each student."""
        years = pa.array(presentation(np.arange(self.scenario.years.count)), pa.string())
        return years.take(pa.array(self.students.year))

    def weeks_left(self, student: Ints) -> Ints:
        """Teaching weeks that a student is enrolled for at least a day."""
        starts = self.scenario.term.first_day(self.scenario.term.numbers)
        return np.asarray((starts[None, :] <= self.traces.leaves_day[student][:, None]).sum(axis=1))


def draw_cell(scenario: Scenario, seed: int, number: int, size: int) -> Cell:
    """The students of one cell and all that happens to them."""
    students = draw_students(scenario, seed, number)
    drawn = draw_cell_noise(scenario, students, seed, number)
    return Cell(scenario, seed, number, size, students, drawn, live(scenario, drawn, size))
