"""Agreement and accumulation of codes once more: pair by pair, and by going through the interviews in every order."""

from __future__ import annotations

import math
from itertools import combinations, permutations

import numpy as np
import pytest
from scipy.stats import binom, t

from la_research.seeds import stream
from la_research.statistics.coding import coder_agreement, expected_codes, unheard_codes

TRUTH = 0.6549, 0.7699
"""Alpha, and the share of passages with the same codes, of 20,000 such interviews."""


def alpha(units):
    """One less observed over expected disagreement, summed over pairs of codes one after the other."""

    def far(a, b):
        return 1 - len(a & b) / len(a | b) if a | b else 0.0

    pooled = [one for unit in units for one in unit]
    seen = sum(2 / (len(unit) - 1) * sum(far(a, b) for a, b in combinations(unit, 2)) for unit in units) / len(pooled)
    chance = 2 * sum(far(a, b) for a, b in combinations(pooled, 2)) / (len(pooled) * (len(pooled) - 1))
    return 1 - seen / chance


def test_alpha_of_sets_is_that_of_every_pair_of_codes():
    rng = stream(1, "twins", "coding")
    units = [[frozenset(c for c in "abc" if rng.random() < 0.4) for _ in range(rng.integers(2, 5))] for _ in range(40)]
    found = coder_agreement([*units, [frozenset("a")]])  # a single coder says nothing
    assert found.alpha[0] == pytest.approx(alpha(units), abs=1e-12)
    assert found.units == 40


def interviews(rng, number):
    """Twelve passages an interview, which has its own codes and its own care: either coder may draw one of three."""
    units, source = [], []
    for place in range(number):
        right = rng.beta(8, 2)
        for code in rng.choice(3, 12, p=rng.dirichlet([3] * 3)):
            told = [code if rng.random() < right else rng.integers(0, 3) for _ in range(2)]
            units.append([frozenset(str(one)) for one in told])
            source.append(place)
    return units, source


def test_the_interval_is_that_of_interviews_left_out_one_by_one():
    units, source = interviews(stream(3, "twins", "coding"), 6)
    found = coder_agreement(units, source)
    left = [math.log(1 - alpha([u for u, s in zip(units, source, strict=True) if s != one])) for one in range(6)]
    whole = math.log(1 - alpha(units))
    reach = t.ppf(0.975, 5) * math.sqrt(5 / 6 * sum((one - whole) ** 2 for one in left))
    assert found.alpha[1:] == pytest.approx((1 - math.exp(whole + reach), 1 - math.exp(whole - reach)))


@pytest.mark.parametrize("number", [4, 8])
def test_the_interval_holds_the_agreement_of_all_interviews_as_often_as_it_says(number):
    rng, told = stream(2, "twins", "coding", number), []
    for _ in range(300):
        found = coder_agreement(*interviews(rng, number))
        if found.alpha[1] is not None:
            told.append((found.alpha[1] <= TRUTH[0] <= found.alpha[2], found.agreed[1] <= TRUTH[1] <= found.agreed[2]))
    assert len(told) > 290
    assert (np.sum(told, axis=0) >= binom.ppf(0.001, len(told), 0.95)).all()


def test_three_interviews_or_a_difference_in_one_alone_have_no_interval():
    units, source = interviews(stream(4, "twins", "coding"), 3)
    assert coder_agreement(units, source).alpha[1:] == (None, None)
    a, b = frozenset("a"), frozenset("b")
    found = coder_agreement([(a, a), (b, b), (a, a), (b, b), (a, b)])
    assert found.agreed == (0.8, None, None)
    assert found.alpha[0] < 1
    assert found.alpha[1:] == (None, None)


def test_expected_codes_are_the_mean_over_every_order():
    heard = {"a": {0, 1, 2, 3}, "b": {1}, "c": {0, 3}, "d": {4}}
    curves = [
        [len({code for code, where in heard.items() if where & set(order[: k + 1])}) for k in range(5)]
        for order in permutations(range(5))
    ]
    assert expected_codes(5, [len(where) for where in heard.values()]) == pytest.approx(np.mean(curves, axis=0))


def test_where_every_code_was_heard_again_nothing_hints_at_more():
    assert unheard_codes(12, [3, 4, 1, 12]) is None
