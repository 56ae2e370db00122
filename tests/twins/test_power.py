"""Power written once more from the textbook."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from la_research.statistics.gaps import tukey_z
from la_research.statistics.multiplicity import hypothesis_verdict
from la_research.statistics.power import (
    correlation_power,
    detectable,
    detectable_difference,
    detectable_supported,
)


@pytest.mark.parametrize("arms, sd", [((20, 20), 1.0), ((35, 80), 12.5)])
def test_the_smallest_difference_has_the_chance_that_the_noncentral_t_gives_it(arms, sd):
    found = detectable_difference(arms, sd, alpha=0.05, power=0.8)
    df = sum(arms) - 2
    shift = found / (sd * math.sqrt(1 / arms[0] + 1 / arms[1]))
    critical = stats.t.ppf(0.975, df)
    chance = stats.nct.sf(critical, df, shift) + stats.nct.cdf(-critical, df, shift)
    assert chance == pytest.approx(0.8, abs=1e-5)


def test_the_smallest_effect_excludes_zero_with_the_chance_named():
    size = detectable(3.0, alpha=0.05, power=0.9)
    assert stats.norm.sf(stats.norm.ppf(0.975) - size / 3.0) == pytest.approx(0.9)


@pytest.mark.parametrize("power", [0.8, 0.9])
@pytest.mark.parametrize("smallest, beyond", [(0.5, False), (3.0, False), (9.0, False), (0.5, True), (9.0, True)])
@pytest.mark.parametrize("direction", ["positive", "negative"])
def test_the_smallest_supported_effect_reads_so_in_the_named_share_of_normal_estimates(
    smallest, beyond, power, direction
):
    draws, error, alpha = 2000, 1.5, 0.025
    size = detectable_supported(error, smallest, beyond=beyond, alpha=alpha, power=power)
    assert size >= detectable(error, alpha=alpha, power=power) - 1e-12
    sign = 1 if direction == "positive" else -1
    seen = sign * size + error * np.random.Generator(np.random.Philox(7)).standard_normal(draws)
    half, half90 = (stats.norm.ppf(level) * error for level in (1 - alpha / 2, 1 - alpha))
    found = sum(
        hypothesis_verdict(v, v - half, v + half, v - half90, v + half90, direction, smallest, beyond)[0] == "supported"
        for v in seen
    )
    low, high = stats.binom.ppf([0.0005, 0.9995], draws, power)
    assert low <= found <= high


def test_the_power_of_a_correlation_is_what_simulation_shows():
    draws, n, r = 4000, 40, 0.4
    generator = np.random.Generator(np.random.Philox(5))
    x = generator.standard_normal((draws, n))
    y = r * x + math.sqrt(1 - r**2) * generator.standard_normal((draws, n))
    seen = np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(x, y, strict=True)])
    t = seen * np.sqrt((n - 2) / (1 - seen**2))
    found = int((np.abs(t) > stats.t.ppf(0.975, n - 2)).sum())
    low, high = stats.binom.ppf([0.0005, 0.9995], draws, correlation_power(r, n))
    assert low <= found <= high


def test_the_critical_value_of_all_pairs_is_that_of_the_studentised_range():
    assert tukey_z(4, 0.95) == pytest.approx(stats.studentized_range.ppf(0.95, 4, np.inf) / math.sqrt(2), rel=1e-4)
