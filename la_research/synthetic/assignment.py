"""By what a contact comes about, before anyone looks: coins of students and groups, arms, saturations, start weeks."""

from __future__ import annotations

import numpy as np

from la_research.seeds import CELL
from la_research.synthetic.chance import Chance
from la_research.synthetic.graph import GROUPS
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import Bools, Floats, Ints, Students


def tutor_group(scenario: Scenario) -> Ints:
    """Number of each student's tutor group within a cell."""
    return np.asarray(np.arange(CELL) // scenario.peers.size)


def dealt(lots: Floats, options: int) -> Ints:
    """What each group draws of some options: each of them once in every run of as many groups.

    >>> dealt(np.array([0.9, 0.1, 0.5, 0.2, 0.3, 0.1]), 3).tolist()
    [1, 2, 0, 2, 0, 1]
    """
    runs = np.pad(lots, (0, -len(lots) % options)).reshape(-1, options)
    return np.asarray(np.argsort(runs, axis=1).ravel()[: len(lots)])


def coin(scenario: Scenario, chance: Chance) -> Floats:
    """What decides on a contact of each student: a coin of their own, or their tutor group's."""
    whole = scenario.contact.by == "group"
    return chance.lots[tutor_group(scenario), 0] if whole else chance.coin


def share(scenario: Scenario, chance: Chance) -> Floats:
    """Chance of a contact of each student, were they considered and nothing known of them."""
    dial = scenario.contact
    if not dial.saturations:
        return np.full(CELL, dial.share)
    drawn = dealt(chance.lots[:, 1], len(dial.saturations))
    return np.array(dial.saturations)[drawn[tutor_group(scenario)]]


def arm(scenario: Scenario, chance: Chance) -> Ints:
    """Number of the arm in which each student would be contacted; those drawn for none have their place among them."""
    dial, u = scenario.contact, coin(scenario, chance)
    if not dial.arms:
        return np.zeros(CELL, dtype=np.int64)
    rest = (u - dial.share) / max(1 - dial.share, 1e-12) * dial.share
    edges = np.cumsum([one.share for one in dial.arms.values()])[:-1]
    return np.asarray(np.searchsorted(edges, np.where(u < dial.share, u, rest), side="right"))


def would_talk(scenario: Scenario, chance: Chance, number: int | None = None) -> Bools:
    """Who would come to talk if contacted, in their own arm or in that of a number."""
    dial = scenario.contact
    if not dial.arms:
        return np.asarray(chance.talks < dial.talked)
    shares = np.array([one.talked for one in dial.arms.values()])
    return np.asarray(chance.talks < shares[arm(scenario, chance) if number is None else number])


def preference(scenario: Scenario, students: Students) -> Floats:
    """Added log odds of a contact by what is recorded of each student."""
    sizes = scenario.contact.prefers
    total = students.by({group: sizes[group] for group in GROUPS if group in sizes})
    total = total + sizes.get("commuting", 0.0) * students.commutes
    total = total + sizes.get("paid_work", 0.0) * (students.work_hours - 8) / 9
    return np.asarray(total + sizes.get("tariff", 0.0) * (students.tariff - 120) / 25)


def start_weeks(scenario: Scenario, students: Students, chance: Chance) -> Ints:
    """Week in which a roll-out starts for each student, on either module, shape (students, 2); 0 where never."""
    dial = scenario.rollout
    if dial.by == "module":
        weeks = np.array([dial.starts.get(module.code, 0) for module in scenario.modules])
        return np.asarray(weeks[students.module])
    group = tutor_group(scenario)
    if not dial.weeks:
        return np.zeros((CELL, 2), dtype=np.int64)
    drawn = np.array(dial.weeks)[dealt(chance.lots[:, 2], len(dial.weeks))]
    starts = np.where(chance.lots[:, 0] < dial.never, 0, drawn)[group]
    return np.column_stack([starts, starts])


def rollout_effect(scenario: Scenario, starts: Ints) -> Floats:
    """Log actions that a roll-out adds, without its trend, by start weeks; shape (students, 2, weeks)."""
    later = (starts > 0)[..., None] & (scenario.term.numbers > starts[..., None])
    return np.asarray(scenario.rollout.activity * later)


def rollout_trend(scenario: Scenario, starts: Ints) -> Floats:
    """Log actions by which what starts some time differs from what never does; shape (students, 2, weeks)."""
    return np.asarray(scenario.rollout.trend * (starts > 0)[..., None] * (scenario.term.numbers - 1))


def may_be_contacted(scenario: Scenario, students: Students, week: int) -> Bools:
    """Who agreed to be contacted, and to research, at the end of a week."""
    day = int(scenario.term.first_day(week)) + 6
    return np.asarray(students.consent[:, 1] & students.allows_research(day))
