"""The systematic error behind negative controls against a plain likelihood, and what it does to hidden confounding."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from la_research.seeds import stream
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.controls import SystematicError, systematic_error

DRAWS = 400


def drawn(controls: int = 30, mean: float = 0.3, sd: float = 0.15):
    rng = stream(9, "twins", "controls", controls)
    errors = rng.uniform(0.02, 0.3, controls)
    return mean + sd * rng.normal(size=controls) + errors * rng.normal(size=controls), errors


@pytest.mark.parametrize("controls", [8, 30, 200])
def test_mean_and_spread_maximise_the_likelihood(controls):
    values, errors = drawn(controls)

    def misfit(parameters):
        mean, sd = parameters
        return -stats.norm.logpdf(values, mean, np.sqrt(sd**2 + errors**2)).sum()

    best = optimize.minimize(
        misfit, (values.mean(), values.std()), method="Nelder-Mead", options={"fatol": 1e-12, "xatol": 1e-9}
    )
    found = systematic_error(values, errors)
    assert (found.mean, found.sd) == pytest.approx((best.x[0], abs(best.x[1])), abs=1e-5)


def test_controls_that_differ_by_chance_alone_have_no_spread():
    assert systematic_error([0.1, 0.11, 0.1, 0.09, 0.1, 0.1], [0.5] * 6).sd == 0


def test_the_expected_size_is_the_integral_of_the_absolute_error():
    found = SystematicError(0.12, 0.2, 0.01, 40)
    density = stats.norm(0.12, 0.2).pdf
    whole = sum(integrate.quad(lambda e: abs(e) * density(e), *ends)[0] for ends in ((-3, 0), (0, 3)))
    assert found.expected_size == pytest.approx(whole, abs=1e-8)


def test_with_many_controls_interval_and_p_are_those_of_schuemie():
    known = SystematicError(0.12, 0.2, 0.0, 10**9)
    calibrated, error = known.calibrated(Coefficient(0.6, 0.1, 10**9, 500)), math.hypot(0.1, 0.2)
    assert calibrated.interval(0.95) == pytest.approx((0.48 - 1.959964 * error, 0.48 + 1.959964 * error), abs=1e-6)
    assert calibrated.p == pytest.approx(2 * stats.norm.sf(0.48 / error), abs=1e-8)


def test_a_perfect_set_of_controls_changes_nothing():
    plain = Coefficient(0.3, 0.05, 60, 62)
    same = SystematicError(0.0, 0.0, 0.0, 20).calibrated(plain)
    assert (same.value, same.se, same.df) == pytest.approx((plain.value, plain.se, plain.df))


def test_controls_without_a_number_do_not_count_and_four_are_too_few():
    values, errors = [0.1, math.nan, 0.2, 0.1, 0.3, 0.2], [0.1, 0.1, math.inf, 0.1, 0.1, 0.1]
    assert systematic_error(values, errors) is None
    assert systematic_error([*values, 0.1], [*errors, 0.1]).controls == 5


def coverage(controls: int, shared: bool, students: int = 400) -> tuple[float, float]:
    """Share of draws in which the plain and the calibrated interval hold a planted slope of 0.1.

    A hidden trait moves the indicator, the outcome and, where it is shared, the control outcomes, each by a size
    of its own; nothing else links the indicator with a control.
    """
    rng = stream(9, "twins", "confounded", controls, int(shared))
    plain, calibrated = 0, 0
    for _ in range(DRAWS):
        hidden = rng.normal(size=students)
        x = hidden + rng.normal(size=students)
        pull = rng.normal(0.4, 0.15, size=1 + controls)
        pull[1:] *= shared
        y = pull[:, None] * hidden + rng.normal(size=(1 + controls, students))
        y[0] += 0.1 * x
        x, y = x - x.mean(), y - y.mean(axis=1, keepdims=True)
        slopes = y @ x / (x @ x)
        errors = np.sqrt(((y - slopes[:, None] * x) ** 2).sum(axis=1) / (students - 2) / (x @ x))
        found = Coefficient(slopes[0], errors[0], students - 2, students)
        honest = systematic_error(slopes[1:], errors[1:]).calibrated(found)
        plain += found.interval(0.95)[0] <= 0.1 <= found.interval(0.95)[1]
        calibrated += honest.interval(0.95)[0] <= 0.1 <= honest.interval(0.95)[1]
    return plain / DRAWS, calibrated / DRAWS


@pytest.mark.parametrize("controls", [10, 20, 40])
def test_good_controls_lift_coverage_under_hidden_confounding(controls):
    plain, calibrated = coverage(controls, shared=True)
    assert plain < 0.70
    assert calibrated >= 0.90


def test_controls_that_do_not_share_the_confounder_do_not_help():
    plain, calibrated = coverage(20, shared=False)
    assert abs(calibrated - plain) < 0.1
    assert calibrated < 0.70
