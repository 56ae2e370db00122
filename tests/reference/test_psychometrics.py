"""Instruments against published numbers: lavaan and psych in R on Holzinger and Swineford's pupils.

Rows of R are compared to 4 significant digits, rows that were published to the tolerance they were published with.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from la_research.statistics.psychometrics.confirmatory import confirmatory
from la_research.statistics.psychometrics.invariance import fitted_groups, least_alike, measurement_invariance
from la_research.statistics.psychometrics.ordinal import confirmatory_ordinal
from la_research.statistics.psychometrics.polychoric import polychoric
from la_research.statistics.psychometrics.reliability import cronbach_alpha, mcdonald_omega

DATA = Path(os.environ.get("LA_RESEARCH_DATA") or Path(__file__).parents[2] / "../shared/data")
FOLDER = DATA / "psychometrics"
FACTORS = ((0, 1, 2), (3, 4, 5), (6, 7, 8))
ITEMS = tuple(f"x{i}" for i in range(1, 10))

if not FOLDER.exists():
    pytest.skip(f"not run: instruments against R, {FOLDER.name} is not there", allow_module_level=True)


def column(file: str, name: str) -> list[str]:
    with (FOLDER / file).open(encoding="utf-8") as rows:
        return [row[name] for row in csv.DictReader(rows)]


def table(file: str) -> np.ndarray:
    return np.array([[float(cell or "nan") for cell in column(file, name)] for name in ITEMS]).T


def digits(expected):
    """Equal to 4 significant digits."""
    return pytest.approx(expected, rel=5e-5)


@pytest.fixture(scope="module")
def pupils():
    return table("holzinger_swineford_1939.csv")


@pytest.fixture(scope="module")
def gaps():
    return table("hs1939_missing.csv")


@pytest.fixture(scope="module")
def quartiles():
    return table("hs1939_quartiles.csv")


@pytest.fixture(scope="module")
def schools():
    return column("holzinger_swineford_1939.csv", "school")


def test_three_factors_fit_as_in_lavaans_tutorial(pupils):
    found = confirmatory(pupils, FACTORS)
    fit = found.fit
    reached = (fit.chisq, fit.df, fit.cfi, fit.tli, fit.rmsea, fit.rmsea_lower, fit.rmsea_upper, fit.srmr)
    assert reached == pytest.approx((85.306, 24, 0.931, 0.896, 0.092, 0.071, 0.114, 0.065), abs=0.0006)
    reached = (found.log_likelihood, found.aic, found.bic)
    assert reached == pytest.approx((-3737.745, 7517.490, 7595.339), abs=0.0006)


def test_independent_items_fit_as_in_lavaans_tutorial(pupils):
    fit = confirmatory(pupils, FACTORS).fit
    baseline = (fit.chisq - 24) / (1 - fit.cfi) + 36  # CFI = 1 - (chisq - 24) / (baseline - 36)
    assert baseline == pytest.approx(918.852, abs=0.0006)


def test_a_robust_test_is_that_of_mlr(pupils):
    fit = confirmatory(pupils, FACTORS, robust=True).fit
    assert (fit.chisq, fit.scaling, fit.cfi, fit.rmsea) == digits((87.131603367, 0.979042259, 0.929863936, 0.092498621))


def test_rows_with_missing_cells_give_the_fit_of_fiml(gaps):
    fit = confirmatory(gaps, FACTORS).fit
    assert (fit.chisq, fit.df, fit.cfi, fit.rmsea) == digits((53.833858046, 24, 0.952596899, 0.064263717))


def test_rows_with_missing_cells_give_the_loadings_of_fiml(gaps):
    loadings, _, _ = confirmatory(gaps, FACTORS).loadings()
    assert loadings.max(axis=1) == digits((
        0.85820268, 0.47007763, 0.49307243, 0.84413122, 0.86492055, 0.84605313, 0.56751124, 0.78261188, 0.67566831,
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("first", "alpha", "omega"),
    [(0, 0.62611713, 0.63255316), (3, 0.88270691, 0.88588092), (6, 0.68845502, 0.69613529)],
)
def test_alpha_and_omega_are_those_of_r(pupils, first, alpha, omega):
    items = pupils[:, first : first + 3]
    assert (cronbach_alpha(items).value, mcdonald_omega(items).value) == digits((alpha, omega))


def test_ordered_items_give_the_correlations_of_psych(quartiles):
    found = polychoric(quartiles).correlations
    assert (found[0, 1], found[0, 3], found[6, 7]) == digits((0.30669946, 0.42939699, 0.47944342))


def test_ordered_items_give_the_fit_of_wlsmv(quartiles):
    fit = confirmatory_ordinal(quartiles, FACTORS).fit
    assert (fit.chisq, fit.cfi, fit.rmsea, fit.srmr) == digits((74.152484525, 0.962478105, 0.083460307, 0.065640536))


def test_ordered_items_give_the_plain_statistic_of_wlsmv(quartiles):
    behind, found = polychoric(quartiles), confirmatory_ordinal(quartiles, FACTORS)
    residual = (behind.correlations - found.moments().cov)[behind.pairs]
    plain = (len(quartiles) - 1) * np.sum(residual**2 / np.diag(behind.spread))
    assert (plain, found.fit.df) == digits((51.536790892, 24))


def test_ordered_items_give_the_loadings_of_wlsmv(quartiles):
    loadings, _, _ = confirmatory_ordinal(quartiles, FACTORS).loadings()
    assert loadings.max(axis=1) == digits((
        0.78346954, 0.47436503, 0.47576309, 0.82058052, 0.88632300, 0.87333974, 0.46831234, 0.58975784, 0.87429280,
    ))  # fmt: skip


PUBLISHED = {
    "configural": (115.851, 48, 0.923, 0.097, 0.068, 7484.395, 7706.822),
    "metric": (124.044, 54, 0.921, 0.093, 0.072, 7480.587, 7680.771),
    "scalar": (164.103, 60, 0.882, 0.107, 0.082, 7508.647, 7686.588),
    "strict": (181.511, 69, 0.873, 0.104, 0.088, 7508.055, 7652.632),
}
"""chisq, df, cfi, rmsea, srmr, aic, bic by school: lavaan's tutorial."""


