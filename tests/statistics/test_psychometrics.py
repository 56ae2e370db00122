"""Instruments on made-up items: what was planted is found, and what can not be measured says why."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.seeds import stream
from la_research.statistics.psychometrics.bifactor import bifactor
from la_research.statistics.psychometrics.confirmatory import confirmatory
from la_research.statistics.psychometrics.dimensionality import heterotrait_ratio, parallel_analysis
from la_research.statistics.psychometrics.exploratory import exploratory
from la_research.statistics.psychometrics.intraclass import intraclass
from la_research.statistics.psychometrics.invariance import (
    fitted_groups,
    least_alike,
    measurement_invariance,
)
from la_research.statistics.psychometrics.item_functioning import differential_items
from la_research.statistics.psychometrics.ordinal import confirmatory_ordinal
from la_research.statistics.psychometrics.polychoric import ordinal_alpha, polychoric
from la_research.statistics.psychometrics.precision import conditional_error, measurement_error, reliable_change
from la_research.statistics.psychometrics.reliability import cronbach_alpha, mcdonald_omega, unreversed
from la_research.statistics.psychometrics.unfit import Unfit

ONE = [(0, 1, 2, 3)]
TWO = [(0, 1, 2), (3, 4, 5)]


def draws(*name):
    return stream(11, "tests", "psychometrics", *name)


def one_factor(draw, n=500, items=4, loading=1.0):
    return loading * draw.normal(size=(n, 1)) + draw.normal(size=(n, items))


def two_factors(draw, n=500, together=0.4):
    factors = draw.normal(size=(n, 2)) @ np.linalg.cholesky([[1, together], [together, 1]]).T
    return np.repeat(factors, 3, axis=1) + draw.normal(size=(n, 6))


def binomial_band(share, n, z=3.3):
    return z * np.sqrt(share * (1 - share) / n)


def test_the_interval_of_a_loading_covers_the_truth_at_its_rate():
    draw, hits, runs = draws("coverage"), 0, 200
    for _ in range(runs):
        _, lower, upper = confirmatory(one_factor(draw, 300), ONE).loadings()
        hits += int(lower[0, 0] < np.sqrt(0.5) < upper[0, 0])
    assert hits / runs == pytest.approx(0.95, abs=binomial_band(0.95, runs))


def test_the_chi_square_of_a_true_model_is_significant_at_its_rate():
    draw, runs = draws("test size"), 300
    small = sum(confirmatory(two_factors(draw), TWO).fit.p < 0.05 for _ in range(runs))
    assert small / runs == pytest.approx(0.05, abs=binomial_band(0.05, runs))


def test_a_robust_test_keeps_its_rate_where_items_are_skewed_and_the_plain_one_does_not():
    draw, runs = draws("robust"), 200
    plain = robust = 0
    for _ in range(runs):
        items = np.sqrt(draw.chisquare(5, size=(500, 1)) / 5) * two_factors(draw)
        plain += confirmatory(items, TWO).fit.p < 0.05
        robust += confirmatory(items, TWO, robust=True).fit.p < 0.05
    assert plain / runs > 0.05 + binomial_band(0.05, runs)
    assert robust / runs < 0.05 + binomial_band(0.05, runs)


def test_the_ordinal_test_keeps_its_rate():
    draw, runs = draws("ordinal size"), 150
    small = sum(confirmatory_ordinal(np.digitize(two_factors(draw), [-1, 0, 1]), TWO).fit.p < 0.05 for _ in range(runs))
    assert small / runs < 0.05 + binomial_band(0.05, runs)


def test_answers_missing_by_what_was_answered_do_not_bend_the_loadings():
    items = one_factor(draws("missing"), 4000)
    whole = confirmatory(items, ONE).loadings()[0]
    items[items[:, 0] > 0.5, 3] = np.nan
    kept = confirmatory(items, ONE)
    assert kept.n == 4000
    assert kept.loadings()[0] == pytest.approx(whole, abs=0.03)


def test_a_rows_order_and_an_items_order_change_nothing():
    items = two_factors(draws("order"))
    there, back = confirmatory(items, TWO).fit, confirmatory(items[::-1, ::-1], TWO).fit
    assert (there.chisq, there.cfi, there.srmr) == pytest.approx((back.chisq, back.cfi, back.srmr), rel=1e-6)


def test_an_items_unit_changes_nothing_but_its_raw_loading():
    items = two_factors(draws("unit"))
    scaled = items * [1, 10, 0.01, 1, 100, 1] + [5, 0, 0, -3, 0, 0]
    one, other = confirmatory(items, TWO), confirmatory(scaled, TWO)
    assert one.fit.chisq == pytest.approx(other.fit.chisq, rel=1e-6)
    assert one.loadings()[0] == pytest.approx(other.loadings()[0], abs=1e-5)


def test_a_heywood_case_is_refused_and_its_item_named():
    # correlations of .9, .9 and .5 ask for a first loading of sqrt(.9 x .9 / .5) > 1
    cov = np.array([[1.0, 0.9, 0.9], [0.9, 1.0, 0.5], [0.9, 0.5, 1.0]])
    cov = cov + 0.25 * np.eye(3)
    white = np.linalg.qr(draws("heywood").normal(size=(200, 4)) - 0)[0]
    items = (white - white.mean(axis=0))[:, :3] @ np.linalg.cholesky(cov).T
    with pytest.raises(Unfit, match="'calm'") as caught:
        confirmatory(items, [(0, 1, 2)], names=("calm", "rested", "sad"))
    assert caught.value.word == "heywood"


@pytest.mark.parametrize(
    ("spoil", "factors", "word"),
    [
        (lambda rows: rows[:, :2], [(0, 1)], "few_items"),
        (lambda rows: rows, [(0, 1, 2), (3,)], "few_items"),
        (lambda rows: rows, [(0, 1, 2)], "few_items"),
        (lambda rows: rows[:4], ONE, "few_rows"),
        (lambda rows: rows * [1, 0, 1, 1], ONE, "constant_item"),
        (lambda rows: np.column_stack([rows[:, :3], rows[:, 0]]), ONE, "duplicate_item"),
        (lambda rows: np.column_stack([rows[:, :3], rows[:, 0] + rows[:, 1]]), ONE, "not_positive_definite"),
        (lambda rows: np.where(np.isin(np.arange(4), (1, 2)), np.nan, rows), ONE, "constant_item"),
    ],
    ids=["two items", "a lone item", "an item without factor", "few rows", "constant", "twice", "a sum", "no answer"],
)
def test_what_can_not_be_fitted_says_why(spoil, factors, word):
    with pytest.raises(Unfit) as caught:
        confirmatory(spoil(one_factor(draws("bad"))), factors)
    assert caught.value.word == word


def test_items_without_anything_in_common_give_no_number_that_looks_fine():
    refused = 0
    for i in range(20):
        try:
            value, lower, _ = confirmatory(draws("nothing", i).normal(size=(200, 4)), ONE).loadings()
        except Unfit:
            refused += 1
        else:
            assert (lower < 0).any() or value.min() < 0.3
    assert refused > 0


def test_a_pair_whose_table_has_one_empty_corner_after_another_is_refused():
    answers = np.repeat([[0, 0], [1, 1], [2, 2]], 40, axis=0)
    answers[0] = [0, 1]
    with pytest.raises(Unfit, match="leave their correlation open"):
        polychoric(answers)


def test_numbers_of_many_values_are_no_ordered_categories():
    with pytest.raises(Unfit, match="not ordered categories"):
        polychoric(one_factor(draws("many values")))


def test_alpha_and_omega_agree_where_items_are_alike_and_part_where_they_are_not():
    alike = one_factor(draws("alike"), 20_000)
    truth = 16 / (16 + 4)
    assert cronbach_alpha(alike).value == pytest.approx(truth, abs=0.01)
    assert mcdonald_omega(alike).value == pytest.approx(truth, abs=0.01)
    draw = draws("unlike")
    unlike = draw.normal(size=(20_000, 1)) * [2.0, 0.5, 0.3, 0.3] + draw.normal(size=(20_000, 4))
    truth = 3.1**2 / (3.1**2 + 4)
    assert mcdonald_omega(unlike).value == pytest.approx(truth, abs=0.01)
    assert cronbach_alpha(unlike).upper < truth - 0.05


@pytest.mark.parametrize("coefficient", [cronbach_alpha, mcdonald_omega], ids=["alpha", "omega"])
def test_the_interval_of_a_coefficient_covers_the_truth_at_its_rate(coefficient):
    draw, runs = draws("coefficient", coefficient.__name__), 200
    found = [coefficient(one_factor(draw, 200)) for _ in range(runs)]
    hits = sum(one.lower < 0.8 < one.upper for one in found)
    assert hits / runs == pytest.approx(0.95, abs=binomial_band(0.95, runs))


def test_ordinal_alpha_is_that_of_what_lies_behind_coarse_answers():
    items = one_factor(draws("coarse"), 5000)
    coarse = np.digitize(items, [0.5]).astype(float)
    found = ordinal_alpha(coarse)
    assert found.lower < 0.8 < found.upper
    assert cronbach_alpha(coarse).upper < 0.8


def test_the_interval_of_a_polychoric_correlation_covers_the_truth_at_its_rate():
    draw, runs, hits = draws("polychoric"), 300, 0
    for _ in range(runs):
        found = polychoric(np.digitize(one_factor(draw, 300, 2), [-1, 0.3, 1.2]))
        reach = 1.96 * np.sqrt(found.spread[0, 0] / found.n)
        hits += int(abs(found.correlations[0, 1] - 0.5) < reach)
    assert hits / runs == pytest.approx(0.95, abs=binomial_band(0.95, runs))


def test_an_item_that_was_not_turned_is_named():
    items = one_factor(draws("turned"), 300)
    assert unreversed(items) == ""
    assert "item 2 " in unreversed(items * [1, -1, 1, 1])


def test_the_error_of_measurement_is_the_spread_of_one_who_does_not_change():
    draw = draws("error")
    true = draw.normal(size=4000)
    first, second = (true + draw.normal(size=4000) for _ in range(2))
    error = measurement_error(float(np.std(first)), intraclass(np.column_stack([first, second]), "ICC2").value)
    assert error == pytest.approx(1.0, abs=0.05)
    moved = np.abs(second - first) > reliable_change(float(np.std(first)), 0.5)
    assert moved.mean() == pytest.approx(0.05, abs=0.015)


def test_the_error_at_a_score_is_lords_for_items_of_0_and_1():
    draw = draws("lord")
    answers = (draw.random((2000, 20)) < draw.random((2000, 1))).astype(float)
    bands = conditional_error(answers, bands=3)
    assert bands[1].value > max(bands[0].value, bands[2].value)
    total = answers.sum(axis=1)
    inside = (total >= bands[0].low) & (total <= bands[0].high)
    lord = np.mean(total[inside] * (20 - total[inside]) / 19)
    assert bands[0].value == pytest.approx(np.sqrt(lord))


def test_groups_that_answer_one_item_differently_lose_scalar_invariance_by_that_item():
    draw = draws("intercept")
    items, group = one_factor(draw, 1200), np.repeat(["a", "b"], 600)
    items[600:, 2] += 0.8
    steps = {step.name: step for step in measurement_invariance(items, ONE, group)}
    assert steps["metric"].delta_p > 0.001 > steps["scalar"].delta_p
    assert int(np.argmax(least_alike(items, ONE, group, "intercept"))) == 2


def test_a_difference_between_groups_is_found_once_the_odd_item_is_left_free():
    draw = draws("latent")
    items, group = one_factor(draw, 4000), np.repeat(["a", "b"], 2000)
    items[2000:] += 0.5
    items[2000:, 0] += 1.0
    found = fitted_groups(items, ONE, group, equal=("loading", "intercept"), apart={"intercept": (0,)})
    assert found.values[found.model.groups[1].mean[0]] == pytest.approx(0.5, abs=0.1)


def test_after_a_level_that_can_not_be_fitted_no_stricter_one_is_told(monkeypatch):
    from la_research.statistics.psychometrics import invariance

    def only_strict(*given, equal, **named):
        if len(equal) < 3:
            raise Unfit("not_identified", "it is not identified")
        return fitted_groups(*given, equal=equal, **named)

    monkeypatch.setattr(invariance, "fitted_groups", only_strict)
    steps = measurement_invariance(one_factor(draws("strict")), ONE, np.repeat(["a", "b"], 250))
    assert [(step.solution, step.reason) for step in steps] == [(None, "it is not identified")] * 4


def test_several_items_without_spread_have_a_verb_of_their_own():
    items = np.where(np.arange(4) < 2, 3.0, one_factor(draws("alike")))
    with pytest.raises(Unfit, match="items 'a', 'b' have the same answer"):
        cronbach_alpha(items, names=("a", "b", "c", "d"))


def test_a_group_that_is_too_small_is_a_reason_at_every_level():
    items = one_factor(draws("few"), 100)
    steps = measurement_invariance(items, ONE, np.repeat(["a", "b"], [97, 3]))
    assert all(step.solution is None and step.reason for step in steps)


def test_parallel_analysis_finds_none_in_noise_and_two_where_two_were_planted():
    assert parallel_analysis(draws("noise").normal(size=(400, 6)), draws("permuted")).dimensions <= 1
    assert parallel_analysis(two_factors(draws("two")), draws("permuted")).dimensions == 2


def test_factors_that_are_one_have_a_ratio_near_1_and_others_below():
    same = heterotrait_ratio(two_factors(draws("same"), together=0.999), *TWO, draws("resampled"))
    apart = heterotrait_ratio(two_factors(draws("apart")), *TWO, draws("resampled"))
    assert same.lower < 1 < same.upper
    assert apart.lower < 0.4 < apart.upper < 0.7


def test_items_answered_alike_by_groups_are_rarely_taken_for_different():
    draw, runs = draws("alike items"), 40
    group = np.repeat(["a", "b"], 200)
    odd = 0
    for _ in range(runs):
        behind = one_factor(draw, 400) + 0.5 * (group == "b")[:, None]  # a true difference in what is measured
        odd += any(not gap.anchor for gap in differential_items(np.digitize(behind, [-1, 0, 1]), group))
    assert odd / runs < 0.05 + binomial_band(0.05, runs)


def test_a_second_odd_item_is_found_once_the_first_is_no_anchor():
    behind, group = one_factor(draws("odd"), 1500, 6), np.repeat(["a", "b"], 750)
    behind[750:, 1] += 1.2
    behind[750:, 4] += 1.2
    found = differential_items(np.digitize(behind, [-1, 0, 1]), group)
    assert [gap.item for gap in found if not gap.anchor] == [1, 4]
    assert all(gap.effect < 0.01 < other.effect for gap in found if gap.anchor for other in (found[1], found[4]))


def test_explored_factors_are_those_that_were_planted_and_correlate_as_they_did():
    found = exploratory(two_factors(draws("explored"), 5000), 2)
    first = np.abs(found.loadings[0]).argmax()
    assert np.abs(found.loadings[:3, first]) == pytest.approx(np.full(3, 0.5**0.5), abs=0.05)
    assert np.abs(found.loadings[3:, first]).max() < 0.05
    assert found.correlations[0, 1] == pytest.approx(0.4, abs=0.06)
    with pytest.raises(Unfit, match="not settled"):
        exploratory(two_factors(draws("explored")), 4)


def test_what_is_general_in_a_bifactor_model_is_found_and_one_factor_has_none_to_part():
    draw = draws("bifactor")
    part = np.repeat(draw.normal(size=(3000, 3)), 3, axis=1)
    items = np.sqrt(2) * draw.normal(size=(3000, 1)) + part + draw.normal(size=(3000, 9))
    found = bifactor(items, np.arange(9).reshape(3, 3))
    assert found.common == pytest.approx(2 / 3, abs=0.05)
    assert found.general == pytest.approx(2 * 81 / (2 * 81 + 3 * 9 + 9), abs=0.05)
    with pytest.raises(Unfit, match="two parts or more"):
        bifactor(items, [range(9)])
