"""Shares of students by the sign of their association: likelihood by the textbook, and what little weeks can say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from la_research.seeds import stream
from la_research.statistics.association import Panel
from la_research.statistics.random_slopes import (
    OwnSlopes,
    all_alike,
    opposite_share,
    own_slopes,
    slope_spread,
)
from la_research.statistics.random_slopes import _ratios as ratios

ONE = np.ones(1)


def drawn(signs, weeks=6, strength=1.0, name="slopes") -> Panel:
    """Students whose score follows the indicator by their sign times the strength."""
    rng, n = stream(5, "tests", name), len(signs)
    who, week = np.repeat(np.arange(n), weeks), np.tile(np.arange(weeks), n)
    x, noise = rng.normal(size=(2, n * weeks))
    return Panel(who, who, np.zeros(n * weeks), week, x, np.repeat(signs, weeks) * strength * x + noise)


def ratio(r: float, n: int, size: float) -> float:
    return float(ratios(OwnSlopes(ONE * n, ONE, ONE * r, ONE), np.array([size]))[0, 0])


@pytest.mark.parametrize("n", [4, 6, 12])
@pytest.mark.parametrize("size", [0.3, 0.8])
def test_density_of_a_correlation_sums_to_one(n, size):
    at_zero = math.exp(math.lgamma((n - 1) / 2) - math.lgamma((n - 2) / 2)) / math.sqrt(math.pi)
    total, _ = quad(lambda r: at_zero * (1 - r * r) ** ((n - 4) / 2) * ratio(r, n, size), -1, 1)
    assert total == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("size", [0.1, 0.5, 0.9])
def test_two_answers_tell_the_sign_alone_by_sheppards_formula(size):
    assert ratio(1.0, 2, size) == pytest.approx(1 + 2 / math.pi * math.asin(size))
    assert ratio(-1.0, 2, size) == pytest.approx(1 - 2 / math.pi * math.asin(size))


def test_planted_shares_lie_in_the_interval_and_the_rest_is_not_taken_for_opposite():
    found = opposite_share(own_slopes(drawn(np.repeat([1, 0, -1], [400, 300, 300]))))
    assert found.lower < 0.3 < found.upper
    assert found.along == pytest.approx(0.4, abs=0.1)
    assert found.upper - found.lower < 0.2


def test_one_common_slope_leaves_nobody_opposite_though_many_slopes_are_seen_so():
    own = own_slopes(drawn(np.ones(1000), strength=0.7))
    found, alike = opposite_share(own), all_alike(own, stream(5, "tests", "alike"))
    assert found.lower == 0
    assert found.upper < 0.05
    assert alike.negative.min() <= own.negative.mean() <= alike.negative.max()
    assert alike.negative.mean() > 0.05


def test_without_any_link_the_interval_rules_next_to_nothing_out():
    found = opposite_share(own_slopes(drawn(np.zeros(300), weeks=4)))
    assert found.upper - found.lower > 0.5


def test_turning_all_slopes_swaps_along_and_against():
    own = own_slopes(drawn(np.repeat([1, -1], [300, 100])))
    found, turned = opposite_share(own), opposite_share(own.turned())
    assert found.against == pytest.approx(turned.along, abs=0.01)
    assert found.along == pytest.approx(turned.against, abs=0.01)


def test_a_silent_week_is_the_quietest_however_low_it_lies():
    panel = drawn(np.ones(50))
    lowest = panel.x.reshape(50, 6).argmin(axis=1) + 6 * np.arange(50)
    deeper = panel.x.copy()
    deeper[lowest] -= 1000
    same = Panel(panel.student, panel.unit, panel.group, panel.unit * 6 + panel.week, deeper, panel.y)
    first = Panel(panel.student, panel.unit, panel.group, panel.unit * 6 + panel.week, panel.x, panel.y)
    assert own_slopes(same).negative.tolist() == own_slopes(first).negative.tolist()


def test_who_answered_once_or_always_the_same_or_was_always_as_active_is_left_out():
    nan, who, week = np.nan, np.repeat(np.arange(4), 3), np.tile([1, 2, 3], 4)
    x = np.array([1, 2, 3, 2, 2, 2, 1, 2, 3, 3, 1, 2.0])
    y = np.array([5, nan, nan, 4, 5, 7, 6, 6, 6, 9, 1, 3])
    strata = np.arange(12)  # no two cells share a module-week: nothing is taken out of them but the student's mean
    assert own_slopes(Panel(who, who, strata * 0, week, x, y)).students <= 3
    assert own_slopes(Panel(who[:6], who[:6], np.zeros(6), week[:6], x[:6] * 0, y[:6])).students == 0


def test_nobody_gives_an_empty_answer():
    empty = np.empty(0)
    assert own_slopes(Panel(empty, empty, empty, empty, empty, empty)).students == 0


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_spread_of_slopes_of_students_who_are_alike_is_what_their_draws_show(strength):
    own = own_slopes(drawn(np.ones(1000), strength=strength))
    variance, alike = slope_spread(own)[1].value, all_alike(own, stream(5, "tests", "alike"))
    assert alike.variance.min() <= variance <= alike.variance.max()


def test_spread_of_slopes_that_differ_is_beyond_all_draws():
    own = own_slopes(drawn(np.repeat([1, -1], [300, 300])))
    mean, variance = slope_spread(own)
    assert variance.value > all_alike(own, stream(5, "tests", "alike")).variance.max()
    assert mean.interval(0.999)[0] < 0 < mean.interval(0.999)[1]
