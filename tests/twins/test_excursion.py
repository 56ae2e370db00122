"""The excursion effect against its estimating equation written out student by student and row by row."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.seeds import stream
from la_research.statistics.excursion import Draws, excursion
from la_research.statistics.excursion_ratio import excursion_ratio


def trial(students: int, weeks: int) -> tuple[Draws, np.ndarray]:
    rng = stream(1, "twins", "excursion", students)
    unit = np.repeat(np.arange(students), weeks)
    x = rng.normal(size=students)[unit] + rng.normal(size=unit.size)
    chance = np.where(x > 0, 0.3, 0.6)
    drawn = (rng.random(unit.size) < chance).astype(float)
    outcome = x + 0.4 * drawn + rng.normal(size=unit.size)
    kept = rng.random(unit.size) < 0.8
    return Draws(outcome[kept], drawn[kept], chance[kept], unit[kept]), x[kept]


def by_hand(draws: Draws, f: np.ndarray, g: np.ndarray, centre: float, *, corrected: bool):
    """Coefficients and covariance with every student's whole leverage matrix."""
    students = [np.flatnonzero(draws.unit == i) for i in range(draws.units)]
    k = g.shape[1] + f.shape[1]
    left, right, parts = np.zeros((k, k)), np.zeros(k), []
    for rows in students:
        design, weights = [], []
        for j in rows:
            a, p = draws.drawn[j], draws.probability[j]
            design.append([*g[j], *((a - centre) * f[j])])
            weights.append(centre / p if a == 1 else (1 - centre) / (1 - p))
        d, w = np.array(design), np.diag(weights)
        parts.append((d, w, draws.outcome[rows]))
        left += d.T @ w @ d
        right += d.T @ w @ draws.outcome[rows]
    fit, bread, meat = np.linalg.solve(left, right), np.linalg.inv(left), np.zeros((k, k))
    for d, w, y in parts:
        r = y - d @ fit
        if corrected:
            r = np.linalg.inv(np.eye(len(y)) - d @ bread @ d.T @ w) @ r
        score = d.T @ w @ r
        meat += np.outer(score, score)
    return fit[g.shape[1] :], (bread @ meat @ bread)[g.shape[1] :, g.shape[1] :]


@pytest.mark.parametrize(("students", "corrected"), [(25, True), (60, False)])
def test_the_effect_and_its_errors_are_those_of_the_equation_written_out(students, corrected):
    draws, x = trial(students, 8)
    f = g = np.column_stack([np.ones_like(x), x])
    found = excursion(draws, f, g)
    value, covariance = by_hand(draws, f, g, 0.5, corrected=corrected)
    assert found.value == pytest.approx(value, abs=1e-10)
    assert found.covariance == pytest.approx(covariance, rel=1e-8)
    assert found.df == students - 4


def test_with_one_chance_and_no_controls_it_is_the_difference_of_means():
    draws, _ = trial(60, 8)
    even = Draws(draws.outcome, draws.drawn, np.full(len(draws.drawn), 0.4), draws.unit)
    ones = np.ones((len(draws.drawn), 1))
    means = [draws.outcome[draws.drawn == a].mean() for a in (1, 0)]
    assert excursion(even, ones, ones).value[0] == pytest.approx(means[0] - means[1])


def test_the_ratio_solves_its_equations_and_its_errors_are_those_written_out():
    draws, x = trial(30, 8)
    draws = Draws((draws.outcome > 1).astype(float), draws.drawn, draws.probability, draws.unit)
    ones = np.ones((len(x), 1))
    found = excursion_ratio(draws, ones, ones)
    b = found.value[0]
    turned = draws.outcome * np.exp(-draws.drawn * b)
    weight = np.where(draws.drawn == 1, 0.5 / draws.probability, 0.5 / (1 - draws.probability))
    share = (weight * turned).sum() / weight.sum()
    left = weight[:, None] * np.column_stack([np.ones(len(x)), draws.drawn - 0.5])
    right = np.column_stack([np.full(len(x), share), draws.drawn * turned])
    residual = turned - share
    assert left.T @ residual == pytest.approx([0, 0], abs=1e-8)
    bread, meat = np.linalg.inv(left.T @ right), np.zeros((2, 2))
    for i in range(30):
        rows = draws.unit == i
        hat = right[rows] @ bread @ left[rows].T
        score = left[rows].T @ np.linalg.solve(np.eye(rows.sum()) - hat, residual[rows])
        meat += np.outer(score, score)
    assert found.covariance[0, 0] == pytest.approx((bread @ meat @ bread.T)[1, 1])
