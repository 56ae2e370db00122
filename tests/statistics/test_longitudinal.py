"""Invariance over waves finds what was planted, keeps its rate where nothing was, and says why it can not tell."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.seeds import stream
from la_research.statistics.psychometrics.likelihood import blocks_of
from la_research.statistics.psychometrics.longitudinal import least_alike_waves, wave_invariance
from la_research.statistics.psychometrics.saturated import saturated_moments
from la_research.statistics.psychometrics.unfit import Unfit

LOADING, OWN, LEFT = 0.8, 0.4, 0.5


def answers(*name, n=500, waves=3, items=4):
    """Waves of students whose mean falls by a half a wave; an item's own part stays with a student."""
    draw = stream(5, "tests", "waves", *name)
    lasting = draw.normal(size=(n, 1, 1))
    factor = 0.8 * lasting + 0.6 * draw.normal(size=(n, waves, 1)) - 0.5 * np.arange(waves)[None, :, None]
    own = OWN * draw.normal(size=(n, 1, items))
    return LOADING * factor + own + LEFT * draw.normal(size=(n, waves, items))


def steps(held, **how):
    return {step.name: step for step in wave_invariance(held, **how)}


def test_planted_loadings_means_and_residuals_that_go_together_are_recovered():
    held = answers("recovered", n=4000)
    held[::3, 1] = np.nan
    found = steps(held)["strict"].solution
    error = np.sqrt(np.diag(found.covariance))
    cells = found.model.groups[0]
    for cell, true in (
        (cells.loading[0, 0], LOADING),
        (cells.residual[0], OWN**2 + LEFT**2),
        (cells.mean[1], -0.5),
        (cells.mean[2], -1.0),
        (cells.factor[2, 1], 0.64),
        (cells.crossed[2, 0], OWN**2),
    ):
        assert abs(found.values[cell] - true) < 4 * error[cell]


def test_a_questionnaire_that_means_the_same_is_seldom_taken_for_another():
    p = np.array([steps(answers("same", seed, n=200, waves=2))["scalar"].delta_p for seed in range(60)])
    assert (p < 0.05).sum() <= 8  # of 60 at 5 %: more than 8 come up once in 350
    assert 0.3 < p.mean() < 0.7


def test_an_item_that_shifts_in_one_wave_costs_scalar_invariance_and_is_named():
    held = answers("shifted")
    held[:, 2, 1] += 0.6
    found = steps(held)
    assert found["metric"].delta_p > 0.01
    assert found["scalar"].delta_p < 1e-6
    assert found["scalar"].delta_cfi < -0.01
    assert int(np.argmax(least_alike_waves(held, "intercept"))) == 1
    assert steps(held, apart={"intercept": (1,)})["scalar"].delta_p > 0.01


def test_an_item_that_follows_its_factor_less_in_one_wave_costs_metric_invariance_and_is_named():
    held = answers("loose")
    held[:, 1, 3] = 0.2 * held[:, 1, 3] + 0.8 * stream(5, "tests", "waves", "noise").normal(size=len(held))
    assert steps(held)["metric"].delta_p < 1e-6
    assert int(np.argmax(least_alike_waves(held, "loading"))) == 3


def test_students_who_missed_a_wave_for_how_they_were_before_do_not_bend_the_means():
    held = answers("left", n=4000, waves=2)
    held[held[:, 0].mean(axis=1) < -0.3, 1] = np.nan
    found = steps(held)["scalar"].solution
    at = found.model.groups[0].mean[1]
    assert abs(found.values[at] + 0.5) < 4 * np.sqrt(found.covariance[at, at])


def test_a_wave_answered_in_part_counts_as_missed():
    held, missed = answers("part"), answers("part")
    held[::5, 1, 2] = np.nan
    missed[::5, 1] = np.nan
    assert steps(held)["scalar"].solution.fit == steps(missed)["scalar"].solution.fit


def constant(held):
    held[:, 1, 2] = 3.0


def alone(held):
    held[:, 1:] = np.nan


@pytest.mark.parametrize(
    ("spoil", "word"),
    [pytest.param(constant, "constant_item", id="constant"), pytest.param(alone, "few_rows", id="one wave answered")],
)
def test_waves_that_can_not_be_compared_say_why(spoil, word):
    held = answers("spoilt")
    spoil(held)
    with pytest.raises(Unfit) as told:
        wave_invariance(held)
    assert told.value.word == word


@pytest.mark.parametrize("seed", [1, 2])
def test_few_students_who_missed_many_waves_give_a_reason_and_never_an_error(seed):
    held = answers("few", seed, n=20, waves=4)
    held[stream(5, "tests", "waves", "few", seed).random((20, 4)) < 0.4] = np.nan
    with pytest.raises(Unfit, match="too few students answered both of two waves"):
        wave_invariance(held)
    with pytest.raises(Unfit) as told:
        saturated_moments(blocks_of(held.reshape(20, 16)), 16)
    assert told.value.word == "not_positive_definite"


def test_one_wave_is_not_compared():
    with pytest.raises(Unfit, match="one wave alone"):
        wave_invariance(answers("alone", waves=1))
