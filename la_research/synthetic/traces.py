"""What a cell of students lived through: wellbeing, activity, looks, contacts, and what these did in turn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from la_research.seeds import CELL
from la_research.synthetic.activity import Activity, Noise, active, draw_noise, usual_activity
from la_research.synthetic.assignment import (
    coin,
    may_be_contacted,
    preference,
    rollout_effect,
    rollout_trend,
    share,
    start_weeks,
    tutor_group,
    would_talk,
)
from la_research.synthetic.chance import Chance, draw_chance
from la_research.synthetic.course import Course, draw_course
from la_research.synthetic.nudging import Nudged, draw_nudges
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import Bools, Floats, Ints, Students, tilted

Policy = Literal["registered", "all"]
"""How contacts come about: as the dials say, or everyone at their first look below the cut-off."""


@dataclass(frozen=True)
class Traces:
    """What one cell of students lived through.

    ``alone`` is the course when nobody at all is contacted; ``usual`` and ``contact`` are the
    two potential courses of each student, peers as they were lived; ``wellbeing`` is the
    course lived; all have shape (students, weeks). ``look`` is the week of the first look
    below the cut-off of a student whom one may contact, or the week in which a roll-out reached
    the student, 0 where there is none. ``peers`` is the share of a student's peers who talked.
    ``start`` is the week in which a roll-out starts on either module, whoever it reaches.
    """

    course: Course
    alone: Floats
    usual: Floats
    contact: Floats
    wellbeing: Floats
    activity: Activity
    look: Ints
    running: Floats
    contacted: Bools
    opened: Bools
    talked: Bools
    harmed: Bools
    peers: Floats
    leaves_day: Ints
    start: Ints
    nudges: Nudged

    @property
    def eligible(self) -> Bools:
        """Who was considered for a contact."""
        return self.look > 0


@dataclass(frozen=True)
class Drawn:
    """A cell before anyone is contacted."""

    students: Students
    course: Course
    noise: Noise
    chance: Chance


def draw_cell_noise(scenario: Scenario, students: Students, seed: int, cell: int) -> Drawn:
    """All that chance decides in a cell; living it twice takes the same numbers."""
    course, noise = draw_course(scenario, students, seed, cell), draw_noise(scenario, seed, cell)
    return Drawn(students, course, noise, draw_chance(seed, cell, scenario.term.weeks))


def live(scenario: Scenario, drawn: Drawn, size: int = CELL, policy: Policy = "registered") -> Traces:
    """Look after look: who is below the cut-off, who is contacted, and what that changes from then on.

    Parameters
    ----------
    drawn
        What chance decided; the same for every policy.
    size
        Students of the cell who are in the cohort: only they have an influence on peers.
    policy
        How contacts come about.
    """
    who, chance, dial = drawn.students, drawn.chance, scenario.contact
    look, contacted = np.zeros(CELL, dtype=np.int64), np.zeros(CELL, dtype=bool)
    running = np.full(CELL, np.nan)
    leaves, start = who.leaves_day, start_weeks(scenario, who, chance)
    for week in scenario.looks:
        after = _aftermath(scenario, drawn, look, contacted, size)
        day = int(scenario.term.first_day(week)) + 6
        free = (look == 0) & may_be_contacted(scenario, who, week) & (leaves > day)
        if scenario.rollout.looks:
            new = sent = free & (start[:, 0] == week)
        else:
            value = running_variable(scenario, who, _seen(scenario, drawn, after, week), week)
            new = free & (value < dial.cutoff)
            running = np.where((look == 0) & (new | np.isnan(running)), value, running)
            sent = new & (_chosen(scenario, drawn, after, week) | (policy == "all"))
        look, contacted = np.where(new, week, look), contacted | sent
        leaves = np.where(sent, leaving_if_contacted(scenario, chance, leaves, day), leaves)
    after = _aftermath(scenario, drawn, look, contacted, size)
    nudges = draw_nudges(scenario, who, chance, leaves, partial(_actions, scenario, drawn, after))
    talked = would_talk(scenario, chance)
    return Traces(
        course=drawn.course, alone=drawn.course.wellbeing, usual=after.usual, contact=after.contact,
        wellbeing=after.wellbeing, activity=_activity(scenario, drawn, after, start, nudges), look=look,
        running=running, contacted=contacted, opened=(chance.opens < dial.opened) | talked, talked=talked,
        harmed=chance.harm < dial.harmed, peers=after.peers, leaves_day=leaves, start=start, nudges=nudges,
    )  # fmt: skip


def _chosen(scenario: Scenario, drawn: Drawn, after: _Aftermath, week: int) -> Bools:
    """Whom the lot, or a preference of staff, has contacted if they are considered at a look."""
    odds = -scenario.contact.selection * (after.wellbeing[:, week - 1]) + preference(scenario, drawn.students)
    return np.asarray(coin(scenario, drawn.chance) < tilted(share(scenario, drawn.chance), odds))


def _actions(scenario: Scenario, drawn: Drawn, after: _Aftermath, added: Floats, week: int) -> Floats:
    """Actions of each student on all modules, from the first week to a last one (students, weeks)."""
    both = np.broadcast_to(added[:, None], (CELL, 2, added.shape[1]))
    seen = active(
        scenario, drawn.students, drawn.course, after.gained, after.told, drawn.noise, slice(0, week), added=both
    )
    return np.asarray(seen.counts.sum(axis=(1, 3)).astype(float))


def course_in_arm(scenario: Scenario, drawn: Drawn, lived: Traces, number: int) -> Floats:
    """Wellbeing of each student if contacted in one of the arms, peers as they lived (students, weeks)."""
    gain = _gain(scenario, drawn, would_talk(scenario, drawn.chance, number))
    later = lived.eligible[:, None] & (scenario.term.numbers >= lived.look[:, None] + 2)
    return np.asarray(lived.usual + np.where(later, gain[:, None], 0.0))


def leaving_if_contacted(scenario: Scenario, chance: Chance, leaves: Ints, day: int | Ints) -> Ints:
    """Day on which each student leaves who is contacted on the evening of a day; ``leaves`` is their own."""
    gone = day + 1 + np.floor(14 * chance.leaves_after).astype(np.int64)
    return np.asarray(np.where(chance.leaves < scenario.attrition.leaves, np.minimum(leaves, gone), leaves))


def running_variable(scenario: Scenario, students: Students, seen: Activity, week: int) -> Floats:
    """What the rule reads on the first module, in the one week that is seen: a share of the usual, days, or actions."""
    if scenario.contact.running == "active_days":
        return np.asarray(seen.days[:, 0, 0].max(axis=1).astype(float))
    actions = seen.counts[:, 0, 0].sum(axis=1)
    return np.asarray(actions / _usual(scenario, students, week))


def _usual(scenario: Scenario, students: Students, week: int) -> Floats:
    """What actions are counted by: those that the student's first module usually sees in a week, or one action."""
    if scenario.contact.running == "count":
        return np.ones(CELL)
    return np.asarray(usual_activity(scenario)[students.module[:, 0], week - 1])


