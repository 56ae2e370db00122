"""Alignment brings many groups onto one scale by the items that agree, and leaves apart those that do not."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.seeds import stream
from la_research.statistics.psychometrics.alignment import aligned, aligned_solution
from la_research.statistics.psychometrics.invariance import fitted_groups
from la_research.statistics.psychometrics.unfit import Unfit

SIZES = np.array([100.0, 400.0, 100.0, 300.0, 200.0, 150.0, 80.0])


@pytest.fixture(scope="module")
def planted():
    """Seven groups whose factors differ; item 2 of the fourth group and item 5 of the sixth are answered otherwise."""
    draw = stream(5, "tests", "alignment")
    mean, spread = np.append(0.0, 0.5 * draw.normal(size=6)), np.append(1.0, np.exp(0.2 * draw.normal(size=6)))
    loading, intercept = draw.uniform(0.5, 0.9, 6), draw.normal(size=6)
    by_group = np.tile(intercept, (7, 1))
    by_group[3, 1] += 0.8
    by_group[5, 4] -= 0.6
    return mean, spread, np.outer(spread, loading), by_group + np.outer(mean, loading)


def test_means_and_spreads_are_those_planted_and_odd_items_stay_apart(planted):
    mean, spread, loading, intercept = planted
    found = aligned(loading, intercept, SIZES)
    assert found.mean == pytest.approx(mean, abs=0.02)
    assert found.spread == pytest.approx(spread, rel=0.02)
    assert np.flatnonzero(found.apart_intercept > 0.1).tolist() == [1, 4]
    assert found.apart_loading.max() < 0.02


def test_the_first_group_sets_the_scale(planted):
    _, _, loading, intercept = planted
    found = aligned(loading, intercept, SIZES)
    assert (found.mean[0], found.spread[0]) == (0, 1)
    assert found.loading[0] == pytest.approx(loading[0])
    assert found.intercept[0] == pytest.approx(intercept[0])


def test_an_items_unit_changes_nothing():
    draw = stream(5, "tests", "alignment", "unit")
    label = np.repeat([f"g{i}" for i in range(6)], 120)
    items = draw.normal(size=(720, 1)) + 0.3 * np.repeat(np.arange(6), 120)[:, None] + draw.normal(size=(720, 4))
    sizes = np.full(6, 120.0)
    plain, large = (
        aligned_solution(fitted_groups(held, [(0, 1, 2, 3)], label), sizes) for held in (items, 20 * items + 7)
    )
    assert large.apart_intercept == pytest.approx(plain.apart_intercept, abs=0.01)
    assert plain.mean == pytest.approx(0.3 * np.arange(6), abs=0.4)


def test_one_group_is_not_aligned():
    with pytest.raises(Unfit, match="one group alone"):
        aligned(np.ones((1, 3)), np.ones((1, 3)), np.array([10.0]))
