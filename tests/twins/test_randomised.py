"""The randomised estimates against their formulas, written out in full."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from la_research.seeds import stream
from la_research.statistics.randomised import adjusted_difference, difference_in_means


def trial(students: int = 80):
    generator = stream(3, "twins", "trial")
    before = generator.normal(size=(students, 2))
    treated = generator.permutation(students) < 30
    outcome = (
        50 + 3 * treated + before @ [4.0, -2.0] + (2 * before[:, 0]) * treated + 5 * generator.normal(size=students)
    )
    return outcome, treated, before


def test_difference_in_means_is_welch():
    outcome, treated, _ = trial()
    found = difference_in_means(outcome, treated)
    welch = stats.ttest_ind(outcome[treated], outcome[~treated], equal_var=False)
    assert found.p == pytest.approx(welch.pvalue, abs=1e-12)
    assert found.interval(0.9) == pytest.approx(tuple(welch.confidence_interval(0.9)), abs=1e-9)


def test_adjusted_difference_is_the_gap_of_two_regressions_at_the_mean_of_the_covariates():
    outcome, treated, before = trial()
    centre = np.concatenate([[1.0], before.mean(axis=0)])
    at_centre = []
    for arm in (treated, ~treated):
        design = np.column_stack([np.ones(arm.sum()), before[arm]])
        at_centre.append(centre @ np.linalg.lstsq(design, outcome[arm], rcond=None)[0])
    assert adjusted_difference(outcome, treated, before).value == pytest.approx(at_centre[0] - at_centre[1], abs=1e-9)


def test_adjusted_error_is_hc2_written_out():
    outcome, treated, before = trial()
    centred, arm = before - before.mean(axis=0), treated[:, None].astype(float)
    design = np.hstack([np.ones_like(arm), arm, centred, arm * centred])
    bread = np.linalg.inv(design.T @ design)
    residual = outcome - design @ bread @ design.T @ outcome
    leverage = np.einsum("ij,jk,ik->i", design, bread, design)
    meat = design.T @ (design * (residual**2 / (1 - leverage))[:, None])
    found = adjusted_difference(outcome, treated, before)
    assert found.se == pytest.approx(np.sqrt((bread @ meat @ bread)[1, 1]), rel=1e-9)
    assert found.df == len(outcome) - 6


def test_without_covariates_the_adjusted_error_is_that_of_welch():
    outcome, treated, _ = trial()
    adjusted, plain = (
        adjusted_difference(outcome, treated, np.empty((len(outcome), 0))),
        difference_in_means(outcome, treated),
    )
    assert (adjusted.value, adjusted.se) == pytest.approx((plain.value, plain.se), rel=1e-9)
