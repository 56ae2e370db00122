"""Weekly nudges: who is available in a week, who is drawn, and what it adds to activity in the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from la_research.seeds import CELL
from la_research.synthetic.assignment import may_be_contacted
from la_research.synthetic.chance import Chance
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import Bools, Floats, Ints, Students


@dataclass(frozen=True)
class Nudged:
    """Who could be nudged at the end of each week, who was, and who then asked for no more (students, weeks)."""

    available: Bools
    sent: Bools
    opted_out: Bools

    @property
    def earlier(self) -> Ints:
        """Nudges before each week."""
        return np.asarray(np.cumsum(self.sent, axis=1) - self.sent)

    def added(self, scenario: Scenario, sent: Bools | None = None) -> Floats:
        """Log actions that nudges add, a week after they were sent; ``sent`` asks what if, earlier ones as lived."""
        dial = scenario.nudges
        size = dial.effect * dial.fading**self.earlier * (self.sent if sent is None else sent)
        return np.asarray(np.pad(size, ((0, 0), (1, 0)))[:, :-1])


def draw_nudges(
    scenario: Scenario, students: Students, chance: Chance, leaves: Ints, actions: Callable[[Floats, int], Floats]
) -> Nudged:
    """The nudges of a cell, week after week.

    Parameters
    ----------
    leaves
        Day on which each student leaves.
    actions
        Actions of each student by week, from the first to a last one, given what nudges have added (students, weeks).
    """
    dial, shape = scenario.nudges, (CELL, scenario.term.weeks)
    nudged = Nudged(*(np.zeros(shape, dtype=bool) for _ in range(3)))
    for week in dial.weeks:
        day = int(scenario.term.first_day(week)) + 6
        free = may_be_contacted(scenario, students, week) & (leaves > day) & ~nudged.opted_out.any(axis=1)
        if dial.available == "quiet":
            logs = np.log1p(actions(nudged.added(scenario), week))
            free &= logs[:, -1] < logs[:, :-1].mean(axis=1)
        here = week - 1
        nudged.available[:, here] = free
        nudged.sent[:, here] = free & (chance.nudges[:, here, 0] < dial.probability)
        nudged.opted_out[:, here] = nudged.sent[:, here] & (chance.nudges[:, here, 1] < dial.opt_out)
    return nudged
