"""The largest gap among several groups, and what a simultaneous interval promises of it."""

import numpy as np
import pytest

from la_research.statistics.gaps import furthest, newcombe_pairs, reach, tukey_z, wald_pairs
from la_research.statistics.intervals import newcombe_difference, z_value


def test_two_groups_give_newcombes_interval():
    gap = furthest(newcombe_pairs(np.array([48 / 80, 56 / 70]), np.array([80.0, 70.0]), tukey_z(2, 0.95)))
    assert (gap.value, gap.lower, gap.upper) == pytest.approx(newcombe_difference(56, 70, 48, 80))
    assert gap.pair == (1, 0)


def test_equal_groups_have_a_gap_of_zero_between_two_different_groups():
    gap = furthest(newcombe_pairs(np.array([0.2, 0.2, 0.2]), np.array([50.0, 50.0, 50.0]), 2.0))
    assert (gap.value, gap.lower) == (0.0, 0.0)
    assert gap.pair[0] != gap.pair[1]


def test_a_pair_without_an_interval_does_not_enter():
    difference = np.array([[0.0, -np.inf, 0.3], [-np.inf, 0.0, -np.inf], [-0.3, -np.inf, 0.0]])
    gap = furthest(wald_pairs(difference, np.full((3, 3), 0.1), 2.0))
    assert gap == (0.3, pytest.approx(0.3 - 0.2), pytest.approx(0.3 + 0.2), (0, 2))


def test_more_groups_need_a_higher_critical_value():
    values = [tukey_z(k, 0.95) for k in range(2, 12)]
    assert values == sorted(values)
    assert values[0] == pytest.approx(z_value(0.95))


@pytest.mark.parametrize(("groups", "q"), [(3, 3.314493), (5, 3.857656), (10, 4.474124)])
def test_critical_values_are_those_of_the_table_of_the_studentised_range(groups, q):
    """Upper 5 % points with infinite degrees of freedom, e.g. Harter (1960): 3.31, 3.86, 4.47."""
    assert tukey_z(groups, 0.95) * np.sqrt(2) == pytest.approx(q, abs=1e-5)


def test_at_margin_zero_the_critical_value_is_read_off_two_different_groups():
    z = reach(lambda z: newcombe_pairs(np.array([0.5, 0.4]), np.array([200.0, 200.0]), z), 0.0)
    assert 1.5 < z < 2.5
    assert newcombe_pairs(np.array([0.5, 0.4]), np.array([200.0, 200.0]), z).lower[0, 1] == pytest.approx(0, abs=1e-9)
