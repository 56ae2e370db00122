"""Intervals for shares, means and differences of two."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from la_research.seeds import stream
from la_research.statistics.intervals import effective_n, mean_interval, newcombe_difference, wilson

Z = 1.959963984540054


def test_wilson_of_one_in_ten():
    middle, half = (0.1 + Z**2 / 20) / (1 + Z**2 / 10), Z * math.sqrt(0.09 / 10 + Z**2 / 400) / (1 + Z**2 / 10)
    assert wilson(1, 10) == pytest.approx((middle - half, middle + half))


def test_none_and_all_leave_one_end_open():
    assert wilson(0, 20)[0] == 0.0
    assert wilson(20, 20)[1] == 1.0
    assert wilson(0, 20)[1] == pytest.approx(Z**2 / (20 + Z**2))


@given(st.integers(1, 500), st.floats(0, 1))
def test_wilson_holds_the_share_and_lies_between_zero_and_one(n, share):
    successes = round(share * n)
    lower, upper = wilson(successes, n)
    assert 0 <= lower <= successes / n <= upper <= 1


def test_newcombe_gives_the_published_intervals():
    """Newcombe (1998), table II, method 10, columns (a) and (d)."""
    assert newcombe_difference(56, 70, 48, 80) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert newcombe_difference(5, 56, 0, 29) == pytest.approx((5 / 56, -0.0381, 0.1926), abs=5e-5)


@given(st.integers(0, 40), st.integers(0, 60))
def test_exchanging_the_groups_changes_the_sign_only(a, b):
    difference, lower, upper = newcombe_difference(a, 40, b, 60)
    assert newcombe_difference(b, 60, a, 40) == pytest.approx((-difference, -upper, -lower))


def test_mean_of_three_has_two_degrees_of_freedom():
    half = 4.302652729911275 * 1 / math.sqrt(3)
    assert mean_interval([1, 2, 3]) == pytest.approx((2, 2 - half, 2 + half))


def test_missing_values_are_left_out_of_a_mean_and_one_value_has_no_interval():
    assert mean_interval([1, math.nan, 2, 3]) == mean_interval([1, 2, 3])
    mean, lower, upper = mean_interval([4.0])
    assert mean == 4.0
    assert math.isnan(lower)
    assert math.isnan(upper)


def test_a_students_rows_said_twice_say_no_more():
    once = mean_interval([1.0, 2.0, 4.0])
    twice = mean_interval([1.0, 1.0, 2.0, 2.0, 4.0, 4.0], students=list("aabbcc"))
    assert twice == pytest.approx(once)


def test_rows_said_twice_count_about_once():
    rows = np.repeat([1, 0, 0, 1, 0, 0, 0, 1, 0, 0], 2)
    students = np.repeat(np.arange(10), 2)
    assert effective_n(rows, students) == pytest.approx(10 * 9 / 10)


@pytest.mark.parametrize("alike", [0.0, 0.3, 1.0])
def test_intervals_of_students_with_uneven_numbers_of_rows_cover(alike):
    """120 students of 1 to 20 rows each; the chance is the student's own in a share of them."""
    rng, draws, held = stream(1, "tests", "uneven", alike), 600, 0
    for _ in range(draws):
        rows = rng.integers(1, 21, 120)
        students = np.repeat(np.arange(120), rows)
        own = np.where(rng.random(120) < alike, rng.random(120) < 0.4, 0.4)
        values = rng.random(len(students)) < own[students]
        n = effective_n(values, students)
        assert n <= rows.sum() ** 2 / (rows**2).sum()
        lower, upper = wilson(values.mean() * n, n)
        held += lower <= 0.4 <= upper
    assert held >= binom.ppf(0.001, draws, 0.95)


def test_one_student_with_most_of_the_rows_counts_for_little():
    students = np.concatenate([np.zeros(900, int), 1 + np.arange(300) % 39])
    assert effective_n(np.arange(1200) % 2, students) < 1200**2 / 900**2


def test_where_all_rows_agree_only_students_count():
    assert effective_n([1, 1, 1, 1], ["a", "a", "b", "c"]) == 4**2 / (2**2 + 1 + 1)


def test_rows_of_one_student_that_differ_never_count_for_more_than_rows():
    assert effective_n([1, 0, 1, 0], ["a", "a", "b", "b"]) == 2
