"""Published numbers: Cohen's tables, and the worked examples of R's stats and pwr."""

from __future__ import annotations

import pytest

from la_research.statistics.planning import size_for_disparity
from la_research.statistics.power import (
    correlation_power,
    detectable,
    detectable_correlation,
    detectable_difference,
    size_for_difference,
)


@pytest.mark.parametrize("d, n", [(0.2, 393), (0.5, 64), (0.8, 26)])
def test_students_an_arm_as_in_table_2_of_cohen_1992(d, n):
    assert abs(size_for_difference(d, 1.0) - n) <= 1  # Cohen interpolated


@pytest.mark.parametrize("r, n", [(0.10, 783), (0.30, 85), (0.50, 28)])
def test_students_for_a_correlation_as_in_table_2_of_cohen_1992(r, n):
    assert detectable_correlation(n) == pytest.approx(r, abs=0.005)


def test_r_says_the_same_of_a_t_test():
    # power.t.test(power = .90, delta = 1): n = 22.02110
    assert size_for_difference(1.0, 1.0, power=0.9) == 23
    assert detectable_difference((22.02110, 22.02110), 1.0, power=0.9) == pytest.approx(1.0, abs=1e-5)


def test_pwr_says_the_same_of_a_correlation():
    assert correlation_power(0.3, 50) == pytest.approx(0.5715558, abs=1e-6)  # pwr.r.test(r = 0.3, n = 50)


def test_two_shares_as_in_r():
    # power.prop.test(p1 = .50, p2 = .75, power = .90): n = 76.7, by a pooled test where this one inverts the score
    assert size_for_disparity(0.50, 0.25, power=0.9) == pytest.approx(76.7, abs=2)


def test_the_multiplier_of_bloom_1995():
    assert detectable(1.0) == pytest.approx(2.80, abs=0.005)
    assert detectable(1.0, alpha=0.10) == pytest.approx(2.49, abs=0.005)
