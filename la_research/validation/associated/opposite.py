"""In how many students does the indicator of a table go together with the outcome the other way?"""

from __future__ import annotations

from la_research.finding import Finding, not_analysed
from la_research.seeds import stream
from la_research.statistics.random_slopes import all_alike, own_slopes
from la_research.validation.associated.rows import YES_OR_NO, Asked
from la_research.validation.opposite import DRAWS, LEAST_WEEKS, OF_SHARES, enough_weeks, opposite_told
from la_research.validation.validity import LEAST_STUDENTS

NAME = "validation.associate.opposite"
QUESTION = "In how many students does a higher indicator go together with a {other} outcome?"
FEW_WEEKS = f"half of the students hold the indicator in fewer than {LEAST_WEEKS} rows"
FEW = f"fewer than {LEAST_STUDENTS} students hold both in two rows that differ in both"
LIMITATIONS = (*OF_SHARES, "The indicator counts by its order among a student's own rows.")
TURNED = "Slopes are counted in the direction asked: one below zero has a higher indicator with a higher outcome."


def opposite_finding(asked: Asked, why: str) -> Finding:
    """``validation.associate.opposite``: the share of students whose rows go against the direction asked.

    With no smallest association named the direction is up: a higher indicator, a higher outcome. See
    ``opposite_share`` for the model.

    Parameters
    ----------
    why
        Why the table answers nothing; empty where it may.
    """
    up = (asked.plan.smallest or 1) > 0
    question, panel = QUESTION.format(other="lower" if up else "higher"), asked.panel()
    why = why or (YES_OR_NO if asked.plan.binary else "") or ("" if enough_weeks(panel) else FEW_WEEKS)
    if why:
        return not_analysed(NAME, question, why)
    own = own_slopes(panel)
    if own.students < LEAST_STUDENTS:
        return not_analysed(NAME, question, FEW)
    own = own if up else own.turned()
    alike = all_alike(own, stream(0, "validation", "opposite", "table"), DRAWS)
    return opposite_told(NAME, question, own, alike, None, LIMITATIONS if up else (*LIMITATIONS, TURNED))
