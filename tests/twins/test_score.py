"""Miettinen and Nurminen's interval, and the largest statistic under permutation, written once more the long way."""

from __future__ import annotations

import math
from itertools import combinations, permutations

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

from la_research.seeds import stream
from la_research.statistics.score import DRAWS, permuted_max, permuted_survival, score_pairs, score_z


def statistic(x: int, n: int, y: int, m: int, difference: float) -> float:
    """Observed less supposed difference over its standard error, the shares found by maximising the likelihood."""
    low, high = max(0.0, difference) + 1e-12, min(1.0, 1 + difference) - 1e-12

    def surprise(p: float) -> float:
        q = p - difference
        return -(x * math.log(p) + (n - x) * math.log1p(-p) + y * math.log(q) + (m - y) * math.log1p(-q))

    p = minimize_scalar(surprise, bounds=(low, high), method="bounded", options={"xatol": 1e-13}).x
    q = p - difference
    variance = (p * (1 - p) / n + q * (1 - q) / m) * (n + m) / (n + m - 1)
    return (x / n - y / m - difference) / math.sqrt(variance)


@pytest.mark.parametrize("table", [(56, 70, 48, 80), (9, 10, 3, 10), (0, 20, 4, 25), (12, 15, 15, 15), (1, 400, 9, 30)])
def test_bounds_are_where_the_statistic_is_the_critical_value(table):
    x, n, y, m = table
    found = score_pairs(np.array([x / n, y / m]), np.array([n, m], dtype=float), 1.959964)
    seen = x / n - y / m
    lower = brentq(lambda d: statistic(*table, d) - 1.959964, -0.9999, seen)
    upper = brentq(lambda d: statistic(*table, d) + 1.959964, seen, 0.9999)
    assert (found.lower[0, 1], found.upper[0, 1]) == pytest.approx((lower, upper), abs=1e-5)


@pytest.mark.parametrize("table", [(3, 20, 11, 30), (0, 12, 5, 9), (7, 7, 1, 40), (50, 100, 50, 100)])
def test_the_statistic_falls_as_the_supposed_difference_rises(table):
    x, n, y, m = table
    z = [
        score_z(np.array([x / n, y / m]), np.array([n, m], dtype=float), d)[0, 1] for d in np.linspace(-0.99, 0.99, 199)
    ]
    assert max(np.diff(z)) < 1e-6


def test_permutations_come_as_far_as_every_order_of_the_rows_does():
    """Two, three and two rows with three successes: all 5,040 orders against 9,999 drawn tables."""
    rows, ends = [1, 1, 1, 0, 0, 0, 0], [(0, 2), (2, 5), (5, 7)]
    largest = []
    for order in permutations(rows):
        shares = [(sum(order[a:b]), b - a) for a, b in ends]
        largest.append(max(abs(score_zero(*one, *two)) for one, two in combinations(shares, 2)))
    found = permuted_max((2, 3, 2), 3, 1)
    for z in sorted(set(np.round(largest, 6))):
        exact = float(np.mean(np.array(largest) > z - 1e-5))
        assert permuted_survival(z - 1e-5, found) == pytest.approx(exact, abs=4 * math.sqrt(0.25 / len(found)))


def score_zero(x: int, n: int, y: int, m: int) -> float:
    pooled = (x + y) / (n + m)
    variance = pooled * (1 - pooled) * (1 / n + 1 / m) * (n + m) / (n + m - 1)
    return (x / n - y / m) / math.sqrt(variance) if variance else 0.0


@pytest.mark.parametrize("ns", [(20,) * 8, (5, 9, 9, 30, 30, 30), (7, 8, 12, 40), (3, 3, 17)], ids=str)
@pytest.mark.parametrize("part", [0.1, 0.6])
def test_the_largest_of_all_pairs_is_the_largest_between_the_ends_of_every_two_sizes(ns, part):
    total = round(part * sum(ns))
    drawn = stream(4, "statistics", "max-t").multivariate_hypergeometric(ns, total, DRAWS, method="marginals")
    every = [np.zeros(DRAWS)]
    for i, j in combinations(range(len(ns)), 2):
        x, y, n, m = drawn[:, i], drawn[:, j], ns[i], ns[j]
        pooled = (x + y) / (n + m)
        variance = pooled * (1 - pooled) * (n + m) ** 2 / (n * m * (n + m - 1))
        every.append(np.abs(x / n - y / m) / np.sqrt(np.where(variance > 0, variance, 1)))
    assert permuted_max(ns, total, 4) == pytest.approx(np.sort(np.max(every, axis=0)), abs=1e-12)
