"""Plans for groups beside the normal approximation that a textbook gives, and beside all tables of two groups."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from la_research.statistics.planning import (
    detectable_disparity,
    disparity_power,
    equivalence_power,
    size_for_disparity,
    size_for_equivalence,
)
from la_research.statistics.score import score_of


def test_the_smallest_gap_of_two_large_groups_is_that_of_the_normal_approximation():
    p, n, tests = 0.4, 40_000, 12
    z = stats.norm.ppf(1 - 0.025 / tests)
    found = detectable_disparity((n, n), p, tests=tests)
    error = math.sqrt((p * (1 - p) + (p + found) * (1 - p - found)) / n)
    assert found == pytest.approx((z + stats.norm.ppf(0.8)) * error, abs=1e-3)


def test_the_size_for_equivalence_of_two_groups_is_that_of_the_textbook():
    """Chow, Shao & Wang (2008), section 4.2.4: z of 1 - alpha and of half the chance missed."""
    p, margin = 0.5, 0.02
    expected = (stats.norm.ppf(0.95) + stats.norm.ppf(0.9)) ** 2 * 2 * p * (1 - p) / margin**2
    assert size_for_equivalence(p, margin=margin) == pytest.approx(expected, rel=0.005)


@pytest.mark.parametrize("rate, n, margin, tests", [(0.5, 60, 0.0, 1), (0.1, 110, 0.0, 1), (0.3, 90, 0.1, 20)])
def test_the_chance_is_that_of_all_tables_of_two_groups(rate, n, margin, tests):
    gap = detectable_disparity((n, n), rate, margin=margin, tests=tests)
    counts = np.arange(n + 1)
    share, size = counts / n, np.full((n + 1, n + 1), float(n))
    one, two = np.meshgrid(share, share, indexing="ij")
    seen = score_of(one, two, size, size, np.array(margin)) > stats.norm.ppf(1 - 0.025 / tests)
    exact = stats.binom.pmf(counts, n, rate + gap) @ seen @ stats.binom.pmf(counts, n, rate)
    assert exact == pytest.approx(disparity_power(rate, gap, n, margin=margin, tests=tests), abs=0.04)
    assert exact == pytest.approx(0.8, abs=0.04)


def test_four_groups_lie_together_as_often_as_normal_shares_do():
    n, rate, groups, margin = 4000, 0.3, 4, 0.05
    rng = np.random.Generator(np.random.Philox(3))
    shares = rate + math.sqrt(rate * (1 - rate) / n) * rng.standard_normal((20_000, groups))
    error = math.sqrt(2 * rate * (1 - rate) / n)
    together = (np.ptp(shares, axis=1) < margin - stats.norm.ppf(0.95) * error).mean()
    assert equivalence_power(rate, n, groups, margin=margin) == pytest.approx(together, abs=0.02)


def test_the_size_for_a_disparity_has_its_chance():
    n = size_for_disparity(0.2, 0.15, 3, margin=0.05, tests=5)
    assert disparity_power(0.2, 0.15, n, 3, margin=0.05, tests=5) == pytest.approx(0.8, abs=0.005)
