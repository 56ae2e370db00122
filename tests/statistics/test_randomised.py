"""Covariates with gaps, and covariates that say nothing."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.statistics.randomised import adjusted_difference, difference_in_means, with_missing

OUTCOME = np.array([5.0, 7.0, 6.0, 9.0, 3.0, 4.0, 2.0, 6.0])
DRAWN = np.array([True] * 4 + [False] * 4)


@pytest.mark.parametrize("column", [[2.0] * 8, [0.0] * 7 + [1.0], [1.0] + [0.0] * 7])
def test_a_covariate_that_describes_nobody_or_one_student_is_left_out(column):
    found = adjusted_difference(OUTCOME, DRAWN, np.array(column)[:, None])
    assert found.value == pytest.approx(difference_in_means(OUTCOME, DRAWN).value)
    assert found.df == 8 - 2


def test_a_covariate_nobody_has_changes_nothing():
    found = adjusted_difference(OUTCOME, DRAWN, with_missing(np.full(8, np.nan)))
    assert found.value == pytest.approx((5 + 7 + 6 + 9) / 4 - (3 + 4 + 2 + 6) / 4)


def test_a_complete_covariate_needs_no_column_for_gaps():
    assert with_missing(np.array([1.0, 2.0])).shape == (2, 1)
    assert with_missing(np.array([1.0, np.nan])).shape == (2, 2)


def test_equal_outcomes_in_each_arm_have_no_error():
    found = difference_in_means(np.array([2.0, 2.0, 1.0, 1.0]), np.array([True, True, False, False]))
    assert (found.value, found.se, found.df) == (1.0, 0.0, 2)
