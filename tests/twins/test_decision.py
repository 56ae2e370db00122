"""Net benefit and rates corrected for an instrument's error, row by row from the textbook."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import binom

from la_research.seeds import stream
from la_research.statistics.decision import net_benefit
from la_research.statistics.instrument_error import corrected_auc, corrected_fpr, corrected_share, corrected_tpr
from la_research.statistics.prediction import auc


def cohort(n: int = 4000, purpose: str = "rows"):
    """Need, a score that knows something of it, and whether it is among the highest fifth."""
    rng = stream(7, "twins", "decision", purpose)
    need = (rng.random(n) < 0.25).astype(float)
    score = rng.normal(size=n) + 1.2 * need
    return rng, need, score, (score > np.quantile(score, 0.8)).astype(float)


def by_hand(label, chosen, threshold):
    n, odds = len(label), threshold / (1 - threshold)
    right = sum(1 for y, d in zip(label, chosen, strict=True) if y and d)
    wrong = sum(1 for y, d in zip(label, chosen, strict=True) if d and not y)
    everyone = (sum(label) - (n - sum(label)) * odds) / n
    return (right - wrong * odds) / n, everyone, sum(chosen) / n * everyone


def test_net_benefit_is_the_formula_of_vickers_and_elkin():
    _, need, _, chosen = cohort()
    found, (own, everyone, random) = net_benefit(need, chosen, 0.2), by_hand(need, chosen, 0.2)
    assert (found.none.value, found.everyone.value, found.random.value) == pytest.approx(
        (own, own - everyone, own - random), abs=1e-12
    )


@pytest.mark.parametrize("rows_a_student", [1, 4])
@pytest.mark.parametrize("against", ["none", "everyone", "random"])
def test_its_errors_are_those_of_leaving_out_one_student_at_a_time(rows_a_student, against):
    _, need, _, chosen = cohort(400, "jackknife")
    who = np.arange(400) // rows_a_student
    need[who % 3 == 0] = need[who % 3 == 0].max()
    left = [
        getattr(net_benefit(need[who != one], chosen[who != one], 0.3, who[who != one]), against).value
        for one in np.unique(who)
    ]
    jackknife = math.sqrt((len(left) - 1) / len(left) * ((left - np.mean(left)) ** 2).sum())
    assert getattr(net_benefit(need, chosen, 0.3, who), against).se == pytest.approx(jackknife, rel=0.02)


def test_choosing_everyone_is_worth_what_choosing_everyone_is_and_nobody_nothing():
    _, need, _, _ = cohort(200, "plain")
    everyone, nobody = (net_benefit(need, np.full(200, side), 0.2) for side in (1, 0))
    assert (everyone.everyone.value, everyone.everyone.se, everyone.random.value) == (0, 0, 0)
    assert (nobody.none.value, nobody.none.se) == (0, 0)


def test_one_student_is_not_enough_and_a_threshold_of_one_has_no_exchange():
    assert net_benefit([1, 0], [1, 0], 0.2, ["a", "a"]) is None
    with pytest.raises(ValueError):
        net_benefit([1, 0], [1, 0], 1.0)


def recorded(rng, need, sensitivity=0.7, specificity=0.95):
    return np.where(need == 1, rng.random(len(need)) < sensitivity, rng.random(len(need)) > specificity).astype(float)


def test_what_an_instrument_of_known_error_hides_is_found_again():
    rng, need, score, chosen = cohort(200_000, "many")
    found = recorded(rng, need)
    share = corrected_share(found.sum(), len(found), (0.7, 0.7), (0.95, 0.95)).least
    tpr, fpr = corrected_tpr(found, chosen, (0.95, 0.95)).least, corrected_fpr(found, chosen, (0.7, 0.7)).least
    seen = auc(found, score)
    area = corrected_auc(seen, seen, seen, found.mean(), (0.7, 0.7), (0.95, 0.95)).least
    truth = (need.mean(), chosen[need == 1].mean(), chosen[need == 0].mean(), auc(need, score))
    assert (share, tpr, fpr, area) == pytest.approx(truth, abs=0.01)
    assert abs(seen - truth[3]) > 0.03
    assert abs(chosen[found == 1].mean() - truth[1]) > 0.03


def test_intervals_hold_the_truth_as_often_as_they_promise():
    held = np.zeros(3)
    for draw in range(300):
        rng, need, _, chosen = cohort(600, f"coverage {draw}")
        found = recorded(rng, need)
        for which, (interval, truth) in enumerate((
            (corrected_share(found.sum(), 600, (0.7, 0.7), (0.95, 0.95)), 0.25),
            (corrected_tpr(found, chosen, (0.95, 0.95)), TPR),
            (corrected_fpr(found, chosen, (0.7, 0.7)), FPR),
        )):  # fmt: skip
            held[which] += interval.lower <= truth <= interval.upper
    assert held.min() >= binom.ppf(0.0005, 300, 0.95)


LARGE = cohort(2_000_000, "truth")
TPR, FPR = LARGE[3][LARGE[1] == 1].mean(), LARGE[3][LARGE[1] == 0].mean()


def test_a_wider_range_holds_a_narrower_one_and_a_perfect_instrument_changes_nothing():
    rng, need, _, chosen = cohort(2000, "range")
    found = recorded(rng, need)
    ranges = [(1.0, 1.0), (0.97, 1.0), (0.95, 1.0)]
    for inner, outer in pairwise(corrected_tpr(found, chosen, span) for span in ranges):
        assert outer.least <= inner.least <= inner.most <= outer.most
        assert outer.lower <= inner.lower <= inner.upper <= outer.upper
    assert corrected_tpr(found, chosen, (1, 1)).least == pytest.approx(chosen[found == 1].mean())
    assert corrected_fpr(found, chosen, (1, 1)).least == pytest.approx(chosen[found == 0].mean())


def test_an_instrument_that_may_be_no_better_than_chance_says_nothing():
    found, chosen = [1, 0, 0, 0, 0], [1, 0, 0, 0, 1]
    assert corrected_share(1, 5, (0.4, 0.9), (0.6, 0.9)) is None
    assert corrected_tpr(found, chosen, (0.8, 1.0)) is None
    assert corrected_fpr(found, chosen, (0.2, 1.0)) is None
    assert corrected_auc(0.7, 0.6, 0.8, 0.2, (0.7, 0.9), (0.8, 0.9)) is None
