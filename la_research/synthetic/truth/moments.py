"""When the truth is asked, and of whom: the weeks of label and outcome, and the students of the study."""

from __future__ import annotations

import numpy as np

from la_research.synthetic.cell import Cell
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import Bools

INDEX_WEEK = 4
"""Students who are still there at its end, and agreed, are in the study."""
SETTLES = 2
"""Weeks from a look until a contact shows in wellbeing."""
LOW_MOOD = 10
"""Points of PHQ-8 that read as low mood: Kroenke et al. (2009), doi:10.1016/j.jad.2008.06.026."""
USUAL_OUTCOME, USUAL_LABEL = 10, 8


def outcome_weeks(scenario: Scenario) -> tuple[int, ...]:
    """Waves of WHO-5 in which a contact at the first look can show."""
    first = min(scenario.looks, default=scenario.term.weeks)
    return tuple(week for week in scenario.term.who5_weeks if week >= first + SETTLES)


def outcome_week(scenario: Scenario) -> int | None:
    """The wave in which every contrast is told in full: week 10, or else the last that all looks can reach.

    >>> from la_research.store import load_scenario
    >>> from la_research.synthetic.switch import with_dials
    >>> campus = load_scenario("default")
    >>> outcome_week(campus), outcome_week(with_dials(campus, ["term.who5_weeks=[2, 6, 8]"]))
    (10, 8)
    """
    reached = [week for week in outcome_weeks(scenario) if week >= max(scenario.looks) + SETTLES]
    return USUAL_OUTCOME if USUAL_OUTCOME in reached else max(reached, default=None)


def label_week(scenario: Scenario) -> int:
    """The week of the label and of need: week 8 where PHQ-8 is asked then, else its last wave, else the last week."""
    waves = scenario.term.phq8_weeks
    return USUAL_LABEL if USUAL_LABEL in waves else max(waves, default=scenario.term.weeks)


def in_study(cell: Cell, *, lived: bool) -> Bools:
    """Who agreed to the use in a model and to research, and is there at the end of the index week.

    Parameters
    ----------
    lived
        Whether those are out whom a contact made leave earlier; a contrast of contacts keeps them.
    """
    who = cell.students
    leaves = cell.traces.leaves_day if lived else who.leaves_day
    stays = leaves > int(cell.scenario.term.first_day(INDEX_WEEK)) + 6
    return np.asarray(who.consent[:, 0] & who.consent[:, 2] & stays)
