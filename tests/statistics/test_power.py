from __future__ import annotations

import math

import numpy as np
import pytest

from la_research.statistics.gaps import newcombe_pairs, tukey_z
from la_research.statistics.power import (
    correlation_power,
    detectable,
    detectable_correlation,
    detectable_difference,
    detectable_gap,
    size_for_difference,
    size_for_gap,
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
    assert math.isnan(detectable_gap(0.5, (4, 4)))


@pytest.mark.parametrize("difference, compliance, loss", [(0.3, 1.0, 0.0), (0.5, 0.6, 0.3)])
def test_the_size_for_a_difference_finds_it_and_one_student_fewer_does_not(difference, compliance, loss):
    n = size_for_difference(difference, 1.0, compliance=compliance, loss=loss)
    settings = {"compliance": compliance, "loss": loss}
    assert detectable_difference((n, n), 1.0, **settings) <= difference + 1e-9
    assert detectable_difference((n - 1, n - 1), 1.0, **settings) > difference


def test_the_smallest_correlation_is_found_with_the_chance_named():
    for n, power in ((20, 0.8), (300, 0.9)):
        assert correlation_power(detectable_correlation(n, power=power), n) == pytest.approx(power)


def test_more_groups_more_tests_a_margin_and_smaller_groups_each_ask_for_a_larger_gap():
    plain = detectable_gap(0.3, (300, 300))
    asked = (
        detectable_gap(0.3, (300, 300), groups=4),
        detectable_gap(0.3, (300, 300), tests=20),
        detectable_gap(0.3, (300, 300), margin=0.1),
        detectable_gap(0.3, (150, 300)),
    )
    assert min(asked) > plain


@pytest.mark.parametrize("ratio", [1, 3])
def test_the_size_for_a_gap_shows_it_and_one_student_fewer_does_not(ratio):
    n = size_for_gap(0.2, 0.15, ratio=ratio, groups=3, tests=5, margin=0.05)
    settings = {"groups": 3, "tests": 5, "margin": 0.05}
    assert detectable_gap(0.2, (n, ratio * n), **settings) <= 0.15
    assert detectable_gap(0.2, (n - 1, ratio * (n - 1)), **settings) > 0.15


def test_a_gap_inside_the_margin_is_never_shown():
    assert size_for_gap(0.5, 0.1, margin=0.1) is None


def exact_chance(rates: tuple[float, float], sizes: tuple[int, int], z: float, margin: float) -> float:
    """Chance that Newcombe's lower bound lies beyond the margin, by enumeration of both counts."""
    from scipy.stats import binom

    counts = [np.arange(n + 1) for n in sizes]
    chances = [binom.pmf(k, n, p) for k, n, p in zip(counts, sizes, rates, strict=True)]
    shown = np.zeros((sizes[0] + 1, sizes[1] + 1))
    for i in np.flatnonzero(chances[0] > 1e-9):
        for j in np.flatnonzero(chances[1] > 1e-9):
            pair = newcombe_pairs(np.array([i / sizes[0], j / sizes[1]]), np.array(sizes, dtype=float), z)
            shown[i, j] = pair.lower[0, 1] > margin
    return float(chances[0] @ shown @ chances[1])


@pytest.mark.parametrize(
    "rate, sizes, margin, tests", [(0.5, (60, 60), 0.0, 1), (0.1, (120, 60), 0.0, 1), (0.5, (50, 90), 0.1, 20)]
)
def test_the_smallest_gap_is_shown_with_about_the_chance_named(rate, sizes, margin, tests):
    gap = detectable_gap(rate, sizes, margin=margin, tests=tests)
    chance = exact_chance((rate + gap, rate), sizes, tukey_z(2, 1 - 0.05 / tests), margin)
    assert chance == pytest.approx(0.8, abs=0.04)


def test_a_smallest_effect_grows_with_its_error():
    assert detectable(2.0) == pytest.approx(2 * detectable(1.0))
