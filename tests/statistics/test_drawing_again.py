"""Drawing again where a covariate is huge, where groups are few, and where students are many."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.seeds import stream
from la_research.statistics.permutation import permuted_effect
from la_research.statistics.wild import wild_effect

GROUP = np.repeat(np.arange(6), 15)


def groups_of_six(draw: int) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes without an effect of students in six groups, of which three were drawn."""
    rng = stream(draw, "tests", "six groups")
    drawn = np.isin(GROUP, rng.permutation(6)[:3])
    return rng.normal(size=90) + np.repeat(rng.normal(size=6), 15), drawn


@pytest.mark.parametrize("scale", [1.0, 1e10, 1e14])
def test_the_unit_of_a_covariate_changes_nothing(scale):
    rng = stream(1, "tests", "scale")
    drawn, before = np.arange(200) % 2 == 0, rng.normal(size=200)
    outcome = 50 + 0.3 * drawn + rng.normal(size=200)
    plain, other = (
        permuted_effect(outcome, drawn, (before * by)[:, None], None, None, 199, np.random.default_rng(1))
        for by in (1.0, scale)
    )
    assert other.value == pytest.approx(plain.value)
    assert other.interval(0.95) == pytest.approx(plain.interval(0.95))


@pytest.mark.parametrize("draw", range(40))
def test_three_groups_against_three_bound_no_effect_at_95_percent(draw):
    outcome, drawn = groups_of_six(draw)
    found = permuted_effect(outcome, drawn, np.empty((90, 0)), GROUP, None, 1000, np.random.default_rng(1))
    assert found.interval(0.95) == (-np.inf, np.inf)
    assert np.isfinite(found.interval(0.85)).all()


def test_the_bootstrap_of_many_groups_bounds_an_effect():
    group = np.repeat(np.arange(12), 10)
    drawn = np.isin(group, np.arange(0, 12, 2))
    outcome = stream(2, "tests", "wild").normal(size=120)
    found = wild_effect(outcome, drawn, np.empty((120, 0)), group, 399, np.random.default_rng(1))
    assert np.isfinite(found.interval(0.95)).all()
