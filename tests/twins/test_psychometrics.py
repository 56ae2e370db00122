"""Instruments the long way: numeric derivatives, the bivariate normal by scipy, alpha by analysis of variance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize, minimize_scalar
from scipy.stats import multivariate_normal, norm

from la_research.seeds import stream
from la_research.statistics.psychometrics.bivariate import normal_corner
from la_research.statistics.psychometrics.confirmatory import confirmatory
from la_research.statistics.psychometrics.exploratory import exploratory
from la_research.statistics.psychometrics.intraclass import intraclass
from la_research.statistics.psychometrics.item_functioning import ordinal_logistic
from la_research.statistics.psychometrics.likelihood import (
    blocks_of,
    model_log_likelihood,
    observed_information,
    score_and_information,
)
from la_research.statistics.psychometrics.measurement import measurement_model
from la_research.statistics.psychometrics.polychoric import polychoric
from la_research.statistics.psychometrics.reliability import cronbach_alpha

TWO = [(0, 1, 2), (3, 4, 5)]


def items(*name, n=300):
    draw = stream(12, "twins", "psychometrics", *name)
    factors = draw.normal(size=(n, 2)) @ np.array([[1, 0.4], [0, 0.9]])
    return np.repeat(factors, 3, axis=1) + draw.normal(size=(n, 6))


def row_by_row(values, rows):
    """Minus the log-likelihood of two factors, each row by the normal density of what it answered."""
    loading = np.zeros((6, 2))
    loading[:3, 0], loading[3:, 1] = values[:3], values[3:6]
    cov = loading @ np.array([[1, values[12]], [values[12], 1]]) @ loading.T + np.diag(values[6:12])
    total = 0.0
    for row in rows:
        seen = ~np.isnan(row)
        total -= multivariate_normal.logpdf(row[seen], values[13:][seen], cov[np.ix_(seen, seen)])
    return total


def test_the_maximum_with_missing_cells_is_that_of_the_density_of_every_row():
    rows = items("missing", n=80)
    rows[::5, 0] = rows[1::7, 4] = np.nan
    found = confirmatory(rows, TWO)
    moments = found.moments()
    at = np.concatenate([
        moments.loading[:3, 0], moments.loading[3:, 1], moments.residual, [moments.factor[0, 1]], moments.mean,
    ])  # fmt: skip
    assert -row_by_row(at, rows) == pytest.approx(found.log_likelihood, rel=1e-10)
    slope = approx_fprime(at, row_by_row, 1e-6, rows)
    assert slope == pytest.approx(np.zeros(len(at)), abs=0.02)


def test_gradient_and_observed_information_are_the_numeric_derivatives():
    rows, groups = items("slopes"), np.arange(300) % 2
    rows[::4, 1] = np.nan
    model = measurement_model(TWO, 6, 2, means=True, equal=("loading", "intercept"), apart={"intercept": (2,)})
    blocks = blocks_of(rows, groups)
    draw = stream(12, "twins", "start")
    at = np.where(np.arange(model.free) >= 0, 1.0, 0) + 0.1 * draw.normal(size=model.free)
    for cells in model.groups:
        at[cells.factor[0, 1]] = 0.3
    numeric = approx_fprime(at, lambda values: model_log_likelihood(model, values, blocks), 1e-7)
    assert score_and_information(model, at, blocks)[0] == pytest.approx(numeric, rel=1e-3, abs=0.01)
    observed = observed_information(model, at, blocks)
    numeric = -approx_fprime(at, lambda values: score_and_information(model, values, blocks)[0], 1e-7)
    assert observed == pytest.approx(numeric, rel=1e-3, abs=0.05)


@pytest.mark.parametrize("r", [-0.97, -0.5, 0.0, 0.3, 0.9])
def test_corners_of_the_bivariate_normal_are_scipys(r):
    cuts = np.array([-2.0, -0.3, 0.8])
    found = normal_corner(cuts, cuts, r)
    for i, a in enumerate(cuts):
        for j, b in enumerate(cuts):
            assert found[i, j] == pytest.approx(multivariate_normal.cdf([a, b], cov=[[1, r], [r, 1]]), abs=2e-6)


def test_a_polychoric_correlation_is_the_most_likely_of_its_table():
    answers = np.digitize(items("table")[:, :2], [-1, 0.2, 1.5])
    cuts = [norm.ppf(np.cumsum(np.bincount(column))[:-1] / len(column)) for column in answers.T]
    edges = [np.concatenate([[-9], cut, [9]]) for cut in cuts]
    table = np.zeros((4, 4))
    np.add.at(table, tuple(answers.T), 1)

    def minus_log_likelihood(r):
        below = multivariate_normal([0, 0], [[1, r], [r, 1]]).cdf
        corner = np.array([[below([a, b]) for b in edges[1]] for a in edges[0]])
        return -(table * np.log(np.diff(np.diff(corner, axis=0), axis=1))).sum()

    best = minimize_scalar(minus_log_likelihood, bounds=(-0.9, 0.9), method="bounded", options={"xatol": 1e-7}).x
    assert polychoric(answers).correlations[0, 1] == pytest.approx(best, abs=1e-4)


def test_weighted_residuals_are_least_where_wlsmv_says():
    from la_research.statistics.psychometrics.ordinal import confirmatory_ordinal

    answers = np.digitize(items("least"), [-1, 0.2, 1.5])
    behind, found = polychoric(answers), confirmatory_ordinal(answers, TWO)

    def misfit(values):
        loading = np.zeros((6, 2))
        loading[:3, 0], loading[3:, 1] = values[:3], values[3:6]
        cov = loading @ np.array([[1, values[6]], [values[6], 1]]) @ loading.T
        return float(((behind.correlations - cov)[behind.pairs] ** 2 / np.diag(behind.spread)).sum() * 1000)

    best = minimize(misfit, np.full(7, 0.6), method="BFGS", options={"gtol": 1e-8}).x
    assert found.loadings()[0].max(axis=1) == pytest.approx(best[:6], abs=1e-4)
    assert found.correlations()[0, 1] == pytest.approx(best[6], abs=1e-4)


def test_a_proportional_odds_regression_is_that_of_statsmodels():
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    held = items("odds")
    answers, by = np.digitize(held[:, 0], [-1, 0.2, 1.5]), held[:, 1:3]
    fitted = OrderedModel(answers, by, distr="logit").fit(method="bfgs", disp=0, gtol=1e-8)
    height, slopes, _ = ordinal_logistic(answers, by)
    assert height == pytest.approx(fitted.llf, abs=1e-5)
    assert slopes == pytest.approx(fitted.params[:2], abs=1e-4)


def test_explored_factors_are_turned_as_statsmodels_turns_them():
    from statsmodels.multivariate.factor_rotation import rotate_factors

    found = exploratory(items("explored"), 2)
    common = found.loadings @ found.correlations @ found.loadings.T
    values, vectors = np.linalg.eigh(common)
    turned, _ = rotate_factors(vectors[:, -2:] * np.sqrt(values[-2:]), "quartimin", tol=1e-10)
    assert np.sort(np.abs(found.loadings), axis=1) == pytest.approx(np.sort(np.abs(turned), axis=1), abs=1e-4)


def test_residual_correlations_of_explored_factors_are_least():
    rows = items("residuals")
    found, sample = exploratory(rows, 2), np.corrcoef(rows.T)

    def misfit(loadings):
        left = sample - loadings.reshape(6, 2) @ loadings.reshape(6, 2).T
        return float((left[np.tril_indices(6, -1)] ** 2).sum())

    common = found.loadings @ found.correlations @ found.loadings.T
    reached = float(((sample - common)[np.tril_indices(6, -1)] ** 2).sum())
    best = min(minimize(misfit, stream(1, "twins", i).normal(size=12), tol=1e-12).fun for i in range(4))
    assert reached == pytest.approx(best, abs=1e-7)
    assert np.diag(common) + found.uniqueness == pytest.approx(np.ones(6), abs=1e-4)


def test_alpha_is_the_intraclass_correlation_of_the_sum():
    held = items("alpha")[:, :4]
    assert cronbach_alpha(held)[:3] == pytest.approx(intraclass(held, "ICC3k")[:3], rel=1e-10)
