"""What reliabilities promise: planted ones are recovered, and what can not be worked out is not made up."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from la_research.seeds import stream
from la_research.statistics.association import Panel, associations
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.correlation import residuals
from la_research.statistics.stability import (
    MAY_BE_ZERO,
    OVER_ONE,
    Reliability,
    alpha_by_student,
    correlation_by_student,
    disattenuated,
    intraclass_by_student,
    neighbours,
    split_half,
)

DRAWS, STUDENTS, WAVES, SLOPE = 200, 200, 4, 0.3
TOO_FEW = binom.ppf(0.001, DRAWS, 0.95)
OF_WINDOW = 0.5
"""Planted: a student's state in a window has variance 1, and so has the error of the mean of its two weeks."""
TRUE = SLOPE * np.sqrt((WAVES - 1) / WAVES) / np.sqrt(0.25 + SLOPE**2 + 1)
"""Slope of the true score on the state's departure from its mean over the waves, in SD of either."""


def draw(number: int):
    """A panel whose state and score are each seen through parts that err, and the parts."""
    rng = stream(8, "tests", "stability", number)
    unit, week = np.repeat(np.arange(STUDENTS), WAVES), np.tile(np.arange(WAVES), STUDENTS)
    state = rng.normal(size=unit.size)
    weeks = (rng.normal(size=STUDENTS)[unit] + state)[:, None] + np.sqrt(2) * rng.normal(size=(unit.size, 2))
    score = 0.5 * rng.normal(size=STUDENTS)[unit] + SLOPE * state + rng.normal(size=unit.size)
    items = score[:, None] + 2 * rng.normal(size=(unit.size, 5))
    return Panel(unit, unit, np.zeros(unit.size), week, weeks.mean(axis=1), items.sum(axis=1)), weeks, items


def holds(found, true: float) -> bool:
    lower, upper = found.interval(0.95)
    return lower <= true <= upper


def test_a_planted_slope_within_students_is_recovered_from_measures_with_error():
    corrected, plain, reliable = 0, 0, 0
    for number in range(DRAWS):
        panel, weeks, items = draw(number)
        slope = associations(panel).of("within")
        change = residuals(residuals(weeks, None, panel.week)[0], None, panel.unit)[0]
        window = alpha_by_student(change, panel.unit)
        score = alpha_by_student(residuals(items, None, panel.week)[0], panel.unit)
        _, lower, upper = disattenuated(slope, window, score)
        corrected += lower <= TRUE <= upper
        plain += holds(slope, TRUE)
        reliable += holds(window, OF_WINDOW)
    assert corrected >= TOO_FEW
    assert reliable >= TOO_FEW
    assert plain < TOO_FEW


def test_skewed_weeks_of_few_students_are_covered_as_often_as_the_docstring_says():
    held = np.zeros(3)
    between, weeks = 0.5, 12
    for number in range(DRAWS):
        rng = stream(9, "tests", "stability", number)
        values = np.sqrt(between) * rng.normal(size=(100, 1)) + rng.exponential(size=(100, weeks))
        module, student = np.arange(100) % 3, np.arange(100)
        mean = between / (between + 1 / weeks)
        for i, (found, true) in enumerate(
            (
                (split_half(values, module, student), mean),
                (intraclass_by_student(values, module, student)[0], mean),
                (neighbours(values, module, student), between / (between + 1)),
            )
        ):
            held[i] += holds(found, true)
    assert (held >= binom.ppf(0.001, DRAWS, 0.93)).all()


def test_a_reliability_that_may_be_zero_corrects_nothing():
    slope = Coefficient(0.2, 0.05, 98, 100)
    assert disattenuated(slope, Reliability(0.3, 0.2, 100)) == MAY_BE_ZERO
    assert disattenuated(slope, Reliability(-0.3, 0.01, 100)) == MAY_BE_ZERO
    assert disattenuated(slope, Reliability(0.3, 0.1, 100)) != MAY_BE_ZERO


def test_what_would_be_an_association_over_one_is_not_told():
    found = Coefficient(-0.4, 0.05, 998, 1000)
    assert disattenuated(found, Reliability(0.12, 0.01, 1000), Reliability(0.7, 0.01, 1000)) == OVER_ONE
    value, lower, upper = disattenuated(found, Reliability(0.25, 0.05, 1000), Reliability(0.7, 0.01, 1000))
    assert lower == -1 < value < upper < 0


def test_a_perfect_measure_changes_nothing():
    slope = Coefficient(0.2, 0.05, 98, 100)
    assert disattenuated(slope, Reliability(1.0, 0.1, 100)) == pytest.approx((0.2, *slope.interval(0.95)))


@pytest.mark.parametrize(
    "values",
    [np.zeros((20, 4)), np.full((20, 4), np.nan), np.empty((0, 4)), np.arange(20.0)[:, None] * np.ones(4)],
    ids=["constant", "never observed", "nobody", "the same in every week"],
)
def test_where_there_is_nothing_to_agree_nothing_is_said(values):
    module, student = np.zeros(len(values)), np.arange(len(values))
    assert split_half(values, module, student) is None
    assert neighbours(values, module, student) is None
    assert intraclass_by_student(values, module, student) is None


def test_alpha_of_one_part_or_of_parts_that_are_the_same_is_not_given():
    one = np.arange(20.0)[:, None] - 9.5
    assert alpha_by_student(one, np.arange(20)) is None
    assert alpha_by_student(np.hstack([one, one]), np.arange(20)) is None
    assert alpha_by_student(np.hstack([one, np.zeros((20, 1))]), np.arange(20)) is None


def test_units_of_one_student_do_not_count_as_several_students():
    rng = stream(10, "tests", "stability")
    values = np.repeat(rng.normal(size=(60, 1)) + rng.normal(size=(60, 6)), 3, axis=0)
    once, thrice = (
        split_half(rows, np.zeros(len(rows)), np.arange(len(rows)) // each)
        for rows, each in ((values[::3], 1), (values, 3))
    )
    assert thrice.value == pytest.approx(once.value)
    assert thrice.error == pytest.approx(once.error, rel=0.02)
    assert thrice.n == once.n == 60


def test_a_correlation_of_one_student_alone_has_no_error_and_is_not_given():
    assert correlation_by_student([1, 2, 4, 3], [2, 1, 3, 4], [0] * 4, ["a"] * 4) is None
