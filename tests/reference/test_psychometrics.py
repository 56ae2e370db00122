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
