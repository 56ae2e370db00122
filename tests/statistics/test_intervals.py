"""Intervals for shares, means and differences of two."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_where_all_rows_agree_only_students_count():
    assert effective_n([1, 1, 1, 1], ["a", "a", "b", "c"]) == 3


def test_rows_of_one_student_that_differ_never_count_for_more_than_rows():
    assert effective_n([1, 0, 1, 0], ["a", "a", "b", "b"]) == 4
