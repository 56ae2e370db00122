"""ROC curves by scikit-learn, the area between two of them cell by cell, and the test by permuting rows."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from sklearn.metrics import roc_curve as sklearn_curve

from la_research.seeds import stream
from la_research.statistics.abroca import abroca, abroca_test


def two_groups(name, n=300, decimals=8, reach=(1.0, 0.4)):
    rng = stream(21, "twins", name)
    group, label = (rng.random(n) < 0.4).astype(int), (rng.random(n) < 0.3).astype(int)
    score = rng.normal(size=n) * (1 + group) + label * np.array(reach)[group]
    return label, np.round(score, decimals), group


def all_corners(label, score):
    return sklearn_curve(label, score, drop_intermediate=False)[:2]


def between(label, score, group):
    """Both curves are straight inside a cell of all their false positive rates: two points there tell each."""
    curves = [all_corners(label[group == g], score[group == g]) for g in (0, 1)]
    grid = np.unique(np.concatenate([curves[0][0], curves[1][0]]))
    total = 0.0
    for low, high in pairwise(grid):
        inside = low + (high - low) * np.array([1 / 3, 2 / 3])
        first, second = np.interp(inside, *curves[0]) - np.interp(inside, *curves[1])
        left, right = 2 * first - second, 2 * second - first
        crossed = left * right < 0
        mean = (left**2 + right**2) / (2 * (abs(left) + abs(right))) if crossed else (abs(left) + abs(right)) / 2
        total += (high - low) * mean
    return total


@pytest.mark.parametrize("decimals", [8, 1, 0])
@pytest.mark.parametrize("reach", [(1.0, 0.4), (0.5, 1.0), (3.0, 0.0)])
def test_area_between_two_curves_cell_by_cell(decimals, reach):
    rows = two_groups("cells", decimals=decimals, reach=reach)
    assert abroca(*rows) == pytest.approx(between(*rows), abs=1e-9)


def test_area_of_many_rows_cell_by_cell():
    rows = two_groups("many", n=5000)
    assert abroca(*rows) == pytest.approx(between(*rows), abs=1e-9)


whole_rows = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 6), st.integers(0, 1)), max_size=30)


@given(whole_rows)
def test_area_of_any_tied_scores_cell_by_cell_and_no_less_than_the_gap_in_auc(rows):
    corners = [(0, 3, 0), (1, 3, 0), (0, 3, 1), (1, 3, 1)]
    label, score, group = np.array([*rows, *corners]).T
    area = abroca(label, score, group)
    aucs = [roc_auc_score(label[group == g], score[group == g]) for g in (0, 1)]
    assert area == pytest.approx(between(label, score, group), abs=1e-9)
    assert abs(aucs[0] - aucs[1]) - 1e-12 <= area <= 1


def test_curve_that_lies_above_has_the_gap_in_auc_as_its_area():
    label, score, group = np.array([0, 1, 0, 1, 0, 1, 0, 1]), np.array([1, 3, 2, 4, 2, 3, 4, 1]), np.repeat([0, 1], 4)
    assert abroca(label, score, group) == pytest.approx(1.0 - 1 / 4)


def test_null_is_that_of_rows_permuted_by_hand():
    label, score, group = two_groups("null", n=120, decimals=1)
    place = np.array([own_place(i, label, score, group) for i in range(len(label))])
    rng, areas = stream(22, "twins", "by hand"), []
    for _ in range(300):
        permuted = group.copy()
        for y in (0, 1):
            permuted[label == y] = rng.permutation(group[label == y])
        areas.append(between(label, place, permuted))
    found = abroca_test(label, score, group, stream(23, "twins", "null"), permutations=4000)
    error = np.std(areas) / np.sqrt(300)
    assert found.null_mean == pytest.approx(np.mean(areas), abs=4 * error)
    assert found.null_upper == pytest.approx(np.quantile(areas, 0.95), abs=8 * error)
    assert found.value == pytest.approx(between(label, score, group), abs=1e-9)


def own_place(i, label, score, group):
    shares = []
    for y in (0, 1):
        others = score[(group == group[i]) & (label == y)]
        shares.append(((others < score[i]).sum() + (others == score[i]).sum() / 2) / len(others))
    return round(sum(shares) / 2, 9)
