"""Weights and bounds once more, on a table that can be worked by hand."""

import math
from itertools import product

import numpy as np
import pandas as pd
import pytest

from la_research.statistics.missing import share_ends
from la_research.statistics.weighting import chance_of_inclusion, inverse_weights, weighted_share

MODULE = list("AAAABBBBBB")
THERE = np.array([1, 1, 1, 0, 1, 1, 0, 0, 0, 0], dtype=bool)
VALUE = np.array([1.0, 1.0, 0.0, 0.0, 1.0])  # of those who are there


def test_chances_are_the_shares_of_each_module():
    chance = chance_of_inclusion(THERE, pd.DataFrame({"module": MODULE}))
    assert chance == pytest.approx([3 / 4] * 4 + [2 / 6] * 6, abs=1e-5)


def test_the_weighted_share_is_that_of_modules_put_together_as_they_are_in_all():
    weights = inverse_weights(THERE, np.array([3 / 4] * 4 + [2 / 6] * 6))
    assert weights == pytest.approx([(5 / 10) / (3 / 4)] * 3 + [(5 / 10) / (2 / 6)] * 2)
    share, n = weighted_share(VALUE, weights, np.arange(5))
    assert share == pytest.approx((4 * 2 / 3 + 6 * 1 / 2) / 10)
    squares = sum((w * (v - share)) ** 2 for w, v in zip(weights, VALUE, strict=True))
    variance = 5 / 4 * squares / sum(weights) ** 2
    assert n == pytest.approx(share * (1 - share) / variance)


def test_weights_beyond_the_centiles_are_cut_to_them():
    chance = np.linspace(0.05, 1, 200)
    weights = inverse_weights(np.ones(200, dtype=bool), chance)
    plain = sorted(1 / chance)
    expected = plain[197] + 0.01 * (plain[198] - plain[197])  # the 99th centile lies at 0.99 x 199 = 197.01
    assert max(weights) == pytest.approx(expected)
    assert math.isclose(min(weights), plain[1] + 0.99 * (plain[2] - plain[1]))


def test_bounds_are_the_least_and_greatest_share_of_all_that_could_be_true():
    label = np.array([1, 1, 0, np.nan, np.nan, np.nan])
    decision = np.array([1, 0, 1, 1, 0, np.nan])
    shares = []
    for told in product([0.0, 1.0], repeat=4):  # three labels and a decision
        filled = np.concatenate([label[:3], told[:3]])
        chosen = np.concatenate([decision[:5], told[3:]])
        shares.append(chosen[filled == 1].mean())
    ends = share_ends(label, decision.astype(float), np.arange(6))
    assert (ends.low, ends.high) == (min(shares), max(shares)) == (1 / 4, 3 / 4)
