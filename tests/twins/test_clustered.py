"""Trials of groups, uptake and draws made again, against their formulas written out row by row."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from la_research.seeds import stream
from la_research.statistics.clustered import least_squares
from la_research.statistics.design_effect import alike
from la_research.statistics.instrument import complier_effect
from la_research.statistics.permutation import permuted_effect
from la_research.statistics.wild import wild_effect


def trial(groups: int = 8, seed: int = 1):
    rng = stream(seed, "twins", "groups")
    group = np.repeat(np.arange(groups), rng.integers(3, 9, groups))
    drawn = (np.arange(groups) % 2 == 0)[group]
    x = rng.normal(size=len(group))
    y = 0.5 * drawn + x + 0.5 * rng.normal(size=groups)[group] + rng.normal(size=len(group))
    return y, drawn, x, group


def test_cr2_and_its_degrees_of_freedom_are_those_of_the_whole_hat_matrix():
    y, drawn, x, group = trial()
    design = np.column_stack([np.ones(len(y)), drawn, x])
    bread = np.linalg.inv(design.T @ design)
    rest = np.eye(len(y)) - design @ bread @ design.T
    variance, columns = 0.0, []
    for one in range(8):
        rows = np.flatnonzero(group == one)
        values, vectors = np.linalg.eigh(rest[np.ix_(rows, rows)])
        root = vectors @ np.diag(values**-0.5) @ vectors.T
        weights = bread[1] @ design[rows].T @ root
        variance += float(weights @ (rest @ y)[rows]) ** 2
        columns.append(weights @ rest[rows])
    products = np.array(columns) @ np.array(columns).T
    found = least_squares(design, y, group).of(np.array([0.0, 1.0, 0.0]))
    assert found.value == pytest.approx(float((bread @ design.T @ y)[1]))
    assert found.se == pytest.approx(np.sqrt(variance), rel=1e-9)
    assert found.df == pytest.approx(np.trace(products) ** 2 / (products**2).sum(), rel=1e-9)


def test_a_group_that_is_fitted_exactly_in_one_direction_gives_finite_numbers():
    y, drawn, _, group = trial()
    own = (group == 3).astype(float)
    found = least_squares(np.column_stack([np.ones(len(y)), drawn, own]), y, group).of(np.array([0.0, 1.0, 0.0]))
    assert np.isfinite([found.value, found.se, found.df]).all()
    assert found.df < 6


def test_the_region_of_anderson_and_rubin_holds_just_what_a_regression_does_not_reject():
    rng = stream(2, "twins", "uptake")
    drawn = (np.arange(200) % 2).astype(float)
    keen = rng.normal(size=200)
    had = ((drawn == 1) & (keen > 0)).astype(float)
    y, x = 0.8 * had + keen, rng.normal(size=(200, 1))
    low, high = complier_effect(y, had, drawn, x).interval(0.95)
    design = np.column_stack([np.ones(200), drawn, x])
    bread = np.linalg.inv(design.T @ design)
    lever = np.einsum("ij,jk,ik->i", design, bread, design)
    for effect, inside in ((low - 0.01, False), (low + 0.01, True), (high - 0.01, True), (high + 0.01, False)):
        left = y - effect * had
        values = bread @ design.T @ left
        meat = design.T @ (design * ((left - design @ values) ** 2 / (1 - lever))[:, None])
        t = values[1] / np.sqrt((bread @ meat @ bread)[1, 1])
        assert bool(abs(t) < stats.t.ppf(0.975, 197)) is inside


def test_a_draw_that_moved_hardly_anybody_bounds_nothing():
    rng = stream(3, "twins", "weak")
    drawn = (np.arange(100) % 2).astype(float)
    found = complier_effect(rng.normal(size=100), (rng.random(100) < 0.5).astype(float), drawn, np.empty((100, 0)))
    assert not found.bounded(0.95)
    assert len(found.region(0.95)) in (1, 2)


def studentised(y, drawn):
    arms = y[drawn], y[~drawn]
    error = sum(((arm - arm.mean()) ** 2).mean() / (len(arm) - 1) for arm in arms)
    return (arms[0].mean() - arms[1].mean()) / np.sqrt(error)


def test_every_way_to_draw_is_counted_once():
    y = np.array([1.0, 4.0, 2.0, 8.0, 5.0, 7.0, 3.0])
    drawn = np.array([True, False, True, True, False, False, False])
    far = [abs(studentised(y, np.isin(np.arange(7), way))) for way in combinations(range(7), 3)]
    found = permuted_effect(y, drawn, np.empty((7, 0)), None, None, 1000, stream(1, "twins", "draws"))
    assert found.p == pytest.approx(np.mean(np.array(far) >= abs(studentised(y, drawn)) - 1e-9))
    low, high = found.interval(0.9)
    for effect, inside in ((low - 1e-6, False), (low + 1e-6, True), (high - 1e-6, True), (high + 1e-6, False)):
        left = y - effect * drawn
        far = [abs(studentised(left, np.isin(np.arange(7), way))) for way in combinations(range(7), 3)]
        assert bool(np.mean(np.array(far) >= abs(studentised(left, drawn)) - 1e-9) > 0.1) is inside


def test_groups_of_one_are_students():
    y, drawn, x, _ = trial()
    one, two = (
        permuted_effect(y, drawn, x[:, None], group, None, 200, stream(1, "twins", "draws"))
        for group in (None, np.arange(len(y)))
    )
    assert (one.value, one.p) == (two.value, two.p)


def test_groups_drawn_again_stay_whole():
    group, drawn = np.repeat(np.arange(6), 2), np.repeat([True, False] * 3, 2)
    y = np.array([4.0, 3.0, 1.0, 2.0, 5.0, 7.0, 3.0, 1.0, 6.0, 5.0, 2.0, 4.0])
    found = permuted_effect(y, drawn, np.empty((12, 0)), group, None, 1000, stream(1, "twins", "draws"))
    sums = y.reshape(6, 2).sum(axis=1)  # groups of one size: the statistic is that of their means
    ways = [np.isin(np.arange(6), way) for way in combinations(range(6), 3)]
    far = np.array([abs(studentised(sums / 2, way)) for way in ways])
    assert found.p == pytest.approx(np.mean(far >= abs(studentised(sums / 2, drawn[::2])) - 1e-9))


def test_the_wild_bootstrap_is_that_of_its_steps():
    y, drawn, x, group = trial(14, seed=5)
    design = np.column_stack([np.ones(len(y)), x - x.mean(), drawn])
    weights = stream(1, "twins", "wild").choice([-1.0, 1.0], (99, 14))

    def slope(outcome):
        bread = np.linalg.inv(design.T @ design)
        values = bread @ design.T @ outcome
        left = outcome - design @ values
        meat = sum(np.outer(s, s) for s in (design[group == g].T @ left[group == g] for g in range(14)))
        return values[2] / np.sqrt((bread @ meat @ bread)[2, 2])

    without = design[:, :2] @ np.linalg.lstsq(design[:, :2], y, rcond=None)[0]
    far = [abs(slope(without + (y - without) * w[group])) for w in weights]
    found = wild_effect(y, drawn, x[:, None], group, 99, stream(1, "twins", "wild"))
    assert found.p == pytest.approx((1 + sum(f >= abs(slope(y)) - 1e-12 for f in far)) / 100)


def test_how_alike_students_of_a_group_are_is_the_analysis_of_variance():
    y, drawn, _, _ = trial()
    group, y, drawn = np.repeat(np.arange(10), 4), y[:40], np.repeat([True, False], 20)
    means = y.reshape(10, 4).mean(axis=1)
    inside = ((y.reshape(10, 4) - means[:, None]) ** 2).sum() / 30
    between = 4 * sum(((half - half.mean()) ** 2).sum() for half in (means[:5], means[5:])) / 8
    found = alike(y, group, drawn.astype(int))
    assert found.correlation[0] == pytest.approx((between - inside) / (between + 3 * inside))
    assert found.times[0] == pytest.approx(1 + 3 * found.correlation[0])
    assert found.correlation[1] < found.correlation[0] < found.correlation[2]
