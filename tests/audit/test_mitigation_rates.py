"""Paired changes of a rule, by student, against textbook formulas, leaving out students, and many draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from la_research.audit.mitigation import rates
from la_research.audit.mitigation.sample import Sample
from la_research.seeds import stream


def two_rules(
    rng: np.random.Generator, before: list[float], after: list[float], each: int = 150, rows: int = 1
) -> tuple[Sample, np.ndarray]:
    """Students with the outcome in as many groups as there are shares, and a second rule that moves the shares."""
    group = np.repeat(np.arange(len(before)), each * rows)
    n = len(group)
    luck = rng.random(n // rows)[np.arange(n) // rows] if rows > 1 else rng.random(n)
    kept = np.where(rng.random(n) < 0.7, luck, rng.random(n))  # the rules agree on most
    decision, chosen = (luck < np.array(before)[group]).astype(int), (kept < np.array(after)[group]).astype(int)
    nothing = np.zeros(n)
    return Sample(
        np.ones(n), group, nothing.astype(int), np.arange(n) // rows, nothing, decision, nothing[:, None]
    ), chosen


def test_a_change_of_a_rate_has_the_error_of_a_mean_of_differences():
    held, chosen = two_rules(stream(1, "tests", "rates"), [0.5, 0.3], [0.4, 0.4])
    found = rates.rate_change(held, chosen, "tpr", 1, 0.95)
    differences = (chosen - held.decision)[held.group == 1]
    assert found.value == pytest.approx(differences.mean(), abs=1e-12)
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    z = 2.2414  # two groups at once: 1 - 0.05 / 2, two-sided
    assert found.upper - found.value == pytest.approx(z * error, rel=0.01)


def test_several_rows_of_a_student_are_joined_as_leaving_out_students_shows():
    held, chosen = two_rules(stream(2, "tests", "rates"), [0.5, 0.2], [0.4, 0.35], each=60, rows=3)
    found = rates.gap_change(held, chosen, "tpr", 0.95)
    students = np.unique(held.student)
    left = np.array([
        rates.gap_change(held.part(held.student != s), chosen[held.student != s], "tpr", 0.95).value for s in students
    ])  # fmt: skip
    jackknife = np.sqrt((len(left) - 1) / len(left) * ((left - left.mean()) ** 2).sum())
    assert (found.upper - found.value) / 1.96 == pytest.approx(jackknife, rel=0.05)


def test_where_no_decision_differs_the_change_is_zero_but_not_certain():
    held, _ = two_rules(stream(3, "tests", "rates"), [0.5, 0.3], [0.5, 0.3])
    for found in (
        rates.gap_change(held, held.decision, "tpr", 0.95),
        rates.rate_change(held, held.decision, "tpr", 0, 0.95),
        rates.found_per_thousand(held, held.decision, 0.95),
    ):
        assert found.value == 0
        assert found.lower < 0 < found.upper


@pytest.mark.parametrize(
    ("before", "after"),
    [([0.5, 0.3], [0.4, 0.4]), ([0.3, 0.3], [0.3, 0.3]), ([0.5, 0.3], [0.45, 0.35]), ([0.3] * 4, [0.3] * 4),
     ([0.5, 0.3, 0.4, 0.4], [0.4] * 4)],
)  # fmt: skip
def test_the_change_of_the_gap_is_covered_as_often_as_said(before, after):
    draws, rng = 150, stream(4, "tests", "rates", str(before), str(after))
    true = np.ptp(after) - np.ptp(before)
    missed = 0
    for _ in range(draws):
        found = rates.gap_change(*two_rules(rng, before, after), "tpr", 0.95)
        missed += not found.lower <= true <= found.upper
    assert missed <= binom.ppf(0.999, draws, 0.05)


def test_found_per_thousand_counts_only_who_has_the_outcome():
    held, chosen = two_rules(stream(5, "tests", "rates"), [0.5, 0.3], [0.4, 0.4], each=100)
    half = replace(held, label=np.where(np.arange(200) % 2 == 0, 1.0, np.nan))
    expected = 1000 * (chosen - held.decision)[::2].sum() / 200
    assert rates.found_per_thousand(half, chosen, 0.95).value == pytest.approx(expected, abs=1e-9)


def test_the_larger_of_two_gaps_counts_where_two_rates_are_to_be_alike():
    held, _ = two_rules(stream(6, "tests", "rates"), [0.5, 0.3], [0.4, 0.4])
    label = (np.arange(300) % 2).astype(float)
    decision = np.where(label == 1, 1, held.group)  # all found in either group; selected in error in one only
    found = rates.gap(replace(held, label=label, decision=decision), decision, "equalised_odds", 0.95)
    assert found.value == 1
    assert found.n == 300
