"""The area between ROC curves: what changes it, what does not, and how often its test is wrong."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from la_research.seeds import stream
from la_research.statistics.abroca import abroca, abroca_pairs, abroca_test


def equal_curves(rng, sizes, rates, levels=None):
    """Two groups with one ROC curve, other base rates, and scores on scales of their own."""
    label = np.concatenate([np.arange(n) < round(rate * n) for n, rate in zip(sizes, rates, strict=True)]).astype(int)
    group = np.repeat([0, 1], sizes)
    score = rng.normal(size=len(label)) + label
    score = np.round(score * levels) if levels else score
    return label, np.where(group == 1, np.exp(score / 2) + 0.7, score), group


CASES = {
    "base rates of .2 and .5, 40 positives each": ((200, 80), (0.2, 0.5), None),
    "20 positives and 20 negatives in a group": ((100, 40), (0.2, 0.5), None),
    "one large group, ties": ((400, 60), (0.5, 0.2), 1.5),
}


@pytest.mark.parametrize("case", CASES)
def test_equal_curves_are_told_apart_in_no_more_than_one_of_twenty(case):
    sizes, rates, levels = CASES[case]
    rng, draws = stream(31, "tests", "size", case), 400
    found = [abroca_test(*equal_curves(rng, sizes, rates, levels), rng, permutations=39).p for _ in range(draws)]
    assert sum(p <= 0.05 for p in found) <= binom.ppf(0.999, draws, 0.05)


def test_students_with_several_rows_do_not_make_equal_curves_differ():
    rng, draws, alone, together = stream(32, "tests", "students"), 150, 0, 0
    for _ in range(draws):
        label, score, group = (np.repeat(rows, 4) for rows in equal_curves(rng, (50, 50), (0.4, 0.4)))
        student = np.repeat(np.arange(100), 4)
        together += abroca_test(label, score, group, rng, students=student, permutations=39).p <= 0.05
        alone += abroca_test(label, score, group, rng, permutations=39).p <= 0.05
    assert together <= binom.ppf(0.999, draws, 0.05) < alone


def test_curves_that_cross_with_equal_auc_are_told_apart():
    rng = stream(33, "tests", "cross")
    label, group = np.tile([0, 1], 600), np.repeat([0, 1], 600)
    score = rng.normal(size=1200) * np.where((group == 1) & (label == 1), 3, 1)
    found = abroca_test(label, score, group, rng, permutations=199)
    assert found.p == 1 / 200
    assert found.excess == found.value - found.null_mean > 0
    assert found.value > found.null_upper > found.null_mean


def test_area_depends_on_the_order_within_groups_only():
    label, score, group = equal_curves(stream(34, "tests", "order"), (90, 60), (0.4, 0.3))
    shifted = np.where(group == 1, np.exp(score) - 7, score)
    order = stream(35, "tests", "order").permutation(len(label))
    assert abroca(label, shifted, group) == pytest.approx(abroca(label, score, group), abs=1e-12)
    assert abroca(label[order], score[order], 1 - group[order]) == pytest.approx(abroca(label, score, group), abs=1e-12)


def test_strata_are_averaged_by_their_pairs_of_a_case_and_a_control():
    first = equal_curves(stream(36, "tests", "one"), (90, 60), (0.4, 0.3))
    second = equal_curves(stream(36, "tests", "two"), (30, 50), (0.5, 0.3))
    label, score, group = (np.concatenate(part) for part in zip(first, second, strict=True))
    pairs = [int(rows[0].sum() * (1 - rows[0]).sum()) for rows in (first, second)]
    expected = (pairs[0] * abroca(*first) + pairs[1] * abroca(*second)) / sum(pairs)
    stratum = np.repeat(["m", "k"], [150, 80])
    found = abroca_test(label, score, group, stream(37, "tests", "strata"), stratum=stratum, permutations=19)
    assert abroca(label, score, group, stratum) == pytest.approx(expected, abs=1e-12)
    assert (found.value, found.covered, found.n) == (pytest.approx(expected, abs=1e-12), 1.0, 230)


def test_stratum_in_which_a_group_lacks_a_label_is_left_out_and_its_share_told():
    rows = [0, 1, 0, 1, 0, 1, 1], [1, 2, 2, 1, 1, 2, 3], [0, 0, 1, 1, 0, 0, 1], ["a"] * 4 + ["b"] * 3
    label, score, group, stratum = (np.repeat(column, 10) for column in rows)
    found = abroca_test(label, score, group, stream(38, "tests", "left out"), stratum=stratum, permutations=9)
    assert (found.value, found.n, found.covered) == (1.0, 40, 4 / (4 + 2))


@pytest.mark.parametrize("group", [[0, 0, 1], [0, 0, 0], [0, 1, 1]])
def test_group_without_a_label_has_no_area(group):
    found = abroca_test([0, 1, 1], [1, 2, 3], group, stream(39, "tests", "none"), permutations=9)
    assert [math.isnan(value) for value in (found.value, found.p, found.null_mean, found.null_upper)] == [True] * 4
    assert (found.n, found.covered) == (0, 0.0)


def test_more_than_two_groups_are_refused_or_taken_by_pairs():
    rng = stream(40, "tests", "pairs")
    label, group = np.tile([0, 1], 150), np.repeat(["a", "b", "c"], 100)
    score = rng.normal(size=300) + label * np.where(group == "c", 4, 0)
    with pytest.raises(ValueError, match="3 groups"):
        abroca(label, score, group)
    found = abroca_pairs(label, score, group, rng, permutations=199)
    assert [pair.groups for pair in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [pair.p <= 0.05 for pair in found] == [False, True, True]
    assert found[1].p == pytest.approx(3 / 200)
    baseline = abroca_pairs(label, score, group, rng, pairs=[("a", "c")], permutations=199)
    assert baseline[0].p == 1 / 200


def test_students_are_permuted_whole_among_those_alike():
    label, score = np.tile([0, 1, 1], 40), stream(41, "tests", "whole").normal(size=120)
    student, group = np.repeat(np.arange(40), 3), np.repeat(np.arange(40) % 2, 3)
    found = abroca_test(label, score, group, stream(42, "tests", "whole"), students=student, permutations=99)
    assert found.n == 40
    assert 0 < found.p <= 1


def test_strata_with_few_rows_of_a_label_are_not_tested():
    """In 15 strata of 2 cases and 3 controls beside 30 and 30 equal curves were told apart in 26 % of draws."""
    rng, sizes = stream(3, "tests", "strata"), (2, 3, 30, 30)
    label = np.tile(np.repeat([1, 0, 1, 0], sizes), 15)
    group, stratum = np.tile(np.repeat([0, 0, 1, 1], sizes), 15), np.repeat(np.arange(15), sum(sizes))
    found = abroca_test(label, rng.normal(size=len(label)) + label, group, rng, stratum=stratum, permutations=9)
    assert (found.covered, math.isnan(found.value)) == (0.0, True)
    label, group = np.append(label, [1, 0] * 40), np.append(group, [0, 0, 1, 1] * 20)
    stratum = np.append(stratum, [15] * 80)
    found = abroca_test(label, rng.normal(size=len(label)) + label, group, rng, stratum=stratum, permutations=9)
    assert found.n == 80
    assert found.covered == 40 * 40 / (40 * 40 + 15 * 32 * 33)
