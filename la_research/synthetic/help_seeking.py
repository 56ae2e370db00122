"""Who looks for help in a week, and who tells the university of a difficulty: chances that follow need."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import Floats, Students


def chance_of_help(scenario: Scenario, students: Students, wellbeing: Floats) -> Floats:
    """Chance of using a service in each week of a course, shape (students, weeks)."""
    dial, extra = scenario.help_seeking, students.by(scenario.label_bias.help_seeking)
    return np.asarray(expit(dial.weekly - dial.need * wellbeing + extra[:, None]))


def chance_of_disclosure(scenario: Scenario, students: Students) -> Floats:
    """Chance of telling the university of a difficulty by the end of term, shape (students,)."""
    dial, extra = scenario.help_seeking, students.by(scenario.label_bias.disclosure)
    return np.asarray(expit(dial.disclosed - dial.need * students.stable + extra))
