"""Patterns of answering: what is told, what stays hidden, and what answering goes with."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from la_research.seeds import stream
from la_research.statistics.influence import calibration_slope
from la_research.statistics.patterns import answered_patterns, answering_odds


def held(**sizes: int) -> np.ndarray:
    """Students by pattern: ``held(p110=12)`` is twelve who answered the first two waves of three."""
    rows = [[int(wave) for wave in name[1:]] for name, size in sizes.items() for _ in range(size)]
    return np.array(rows, dtype=bool)


def test_each_student_is_of_one_kind():
    told = answered_patterns(held(p111=30, p000=20, p100=15, p110=10, p101=11, p001=12), 10)
    assert told.kinds == (30, 20, 15 + 10, 11 + 12)


def test_the_most_frequent_patterns_are_shown_and_the_others_counted_together():
    told = answered_patterns(held(p111=30, p000=20, p100=15, p110=14, p101=13, p001=12), 10, most=3)
    assert [students for _, students in told.shown] == [30, 20, 15]
    assert told.others == 14 + 13 + 12


def test_others_of_fewer_than_the_minimum_take_the_smallest_pattern_shown_with_them():
    told = answered_patterns(held(p1111=30, p0000=20, p1100=15, p1010=14, p0101=3, p0011=4), 10)
    assert told.others >= 10
    assert all(students >= 10 for _, students in told.shown)


@pytest.mark.parametrize("small", [1, 4, 9])
def test_no_small_pattern_follows_from_answers_by_wave_and_what_is_shown(small):
    """With two waves, all four patterns follow from the total, both waves and any one of them."""
    told = answered_patterns(held(p11=40, p00=30, p10=20, p01=small), 10)
    assert told.kinds[2:] == (None, None)
    assert told.shown == ()


def test_answers_of_a_wave_by_a_few_or_by_all_but_a_few_are_not_told():
    assert answered_patterns(held(p111=30, p100=8, p010=15, p000=20), 10).waves == (38, 45, 30)
    assert answered_patterns(held(p111=9, p110=40, p100=8, p000=3), 10).waves == (None, 49, None)


@pytest.mark.parametrize("seed", range(40))
def test_no_few_students_follow_from_what_is_told_of_two_waves(seed):
    """All sums of the four patterns, by least squares: 33 of wave 2 less 30 of every time are 3 of wave 2 alone."""
    rng = stream(seed, "tests", "patterns")
    answered = rng.random((60, 2)) < rng.uniform(0.2, 0.95, 2)
    told = answered_patterns(answered, 10)
    parts = np.array([[True, True], [False, False], [True, False], [False, True]])  # as KINDS
    sizes = np.array([(answered == part).all(axis=1).sum() for part in parts])
    known = [np.ones(4), *(parts.T[i] for i in range(2) if told.waves[i] is not None)]
    known += [np.eye(4)[i] for i in range(4) if told.kinds[i] is not None]
    known += [(parts == pattern).all(axis=1) for pattern, _ in told.shown]
    known = np.array(known, dtype=float)
    for group in product((0, 1), repeat=4):
        follows = np.allclose(known.T @ np.linalg.lstsq(known.T, np.array(group), rcond=None)[0], group)
        assert not (follows and 0 < np.array(group) @ sizes < 10)


def test_a_kind_of_a_few_students_is_not_told_and_neither_is_the_next_smallest():
    told = answered_patterns(held(p111=60, p000=3, p100=20, p101=50), 10)
    assert told.kinds == (60, None, None, 50)


def test_odds_of_answering_are_those_of_a_logistic_regression():
    rng = stream(3, "tests", "odds")
    x, student = rng.normal(size=400), np.repeat(np.arange(200), 2)
    there = rng.random(400) < 1 / (1 + np.exp(-0.7 * x))
    (found,) = answering_odds(there, x[:, None], np.zeros(400), student)
    slope, _ = calibration_slope(there, 1 / (1 + np.exp(-x)))
    assert found.value == pytest.approx(slope * x.std(ddof=1), rel=1e-6)
    assert found.n == 200


@pytest.mark.parametrize("column", [np.zeros(60), np.where(np.arange(60) % 2 == 0, 1.0, -1.0)])
def test_odds_that_do_not_exist_are_not_given(column):
    there = np.arange(60) % 2 == 0  # a column that is the same for all, and one that tells exactly who answers
    assert answering_odds(there, column[:, None], np.zeros(60), np.arange(60)) == []
    assert answering_odds(np.ones(60, bool), np.arange(60.0)[:, None], np.zeros(60), np.arange(60)) == []


@pytest.mark.parametrize("few, columns, given", [(14, 1, 0), (15, 1, 1), (29, 2, 0), (30, 2, 2)])
def test_odds_that_a_few_students_would_make_are_not_given(few, columns, given):
    """Of 200 students twice asked; who is silent twice is one student."""
    there = np.repeat(np.arange(200) >= few, 2)
    more = stream(4, "tests", "odds").normal(size=(400, columns))
    for answered in (there, ~there):
        assert len(answering_odds(answered, more, np.zeros(400), np.repeat(np.arange(200), 2))) == given
