"""What longitudinal_trials_cells.py measured holds: intervals of trials over time cover, and misses are known ones."""

from __future__ import annotations

import longitudinal_trials_cells as cells
import pytest

WIDE = {("wedge small", "gee"), ("wedge clean", "gee"), ("wedge small", "clusters_minus_2")}
"""Intervals that hold the truth more often than 97 %, if anything: wider than they need be, never narrower."""


@pytest.fixture(scope="module")
def rows():
    return cells.read_results()


def test_every_cell_was_measured_with_and_without_an_effect(rows):
    wanted = {(cell, planted) for cell, (_, size, _) in cells.CELLS.items() for planted in (0.0, size)}
    assert {(row["cell"], float(row["planted"])) for row in rows} == wanted
    assert all(int(row["draws"]) >= 2000 for row in rows)


def test_intervals_hold_the_planted_effect_at_their_level(rows):
    missed = {(row["cell"], row["estimator"]) for row in rows if row["verdict"] == "missed"}
    assert missed <= WIDE


def test_no_interval_is_too_narrow_and_no_estimate_is_biased(rows):
    for row in rows:
        assert float(row["upper"]) >= (0.92 if row["cell"].endswith("small") else 0.935), row["cell"]
        assert abs(float(row["bias_se"])) <= float(row["bias_allowed"]), row["cell"]


def test_no_effect_is_called_one_in_at_most_five_of_a_hundred(rows):
    for row in rows:
        if float(row["planted"]) == 0:
            assert cells.exact(round(float(row["rejected"]) * int(row["draws"])), int(row["draws"]))[0] <= 0.05


def test_the_first_draws_come_out_the_same_today(rows):
    for row in rows:
        first = [cells.drawn(row["cell"], float(row["planted"]), draw) for draw in range(cells.FIRST)]
        again = sum(found[row["estimator"]].value for found in first)
        assert again == pytest.approx(float(row["first"]), abs=1e-9)
