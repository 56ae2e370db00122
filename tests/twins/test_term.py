"""The weeks of a term against a line fitted with a dummy for every unit and week, and students left out one by one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from la_research.seeds import stream
from la_research.statistics.term import weekly_change


def by_dummies(scores, units):
    """Least squares on a dummy for every unit and week; the weeks' effects less their mean."""
    unit, week = np.nonzero(~np.isnan(scores))
    design = np.hstack([np.eye(units)[unit], np.eye(scores.shape[1])[week]])
    effects = np.linalg.lstsq(design, scores[unit, week], rcond=None)[0][units:]
    return effects - effects.mean()


def drawn(rng, students, weeks=6):
    """Answers that no week changes, of students who differ; 42 % are missing."""
    scores = 1.5 * rng.normal(size=(students, 1)) + rng.normal(size=(students, weeks))
    return np.where(rng.random(scores.shape) < 0.42, np.nan, scores)


def test_the_change_and_its_error_are_those_of_students_left_out_one_by_one():
    rng = stream(1, "twins", "term")
    scores, student = drawn(rng, 30), np.arange(30) // 2
    several = (~np.isnan(scores)).sum(axis=1) > 1
    found = weekly_change(scores, student)
    assert found.value == pytest.approx(by_dummies(scores, 30))
    who = np.unique(student[several])
    without = np.array([by_dummies(scores[student != one], (student != one).sum()) for one in who]) - found.value
    assert found.students == who.size
    assert found.covariance == pytest.approx((who.size - 1) / who.size * without.T @ without)


def test_changes_of_many_students_sum_to_zero():
    rng = stream(3, "twins", "term")
    for scores in (drawn(rng, students) for students in range(100, 300, 2)):
        assert abs(weekly_change(scores, range(len(scores))).value.sum()) < 1e-9


def test_a_week_that_one_student_alone_links_to_the_others_is_not_told():
    scores = np.array([[1, 2, np.nan], [2, 4, np.nan], [1, 4, 3.0]])
    assert weekly_change(scores, range(3)) is None
    assert weekly_change(np.vstack([scores, [2, 5, 5]]), range(4)) is not None


@pytest.mark.parametrize("students", [10, 20])
def test_where_no_week_differs_all_intervals_hold_zero_as_often_as_they_say(students):
    rng, draws, missed = stream(2, "twins", "term", students), 300, 0
    for _ in range(draws):
        found = weekly_change(drawn(rng, students), range(students))
        if found is not None:
            missed += (np.abs(found.value) > found.critical(0.95, rng) * found.error).any()
    assert missed <= binom.ppf(0.999, draws, 0.05)
