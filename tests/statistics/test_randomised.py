"""Covariates with gaps, and covariates that say nothing."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.seeds import stream
from la_research.statistics.randomised import adjusted_difference, difference_in_means, kept_covariates, with_missing

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


def test_a_baseline_that_few_answered_never_gives_an_error_without_end():
    """11 to 20 students an arm, of whom a quarter answered before the draw."""
    for number in range(500):
        generator = stream(number, "tests", "leverage")
        drawn = np.repeat([True, False], generator.integers(11, 21, size=2))
        before = np.where(generator.random(drawn.size) < 0.25, generator.normal(size=drawn.size), np.nan)
        covariates = with_missing(before)
        found = adjusted_difference(generator.normal(size=drawn.size), drawn, covariates)
        kept = kept_covariates(drawn, covariates)
        assert np.isfinite([found.value, found.se, *found.interval(0.95)]).all()
        assert 0 < found.se < 5
        assert found.df == drawn.size - 2 - 2 * len(kept)


def test_a_column_that_repeats_another_is_left_out():
    before = np.array([1.0, 2.0, 4.0, 3.0, 1.0, 3.0, 2.0, 5.0])
    assert kept_covariates(DRAWN, np.column_stack([before, 2 * before])) == [0]


def test_a_complete_covariate_needs_no_column_for_gaps():
    assert with_missing(np.array([1.0, 2.0])).shape == (2, 1)
    assert with_missing(np.array([1.0, np.nan])).shape == (2, 2)


def test_equal_outcomes_in_each_arm_have_no_error():
    found = difference_in_means(np.array([2.0, 2.0, 1.0, 1.0]), np.array([True, True, False, False]))
    assert (found.value, found.se, found.df) == (1.0, 0.0, 2)
