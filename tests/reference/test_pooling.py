"""Thirteen trials of a vaccine: the numbers that the R package metafor prints for them."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.statistics.pooling import pooled_effect, tau2_interval

TRIALS = np.array(
    [
        (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
        (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232),
        (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
    ],
    dtype=float,
)  # fmt: skip
"""With and without tuberculosis, vaccinated and not: Colditz et al. (1994), doi:10.1001/jama.1994.03510330076038."""


@pytest.fixture(scope="module")
def trials():
    ill, well, ill_0, well_0 = TRIALS.T
    log = np.log(ill / (ill + well) / (ill_0 / (ill_0 + well_0)))
    return log, np.sqrt(1 / ill - 1 / (ill + well) + 1 / ill_0 - 1 / (ill_0 + well_0))


def test_restricted_likelihood_gives_the_published_mean_and_spread(trials):
    """Viechtbauer (2010), doi:10.18637/jss.v036.i03."""
    found = pooled_effect(*trials)
    assert round(found.mean.value, 4) == -0.7145
    assert round(found.tau2, 4) == 0.3132
    assert round(100 * found.i2, 2) == 92.22
    assert round(found.q, 4) == 152.2330
    assert [round(end, 4) for end in tau2_interval(*trials)] == [0.1197, 1.1115]


def test_the_error_is_hartung_and_knapps(trials):
    values, errors = trials
    found = pooled_effect(*trials)
    weight = 1 / (errors**2 + found.tau2)
    plain = weight.sum() ** -0.5
    factor = (weight * (values - found.mean.value) ** 2).sum() / 12
    assert round(plain, 4) == 0.1798
    assert found.mean.se == pytest.approx(plain * max(1, factor) ** 0.5)
    assert found.mean.df == 12


def test_the_error_is_never_smaller_than_without_the_factor():
    found = pooled_effect([0.2, 0.21, 0.19, 0.2, 0.205, 0.195], [0.1] * 6)
    assert found.tau2 == 0
    assert found.mean.se == pytest.approx(0.1 / 6**0.5)


def test_fewer_than_five_sites_are_weighed_by_precision_alone():
    found = pooled_effect([0.1, 0.5, 0.9], [0.1, 0.2, 0.2])
    assert not found.random
    assert found.mean.value == pytest.approx((0.1 * 100 + 0.5 * 25 + 0.9 * 25) / 150)
    assert found.i2 == pytest.approx(1 - 2 / found.q)
