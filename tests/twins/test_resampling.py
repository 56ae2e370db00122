"""The bootstrap once more, row by row: every replicate copies the rows and asks the metric anew."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from la_research.seeds import stream
from la_research.statistics.abroca import abroca
from la_research.statistics.resampling import (
    count_bootstrap,
    student_bootstrap,
    student_weights,
    weighted_abroca,
    weighted_auc,
)

REPLICATES = 4000


def alike(ours, theirs):
    """Means within four standard errors of each other, and spreads within four of theirs."""
    error = np.std(theirs) * np.sqrt(1 / len(ours) + 1 / len(theirs))
    assert np.mean(ours) == pytest.approx(np.mean(theirs), abs=4 * error)
    assert np.std(ours) == pytest.approx(np.std(theirs), abs=4 * error / np.sqrt(2))


def test_rates_from_counts_are_those_of_rows_drawn_with_replacement():
    rng = stream(51, "twins", "rows")
    group, label = rng.integers(0, 3, 240), rng.integers(0, 2, 240)
    decision = (rng.random(240) < 0.2 + 0.4 * label).astype(int)
    counts = np.bincount(4 * group + 2 * label + decision, minlength=12).reshape(3, 2, 2)
    drawn = count_bootstrap(counts, REPLICATES, stream(52, "twins", "counts"))
    rows = rng.integers(0, 240, size=(REPLICATES, 240))
    for g in range(3):
        inside = (group[rows] == g) & (label[rows] == 1)
        naive = (inside & (decision[rows] == 1)).sum(axis=1) / inside.sum(axis=1)
        alike(drawn[:, g, 1, 1] / drawn[:, g, 1].sum(axis=1), naive)


def test_students_bring_all_their_rows():
    rng = stream(53, "twins", "students")
    student = np.repeat(np.arange(40), rng.integers(1, 6, 40))
    cell = rng.integers(0, 3, 40)[student]
    ours = student_bootstrap(cell, 3, student, REPLICATES, stream(54, "twins", "students"))
    theirs = np.zeros((REPLICATES, 3))
    for replicate in range(REPLICATES):
        names = rng.integers(0, 40, 40)
        np.add.at(theirs[replicate], cell, np.bincount(names, minlength=40)[student])
    for c in range(3):
        alike(ours[:, c] / ours.sum(axis=1), theirs[:, c] / theirs.sum(axis=1))


def test_a_row_each_makes_both_bootstraps_one():
    cell = stream(55, "twins", "one").integers(0, 4, 60)
    counts = np.bincount(cell, minlength=4)
    ours = student_bootstrap(cell, 4, np.arange(60), REPLICATES, stream(56, "twins", "one"))
    rows = count_bootstrap(counts, REPLICATES, stream(57, "twins", "one"))
    for c in range(4):
        alike(ours[:, c], rows[:, c])


def test_weights_are_the_metric_on_rows_copied_so_often():
    rng = stream(58, "twins", "weights")
    label, group, student = rng.integers(0, 2, 150), rng.integers(0, 2, 150), rng.integers(0, 60, 150)
    score = np.round(rng.normal(size=150) + label, 1)
    weights = student_weights(student, 30, rng)
    assert (weights.sum(axis=1)[:, None] >= 60).all()
    aucs, areas = weighted_auc(label, score, weights), weighted_abroca(label, score, group, weights)
    for weight, one, area in zip(weights, aucs, areas, strict=True):
        y, s, g = (np.repeat(column, weight) for column in (label, score, group))
        assert one == pytest.approx(roc_auc_score(y, s), abs=1e-12)
        assert area == pytest.approx(abroca(y, s, g), abs=1e-12)


def test_weights_count_how_often_students_were_drawn():
    weights = student_weights([7, 7, 3, 5], REPLICATES, stream(59, "twins", "drawn"))
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 1:].sum(axis=1) == 3).all()
    alike(weights[:, 2], stream(60, "twins", "drawn").binomial(3, 1 / 3, REPLICATES))


def test_nothing_to_draw_stays_nothing():
    assert not count_bootstrap(np.zeros((2, 2)), 3, stream(61, "twins", "nothing")).any()
