"""The mixed model of a stepped wedge against whole covariance matrices, and statsmodels where it fits the same."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from la_research.seeds import stream
from la_research.statistics.cluster_blocks import Layout
from la_research.statistics.cluster_period import mixed_effects
from la_research.statistics.exchangeable import exchangeable

CLUSTERS, PERIODS, STUDENTS = 9, 4, 5


@pytest.fixture(scope="module")
def wedge():
    """Students who are asked in several periods, some answers missing: outcome, design, layout."""
    rng = stream(1, "twins", "wedge")
    cluster = np.repeat(np.arange(CLUSTERS), PERIODS * STUDENTS)
    period = np.tile(np.repeat(np.arange(PERIODS), STUDENTS), CLUSTERS)
    student = np.tile(np.arange(STUDENTS), CLUSTERS * PERIODS) + STUDENTS * cluster
    treated = (period >= cluster % 3 + 1).astype(float)
    noise = rng.normal(size=CLUSTERS)[cluster] + 0.7 * rng.normal(size=CLUSTERS * PERIODS)[cluster * PERIODS + period]
    outcome = 0.4 * treated + noise + rng.normal(size=student.max() + 1)[student] + rng.normal(size=len(cluster))
    design = np.column_stack([treated, np.eye(PERIODS)[period]])
    kept = rng.random(len(cluster)) < 0.85
    student = np.unique(student[kept], return_inverse=True)[1]
    return outcome[kept], design[kept], Layout(cluster[kept], period[kept], student)


def dense(outcome, design, layout: Layout, variances: dict[str, float]):
    """Score of the variances, coefficients, their Kenward-Roger covariance and df of the first, n by n throughout."""
    code = {"cluster": layout.cluster, "period": layout.cluster * PERIODS + layout.period, "student": layout.student}
    parts = [code[name][:, None] == code[name] for name in variances if name != "noise"]
    parts = [*(part.astype(float) for part in parts), np.eye(len(outcome))]
    v = np.linalg.inv(sum(value * part for value, part in zip(variances.values(), parts, strict=True)))
    bread = np.linalg.inv(design.T @ v @ design)
    p = v - v @ design @ bread @ design.T @ v
    score = [0.5 * (outcome @ p @ g @ p @ outcome - np.trace(p @ g)) for g in parts]
    spread = np.linalg.inv([[0.5 * np.trace(p @ a @ p @ b) for a in parts] for b in parts])
    pull = [-design.T @ v @ g @ v @ design for g in parts]
    inner = sum(
        spread[r, s] * (design.T @ v @ parts[r] @ v @ parts[s] @ v @ design - pull[r] @ bread @ pull[s])
        for r in range(len(parts))
        for s in range(len(parts))
    )
    moved = np.array([(bread @ one @ bread)[0, 0] for one in pull])
    df = 2 * bread[0, 0] ** 2 / (moved @ spread @ moved)
    return score, bread @ design.T @ v @ outcome, bread + 2 * bread @ inner @ bread, df


@pytest.mark.parametrize("components", [("cluster",), ("cluster", "period"), ("cluster", "period", "student")])
def test_it_is_restricted_maximum_likelihood_with_the_errors_of_kenward_and_roger(wedge, components):
    outcome, design, layout = wedge
    fit = mixed_effects(outcome, design, layout, components)
    assert set(fit.variances) == {*components, "noise"}
    score, value, covariance, df = dense(outcome, design, layout, fit.variances)
    assert score == pytest.approx([0.0] * len(score), abs=1e-6)
    assert fit.value == pytest.approx(value, abs=1e-9)
    assert fit.covariance == pytest.approx(covariance, abs=1e-9)
    assert fit.at(np.eye(design.shape[1])[0]).df == pytest.approx(df)


def test_with_cluster_effects_alone_it_is_the_mixed_model_of_statsmodels(wedge):
    from statsmodels.regression.mixed_linear_model import MixedLM

    outcome, design, layout = wedge
    fit = mixed_effects(outcome, design, layout, ("cluster",))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = MixedLM(outcome, design, layout.cluster).fit(reml=True)
    assert fit.value == pytest.approx(other.fe_params, abs=1e-4)
    assert fit.variances["noise"] == pytest.approx(other.scale, rel=1e-3)
    assert fit.variances["cluster"] == pytest.approx(float(other.cov_re[0, 0]), rel=1e-3)
    assert np.sqrt(np.diag(fit.plain)) == pytest.approx(other.bse_fe, rel=1e-2)  # theirs from the whole Hessian


def test_estimating_equations_are_those_of_statsmodels(wedge):
    from statsmodels.genmod.cov_struct import Exchangeable
    from statsmodels.genmod.generalized_estimating_equations import GEE

    outcome, design, layout = wedge
    found = exchangeable(outcome, design, layout.cluster)
    other = GEE(outcome, design, layout.cluster, cov_struct=Exchangeable()).fit(maxiter=200, cov_type="bias_reduced")
    assert found.value == pytest.approx(other.params, abs=1e-6)
    assert found.correlation == pytest.approx(other.model.cov_struct.dep_params, abs=1e-6)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(other.bse, rel=1e-5)


@pytest.mark.parametrize("draw", range(6))
def test_an_effect_that_is_added_moves_the_estimate_by_as_much_and_nothing_else(wedge, draw):
    _, design, layout = wedge
    rng = stream(2, "twins", "wedge", draw)
    outcome = 0.1 * rng.normal(size=CLUSTERS)[layout.cluster] + rng.normal(size=len(layout.cluster))
    first = np.eye(design.shape[1])[0]
    found, more = (mixed_effects(outcome + size * design[:, 0], design, layout).at(first) for size in (0.0, 0.5))
    assert (more.value - 0.5, more.se, more.df) == pytest.approx((found.value, found.se, found.df), rel=1e-7)
