"""Reliability of repeated measures against textbook formulas, and their errors against a bootstrap of students."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from la_research.seeds import stream
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.psychometrics.intraclass import intraclass
from la_research.statistics.psychometrics.reliability import cronbach_alpha
from la_research.statistics.stability import (
    Reliability,
    alpha_by_student,
    correlation_by_student,
    disattenuated,
    intraclass_by_student,
    neighbours,
    split_half,
)

RNG = stream(5, "twins", "stability")
UNITS = 150
MODULE = np.arange(UNITS) % 3
STUDENT = np.arange(UNITS) // 2  # two modules each
WEEKS = RNG.normal(size=(UNITS, 1)) + RNG.exponential(size=(UNITS, 6)) + MODULE[:, None]
ONE, ALONE = np.zeros(UNITS), np.arange(UNITS)


def centred(x: np.ndarray) -> np.ndarray:
    return x - np.array([x[m == MODULE].mean(axis=0) for m in range(3)])[MODULE]


def resampled(made, value, replicates: int = 400) -> float:
    """Standard deviation of a value over bootstrap samples of students with all their units."""
    found = []
    for _ in range(replicates):
        drawn = RNG.integers(0, UNITS // 2, UNITS // 2)
        rows = (2 * drawn[:, None] + np.arange(2)).ravel()
        found.append(value(made(rows)))
    return float(np.std(found))


def test_split_half_is_spearman_and_browns_step_up_of_pearson():
    r = stats.pearsonr(WEEKS[:, ::2].mean(axis=1), WEEKS[:, 1::2].mean(axis=1)).statistic
    ours = split_half(WEEKS, ONE, ALONE)
    assert ours.value == pytest.approx(2 * r / (1 + r), abs=1e-12)
    assert ours.interval(0.95)[0] < ours.value < ours.interval(0.95)[1] < 1


def test_units_of_several_modules_are_compared_within_them():
    r = stats.pearsonr(*(centred(WEEKS[:, start::2].mean(axis=1)) for start in (0, 1))).statistic
    assert split_half(WEEKS, MODULE, STUDENT).value == pytest.approx(2 * r / (1 + r), abs=1e-12)


def test_a_value_that_is_missing_leaves_the_other_weeks_of_its_half():
    holes = WEEKS.copy()
    holes[0, :3] = np.nan
    odd, even = np.nanmean(holes[:, ::2], axis=1), np.nanmean(holes[:, 1::2], axis=1)
    r = stats.pearsonr(odd, even).statistic
    assert split_half(holes, ONE, ALONE).value == pytest.approx(2 * r / (1 + r), abs=1e-12)


def test_neighbouring_weeks_are_pearson_over_all_pairs_within_module_and_pair():
    pairs = [centred(WEEKS[:, week : week + 2]) for week in range(5)]
    expected = stats.pearsonr(*np.vstack(pairs).T).statistic
    assert neighbours(WEEKS, MODULE, STUDENT).value == pytest.approx(expected, abs=1e-12)


def test_intraclass_of_full_rows_is_that_of_shrout_and_fleiss():
    ours, weeks = intraclass_by_student(WEEKS, ONE, ALONE)
    assert weeks == 6
    assert ours.value == pytest.approx(intraclass(WEEKS, "ICC1k").value, abs=1e-12)
    assert ours.estimate("ICC", "anova", 0.95, weeks).value == pytest.approx(intraclass(WEEKS, "ICC1").value, abs=1e-12)


def test_its_interval_is_close_to_that_of_f_where_values_are_normal():
    normal = RNG.normal(size=(1000, 1)) + RNG.normal(size=(1000, 4))
    ours, _ = intraclass_by_student(normal, np.zeros(1000), np.arange(1000))
    theirs = intraclass(normal, "ICC1k")
    assert ours.interval(0.95) == pytest.approx((theirs.lower, theirs.upper), abs=0.005)


def test_intraclass_of_unequal_rows_is_the_analysis_of_variance_by_hand():
    holes = np.where(RNG.random(WEEKS.shape) < 0.3, np.nan, WEEKS)
    rows = [row[~np.isnan(row)] for row in holes]
    counts, n = [len(row) for row in rows], sum(map(len, rows))
    whole = np.concatenate(rows).mean()
    above = sum(len(row) * (row.mean() - whole) ** 2 for row in rows) / (UNITS - 1)
    below = sum(((row - row.mean()) ** 2).sum() for row in rows) / (n - UNITS)
    k = (n - sum(c**2 for c in counts) / n) / (UNITS - 1)
    ours, weeks = intraclass_by_student(holes, ONE, ALONE)
    assert (ours.value, weeks) == pytest.approx((1 - below / above, k), abs=1e-12)
    one = ours.estimate("ICC", "anova", 0.95, weeks).value
    assert one == pytest.approx((above - below) / (above + (k - 1) * below), abs=1e-12)


def test_alpha_is_cronbachs():
    ours = alpha_by_student(WEEKS - WEEKS.mean(axis=0), ALONE)
    assert ours.value == pytest.approx(cronbach_alpha(WEEKS).value, abs=1e-12)


@pytest.mark.parametrize(
    "coefficient",
    [
        lambda rows: split_half(WEEKS[rows], MODULE[rows], np.arange(len(rows)) // 2),
        lambda rows: intraclass_by_student(WEEKS[rows], MODULE[rows], np.arange(len(rows)) // 2)[0],
        lambda rows: alpha_by_student(centred(WEEKS)[rows], np.arange(len(rows)) // 2),
    ],
    ids=["split half", "intraclass", "alpha"],
)
def test_the_error_of_a_reliability_is_that_of_a_bootstrap_of_students(coefficient):
    ours = coefficient(np.arange(UNITS))
    assert ours.error == pytest.approx(resampled(coefficient, lambda found: math.log(1 - found.value)), rel=0.2)


def test_the_error_of_a_correlation_is_that_of_a_bootstrap_of_students():
    x, y = WEEKS[:, 0], WEEKS[:, 1] + RNG.normal(size=UNITS // 2)[STUDENT]
    found = correlation_by_student(x, y, MODULE, STUDENT)
    error = resampled(
        lambda rows: correlation_by_student(x[rows], y[rows], MODULE[rows], np.arange(len(rows)) // 2),
        lambda drawn: math.atanh(drawn.value),
    )
    assert found.error == pytest.approx(error, rel=0.2)


def test_a_corrected_slope_is_spearmans_between_the_ends_of_fieller():
    slope, x, y = Coefficient(0.2, 0.05, 400, 402), Reliability(0.6, 0.1, 402), Reliability(0.8, 0.2, 402)
    value, *ends = disattenuated(slope, x, y)
    shrink = math.sqrt(0.6 * 0.8)
    of_shrink = math.hypot(0.4 * 0.1 * shrink / (2 * 0.6), 0.2 * 0.2 * shrink / (2 * 0.8))
    assert value == pytest.approx(0.2 / shrink)
    for end in ends:  # as far from the slope as it goes with its own reliability
        distance = (0.2 - end * shrink) / math.hypot(0.05, end * of_shrink)
        assert abs(distance) == pytest.approx(stats.t.ppf(0.975, 400))
