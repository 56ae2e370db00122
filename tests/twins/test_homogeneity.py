"""Cochran's Q once more: by its sum of squares, by statsmodels, and by the textbook's worked sums."""

import numpy as np
import pytest
from scipy.stats import chi2

from la_research.seeds import stream
from la_research.statistics.homogeneity import cochran_q, correlated_pvalue, one_gap, same_gap_pvalue, variances

GAPS, ERRORS = np.array([0.10, 0.25, -0.05, 0.12]), np.array([0.05, 0.08, 0.06, 0.04])


def test_q_is_the_sum_of_squares_less_that_of_the_mean():
    weight = 1 / ERRORS**2
    textbook = (weight * GAPS**2).sum() - (weight * GAPS).sum() ** 2 / weight.sum()
    assert cochran_q(GAPS, ERRORS**2) == pytest.approx(textbook)


def test_q_is_that_of_statsmodels():
    from statsmodels.stats.meta_analysis import combine_effects

    assert cochran_q(GAPS, ERRORS**2) == pytest.approx(combine_effects(GAPS, ERRORS**2).q)


def test_independent_gaps_have_the_q_of_cochran():
    expected = chi2.sf(cochran_q(GAPS, ERRORS**2), len(GAPS) - 1)
    assert correlated_pvalue(GAPS, np.diag(ERRORS**2)) == pytest.approx(expected)


def test_correlated_gaps_are_judged_by_their_differences():
    """With two gaps the test is that of their difference, whose variance the covariance makes smaller."""
    covariance = np.array([[0.01, 0.006], [0.006, 0.02]])
    expected = chi2.sf((0.3 - 0.1) ** 2 / (0.01 + 0.02 - 2 * 0.006), 1)
    assert correlated_pvalue(np.array([0.1, 0.3]), covariance) == pytest.approx(expected)


def test_fitted_rates_have_one_gap_and_the_stratum_totals():
    chosen, total = (
        np.array([[30.0, 10.0, 44.0], [20.0, 12.0, 60.0]]),
        np.array([[60.0, 40.0, 90.0], [50.0, 60.0, 80.0]]),
    )
    fitted = one_gap(chosen, total)
    assert np.ptp(fitted[0] - fitted[1]) == pytest.approx(0, abs=1e-12)
    assert ((total + 1) * fitted).sum(axis=0) == pytest.approx((chosen + 0.5).sum(axis=0))
    x, n = chosen + 0.5, total + 1
    weights = [n[0][s] * n[1][s] / (n[0][s] + n[1][s]) for s in range(3)]
    gaps = [x[0][s] / n[0][s] - x[1][s] / n[1][s] for s in range(3)]
    mantel_haenszel = sum(w * gap for w, gap in zip(weights, gaps, strict=True)) / sum(weights)
    assert fitted[0][0] - fitted[1][0] == pytest.approx(mantel_haenszel)


def test_with_large_cells_the_draws_agree_with_chi_square():
    rng = stream(31, "twins", "homogeneity")
    total = np.full((2, 4), 3000.0)
    chosen = np.array([[900.0, 1200.0, 600.0, 1500.0], [860.0, 1080.0, 560.0, 1370.0]])
    gaps = chosen[0] / total[0] - chosen[1] / total[1]
    expected = float(chi2.sf(cochran_q(gaps, variances(chosen, total)), 3))
    assert same_gap_pvalue(chosen, total, rng, draws=9999) == pytest.approx(expected, abs=0.02)
    assert 0.02 < expected < 0.98


def test_few_students_with_rows_in_many_strata_are_not_found_to_differ_too_often():
    """Hotelling's T² of paired rows; scipy's F is the textbook's, and chi-square said so in 15 % and more."""
    from scipy.stats import binom
    from scipy.stats import f as fisher

    rng, n, m, found = stream(1, "tests", "hotelling"), 30, 12, []
    for _ in range(400):
        rows = rng.normal(size=(n, m)) + rng.normal(size=(n, 1))
        gaps, covariance = rows.mean(axis=0), np.cov(rows.T) / n
        found.append(correlated_pvalue(gaps, covariance, n))
    contrasts = rows[:, 1:] - rows[:, :1]
    mean, spread = contrasts.mean(axis=0), np.cov(contrasts.T) / n
    squared = mean @ np.linalg.inv(spread) @ mean
    assert found[-1] == pytest.approx(fisher.sf(squared * (n - m + 1) / ((n - 1) * (m - 1)), m - 1, n - m + 1))
    assert np.sum(np.array(found) <= 0.05) <= binom.ppf(0.999, 400, 0.05)
    assert correlated_pvalue(gaps, covariance, m - 1) == 1.0
