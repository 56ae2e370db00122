"""The test of a difference between groups, beside the formulas of the textbooks."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from la_research.statistics.benefit import Trial, calibration, halves, learnt, ranked
from la_research.statistics.clustered import least_squares
from la_research.statistics.coefficient import independent_difference
from la_research.statistics.power import detectable
from la_research.statistics.randomised import difference_in_means
from la_research.statistics.subgroups import subgroup_effects

RNG = np.random.default_rng(5)
NONE = np.empty((240, 0))


def drawn_trial(k: int):
    """Outcome, drawn, group and a covariate of 240 students; the last group's outcomes spread more."""
    group, drawn, x = np.arange(240) % k, RNG.permutation(240) < 90, RNG.normal(size=(240, 1))
    return x[:, 0] + RNG.normal(size=240) * (1 + (group == k - 1)) + drawn, drawn, group, x


def test_two_groups_are_compared_by_the_difference_of_two_separate_trials():
    y, drawn, group, _ = drawn_trial(2)
    found = subgroup_effects(y, drawn, group, NONE)
    each = [difference_in_means(y[group == one], drawn[group == one]) for one in (0, 1)]
    apart = independent_difference(each[1], each[0])
    assert (found.differences[0].value, found.p) == pytest.approx((apart.value, apart.p))
    assert found.effects == tuple(each)


def test_what_was_known_before_is_taken_out_by_slopes_of_all_groups():
    y, drawn, group, x = drawn_trial(2)
    found = subgroup_effects(y, drawn, group, x)
    cells = np.column_stack([(group == g) & (drawn == d) for g in (0, 1) for d in (False, True)]).astype(float)
    weights = np.where(drawn, 240 / 90, 240 / 150) ** 2
    slope = sm.WLS(y, np.column_stack([cells, x]), weights).fit().params[-1]
    left = y - slope * x[:, 0]
    here = group == 1
    assert found.effects[1].value == pytest.approx(left[here & drawn].mean() - left[here & ~drawn].mean())
    assert found.effects[1].se < subgroup_effects(y, drawn, group, NONE).effects[1].se


def test_three_groups_are_compared_by_welch():
    y, drawn, group, _ = drawn_trial(3)
    found = subgroup_effects(y, drawn, group, NONE)
    each = [difference_in_means(y[group == one], drawn[group == one]) for one in range(3)]
    w = [1 / one.se**2 for one in each]
    mean = sum(a * one.value for a, one in zip(w, each, strict=True)) / sum(w)
    spare = sum((1 - a / sum(w)) ** 2 / one.df for a, one in zip(w, each, strict=True))
    above = sum(a * (one.value - mean) ** 2 for a, one in zip(w, each, strict=True)) / 2
    f, df = above / (1 + 2 * 1 / 8 * spare), 8 / (3 * spare)
    assert found.p == pytest.approx(stats.f.sf(f, 2, df))


def test_two_groups_of_students_drawn_in_whole_groups_are_compared_by_a_contrast():
    y, _, group, x = drawn_trial(2)
    cluster = np.arange(240) // 12
    drawn = cluster % 2 == 0
    found = subgroup_effects(y, drawn, group, x, cluster)
    design = np.column_stack([drawn * (group == 0), drawn * (group == 1), group == 0, group == 1, x - x.mean()])
    told = least_squares(design.astype(float), y, cluster).of(np.array([-1.0, 1.0, 0.0, 0.0, 0.0]))
    assert (found.differences[0].value, found.p) == pytest.approx((told.value, told.p))


def test_what_could_be_found_between_two_large_groups_is_two_point_eight_errors():
    y, drawn, group, _ = (np.tile(one, 20) for one in (*drawn_trial(2)[:3], np.zeros(240)))
    found = subgroup_effects(y, drawn, group, np.empty((4800, 0)))
    assert found.detectable() == pytest.approx(detectable(found.differences[0].se), rel=0.002)


def test_a_few_whole_groups_can_not_be_compared_between_many():
    y, _, group, _ = drawn_trial(6)
    cluster = np.arange(240) // 60
    assert isinstance(subgroup_effects(y, cluster % 2 == 0, group, NONE, cluster), str)


def test_a_benefit_that_is_there_is_learnt_and_ranks_better_than_risk():
    x, drawn = RNG.normal(size=(2000, 2)), RNG.permutation(2000) < 1000
    y = x[:, 1] + drawn * (1 + x[:, 0]) + 0.5 * RNG.normal(size=2000)
    trial = Trial(y, drawn, np.full(2000, 0.5), x, np.arange(2000))
    first, second = halves(trial, RNG)
    assert len(first.benefit) + len(second.benefit) == 2000
    slope = calibration(first)
    assert abs(slope.value - 1) < 3 * slope.se < 0.3
    assert ranked(second, 0.2, 1)["benefit less risk"].value > 1


def test_whole_groups_stay_in_one_half():
    cluster = np.repeat(np.arange(24), 10)
    drawn = cluster % 2 == 0
    trial = Trial(RNG.normal(size=240), drawn, np.full(240, 0.5), cluster[:, None].astype(float), cluster)
    one, other = (set(half.trial.covariates[:, 0]) for half in halves(trial, RNG))
    assert one | other == set(range(24))
    assert not one & other
    assert learnt(trial, trial).trial.grouped
