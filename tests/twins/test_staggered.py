"""Group-time effects and synthetic controls beside slow, obvious versions of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from la_research.seeds import stream
from la_research.statistics.staggered import Errors, Panel, events, group_time_effects, grouped, simple
from la_research.statistics.synthetic_control import SyntheticControl, simplex_weights

STARTS = np.repeat([2.0, 4.0, np.inf], [15, 20, 25])


def panel() -> Panel:
    """Sixty units, five times."""
    rng = stream(3, "tests", "staggered")
    outcome = rng.normal(size=(60, 5)) + rng.normal(size=(60, 1)) + (np.arange(1, 6) >= STARTS[:, None])
    given = np.repeat(rng.normal(size=(60, 1, 2)), 5, axis=1)
    return Panel(outcome, np.arange(1.0, 6), STARTS, given, np.arange(60))


def four_means(held: Panel, group: float, time: int, since: int, free: np.ndarray) -> float:
    mine = held.first == group
    after, before = held.outcome[:, time], held.outcome[:, since]
    return (after[mine].mean() - before[mine].mean()) - (after[free].mean() - before[free].mean())


@pytest.mark.parametrize("base", ["varying", "universal"])
@pytest.mark.parametrize("comparison", ["never", "not_yet"])
def test_without_covariates_a_cell_is_a_difference_of_four_means(comparison, base):
    held = panel()
    plain = Panel.plain(held.outcome, held.times, held.first)
    cells = group_time_effects(plain, comparison, base=base)
    for i, (g, t) in enumerate(zip(cells.group, cells.time, strict=True)):
        start = held.times[g]
        since = g - 1 if t >= g or base == "universal" else t - 1
        free = np.isinf(STARTS)
        if comparison == "not_yet":
            free = (held.times[max(t, since)] < STARTS) & (start != STARTS)
        assert cells.value[i] == pytest.approx(four_means(held, start, int(t), int(since), free))
    assert len(cells.value) == 8


@pytest.mark.parametrize("estimator", ["regression", "ipw", "doubly_robust"])
def test_with_covariates_a_cell_is_the_textbook_sum_over_units(estimator):
    from statsmodels.api import OLS, Logit

    held = panel()
    cells = group_time_effects(held, estimator=estimator)
    i = int(np.flatnonzero((cells.group == 3) & (cells.time == 4))[0])
    here = (STARTS == 4) | np.isinf(STARTS)
    change, treated = (held.outcome[:, 4] - held.outcome[:, 2])[here], (STARTS == 4)[here]
    x = np.column_stack([np.ones(here.sum()), held.covariates[here, 0]])
    line = x @ OLS(change[~treated], x[~treated]).fit().params
    chance = Logit(treated.astype(float), x).fit(disp=0, tol=1e-12).predict()
    odds = np.where(treated, 0, chance / (1 - chance))
    gap = change - (line if estimator != "ipw" else 0)
    expected = gap[treated].mean()
    if estimator != "regression":
        expected -= sum(odds * gap) / sum(odds)
    assert cells.value[i] == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("estimator", ["regression", "ipw", "doubly_robust"])
def test_errors_are_those_of_leaving_out_one_unit_after_the_other(estimator):
    held = panel()

    def value(kept: np.ndarray) -> float:
        return grouped(group_time_effects(held.of(kept), estimator=estimator))[0].value

    cells = group_time_effects(held, estimator=estimator)
    without = np.array([value(np.arange(60) != i) for i in range(60)])
    jackknife = np.sqrt(59 / 60 * ((without - without.mean()) ** 2).sum())
    assert Errors(cells.panel).of(grouped(cells)[0]).se == pytest.approx(jackknife, rel=0.1)


def test_two_groups_and_two_times_are_welch_of_the_changes():
    from scipy.stats import ttest_ind

    held = panel()
    plain = Panel.plain(held.outcome[:, :2], held.times[:2], np.where(STARTS == 2, 2.0, np.inf))
    cells = group_time_effects(plain)
    found = Errors(cells.panel).of(simple(cells))
    change = held.outcome[:, 1] - held.outcome[:, 0]
    welch = ttest_ind(change[STARTS == 2], change[STARTS != 2], equal_var=False)
    assert (found.value / found.se, found.df, found.p) == pytest.approx((welch.statistic, welch.df, welch.pvalue))


def test_units_of_a_cluster_count_once():
    held = panel()
    plain = Panel.plain(held.outcome, held.times, held.first)
    doubled = Panel(
        np.repeat(plain.outcome, 2, axis=0), plain.times, np.repeat(STARTS, 2),
        np.empty((120, 5, 0)), np.repeat(np.arange(60), 2),
    )  # fmt: skip
    one, two = (Errors(cells.panel).of(events(cells)[0.0]) for cells in map(group_time_effects, (plain, doubled)))
    assert (one.value, one.se, one.df) == pytest.approx((two.value, two.se, two.df))


def test_weights_are_those_that_a_general_optimiser_finds():
    rng = stream(4, "tests", "synthetic")
    others = rng.normal(size=(6, 20)).cumsum(axis=1)
    own = np.array([0.5, 0.3, 0.2, 0, 0, 0]) @ others + 0.3 * rng.normal(size=20)
    found = simplex_weights(own, others)
    sum_to_one = {"type": "eq", "fun": lambda w: w.sum() - 1}
    slow = minimize(
        lambda w: ((own - w @ others) ** 2).sum(), np.full(6, 1 / 6), bounds=[(0, 1)] * 6, constraints=sum_to_one,
        options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    assert found == pytest.approx(slow.x, abs=1e-4)
    assert found.sum() == pytest.approx(1)
    assert found.min() >= 0


def test_the_interval_of_a_mean_gap_holds_what_the_rank_does_not_reject():
    rng = stream(5, "tests", "synthetic")
    outcome = rng.normal(size=(25, 12))
    found = SyntheticControl(outcome[0] + 3 * (np.arange(12) >= 8), outcome[1:], 8)
    low, high = found.mean_gap().interval(0.9)
    for size, inside in ((low + 1e-6, True), (high - 1e-6, True), (low - 1e-6, False), (high + 1e-6, False)):
        shifted = SyntheticControl(found.own - size * (np.arange(12) >= 8), found.others, 8)
        assert (shifted.mean_gap().p > 0.1) == inside
