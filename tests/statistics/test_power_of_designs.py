"""Planning: published sizes, what makes a design weaker, and sizes that find what they were made for."""

from __future__ import annotations

import math

import numpy as np
import pytest

from la_research.statistics.design_effect import alike
from la_research.statistics.power_of_designs import ERRORS, detectable_effect, power_of, size_for


@pytest.mark.parametrize("effect, arm", [(0.2, 393), (0.5, 64), (0.8, 26)])
def test_two_arms_need_the_students_of_cohens_table(effect, arm):
    """Cohen (1992), doi:10.1037/0033-2909.112.1.155, table 2."""
    assert abs(size_for("randomised", effect) / 2 - arm) <= 1


def test_a_cut_off_needs_2_75_times_the_students_of_a_draw():
    """Schochet (2009): normal running variable, half on either side."""
    ratio = detectable_effect("rdd", n=2000) / detectable_effect("randomised", n=2000)
    assert ratio**2 == pytest.approx(2.75, abs=0.01)


def test_groups_multiply_the_variance_by_the_design_effect():
    """Donner and Klar: 1 + (m - 1) icc."""
    alone = ERRORS["cluster"](planned(icc=0.0))[0]
    assert (ERRORS["cluster"](planned(icc=0.05))[0] / alone) ** 2 == pytest.approx(1 + 19 * 0.05)


def planned(**choices):
    from la_research.statistics.power_of_designs import Planned

    return Planned(n=800, **choices)


def test_a_wedge_has_the_variance_of_hussey_and_hughes():
    """Their equation 8, with I groups, T periods and cell variance s2, tau2 between groups."""
    plan = planned(cluster_size=20, icc=0.1, periods=5)
    groups, t, s2, tau2 = 40, 5, 0.9 / 20, 0.1
    had = [[j >= start for j in range(t)] for start in range(1, t) for _ in range(groups // (t - 1))]
    u = sum(map(sum, had))
    w = sum(sum(row[j] for row in had) ** 2 for j in range(t))
    v = sum(sum(row) ** 2 for row in had)
    top = groups * s2 * (s2 + t * tau2)
    bottom = (groups * u - w) * s2 + (u**2 + groups * t * u - t * w - groups * v) * tau2
    assert ERRORS["stepped_wedge"](plan)[0] == pytest.approx(math.sqrt(top / bottom))


@pytest.mark.parametrize("kind", sorted(ERRORS))
def test_the_size_that_is_named_is_the_first_that_finds_the_effect(kind):
    effect = 1.5 if kind == "its" else 0.4
    n = size_for(kind, effect, correlation=0.3)
    assert power_of(kind, effect, n=n, correlation=0.3) >= 0.8
    assert detectable_effect(kind, n=n, correlation=0.3) <= effect
    if kind != "its":  # there the share after the start is rounded to whole times
        assert power_of(kind, effect, n=n - 1, correlation=0.3) < 0.8


@pytest.mark.parametrize("choice", [{"consent": 0.5}, {"loss": 0.5}, {"share": 0.1}])
def test_fewer_students_and_unequal_groups_find_only_larger_effects(choice):
    assert detectable_effect("randomised", n=400, **choice) > detectable_effect("randomised", n=400)


def test_nothing_is_said_where_nothing_could_be_tested():
    assert math.isnan(detectable_effect("cluster", n=40, cluster_size=20))
    assert power_of("cluster", 1.0, n=40, cluster_size=20) == 0


def test_students_of_a_group_who_differ_as_much_as_any_have_no_correlation():
    one = np.zeros(4, dtype=int)
    found = alike(np.array([1.0, 2.0, 1.0, 2.0]), np.array([0, 0, 1, 1]), one)
    assert found is not None
    assert found.correlation[0] < 0
    assert alike(np.array([1.0, 2.0]), one[:2], one[:2]) is None
