from __future__ import annotations

import math

import pytest

from la_research.statistics.power import (
    correlation_power,
    detectable,
    detectable_correlation,
    detectable_difference,
    size_for_difference,
)


def test_a_support_that_reaches_half_has_to_do_twice_as_much():
    assert detectable_difference((50, 50), 2.0, compliance=0.5) == pytest.approx(
        2 * detectable_difference((50, 50), 2.0)
    )


def test_losing_half_of_each_arm_is_a_study_of_half_the_size():
    assert detectable_difference((100, 60), 1.0, loss=0.5) == pytest.approx(detectable_difference((50, 30), 1.0))


def test_the_order_of_the_arms_does_not_matter():
    assert detectable_difference((40, 90), 1.0) == pytest.approx(detectable_difference((90, 40), 1.0))


def test_a_study_that_is_too_small_for_any_answer_says_so_and_does_not_fail():
    assert math.isnan(detectable_difference((1, 50), 1.0))
    assert math.isnan(detectable_difference((3, 3), 1.0, loss=0.5))
    assert math.isnan(detectable_correlation(3))


@pytest.mark.parametrize("difference, compliance, loss", [(0.3, 1.0, 0.0), (0.5, 0.6, 0.3)])
def test_the_size_for_a_difference_finds_it_and_one_student_fewer_does_not(difference, compliance, loss):
    n = size_for_difference(difference, 1.0, compliance=compliance, loss=loss)
    settings = {"compliance": compliance, "loss": loss}
    assert detectable_difference((n, n), 1.0, **settings) <= difference + 1e-9
    assert detectable_difference((n - 1, n - 1), 1.0, **settings) > difference


def test_the_smallest_correlation_is_found_with_the_chance_named():
    for n, power in ((20, 0.8), (300, 0.9)):
        assert correlation_power(detectable_correlation(n, power=power), n) == pytest.approx(power)


def test_a_smallest_effect_grows_with_its_error():
    assert detectable(2.0) == pytest.approx(2 * detectable(1.0))
