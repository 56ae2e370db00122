"""Folds are never compared with one another."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from la_research.statistics.folds import fold_auc


def test_folds_count_with_their_number_of_pairs():
    # fold 1: both pairs of 2 x 2 right for one yes, wrong for the other: 2 of 4; fold 2: 2 x 3 pairs all right
    label = [1, 1, 0, 0, 1, 1, 0, 0, 0]
    score = [0.9, 0.1, 0.5, 0.4, 0.9, 0.8, 0.1, 0.2, 0.3]
    fold = [1] * 4 + [2] * 5
    assert fold_auc(label, score, fold, list("abcdefghi"))[0] == pytest.approx((2 + 6) / (4 + 6))


def test_a_fold_with_one_yes_is_left_out():
    label, score = [1, 1, 0, 0, 1, 0, 0], [0.9, 0.8, 0.1, 0.2, 0.1, 0.5, 0.6]
    assert fold_auc(label, score, [1] * 4 + [2] * 3, list("abcdefg"))[0] == 1.0


def test_without_a_usable_fold_nothing_is_known():
    assert all(math.isnan(number) for number in fold_auc([1, 0], [0.9, 0.1], [1, 1], ["a", "b"]))


def test_a_perfect_order_is_not_certain():
    value, lower, upper = fold_auc([1, 1, 0, 0], [4, 3, 2, 1], [1] * 4, list("abcd"))
    assert (value, upper) == (1.0, 1.0)
    assert lower == pytest.approx(2 / (2 + 1.959964**2))  # Wilson's lower bound for 2 of 2


def test_rows_that_are_left_of_a_larger_table_count_as_those_rows():
    label, score, who = [0, 1, 0, 1, 1], [0.3, 0.2, 0.1, 0.9, 0.8], list("abcde")
    left = pd.Series(score, index=[9, 2, 7, 4, 30])
    assert fold_auc(label, left, [1] * 5, who) == fold_auc(label, score, [1] * 5, who)
