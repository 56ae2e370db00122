"""What longitudinal_trials_cells.py measured holds: intervals of trials over time hold what was planted."""

from __future__ import annotations

import longitudinal_trials_cells as cells
import pytest


@pytest.fixture(scope="module")
def rows():
    return cells.read_results()


def test_every_cell_was_measured_with_and_without_an_effect(rows):
    wanted = {(cell, planted) for cell, (_, size, _) in cells.CELLS.items() for planted in (0.0, size)}
    assert {(row["cell"], float(row["planted"])) for row in rows} == wanted
    assert all(int(row["draws"]) >= 2000 for row in rows)


def test_intervals_hold_the_planted_effect_at_their_level_and_no_estimate_is_biased(rows):
    for row in rows:
        lower, upper = float(row["lower"]), float(row["upper"])
        small = row["cell"].endswith("small")
        assert upper >= 0.92 if small else upper >= 0.935 and lower <= 0.97, row["cell"]
        assert abs(float(row["bias_se"])) <= float(row["bias_allowed"]), row["cell"]
        assert row["verdict"] == "held"


def test_no_effect_is_called_one_in_at_most_five_of_a_hundred(rows):
    for row in rows:
        if float(row["planted"]) == 0:
            assert cells.exact(round(float(row["rejected"]) * int(row["draws"])), int(row["draws"]))[0] <= 0.05


@pytest.mark.parametrize("cell", cells.CELLS)
def test_the_first_draws_come_out_the_same_today(rows, cell):
    for planted, first in cells.drawn_at(cell, cells.FIRST).items():
        for row in rows:
            if row["cell"] == cell and float(row["planted"]) == planted:
                again = sum(found[row["estimator"]].value for found in first)
                assert again == pytest.approx(float(row["first"]), abs=1e-9)
