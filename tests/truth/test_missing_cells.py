"""What missing_cells.py measured holds: filled in, intervals hold what is planted; complete cases lie too low."""

from __future__ import annotations

import missing_cells as cells
import numpy as np
import pytest
from scipy.stats import binom


def column(name):
    return np.array([float(row[name]) for row in cells.read_results()])


@pytest.mark.parametrize("kind", ["between", "within"])
def test_intervals_of_what_was_filled_in_hold_the_planted_slope_as_often_as_they_say(kind):
    covers = column(f"imputed_{kind}_covers")
    low, high = binom.interval(0.99, len(covers), 0.95)
    assert low <= covers.sum() <= high


@pytest.mark.parametrize("kind", ["between", "within"])
def test_what_was_filled_in_is_nearer_to_the_planted_slope_than_complete_cases(kind):
    filled, complete = (column(f"{way}_{kind}_value") - cells.PLANTED[kind] for way in ("imputed", "complete"))
    error = complete.std() / len(complete) ** 0.5
    assert complete.mean() < -3 * error
    assert abs(filled.mean()) < abs(complete.mean())


def test_a_draw_that_was_made_comes_out_the_same_today():
    first = cells.read_results()[0]
    again = cells.row(int(first["seed"]))
    assert {name: float(value) for name, value in again.items()} == pytest.approx(
        {name: float(value) for name, value in first.items()}, abs=2e-6
    )
