"""What was planted: the size of each estimand, and what only the mechanism knows of each student."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa

from la_research.seeds import CELL
from la_research.synthetic.cell import Cell, draw_cell
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import Bools, Floats
from la_research.synthetic.tables import considered

REFERENCE_CELLS = 240
"""Cells of the reference population (245,760 students) on which planted sizes are worked out."""
REFERENCE_SEED = 4_000_000_007
WINDOW = 2
OUTCOME_WEEK = 10


@dataclass(frozen=True)
class Truth:
    """The truth beside a synthetic cohort; no stage can open it.

    Parameters
    ----------
    scenario, scenario_digest, seed, n
        What made the cohort.
    estimands
        Planted size by estimand: ``between.INDICATOR.INSTRUMENT`` and ``within.…`` (SD per
        SD, by student), ``effect.TRIAL.INSTRUMENT.week_W`` (points). Worked out when first asked for.
    tables
        ``students``: one row a student (coping style, both potential scores, need).
        ``weeks``: one row a student and week (latent wellbeing as lived).
    """

    scenario: str
    scenario_digest: str
    seed: int
    n: int
    estimands: Mapping[str, float]
    tables: Mapping[str, pa.Table]


class Planted(Mapping[str, float]):
    """The planted sizes of a scenario, worked out on a reference population when first read.

    Takes some seconds the first time in a process.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario

    def _sizes(self) -> Mapping[str, float]:
        return _planted(self._scenario.digest, _Held(self._scenario))

    def __getitem__(self, key: str) -> float:
        return self._sizes()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sizes())

    def __len__(self) -> int:
        return len(self._sizes())


class _Held:
    """A scenario as an argument of a cache whose key is its digest."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)


@cache
def _planted(digest: str, held: _Held) -> Mapping[str, float]:
    scenario = held.scenario
    effect = f"effect.{scenario.contact.trial}.WHO-5.week_{OUTCOME_WEEK}"
    if _nothing_planted(scenario):
        return {"between.weekly_activity.WHO-5": 0.0, "within.weekly_activity.WHO-5": 0.0, effect: 0.0}
    association, gain, students = _Moments(scenario), 0.0, 0
    for number in range(REFERENCE_CELLS):
        cell = draw_cell(scenario, REFERENCE_SEED, number, CELL)
        association.add(cell)
        row, usual, contact = potential_scores(cell)
        gain += float((contact - usual)[row].sum())
        students += len(row)
    between, within = association.slopes()
    return {
        "between.weekly_activity.WHO-5": between,
        "within.weekly_activity.WHO-5": within,
        effect: gain / max(students, 1),
    }


def _nothing_planted(scenario: Scenario) -> bool:
    """Whether every planted size is exactly zero, so that no reference population is needed."""
    link, gaps = scenario.link, scenario.engagement
    return not any((link.between, link.within, scenario.contact.effect, *gaps.groups.values()))


def potential_scores(cell: Cell) -> tuple[np.ndarray, Floats, Floats]:
    """Rows of the trial, and both potential WHO-5 scores of every student with the same answers' noise."""
    usual, contact = (
        4.0 * cell.who5(OUTCOME_WEEK, course).sum(axis=1) for course in (cell.traces.usual, cell.traces.contact)
    )
    return considered(cell), usual, contact


class _Moments:
    """Sums by modules and wave of (mean activity, departure from it, WHO-5), everyone answering."""

    def __init__(self, scenario: Scenario) -> None:
        groups, waves = len(scenario.modules) ** 2, len(scenario.term.who5_weeks)
        self.count = np.zeros((groups, waves))
        self.sums = np.zeros((groups, waves, 3))
        self.products = np.zeros((groups, waves, 3, 3))
        self.students = np.zeros((groups, 3))  # count, sum, sum of squares of mean activity

    def add(self, cell: Cell) -> None:
        modules, x, y, seen = _waves(cell)
        mean = np.where(seen, x, 0).sum(axis=1) / seen.sum(axis=1)
        values = np.stack([np.broadcast_to(mean[:, None], x.shape), x - mean[:, None], y], axis=2)
        for g in np.unique(modules):
            inside = modules == g
            self.students[g] += (inside.sum(), mean[inside].sum(), (mean[inside] ** 2).sum())
            for t in range(x.shape[1]):
                here = values[inside & seen[:, t], t]
                self.count[g, t] += len(here)
                self.sums[g, t] += here.sum(axis=0)
                self.products[g, t] += here.T @ here

    def slopes(self) -> tuple[float, float]:
        """Standardised slopes between students and within a student."""
        means = self.sums / np.maximum(self.count, 1)[..., None]
        inside = self.products - self.count[..., None, None] * means[..., :, None] * means[..., None, :]
        total = inside.sum(axis=(0, 1))
        n = self.count.sum()
        slope = np.linalg.solve(total[:2, :2], total[:2, 2])
        spread = (self.students[:, 2] - self.students[:, 1] ** 2 / np.maximum(self.students[:, 0], 1)).sum()
        sd_between = np.sqrt(spread / self.students[:, 0].sum())
        sd_y = np.sqrt(total[2, 2] / n)
        return float(slope[0] * sd_between / sd_y), float(slope[1] * np.sqrt(total[1, 1] / n) / sd_y)


def _waves(cell: Cell) -> tuple[np.ndarray, Floats, Floats, Bools]:
    """By student and wave: two-week means of log activity (mean of the student's modules), WHO-5, still enrolled.

    Students who are in the study; the first array codes which modules a student is on.
    """
    who = cell.students
    leaves, term = cell.traces.leaves_day, cell.scenario.term
    index_day = int(term.first_day(4)) + 6
    study = who.consent[:, 0] & who.consent[:, 2] & (leaves > index_day)
    on = np.column_stack([np.ones(len(study), bool), who.second])
    actions = (cell.traces.activity.counts.sum(axis=3) * on[:, :, None]).sum(axis=1) / on.sum(axis=1)[:, None]
    logs = np.log1p(actions)
    waves = np.array(term.who5_weeks)
    x = np.stack([logs[:, w - WINDOW : w].mean(axis=1) for w in waves], axis=1)
    y = np.stack([4.0 * cell.who5(int(w)).sum(axis=1) for w in waves], axis=1)
    seen = term.first_day(waves)[None, :] <= leaves[:, None]
    both = np.where(who.second[:, None], np.sort(who.module, axis=1), who.module[:, :1])
    modules = both[:, 0] * len(cell.scenario.modules) + both[:, 1]
    return modules[study], x[study], y[study], seen[study]


def student_truth(cell: Cell) -> dict[str, pa.Table]:
    """What only the mechanism knows of each student of a cell."""
    n, (_, usual, contact) = cell.size, potential_scores(cell)
    style = np.array(["neither", "reduces", "works more"])[cell.students.coping[:n]]
    weeks = cell.traces.wellbeing.shape[1]
    return {
        "students": pa.table(
            {
                "student_id": cell.ids,
                "coping": pa.array(style, pa.string()),
                "score_usual": usual[:n],
                "score_contact": contact[:n],
                "true_need": cell.traces.wellbeing[:n, 7] < cell.scenario.wellbeing.need_below,
            }
        ),
        "weeks": pa.table(
            {
                "student_id": cell.ids.take(pa.array(np.repeat(np.arange(n), weeks))),
                "week": np.tile(np.arange(1, weeks + 1), n),
                "wellbeing": cell.traces.wellbeing[:n].ravel(),
            }
        ),
    }
