"""The largest gap among several groups, and what a simultaneous interval promises of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from la_research.seeds import stream
from la_research.statistics.gaps import (
    all_within,
    furthest,
    gap_pvalue,
    largest_gap,
    newcombe_pairs,
    tukey_survival,
    tukey_z,
    wald_pairs,
)
from la_research.statistics.intervals import newcombe_difference, z_value

DRAWS = 2000


def test_two_groups_give_newcombes_interval():
    gap = largest_gap(np.array([48 / 80, 56 / 70]), np.array([80.0, 70.0]))
    assert (gap.value, gap.lower, gap.upper) == pytest.approx(newcombe_difference(56, 70, 48, 80))
    assert gap.pair == (1, 0)


def test_equal_groups_have_a_gap_of_zero_between_two_different_groups():
    gap = largest_gap(np.array([0.2, 0.2, 0.2]), np.array([50.0, 50.0, 50.0]))
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


counts = st.lists(st.tuples(st.integers(0, 60), st.integers(60, 400)), min_size=2, max_size=6)


@given(counts, st.floats(0, 0.3), st.sampled_from([0.01, 0.05, 0.1]))
def test_a_gap_is_never_beyond_and_within_the_margin_at_once(groups, margin, alpha):
    rates, ns = np.array([x / n for x, n in groups]), np.array([float(n) for _, n in groups])
    p = gap_pvalue(lambda z: newcombe_pairs(rates, ns, z), margin, lambda z: tukey_survival(z, len(rates)))
    inside = all_within(newcombe_pairs(rates, ns, z_value(1 - 2 * alpha)), margin)
    assert not (p <= alpha and inside)


@given(counts, st.floats(0, 0.3))
def test_p_is_at_most_alpha_exactly_where_the_interval_lies_beyond_the_margin(groups, margin):
    rates, ns = np.array([x / n for x, n in groups]), np.array([float(n) for _, n in groups])
    p = gap_pvalue(lambda z: newcombe_pairs(rates, ns, z), margin, lambda z: tukey_survival(z, len(rates)))
    lower = largest_gap(rates, ns, 0.95).lower
    if abs(lower - margin) > 1e-6:
        assert (p <= 0.05) == (lower > margin)


def test_equal_groups_are_called_unequal_at_most_as_often_as_alpha():
    """Four groups of 300, no gap: the interval excludes zero in at most 5 % (99.9 % binomial band)."""
    rates = stream(1, "tests", "no gap").binomial(300, 0.3, size=(DRAWS, 4)) / 300
    false = sum(largest_gap(row, np.full(4, 300.0)).lower > 0 for row in rates)
    assert false <= binom.ppf(0.999, DRAWS, 0.05)


@pytest.mark.parametrize("truth", [(0.2, 0.3, 0.3, 0.4), (0.1, 0.1, 0.1, 0.2), (0.3, 0.3)])
def test_the_interval_covers_the_true_largest_gap(truth):
    ns = np.full(len(truth), 300.0)
    rates = stream(2, "tests", "gap", len(truth)).binomial(300, truth, size=(DRAWS, len(truth))) / 300
    gaps = [largest_gap(row, ns) for row in rates]
    true = max(truth) - min(truth)
    covered = sum(gap.lower <= true <= gap.upper for gap in gaps)
    assert covered >= binom.ppf(0.001, DRAWS, 0.95)
