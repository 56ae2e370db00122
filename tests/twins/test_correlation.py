"""Correlations and the slope beside them against scipy, statsmodels and formulas by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from la_research.seeds import stream
from la_research.statistics.correlation import correlation, residuals, slope_per_sd
from la_research.statistics.placebo import shifted, shuffled

RNG = stream(5, "twins", "correlation")
GIVEN = RNG.normal(size=(120, 3)) @ np.array([[1, 0, 0], [0, 1, 0], [0.5, 0, 1]])
MODULE = np.arange(120) % 4
X = GIVEN[:, 0] + MODULE + RNG.normal(size=120)
Y = 0.4 * X + GIVEN[:, 1] - MODULE + RNG.normal(size=120)
LABEL = (np.median(Y) < Y).astype(float)
DUMMIES = (MODULE[:, None] == np.arange(4)).astype(float)


def test_pearson_and_its_interval_are_those_of_scipy():
    ours, theirs = correlation(X, Y), stats.pearsonr(X, Y)
    assert ours.value == pytest.approx(theirs.statistic, abs=1e-12)
    assert ours.interval(0.9) == pytest.approx(tuple(theirs.confidence_interval(0.9)), abs=1e-12)


def test_spearman_is_that_of_scipy_with_the_error_of_bonett_and_wright():
    ours, value = correlation(X, Y.round(), ranks=True), stats.spearmanr(X, Y.round()).statistic
    assert ours.value == pytest.approx(value, abs=1e-12)
    assert ours.error == pytest.approx(math.sqrt((1 + value**2 / 2) / (120 - 3)), abs=1e-12)


def test_partial_correlation_is_the_t_of_the_regression_turned_into_r():
    fit = sm.OLS(Y, np.column_stack([X, DUMMIES, GIVEN])).fit()
    t, df = fit.tvalues[0], fit.df_resid
    ours = correlation(X, Y, GIVEN, MODULE)
    assert ours.value == pytest.approx(t / math.sqrt(t**2 + df), abs=1e-12)
    assert ours.error == pytest.approx(1 / math.sqrt(120 - 3 - (3 + 4 - 1)), abs=1e-12)


def test_a_column_that_is_given_twice_costs_one_degree_of_freedom():
    twice = np.column_stack([GIVEN, GIVEN[:, 0] * 1e6, np.ones(120)])
    ours, once = correlation(X, Y, twice, MODULE), correlation(X, Y, GIVEN, MODULE)
    assert (ours.value, ours.error) == pytest.approx((once.value, once.error), abs=1e-9)


@pytest.mark.parametrize("given, module", [(None, None), (GIVEN, None), (None, MODULE), (GIVEN, MODULE)])
def test_the_slope_has_the_hc3_error_of_statsmodels(given, module):
    constant = np.ones((120, 1)) if module is None else DUMMIES
    others = constant if given is None else np.column_stack([constant, given])
    fit = sm.OLS(LABEL, np.column_stack([X, others])).fit(cov_type="HC3")
    own = X - others @ np.linalg.lstsq(others, X, rcond=None)[0]
    sd = math.sqrt(own @ own / (120 - others.shape[1]))
    ours = slope_per_sd(X, LABEL, given, module)
    assert (ours.value, ours.se) == pytest.approx((fit.params[0] * sd, fit.bse[0] * sd), rel=1e-9)
    assert ours.df == fit.df_resid


def test_a_student_alone_in_a_module_adds_nothing():
    ours = slope_per_sd(np.r_[X, 99.0], np.r_[LABEL, 1.0], None, np.r_[MODULE, 7])
    assert ours.se == pytest.approx(slope_per_sd(X, LABEL, None, MODULE).se, rel=1e-9)


@pytest.mark.parametrize(
    "x, y",
    [(np.ones(9), np.arange(9.0)), (np.arange(9.0), 2 - np.arange(9.0)), ([1, 2, 4], [1, 3, 2])],
    ids=["constant", "a straight line", "three students"],
)
def test_nothing_is_said_of_a_constant_of_a_perfect_line_and_of_three_students(x, y):
    assert correlation(x, y) is None


def test_nothing_is_said_where_one_student_makes_the_slope_or_a_covariate_explains_all():
    assert slope_per_sd(np.eye(1, 20).ravel(), np.arange(20.0)) is None
    assert correlation(X, Y, X[:, None]) is None
    assert residuals(X[:, None], X[:, None])[0] == pytest.approx(0, abs=1e-9)


def test_shuffling_stays_in_its_week_and_shifting_keeps_a_students_order():
    rng = stream(5, "twins", "placebo")
    unit, week = np.repeat(np.arange(30), 5), np.tile([1, 2, 3, 4, 5], 30)
    x = np.arange(150.0)
    moved = shuffled(x, week, rng)
    assert all(set(moved[week == w]) == set(x[week == w]) for w in range(1, 6))
    turned = shifted(x, unit, week, rng).reshape(30, 5)
    steps = (turned - x.reshape(30, 5)) % 5
    assert (steps == steps[:, :1]).all()
    assert len(set(steps[:, 0])) == 5
