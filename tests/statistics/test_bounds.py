from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, norm

from la_research.seeds import stream
from la_research.statistics.bounds import gap_bounds, gap_if_recorded, rate_bounds, stoye_value

DRAWS = 500
TOO_FEW = int(binom.ppf(0.001, DRAWS, 0.95))
"""Of 500 draws; fewer than this many that hold the truth come about once in a thousand where 95 % do."""


def cells(need, tpr, fpr, recorded, among_selected):
    """Shares of the four cells; ``among_selected``: share recorded of those in need whom the rule selects."""
    others = (recorded - tpr * among_selected) / (1 - tpr)
    found, missed = need * tpr * among_selected, need * (1 - tpr) * others
    return np.array(
        [found, missed, need * tpr + (1 - need) * fpr - found, need * (1 - tpr) + (1 - need) * (1 - fpr) - missed]
    )


CASES = {
    "recorded alike": (cells(0.3, 0.5, 0.1, 0.5, 0.5), cells(0.3, 0.6, 0.1, 0.9, 0.9), (0.5, 0.9)),
    "all unrecorded missed": (cells(0.3, 0.5, 0.1, 0.5, 1.0), cells(0.3, 0.6, 0.1, 0.9, 0.85), (0.5, 0.9)),
    "all unrecorded found": (cells(0.3, 0.5, 0.1, 0.5, 0.0), cells(0.3, 0.6, 0.1, 0.5, 1 / 6), (0.5, 0.9)),
    "opposite": (cells(0.3, 0.5, 0.1, 0.5, 1.0), cells(0.3, 0.6, 0.1, 0.5, 1 / 6), (0.5, 0.9)),
    "one share, known": (cells(0.3, 0.5, 0.1, 0.8, 0.8), cells(0.3, 0.6, 0.1, 0.8, 0.8), (0.8, 0.8)),
    "nothing unrecorded": (cells(0.3, 0.5, 0.1, 1, 1), cells(0.3, 0.6, 0.1, 1, 1), (1.0, 1.0)),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("rate", "true"), [("tpr", -0.1), ("fpr", 0.0)])
def test_the_interval_holds_the_truth_and_both_ends_of_what_is_identified(case, rate, true):
    first, second, recorded = CASES[case]
    ranges, n = (recorded, recorded), 1000
    sharp = gap_bounds(first * 1e9, second * 1e9, ranges, rate)
    rng = stream(4, "tests", "bounds", case, rate)
    drawn = zip(rng.multinomial(n, first, DRAWS), rng.multinomial(n, second, DRAWS), strict=True)
    found = np.array([gap_bounds(*counts, ranges, rate) for counts in drawn])
    assert sharp.least - 1e-6 <= true <= sharp.most + 1e-6
    for point in (true, sharp.least, sharp.most):
        assert ((found[:, 2] <= point + 1e-6) & (point - 1e-6 <= found[:, 3])).sum() >= TOO_FEW
    errors = found[:, :2].std(axis=0)
    best = sharp.most - sharp.least + stoye_value(sharp.most - sharp.least, errors.max()) * errors.sum()
    assert (found[:, 3] - found[:, 2]).mean() <= 1.1 * best


def test_with_nothing_unrecorded_the_bounds_are_the_rates_of_the_record():
    least, most = rate_bounds([[30, 70, 10, 90], [10, 10, 30, 70]], (1.0, 1.0), "tpr")
    assert least.tolist() == most.tolist() == [pytest.approx(30 / 100), pytest.approx(10 / 20)]


def test_bounds_of_two_rates_that_sum_to_one_mirror_each_other():
    counts = [30, 20, 15, 135]
    for rate, other in (("tpr", "fnr"), ("fpr", "tnr"), ("ppv", "fdr")):
        least, most = rate_bounds(counts, (0.5, 0.9), rate)
        assert rate_bounds(counts, (0.5, 0.9), other) == (pytest.approx(1 - most), pytest.approx(1 - least))


def test_a_wider_range_of_recording_never_narrows_the_bounds():
    counts = ([30, 20, 15, 135], [25, 35, 20, 120])
    narrow, wide = (gap_bounds(*counts, (declared, declared), "tpr") for declared in ((0.7, 0.8), (0.5, 0.9)))
    assert wide.least < narrow.least
    assert narrow.most < wide.most


def test_the_critical_value_solves_the_equation_of_imbens_and_manski():
    for width, error in ((0.0, 0.1), (0.05, 0.1), (0.3, 0.1)):
        z = stoye_value(width, error)
        assert norm.cdf(z + width / error) - norm.cdf(-z) == pytest.approx(0.95, abs=1e-9)


def test_nobody_recorded_leaves_no_rate_to_bound():
    assert np.isnan(gap_bounds([0, 0, 10, 90], [10, 10, 10, 70], ((0.5, 1), (0.5, 1)), "tpr")).all()


def test_recording_whoever_is_selected_leaves_the_share_reached_and_moves_the_share_selected_in_error():
    first, second = [30, 30, 40, 100], [20, 40, 40, 100]
    tpr = {gap_if_recorded(first, second, shares, "tpr")[0] for shares in ((0.6, 0.9), (0.9, 0.6), (1.0, 1.0))}
    assert [round(gap, 12) for gap in tpr] == [round(30 / 60 - 20 / 60, 12)] * len(tpr)
    fpr = gap_if_recorded(first, second, (0.75, 1.0), "fpr")[0]
    assert fpr == pytest.approx((70 - 30 / 0.75) / (200 - 60 / 0.75) - 40 / 140)


def test_shares_that_the_counts_can_not_have_give_no_number():
    assert np.isnan(gap_if_recorded([50, 10, 10, 90], [10, 10, 40, 90], (0.5, 1.0), "fpr")).all()


def test_a_rule_without_false_positives_where_everyone_may_be_in_need_leaves_everything_open():
    gap = gap_bounds([15, 5, 0, 30], [20, 20, 10, 50], ((0.3, 1.0), (0.3, 1.0)), "fpr")
    assert tuple(gap) == (-1.0, 1.0, -1.0, 1.0)
