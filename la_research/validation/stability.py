"""How well the indicators agree with themselves, and what that does to the registered associations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from la_research.finding import Finding, Row, not_analysed
from la_research.indicators import INDICATORS
from la_research.statistics.intervals import Floats
from la_research.statistics.stability import intraclass_by_student, neighbours, split_half
from la_research.statistics.weeks import less_calendar, log_scale
from la_research.validation.apart import SHARED, apart
from la_research.validation.disattenuated import disattenuated_findings
from la_research.validation.ground import Ground, slug
from la_research.validation.sources import sources_finding
from la_research.validation.validity import LEAST_STUDENTS

QUESTION = "How alike are a student's weeks, as {name} sees them?"
NO_SPREAD = "the indicator does not vary between students, or is the same in all of a student's weeks"
FEW = f"fewer than {LEAST_STUDENTS} students have a value in two weeks"
LIMITATIONS = (
    "A reliable indicator is one that comes out alike again; it need not say anything about how a student is.",
    "What lasts for some weeks, such as an illness or a busy spell, counts as reliable.",
    "Weeks that differ because the student changed count as error: what is low for a lasting trait may suit a change.",
)


def stability_findings(ground: Ground) -> Iterator[Finding]:
    """Reliability of indicators, agreement of sources, and associations without the errors of measurement.

    Yields
    ------
    Finding
        ``validation.stability.INDICATOR`` for each ("not analysed", with its rows, where weeks share their
        windows), ``validation.sources.agreement`` and, for each hypothesis
        of an association, ``validation.disattenuated.HYPOTHESIS``; none where ``stability`` is not asked.
    """
    if not ground.asked.stability:
        return
    for indicator in ground.protocol.indicators:
        yield _indicator(ground, indicator)
    yield sources_finding(ground)
    yield from disattenuated_findings(ground)


def _indicator(ground: Ground, indicator: str) -> Finding:
    name, card = f"validation.stability.{slug(indicator)}", INDICATORS[indicator]
    question = QUESTION.format(name=f"'{card.label}'")
    weekly = ground.weekly(indicator)
    group, student = ground.units["group"].to_numpy(), ground.units["student_id"].to_numpy()
    seen = (weekly.notna().sum(axis=1) > 1).to_numpy()
    if len(np.unique(student[seen])) < LEAST_STUDENTS:
        return not_analysed(name, question, FEW if weekly.notna().any(axis=None) else "it was not observed")
    values, plain = less_calendar(weekly, ground.units["group"]), log_scale(weekly.to_numpy(dtype=float))
    rows = alike_rows(values, plain, group, student, ground.asked.level)
    if not rows:
        return not_analysed(name, question, NO_SPREAD)
    held = apart(indicator)
    if not held.holds:
        return Finding(name, question, "not analysed", None, rows, (held,), LIMITATIONS, reason=SHARED)
    return Finding(name, question, "described", rows[0].estimate, rows, (held,), LIMITATIONS)


def alike_rows(values: Floats, plain: Floats, group: np.ndarray, student: np.ndarray, level: float) -> tuple[Row, ...]:
    """How far weeks agree, the mean of odd beside that of even weeks first; empty where nothing varies.

    Parameters
    ----------
    values, plain
        (units, weeks) less the mean of module and week, and as they are; not a number where not observed.
    group, student
        (units,) module, and the student.
    """
    halves, near = split_half(values, group, student), neighbours(values, group, student)
    whole = intraclass_by_student(plain, group, student)
    if halves is None or near is None or whole is None:
        return ()
    (mean, weeks), icc = whole, ("intraclass correlation", "anova-by-student", level)
    told = {
        "mean over the term, from odd and even weeks": halves.estimate(
            "reliability", "split-week-spearman-brown", level
        ),
        "one week beside the next": near.estimate("correlation", "pearson-by-student", level),
        "one week, ICC(1,1)": mean.estimate(*icc, weeks),
        "mean over the term, ICC(1,k)": mean.estimate(*icc),
    }
    return tuple(Row({"what": what}, estimate) for what, estimate in told.items())
