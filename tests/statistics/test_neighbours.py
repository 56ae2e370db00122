"""Groups at the same place of an order: as a regression with an intercept a stratum; quiet where nothing differs."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.statistics.neighbours import critical, neighbour_strata, pairs, permuted_within, widened
from la_research.statistics.same_top import kinds_apart


def rows(n: int = 60, groups: int = 2, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    return neighbour_strata(draw.normal(size=n)), draw.integers(groups, size=n), draw.normal(size=(n, 2))


def test_strata_hold_neighbours_in_equal_numbers() -> None:
    stratum = neighbour_strata(np.arange(45.0)[::-1])
    assert np.bincount(stratum).tolist() == [23, 22]
    assert stratum[0] == 1
    assert neighbour_strata(np.arange(7.0)).tolist() == [0] * 7


def test_difference_and_error_are_those_of_a_regression_with_an_intercept_a_stratum() -> None:
    stratum, code, values = rows()
    (pair,) = pairs(stratum, code)
    design = np.column_stack([code == 0, *(stratum == s for s in np.unique(stratum))]).astype(float)
    inverse = np.linalg.inv(design.T @ design)
    for column in range(2):
        slopes = inverse @ design.T @ values[:, column]
        assert pair.difference(stratum, code, values)[column] == pytest.approx(slopes[0])
        leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
        left = (values[:, column] - design @ slopes) / np.sqrt(1 - leverage)  # HC2
        error = np.sqrt((inverse @ (design.T * left**2) @ design @ inverse)[0, 0])
        assert np.sqrt((pair.influence(stratum, code, values)[:, column] ** 2).sum()) == pytest.approx(error)


def test_a_stratum_with_one_group_only_says_nothing() -> None:
    stratum, code = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 0])
    (pair,) = pairs(stratum, code)
    assert pair.difference(stratum, code, np.array([[1.0], [0.0], [50.0], [90.0]])).tolist() == [1.0]
    assert pairs(np.array([0, 1]), np.array([0, 1])) == []


def test_groups_are_shuffled_within_strata_and_nowhere_else() -> None:
    stratum, code, _ = rows(groups=3)
    for again in permuted_within(stratum, code, 20, np.random.default_rng(2)):
        for one in np.unique(stratum):
            assert sorted(again[stratum == one]) == sorted(code[stratum == one])


def test_the_largest_of_independent_differences_strays_as_bonferroni_says_and_students_tails_are_wider() -> None:
    draw = np.random.default_rng(3)
    influence = np.kron(np.eye(5), draw.normal(size=(200, 1)))
    errors = np.sqrt((influence**2).sum(axis=0))
    assert critical(influence, errors, 0.95, draw) == pytest.approx(2.57, abs=0.12)  # .95 of |z| for each of five
    assert critical(influence, np.zeros(5), 0.95, draw) == 0.0
    assert widened(1.959964, np.array([9]))[0] == pytest.approx(2.262, abs=0.001)  # Student's, from a table


def test_a_distance_is_half_the_sum_of_differences_and_its_interval_holds_the_truth() -> None:
    stratum, code, _ = rows(n=200)
    draw = np.random.default_rng(4)
    kinds = np.eye(3)[np.where(draw.random(200) < 0.4, code, 2)]
    (pair,) = found = pairs(stratum, code)
    told = kinds_apart(stratum, code, kinds, found, 0.95, draw)
    assert told.observed == pytest.approx(np.abs(pair.difference(stratum, code, kinds)).sum() / 2)
    assert told.value == pytest.approx((told.observed**2 - told.chance**2) ** 0.5)
    assert told.p == 1 / 1000
    assert 0 < told.lower < 0.4 < told.upper


def test_the_pair_that_is_named_is_the_one_that_p_is_of_also_where_a_small_group_strays_farther() -> None:
    draw = np.random.default_rng(16)
    stratum, code = neighbour_strata(draw.normal(size=400)), draw.choice(3, size=400, p=[0.55, 0.41, 0.04])
    kinds = draw.integers(3, size=400)
    kinds = np.eye(3)[np.where((code == 1) & (draw.random(400) < 0.15), 2, kinds)]

    def told(found):  # with the same shuffles each time
        return kinds_apart(stratum, code, kinds, found, 0.95, np.random.default_rng(9))

    found = pairs(stratum, code)
    alone = [told([pair]) for pair in found]
    assert max(alone, key=lambda one: one.observed**2 - one.chance**2).pair != found[0]  # it holds 4 % of the rows
    whole = told(found)
    assert (whole.pair, whole.observed, whole.chance) == (found[0], alone[0].observed, alone[0].chance)
    assert min(one.p for one in alone) == alone[0].p <= whole.p <= 3 * alone[0].p


def test_where_groups_do_not_differ_they_are_told_apart_once_in_twenty_and_never_with_an_end_above_zero_else() -> None:
    told = 0
    for seed in range(100):
        stratum, code, _ = rows(seed=seed)
        draw = np.random.default_rng(1_000 + seed)
        found = kinds_apart(stratum, code, np.eye(3)[draw.integers(3, size=60)], pairs(stratum, code), 0.95, draw)
        assert found.p <= 0.05 or found.lower == 0.0
        told += found.p <= 0.05
    assert told <= 14  # of 100 at .05: 15 or more in fewer than 1 of 1,000


def test_where_all_are_of_one_kind_the_distance_is_nothing() -> None:
    stratum, code, _ = rows()
    kinds = np.eye(2)[np.zeros(60, dtype=int)]
    found = kinds_apart(stratum, code, kinds, pairs(stratum, code), 0.95, np.random.default_rng(5))
    assert (found.value, found.upper, found.p) == (0.0, 0.0, 1.0)
