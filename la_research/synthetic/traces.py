"""What a cell of students lived through: wellbeing, activity, looks, contacts, and what these did in turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from la_research.seeds import CELL, stream
from la_research.synthetic.activity import Activity, Noise, active, draw_noise, usual_activity
from la_research.synthetic.course import Course, draw_course
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import Bools, Floats, Ints, Students, tilted

Policy = Literal["registered", "all"]
"""How contacts come about: as the dials say, or everyone at their first look below the cut-off."""


@dataclass(frozen=True)
class Chance:
    """What chance holds ready for a cell, whether it is used or not; arrays of one number a student."""

    coin: Floats
    opens: Floats
    talks: Floats
    harm: Floats
    leaves: Floats
    leaves_after: Floats
    games: Floats


@dataclass(frozen=True)
class Traces:
    """What one cell of students lived through.

    ``alone`` is the course when nobody at all is contacted; ``usual`` and ``contact`` are the
    two potential courses of each student, peers as they were lived; ``wellbeing`` is the
    course lived; all have shape (students, weeks). ``look`` is the week of the first look
    below the cut-off of a student whom one may contact, 0 where there is none. ``peers`` is
    the share of a student's peers who talked.
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
    u = stream(seed, "synthetic", "contact", cell).random((4, CELL))
    v = stream(seed, "synthetic", "aftermath", cell).random((4, CELL))
    chance = Chance(u[0], u[1], u[2], *v)
    return Drawn(students, draw_course(scenario, students, seed, cell), draw_noise(scenario, seed, cell), chance)


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
    leaves = who.leaves_day
    for week in dial.looks:
        after = _aftermath(scenario, drawn, look, contacted, size)
        value = running_variable(scenario, who, _seen(scenario, drawn, after, week), week)
        day = int(scenario.term.first_day(week)) + 6
        agreed = who.consent[:, 1] & who.allows_research(day)
        new = (look == 0) & (value < dial.cutoff) & agreed & (leaves > day)
        running = np.where((look == 0) & (new | np.isnan(running)), value, running)
        odds = -dial.selection * (after.wellbeing[:, week - 1])
        sent = new & ((chance.coin < tilted(dial.probability, odds)) | (policy == "all"))
        look, contacted = np.where(new, week, look), contacted | sent
        leaves = np.where(sent, leaving_if_contacted(scenario, chance, leaves, day), leaves)
    after = _aftermath(scenario, drawn, look, contacted, size)
    talked = chance.talks < dial.talked
    return Traces(
        course=drawn.course, alone=drawn.course.wellbeing, usual=after.usual, contact=after.contact,
        wellbeing=after.wellbeing, activity=_activity(scenario, drawn, after), look=look, running=running,
        contacted=contacted, opened=(chance.opens < dial.opened) | talked, talked=talked,
        harmed=chance.harm < dial.harmed, peers=after.peers, leaves_day=leaves,
    )  # fmt: skip


def leaving_if_contacted(scenario: Scenario, chance: Chance, leaves: Ints, day: int | Ints) -> Ints:
    """Day on which each student leaves who is contacted on the evening of a day; ``leaves`` is their own."""
    gone = day + 1 + np.floor(14 * chance.leaves_after).astype(np.int64)
    return np.asarray(np.where(chance.leaves < scenario.attrition.leaves, np.minimum(leaves, gone), leaves))


def running_variable(scenario: Scenario, students: Students, seen: Activity, week: int) -> Floats:
    """What the rule reads on the first module, in the one week that is seen: a share of the usual, or days."""
    if scenario.contact.running == "active_days":
        return np.asarray(seen.days[:, 0, 0].max(axis=1).astype(float))
    usual = usual_activity(scenario)[students.module[:, 0], week - 1]
    return np.asarray(seen.counts[:, 0, 0].sum(axis=1) / usual)


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
    own = np.where(later, _gain(scenario, drawn)[:, None], 0.0)
    spill, peers = _spillover(scenario, drawn, later & contacted[:, None], size)
    lived = contacted[:, None] * own + spill
    told = (contacted[:, None] & (week > look[:, None])).astype(float)
    return _Aftermath(alone + spill, alone + spill + own, alone + lived, lived, told, peers)


def _gain(scenario: Scenario, drawn: Drawn) -> Floats:
    """SDs that a contact adds to each student's wellbeing, were it to come."""
    dial = scenario.contact
    helped = (drawn.chance.talks < dial.talked) * (dial.effect + drawn.students.by(dial.groups))
    return np.asarray(helped - dial.harm * (drawn.chance.harm < dial.harmed))


def _spillover(scenario: Scenario, drawn: Drawn, later: Bools, size: int) -> tuple[Floats, Floats]:
    """SDs that peers' talks add by week, and the share of peers who talked in the end."""
    group = np.arange(CELL) // scenario.peers.size
    present = np.arange(CELL) < size
    talks = later & (drawn.chance.talks < scenario.contact.talked)[:, None] & present[:, None]
    others = np.maximum(np.bincount(group, weights=present) - 1, 1)[group]
    starts = np.arange(0, CELL, scenario.peers.size)
    share = (np.add.reduceat(talks.astype(float), starts, axis=0)[group] - talks) / others[:, None]
    return scenario.peers.spillover * share, share[:, -1]


def _activity(scenario: Scenario, drawn: Drawn, after: _Aftermath) -> Activity:
    """Activity as lived, with what students who know the rule add in the weeks of the looks."""
    seen = active(scenario, drawn.students, drawn.course, after.gained, after.told, drawn.noise)
    if scenario.gaming.share > 0:
        for week in scenario.contact.looks:
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
        usual = usual_activity(scenario)[drawn.students.module[:, 0], week - 1]
        lacking = np.ceil((dial.cutoff - value) * usual).astype(np.int64)
        counts[near, 0, 0, 0] += np.maximum(lacking, 1)[near]
        days[near, 0, 0, 0] = np.maximum(days[near, 0, 0, 0], 1)
    return Activity(counts, days, seen.community)
