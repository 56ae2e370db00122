"""The interval of a procedure against the formula in loops, and against the AUC that it is meant to hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom, t
from sklearn.metrics import roc_auc_score

from la_research.seeds import stream
from la_research.statistics.procedure import repeated_folds


def test_the_error_is_that_of_nadeau_and_bengio_worked_in_loops():
    values = stream(1, "twins", "procedure").normal(0.7, 0.1, size=(6, 4))
    found = repeated_folds(values, 80)
    flat = [value for repetition in values for value in repetition]
    middle = sum(flat) / 24
    spread = sum((value - middle) ** 2 for value in flat) / 23
    error = math.sqrt((1 / 24 + (80 / 4) / (80 * 3 / 4)) * spread)  # rows tested over rows fitted to
    assert found.mean.value == pytest.approx(middle)
    assert found.mean.interval(0.95)[1] == pytest.approx(middle + t.ppf(0.975, 3) * error)
    means = [sum(repetition) / 4 for repetition in values]
    assert found.between == pytest.approx(np.std(means, ddof=1))


def test_a_fold_that_was_not_measured_is_left_out_and_too_few_say_nothing():
    whole = repeated_folds([[0.6, 0.7, 0.8], [0.6, 0.7, math.nan]], 30)
    assert whole.mean.value == pytest.approx((0.6 + 0.7 + 0.8 + 0.6 + 0.7) / 5)
    assert repeated_folds([[0.6, 0.7], [0.6, math.nan]], 30) is None
    assert repeated_folds([[0.6, 0.7, 0.8]], 30) is None
    assert repeated_folds([[0.6], [0.7]], 30) is None


def direction(columns, label):
    """A score fitted in one line: the difference of the labels' means."""
    return columns[label == 1].mean(axis=0) - columns[label == 0].mean(axis=0)


def drawn(rng, n, columns=12):
    label = (np.arange(n) % 3 == 0).astype(int)
    return rng.normal(size=(n, columns)) + 0.2 * label[:, None], label


def repeated(rng, columns, label, splits=5, folds=5):
    n, values = len(label), np.empty((splits, folds))
    for repetition in range(splits):
        order = rng.permutation(n)
        fold = np.empty(n, dtype=int)
        fold[order[np.argsort(label[order], kind="stable")]] = np.arange(n) % folds
        for k in range(folds):
            test = fold == k
            score = columns[test] @ direction(columns[~test], label[~test])
            won = score[label[test] == 1][:, None] - score[label[test] == 0][None, :]
            values[repetition, k] = (won > 0).mean()
    return values


def test_it_holds_the_mean_auc_of_scores_made_in_the_same_way_at_least_at_its_level():
    rng = stream(1, "twins", "procedure", "coverage")
    far, far_label = drawn(rng, 6000)
    made = [drawn(rng, 160) for _ in range(100)]  # as many as four folds of 200 leave to fit to
    target = float(np.mean([roc_auc_score(far_label, far @ direction(*rows)) for rows in made]))
    held = 0
    for _ in range(150):
        columns, label = drawn(rng, 200)
        lower, upper = repeated_folds(repeated(rng, columns, label), 200).mean.interval(0.95)
        held += lower <= target <= upper
    assert held >= binom.ppf(0.005, 150, 0.95)
