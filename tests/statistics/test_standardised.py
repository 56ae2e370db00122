"""A difference in standard deviations: by hand, and its interval at its rate."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom

from la_research.seeds import stream
from la_research.statistics.standardised import standardised_difference


def test_the_difference_is_that_of_the_means_in_their_pooled_spread():
    first, second = [2.0, 4.0, 6.0, np.nan], [1.0, 2.0, 3.0]
    pooled = ((8 + 2) / 4) ** 0.5
    exact = math.gamma(2) / (2**0.5 * math.gamma(1.5))  # Hedges (1981) for 4 degrees of freedom
    assert standardised_difference(first, second)[0] == pytest.approx(exact * (4 - 2) / pooled)


def test_groups_swapped_turn_the_sign():
    value, lower, upper = standardised_difference([1.0, 2.0, 4.0], [3.0, 5.0, 6.0, 9.0])
    assert standardised_difference([3.0, 5.0, 6.0, 9.0], [1.0, 2.0, 4.0]) == pytest.approx((-value, -upper, -lower))


@pytest.mark.parametrize("true", [0.0, 0.6])
def test_the_interval_covers_the_truth_at_its_rate(true):
    draw = stream(5, "tests", "standardised", str(true))
    found = [standardised_difference(true + draw.normal(size=30), draw.normal(size=120)) for _ in range(600)]
    covered = sum(lower <= true <= upper for _, lower, upper in found)
    assert binom.ppf(0.001, 600, 0.95) <= covered <= binom.ppf(0.999, 600, 0.95)


def test_one_of_a_group_or_no_spread_can_not_be_told():
    assert all(map(math.isnan, standardised_difference([1.0], [1.0, 2.0])))
    assert all(map(math.isnan, standardised_difference([3.0, 3.0], [3.0, 3.0])))