@dataclass(frozen=True)
class _Aftermath:
    usual: Floats
    contact: Floats
    wellbeing: Floats
    gained: Floats
    told: Floats
    peers: Floats


def _aftermath(scenario: Scenario, drawn: Drawn, look: Ints, contacted: Bools, size: int) -> _Aftermath:
    """What contacts so far do: a gain from two weeks after the look, for the student and for peers."""
    week, alone = scenario.term.numbers, drawn.course.wellbeing
    later = (look > 0)[:, None] & (week >= look[:, None] + 2)
    own = np.where(later, _gain(scenario, drawn, would_talk(scenario, drawn.chance))[:, None], 0.0)
    spill, peers = _spillover(scenario, drawn, later & contacted[:, None], size)
    lived = contacted[:, None] * own + spill
    told = (contacted[:, None] & (week > look[:, None])).astype(float)
    return _Aftermath(alone + spill, alone + spill + own, alone + lived, lived, told, peers)


def _gain(scenario: Scenario, drawn: Drawn, talks: Bools) -> Floats:
    """SDs that a contact adds to each student's wellbeing, were it to come, by whether they would talk."""
    dial = scenario.contact
    helped = talks * (dial.effect + drawn.students.by(dial.groups))
    return np.asarray(helped - dial.harm * (drawn.chance.harm < dial.harmed))


def _spillover(scenario: Scenario, drawn: Drawn, later: Bools, size: int) -> tuple[Floats, Floats]:
    """SDs that peers' talks add by week, and the share of peers who talked in the end."""
    group = tutor_group(scenario)
    present = np.arange(CELL) < size
    talks = later & would_talk(scenario, drawn.chance)[:, None] & present[:, None]
    others = np.maximum(np.bincount(group, weights=present) - 1, 1)[group]
    starts = np.arange(0, CELL, scenario.peers.size)
    share = (np.add.reduceat(talks.astype(float), starts, axis=0)[group] - talks) / others[:, None]
    return scenario.peers.spillover * share, share[:, -1]


def _activity(scenario: Scenario, drawn: Drawn, after: _Aftermath, start: Ints, nudges: Nudged) -> Activity:
    """Activity as lived, with what students who know the rule add in the weeks of the looks."""
    added = rollout_effect(scenario, start) + rollout_trend(scenario, start) + nudges.added(scenario)[:, None]
    seen = active(scenario, drawn.students, drawn.course, after.gained, after.told, drawn.noise, added=added)
    if scenario.gaming.share > 0 and not scenario.rollout.looks:
        for week in scenario.looks:
            here = slice(week - 1, week)
            gamed = _seen(scenario, drawn, after, week)
            seen.counts[:, :, here], seen.days[:, :, here] = gamed.counts, gamed.days
    return seen


def _seen(scenario: Scenario, drawn: Drawn, after: _Aftermath, week: int) -> Activity:
    """Activity in the week of a look, as who knows the rule makes it look."""
    here = slice(week - 1, week)
    seen = active(scenario, drawn.students, drawn.course, after.gained, after.told, drawn.noise, here)
    if scenario.gaming.share == 0:
        return seen
    dial, counts, days = scenario.contact, seen.counts.copy(), seen.days.copy()
    value = running_variable(scenario, drawn.students, seen, week)
    low = dial.cutoff - 1 if dial.running == "active_days" else (1 - scenario.gaming.reach) * dial.cutoff
    near = (drawn.chance.games < scenario.gaming.share) & (value < dial.cutoff) & (value >= low) & (value > 0)
    if dial.running == "active_days":
        days[near, 0, 0, 0] = int(np.ceil(dial.cutoff))
        counts[near, 0, 0, 0] = np.maximum(counts[near, 0, 0, 0], int(np.ceil(dial.cutoff)))
    else:
        usual = _usual(scenario, drawn.students, week)
        lacking = np.ceil((dial.cutoff - value) * usual).astype(np.int64)
        counts[near, 0, 0, 0] += np.maximum(lacking, 1)[near]
        days[near, 0, 0, 0] = np.maximum(days[near, 0, 0, 0], 1)
    return Activity(counts, days, seen.community)
