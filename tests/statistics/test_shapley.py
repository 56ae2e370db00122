from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest

from la_research.seeds import stream
from la_research.statistics.shapley import shapley

NAMES = ["a", "b", "c", "d", "e"]
SETS = [frozenset(some) for size in range(6) for some in combinations(NAMES, size)]


def by_orders(values, names):
    """Each player's mean difference over every order, one after the other."""
    found = dict.fromkeys(names, 0.0)
    orders = list(permutations(names))
    for order in orders:
        for place, name in enumerate(order):
            before = frozenset(order[:place])
            found[name] += (values[before | {name}] - values[before]) / len(orders)
    return found


def test_a_part_is_its_mean_difference_over_all_120_orders():
    rng = stream(1, "tests", "shapley")
    values = {some: float(rng.normal()) for some in SETS}
    assert {name: float(part) for name, part in shapley(values, NAMES).items()} == pytest.approx(
        by_orders(values, NAMES), abs=1e-12
    )


def test_parts_sum_to_the_whole_less_nothing_also_element_by_element():
    rng = stream(2, "tests", "shapley")
    values = {some: rng.normal(size=3) for some in SETS}
    total = sum(shapley(values, NAMES).values())
    assert np.allclose(total, values[frozenset(NAMES)] - values[frozenset()], atol=1e-12)


def test_who_changes_nothing_gets_nothing():
    values = {some: float(len(some - {"c"})) for some in SETS}
    assert float(shapley(values, NAMES)["c"]) == 0
