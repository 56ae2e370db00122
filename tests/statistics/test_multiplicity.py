"""Holm's levels and the verdict that an interval allows."""

import math

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from la_research.finding import VERDICTS
from la_research.statistics.multiplicity import holm, holm_levels, hypothesis_verdict

SHARES = st.floats(0, 1)
FAMILIES = st.dictionaries(st.sampled_from([f"H{i}" for i in range(8)]), SHARES, min_size=1)
EFFECTS = st.floats(-10, 10)


def test_holm_multiplies_the_smallest_by_all_and_the_next_by_one_fewer():
    assert holm([0.01, 0.02, 0.60]) == [3 * 0.01, 2 * 0.02, 0.60]


def test_an_adjusted_p_never_falls_below_an_earlier_one():
    assert holm([0.02, 0.021]) == [2 * 0.02, 2 * 0.02]


def test_a_test_that_could_not_be_made_still_counts_in_the_family():
    assert holm([0.03, math.nan]) == [2 * 0.03, 1.0]
    assert holm_levels({"H1": 0.03, "H2": math.nan}, 0.05)["H1"] == 0.05 / 2


def test_from_the_first_not_rejected_on_all_are_shown_at_its_level():
    levels = holm_levels({"a": 0.001, "b": 0.04, "c": 0.03, "d": 0.9}, 0.05)
    assert levels == {"a": 0.05 / 4, "b": 0.05 / 3, "c": 0.05 / 3, "d": 0.05 / 3}


def test_each_hypothesis_may_have_an_alpha_of_its_own():
    assert holm_levels({"a": 0.02, "b": 0.04}, {"a": 0.05, "b": 0.10}) == {"a": 0.05 / 2, "b": 0.10}


@example({"H1": 0.04, "H2": 0.045}, 0.05)  # the first is not rejected, and so the second is not either
@given(FAMILIES, st.sampled_from([0.01, 0.05, 0.1]))
def test_a_hypothesis_is_rejected_at_its_level_exactly_where_its_adjusted_p_is(family, alpha):
    adjusted = dict(zip(family, holm(list(family.values())), strict=True))
    assume(all(abs(p - alpha) > 1e-9 for p in adjusted.values()))
    for name, level in holm_levels(family, alpha).items():
        assert (family[name] <= level) == (adjusted[name] <= alpha)


@given(FAMILIES)
def test_no_level_leaves_the_range_between_bonferroni_and_alpha(family):
    assert all(0.05 / len(family) <= level <= 0.05 for level in holm_levels(family, 0.05).values())


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [
        ((2.5, 0.5, 4.5, 0.8, 4.2), "supported"),
        ((1.5, 0.5, 2.5, 0.7, 2.3), "inconclusive"),
        ((1.0, 0.2, 1.8, 0.4, 1.6), "negligible"),
        ((-2.5, -4.5, -0.5, -4.2, -0.8), "contradicted"),
        ((1.0, -1.0, 3.0, -0.7, 2.7), "inconclusive"),
        ((0.0, -1.5, 1.5, -1.2, 1.2), "negligible"),
        ((-1.5, -3.5, 0.5, -3.2, 0.2), "negligible"),
    ],
)
def test_verdict_of_a_positive_hypothesis_with_smallest_effect_two(interval, verdict):
    assert hypothesis_verdict(*interval, "positive", 2.0)[0] == verdict


def test_negligible_says_that_a_contrary_effect_is_open_unless_the_interval_lies_inside():
    assert "a contrary effect is not excluded" in hypothesis_verdict(-1.5, -3.5, 0.5, -3.2, 0.2, "positive", 2.0)[1]
    assert "in either direction" in hypothesis_verdict(0.0, -1.5, 1.5, -1.2, 1.2, "positive", 2.0)[1]


def test_beyond_asks_for_the_whole_interval_past_the_smallest_effect():
    assert hypothesis_verdict(2.5, 0.5, 4.5, 0.8, 4.2, "positive", 2.0, beyond=True)[0] == "inconclusive"
    assert hypothesis_verdict(3.5, 2.1, 4.9, 2.3, 4.7, "positive", 2.0, beyond=True)[0] == "supported"


@given(EFFECTS, st.floats(0.01, 5), st.floats(0, 1), st.floats(0.01, 5), st.booleans())
def test_turning_everything_round_turns_nothing_but_the_sign(value, half, share, smallest, beyond):
    narrow = half * share
    up = hypothesis_verdict(
        value, value - half, value + half, value - narrow, value + narrow, "positive", smallest, beyond
    )
    down = hypothesis_verdict(
        -value, -value - half, -value + half, -value - narrow, -value + narrow, "negative", smallest, beyond
    )
    assert up == down
    assert up[0] in VERDICTS
    assert up[1]


@given(EFFECTS, st.floats(0.01, 5), st.floats(0.01, 5))
def test_supported_and_contradicted_need_an_interval_without_zero(value, half, smallest):
    lower, upper = value - half, value + half
    verdict, _ = hypothesis_verdict(value, lower, upper, lower, upper, "positive", smallest)
    if lower <= 0 <= upper:
        assert verdict in ("negligible", "inconclusive")
