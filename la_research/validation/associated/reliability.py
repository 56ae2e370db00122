"""How far the indicator of a table agrees with itself, and what that does to its association between students."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from la_research.finding import Assumption, Finding, Row, not_analysed
from la_research.statistics.association import associations
from la_research.statistics.stability import split_half
from la_research.statistics.weeks import less_means
from la_research.validation.associated.rows import LEVEL, NO_WEEKS, Asked
from la_research.validation.disattenuated import corrected
from la_research.validation.stability import FEW, NO_SPREAD, alike_rows
from la_research.validation.stability import LIMITATIONS as OF_WEEKS
from la_research.validation.validity import LEAST_STUDENTS, METHOD, UNIT

NAME, QUESTION = "validation.associate.reliability", "How alike are a student's weeks, as the indicator sees them?"
ONE_VALUE = "a week has one value: how reliably its departure from a student's own mean is measured is not told"
LIMITATIONS = (
    *OF_WEEKS,
    "The outcome is a total: its reliability can not be told here, so that nothing is corrected for it.",
    "A corrected association is never evidence that there is any; it supposes that errors go together with nothing.",
)
APART = Assumption(
    "Weeks are measured apart from one another", None, "the table does not say what a week's value is of"
)


def reliability_finding(asked: Asked, why: str) -> Finding:
    """``validation.associate.reliability``: odd against even weeks, one week, and the slope without such errors.

    Parameters
    ----------
    why
        Why the table answers nothing; empty where it may.

    References
    ----------
    Spearman (1904), doi:10.2307/1412159; for the rest see ``split_half`` and ``intraclass_by_student``.
    """
    why = why or ("" if asked.plan.by_week else NO_WEEKS)
    if why:
        return not_analysed(NAME, QUESTION, why)
    weekly = asked.wide("x")
    student, group = (weekly.index.get_level_values(name) for name in ("student", "cluster"))
    if student[weekly.notna().sum(axis=1) > 1].nunique() < LEAST_STUDENTS:
        return not_analysed(NAME, QUESTION, FEW)
    values = less_means(weekly, group.to_series(index=weekly.index))
    whose = group.to_numpy(), student.to_numpy()
    rows = alike_rows(values, weekly.to_numpy(dtype=float), *whose, LEVEL)
    if not rows:
        return not_analysed(NAME, QUESTION, NO_SPREAD)
    rows += tuple(_freed(asked, values, *whose))
    return Finding(NAME, QUESTION, "described", rows[0].estimate, rows[1:], (APART,), LIMITATIONS)


def _freed(asked: Asked, values: np.ndarray, group: np.ndarray, student: np.ndarray) -> Iterator[Row]:
    """The slope between students observed and corrected; within, why it is not corrected."""
    fit = associations(asked.panel(), squared=False)
    if "between" in fit.slopes:
        slope = fit.of("between")
        yield Row({"what": "between students, observed"}, slope.estimate(UNIT, METHOD, LEVEL))
        sides = (split_half(values, group, student),)
        yield corrected("between students, corrected for it", slope, sides, UNIT, LEVEL)
    if "within" in fit.slopes:
        yield Row({"what": "within student, corrected for it"}, None, "not analysed", ONE_VALUE)
