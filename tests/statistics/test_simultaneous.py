"""What is said of the largest gap: interval, p-value and equivalence never contradict each other, on either side of
the size from which permutations are no longer needed."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, studentized_range, t

from la_research.seeds import stream
from la_research.statistics.gaps import tukey_survival, tukey_z
from la_research.statistics.score import permuted_max, permuted_survival, permuted_z
from la_research.statistics.simultaneous import (
    SPARSE,
    expected_cells,
    gap_inference,
    joint_gap,
    wald_inference,
)

counts = st.lists(
    st.integers(10, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=2, max_size=4
)
large = st.lists(st.tuples(st.integers(150, 350), st.integers(500, 900)), min_size=2, max_size=6)
margins = st.one_of(st.just(0.0), st.floats(0, 0.4))
alphas = st.sampled_from([0.01, 0.05, 0.1])


def inference(groups, **settings):
    return gap_inference(np.array([x / n for x, n in groups]), np.array([float(n) for _, n in groups]), **settings)


@given(st.one_of(counts, large), margins, alphas)
def test_a_gap_is_never_beyond_and_within_the_margin_at_once(groups, margin, alpha):
    found = inference(groups)
    assert not (found.pvalue(margin) <= alpha and found.equivalent(margin, alpha))


@given(st.one_of(counts, large), margins, alphas)
def test_p_is_at_most_alpha_exactly_where_the_interval_lies_beyond_the_margin(groups, margin, alpha):
    found = inference(groups)
    lower = found.gap(alpha).lower
    if abs(lower - margin) > 1e-6 or margin == lower == 0:
        assert (found.pvalue(margin) <= alpha) == (lower > margin)


@given(st.one_of(counts, large), alphas)
def test_the_interval_holds_the_estimate_and_the_order_of_groups_does_not_matter(groups, alpha):
    gap, turned = inference(groups).gap(alpha), inference(groups[::-1], seed=0).gap(alpha)
    assert 0 <= gap.lower <= gap.value <= gap.upper <= 1
    assert turned.value == pytest.approx(gap.value)


def test_cells_decide_the_method_and_rows_of_one_student_are_never_permuted():
    assert inference([(SPARSE, 2 * SPARSE)] * 3).method == "newcombe-tukey"
    assert inference([(SPARSE - 1, 2 * SPARSE)] * 3).method == "score-max-t"
    assert inference([(SPARSE - 1, 2 * SPARSE)] * 3, independent=False).method == "newcombe-tukey"
    assert expected_cells(np.array([0.0, 0.4]), np.array([30.0, 10.0])).tolist() == pytest.approx([3.0, 1.0])


def test_few_students_are_judged_by_the_harder_of_tukey_and_permutation():
    found = inference([(2, 20), (12, 20), (9, 20), (6, 20)], seed=3)
    largest = permuted_max((20,) * 4, 29, 3)
    assert found.pvalue(0.0) == max(tukey_survival(found.reach(0.0), 4), permuted_survival(found.reach(0.0), largest))
    assert found.critical(0.05) == max(tukey_z(4, 0.95), permuted_z(0.05, largest))
    lattice = inference([(60, 100), (40, 100)])  # score 2.82; at the next lower table, 1.97, 6.6 % come as far
    assert lattice.survival(1.9749) == pytest.approx(0.066, abs=0.01)
    assert tukey_survival(1.9749, 2) < 0.05 < lattice.survival(1.9749)


def test_groups_without_any_success_can_not_be_told_apart():
    found = inference([(0, 20), (0, 25), (0, 30)])
    assert found.pvalue(0.0) == 1.0
    assert found.gap(0.05)[:2] == (0.0, 0.0)
    assert found.gap(0.05).upper > 0.1


def test_beyond_all_permutations_tukeys_chance_is_told():
    found = inference([(0, 20), (20, 20)])  # by counting, 2 in the 138 billion ways to put 20 of 40 in a group
    assert 2 / comb(40, 20) < found.pvalue(0.0) < 1e-8
    assert found.pvalue(0.0) == tukey_survival(found.reach(0.0), 2)
    assert found.gap(1e-6).lower > 0


@pytest.mark.parametrize(("n", "rate", "groups"), [(20, 0.5, 6), (30, 0.1, 4), (300, 0.5, 4)])
def test_equal_groups_are_called_unequal_at_most_as_often_as_alpha(n, rate, groups):
    """By a 99.9 % binomial rule. Newcombe's interval with Tukey's value did so in 7.2 % of six groups of 20."""
    draws = 400
    rows = stream(1, "tests", "no gap").binomial(n, rate, size=(draws, groups))
    false = sum(inference([(x, n) for x in row]).pvalue(0.0) <= 0.05 for row in rows)
    assert false <= binom.ppf(0.999, draws, 0.05)


def test_two_rates_are_each_judged_harder_and_the_verdict_is_that_of_the_interval():
    near, far = inference([(300, 600), (310, 600)]), inference([(300, 600), (360, 600)])
    found = joint_gap([near, far], 0.0, 0.05)
    assert (found.rate, found.gap.pair) == (1, (1, 0))
    assert found.p == pytest.approx(1 - (1 - far.pvalue(0.0)) ** 2)
    assert found.gap.upper == pytest.approx(far.gap(1 - 0.95**0.5).upper)
    assert found.gap.upper > far.gap(0.05).upper


@given(st.lists(large, min_size=2, max_size=3), margins, alphas)
def test_several_rates_contradict_each_other_no_more_than_one_does(rates, margin, alpha):
    found = joint_gap([inference(groups) for groups in rates], margin, alpha)
    assert found.gap.lower <= found.gap.value <= found.gap.upper
    assert not (found.p <= alpha and found.equivalent)
    if abs(found.gap.lower - margin) > 1e-6:
        assert (found.p <= alpha) == (found.gap.lower > margin)


def test_the_joint_interval_excludes_zero_as_often_as_promised_where_all_is_equal():
    draws, rng = 500, stream(2, "tests", "joint")
    false = 0
    for tpr, fpr in zip(rng.binomial(300, 0.5, size=(draws, 3)), rng.binomial(800, 0.2, size=(draws, 3)), strict=True):
        found = joint_gap([inference([(x, 300) for x in tpr]), inference([(x, 800) for x in fpr])], 0.0, 0.05)
        false += found.p <= 0.05
    assert binom.ppf(0.001, draws, 0.035) <= false <= binom.ppf(0.999, draws, 0.05)


def test_estimates_with_errors_are_compared_by_wald_with_tukeys_value():
    gap = wald_inference(np.array([0.8, 0.7, 0.6]), np.array([0.03, 0.03, 0.04])).gap(0.05)
    assert gap.lower == pytest.approx(0.2 - tukey_z(3, 0.95) * 0.05)
    assert gap.pair == (0, 2)


def test_few_students_behind_errors_widen_all_pairs():
    for groups, df in ((2, 5), (6, 11), (12, 19)):
        assert tukey_survival(3.0, groups, df) == pytest.approx(studentized_range.sf(3 * 2**0.5, groups, df), rel=1e-4)
    values, errors = np.array([0.8, 0.6]), np.array([0.05, 0.05])
    few, known = wald_inference(values, errors, df=11), wald_inference(values, errors)
    assert few.pvalue(0.0) == pytest.approx(2 * t.sf(0.2 / (0.05 * 2**0.5), 11), rel=1e-6)
    assert few.gap(0.05).lower < known.gap(0.05).lower
    assert few.equivalent(0.32, 0.05) < known.equivalent(0.32, 0.05)
