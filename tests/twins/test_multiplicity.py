"""Benjamini and Hochberg against their rule: reject up to the largest rank whose p is at most its share of q."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from la_research.statistics.multiplicity import benjamini_hochberg


def rejected(pvalues: list[float], q: float) -> list[bool]:
    ranked = sorted(pvalues)
    passing = [p for rank, p in enumerate(ranked, 1) if p <= rank / len(ranked) * q]
    return [bool(passing) and p <= passing[-1] for p in pvalues]


@pytest.mark.parametrize("q", [0.01, 0.05, 0.2])
def test_what_is_adjusted_to_at_most_q_is_what_the_rule_rejects(q):
    pvalues = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216, 0.222, 0.251, 0.269, 0.275, 0.34]
    assert [p <= q for p in benjamini_hochberg(pvalues)] == rejected(pvalues, q)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_adjusted_values_are_those_of_scipy(pvalues):
    assert benjamini_hochberg(pvalues) == pytest.approx(list(stats.false_discovery_control(pvalues)), abs=1e-12)


def test_a_test_that_could_not_be_made_still_counts():
    assert benjamini_hochberg([0.02, math.nan]) == [2 * 0.02, 1.0]
