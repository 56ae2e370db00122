"""Weeks of a term compared within the same students."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from la_research.seeds import stream
from la_research.statistics.term import weekly_change


def drawn(draw, students: int, weeks: int, answered: float = 0.7):
    """Students differ, weeks do not; answers of one student go together."""
    level = draw.normal(50, 10, (students, 1))
    slope = draw.normal(0, 2, (students, 1)) * np.arange(weeks)
    scores = level + slope + draw.normal(0, 6, (students, weeks))
    return np.where(draw.random((students, weeks)) < answered, scores, np.nan)


def test_it_is_the_least_squares_fit_with_a_level_for_every_student():
    scores = drawn(stream(1, "tests", "term"), 60, 5)
    student, week = np.nonzero(~np.isnan(scores))
    design = np.column_stack([student[:, None] == np.arange(60), week[:, None] == np.arange(5)]).astype(float)
    fitted = np.linalg.lstsq(design, scores[student, week], rcond=None)[0][60:]
    assert weekly_change(scores, np.arange(60)).value == pytest.approx(fitted - fitted.mean())


def test_with_two_weeks_and_all_answers_it_is_the_paired_t_test():
    scores = drawn(stream(2, "tests", "term"), 40, 2, answered=1.0)
    found, paired = weekly_change(scores, np.arange(40)), stats.ttest_rel(scores[:, 0], scores[:, 1])
    assert 2 * found.value[0] == pytest.approx((scores[:, 0] - scores[:, 1]).mean())
    assert found.value[0] / found.error[0] == pytest.approx(paired.statistic)


def test_who_answers_only_in_one_week_does_not_move_it():
    scores = np.array([[60.0, 50, 40], [70, 67, 40], [np.nan, np.nan, 100]])
    assert weekly_change(scores, [0, 1, 2]).value == pytest.approx(weekly_change(scores[:2], [0, 1]).value)


def test_all_weeks_together_lie_in_their_intervals_as_often_as_the_level_says():
    draw, held, draws = stream(3, "tests", "term"), 0, 300
    for _ in range(draws):
        found = weekly_change(drawn(draw, 80, 6), np.arange(80))
        held += bool((np.abs(found.value) <= found.critical(0.95, draw) * found.error).all())
    low, high = stats.binom.ppf([0.0005, 0.9995], draws, 0.95)
    assert low <= held <= high


def test_a_week_far_below_the_others_is_the_lowest_in_every_draw():
    draw = stream(4, "tests", "term")
    scores = drawn(draw, 100, 4)
    scores[:, 2] -= 20
    found = weekly_change(scores, np.arange(100))
    assert found.extreme(draw, lowest=True).tolist() == [0, 0, 1, 0]
    assert found.extreme(draw, lowest=False)[2] == 0


@pytest.mark.parametrize(
    "scores",
    [
        [[50.0, np.nan, np.nan], [np.nan, 40, np.nan], [np.nan, np.nan, 60]],
        [[50.0, 40, np.nan, np.nan], [50, 41, np.nan, np.nan], [np.nan, np.nan, 60, 50], [np.nan, np.nan, 60, 58]],
        [[50.0, 50, 50], [60, 60, 60]],
        [[50.0, 40, 30]],
    ],
    ids=["nobody answered twice", "weeks are not linked", "nothing differs", "one student"],
)
def test_what_can_not_be_told_is_not_told(scores):
    assert weekly_change(scores, np.arange(len(scores))) is None
