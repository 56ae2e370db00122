"""The AUC of each value against the rest, against counting pairs and against the two-valued error."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.seeds import stream
from la_research.statistics.folds import fold_auc
from la_research.statistics.rest import rest_auc


def drawn(kinds: int, rows: int = 1):
    generator = stream(6, "twins", "rest")
    who = np.repeat(np.arange(120), rows)
    value = generator.choice(kinds, 120)[who]
    scores = np.round(generator.normal(size=(who.size, kinds)) + (value[:, None] == np.arange(kinds)), 1)
    return value, scores, who % 4, who


def test_it_is_the_share_of_ordered_pairs_of_a_fold_weighted_by_value():
    value, scores, fold, who = drawn(3)
    told = []
    for kind in range(3):
        won = pairs = 0.0
        for i in np.flatnonzero(value == kind):
            for j in np.flatnonzero((value != kind) & (fold == fold[i])):
                won += (scores[i, kind] > scores[j, kind]) + 0.5 * (scores[i, kind] == scores[j, kind])
                pairs += 1
        told.append(won / pairs)
    shares = np.bincount(value) / len(value)
    assert rest_auc(value, scores, fold, who).value == pytest.approx(float(shares @ told), abs=1e-12)


@pytest.mark.parametrize("rows", [1, 3])
def test_with_two_values_the_error_is_that_within_folds_times_the_root_of_two(rows):
    value, scores, fold, who = drawn(2, rows)
    auc, _, upper = fold_auc(value == 0, scores[:, 0], fold, who)
    found = rest_auc(value, scores[:, :1], fold, who)
    assert found.value == pytest.approx(auc, abs=1e-12)
    assert found.upper - found.value == pytest.approx(np.sqrt(2) * (upper - auc), abs=1e-9)


def test_several_tests_at_once_widen_the_interval_as_bonferroni_does():
    value, scores, fold, who = drawn(2)
    assert rest_auc(value, scores[:, :1], fold, who, 0.95, tests=5) == rest_auc(value, scores[:, :1], fold, who, 0.99)


def test_a_perfect_order_has_an_interval_all_the_same():
    value = np.array([0, 0, 1, 1] * 5)
    found = rest_auc(value, -value[:, None].astype(float), np.ones(20), np.arange(20))
    assert found.value == found.upper == 1.0
    assert found.lower < 0.8
