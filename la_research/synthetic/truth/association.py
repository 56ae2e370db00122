"""How activity and wellbeing go together in a campus where everyone answers, between and within students."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from la_research.synthetic.cell import Cell
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import Bools, Floats
from la_research.synthetic.truth.activity import log_activity
from la_research.synthetic.truth.contrasts import contact_does_nothing
from la_research.synthetic.truth.moments import in_study

WINDOW = 2
"""Weeks of activity beside an answer, which end with the week of the questionnaire."""
BETWEEN, WITHIN = "between.weekly_activity.WHO-5", "within.weekly_activity.WHO-5"


class Association:
    """Sums by modules, year and wave of (mean activity, departure from it, WHO-5), everyone answering."""

    def __init__(self, scenario: Scenario) -> None:
        self.waves = np.array([week for week in scenario.term.who5_weeks if week >= WINDOW], dtype=np.int64)
        groups, waves = scenario.years.count * len(scenario.modules) ** 2, len(self.waves)
        self.count = np.zeros((groups, waves))
        self.sums = np.zeros((groups, waves, 3))
        self.products = np.zeros((groups, waves, 3, 3))
        self.students = np.zeros((groups, 3))  # count, sum, sum of squares of mean activity

    @staticmethod
    def absent(scenario: Scenario) -> bool:
        """Whether activity and wellbeing have nothing in common, so that both slopes are exactly zero."""
        return not (_activity_tells(scenario) or _wellbeing_answers(scenario))

    def add(self, cell: Cell) -> None:
        """Count the students of a cell."""
        if not self.names:
            return
        modules, x, y, seen = self._waves(cell)
        mean = np.where(seen, x, 0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
        values = np.stack([np.broadcast_to(mean[:, None], x.shape), x - mean[:, None], y], axis=2)
        for g in np.unique(modules):
            inside = modules == g
            self.students[g] += (inside.sum(), mean[inside].sum(), (mean[inside] ** 2).sum())
            for t in range(x.shape[1]):
                here = values[inside & seen[:, t], t]
                self.count[g, t] += len(here)
                self.sums[g, t] += here.sum(axis=0)
                self.products[g, t] += here.T @ here

    def sizes(self) -> Mapping[str, float]:
        """Standardised slopes between students and, with two waves or more, within a student."""
        if not self.names:
            return {}
        means = self.sums / np.maximum(self.count, 1)[..., None]
        inside = self.products - self.count[..., None, None] * means[..., :, None] * means[..., None, :]
        total = inside.sum(axis=(0, 1))
        n = self.count.sum()
        k = len(self.names)
        slope = np.linalg.solve(total[:k, :k], total[:k, 2])
        spread = (self.students[:, 2] - self.students[:, 1] ** 2 / np.maximum(self.students[:, 0], 1)).sum()
        sd_between = np.sqrt(spread / self.students[:, 0].sum())
        sd_y = np.sqrt(total[2, 2] / n)
        spreads = (sd_between, np.sqrt(total[1, 1] / n))
        return {name: float(slope[i] * spreads[i] / sd_y) for i, name in enumerate(self.names)}

    @property
    def names(self) -> tuple[str, ...]:
        """The slopes that are defined: with a single wave a student has no other to depart from."""
        return (BETWEEN, WITHIN)[: len(self.waves)]

    def _waves(self, cell: Cell) -> tuple[np.ndarray, Floats, Floats, Bools]:
        """By student and wave: two-week means of log activity (mean of the student's modules), WHO-5, still enrolled.

        Students who are in the study; the first array codes which modules a student is on, in which year.
        """
        who, codes = cell.students, len(cell.scenario.modules)
        study = in_study(cell, lived=True)
        logs = log_activity(who, cell.traces.activity.counts)
        x = np.stack([logs[:, w - WINDOW : w].mean(axis=1) for w in self.waves], axis=1)
        y = np.stack([4.0 * cell.who5(int(w)).sum(axis=1) for w in self.waves], axis=1)
        seen = cell.scenario.term.first_day(self.waves)[None, :] <= cell.traces.leaves_day[:, None]
        both = np.where(who.second[:, None], np.sort(who.module, axis=1), who.module[:, :1])
        modules = (who.year * codes + both[:, 0]) * codes + both[:, 1]
        return modules[study], x[study], y[study], seen[study]


def _activity_tells(scenario: Scenario) -> bool:
    """Whether activity follows wellbeing, or a group that may differ in it."""
    link, bias, agreed = scenario.link, scenario.measurement_bias, scenario.consent
    chosen = (scenario.contact.selection, *scenario.contact.prefers.values())
    tilted = any((*chosen, agreed.need, *agreed.groups.values()))
    begun = (scenario.rollout.activity, scenario.rollout.trend, scenario.nudges.effect)
    return any((
        link.between, link.within, scenario.years.link, *scenario.engagement.groups.values(), bias.source_shift,
        bias.recordings, scenario.proxy.size, scenario.chilling.told and tilted, *begun,
        any(arrow.effect == "engagement" or arrow.cause == "engagement" for arrow in scenario.arrows),
    ))  # fmt: skip


def _wellbeing_answers(scenario: Scenario) -> bool:
    """Whether wellbeing follows activity, through contacts of those with little of it."""
    return not contact_does_nothing(scenario)
