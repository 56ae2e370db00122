"""Agreement and accumulation of codes once more: pair by pair, and by going through the interviews in every order."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from scipy.stats import binom

from la_research.seeds import stream
from la_research.statistics.coding import coder_agreement, expected_codes, unheard_codes


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
    found = coder_agreement([*units, [frozenset("a")]], rng, replicates=10)  # a single coder says nothing
    assert found.value == pytest.approx(alpha(units), abs=1e-12)
    assert found.units == 40


def test_the_interval_holds_the_agreement_of_all_passages_as_often_as_it_says():
    rng, draws, held = stream(2, "twins", "coding"), 300, 0
    truth = 0.8**2  # each coder keeps the code in 80 %, else draws one of many
    for _ in range(draws):
        units = [
            [frozenset({str(code if rng.random() < 0.8 else rng.integers(0, 2))}) for _ in range(2)]
            for code in rng.integers(0, 2, 120)
        ]
        found = coder_agreement(units, rng, replicates=200)
        held += found.lower <= truth <= found.upper
    assert binom.ppf(0.0005, draws, 0.95) - 9 <= held  # a percentile bootstrap of 120 units falls 3 % short


def test_expected_codes_are_the_mean_over_every_order():
    heard = {"a": {0, 1, 2, 3}, "b": {1}, "c": {0, 3}, "d": {4}}
    curves = [
        [len({code for code, where in heard.items() if where & set(order[: k + 1])}) for k in range(5)]
        for order in permutations(range(5))
    ]
    assert expected_codes(5, [len(where) for where in heard.values()]) == pytest.approx(np.mean(curves, axis=0))


def test_where_every_code_was_heard_again_nothing_hints_at_more():
    assert unheard_codes(12, [3, 4, 1, 12]) is None