@pytest.fixture(scope="module")
def steps(pupils, schools):
    return {step.name: step for step in measurement_invariance(pupils, FACTORS, schools)}


@pytest.mark.parametrize("name", PUBLISHED)
def test_invariance_over_schools_is_that_of_lavaans_tutorial(steps, name):
    found = steps[name].solution
    reached = (found.fit.chisq, found.fit.df, found.fit.cfi, found.fit.rmsea, found.fit.srmr, found.aic, found.bic)
    assert reached == pytest.approx(PUBLISHED[name], abs=0.0006)


@pytest.mark.parametrize("name", PUBLISHED)
def test_invariance_over_schools_has_all_digits_of_lavaan(steps, name):
    with (FOLDER / "hs1939_invariance_school_lavaan.csv").open(encoding="utf-8") as rows:
        row = next(row for row in csv.DictReader(rows) if row[""] == name)
    found, fit = steps[name].solution, steps[name].solution.fit
    names = ("chisq", "pvalue", "cfi", "tli", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "srmr", "aic", "bic")
    reached = (
        fit.chisq, fit.p, fit.cfi, fit.tli, fit.rmsea, fit.rmsea_lower, fit.rmsea_upper, fit.srmr, found.aic, found.bic,
    )  # fmt: skip
    assert reached == digits(tuple(float(row[name]) for name in names))


@pytest.mark.parametrize(
    ("name", "chisq", "df", "p"),
    [("metric", 8.192, 6, 0.2244), ("scalar", 40.059, 6, 4.435e-07), ("strict", 17.409, 9, 0.0427)],
)
def test_each_level_costs_what_lavaan_says(steps, name, chisq, df, p):
    step = steps[name]
    assert (step.delta_chisq, step.delta_df) == pytest.approx((chisq, df), abs=0.001)
    assert step.delta_p == pytest.approx(p, abs=5e-5, rel=5e-4)


def test_two_intercepts_left_free_give_the_partial_scalar_fit(pupils, schools):
    fit = fitted_groups(pupils, FACTORS, schools, equal=("loading", "intercept"), apart={"intercept": (2, 6)}).fit
    assert (fit.chisq, fit.df, fit.cfi, fit.rmsea) == digits((129.42248033, 58, 0.91936670, 0.09045555))


def test_the_two_intercepts_that_schools_share_least_are_those_of_x3_and_x7(pupils, schools):
    falls = least_alike(pupils, FACTORS, schools, "intercept")
    assert sorted(np.argsort(falls)[-2:].tolist()) == [2, 6]
