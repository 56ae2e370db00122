"""Planned and drawn agree: each design finds the effect it was planned for in 80 % of draws."""

from __future__ import annotations

import plan_cells as cells
import pytest

from la_research.statistics.power_of_designs import ERRORS

ROWS = {row["design"]: row for row in cells.read_results()}


def test_every_design_that_can_be_planned_was_drawn():
    assert set(ROWS) == set(cells.CELLS) == set(ERRORS)


@pytest.mark.parametrize("design", cells.CELLS)
def test_it_finds_what_it_was_planned_for_in_80_of_100_draws(design):
    row = ROWS[design]
    assert int(row["draws"]) >= 2000
    assert float(row["lower"]) <= 0.8 <= float(row["upper"])
    assert float(row["effect"]) == pytest.approx(cells.planned(design), rel=1e-6)


@pytest.mark.parametrize("design", cells.CELLS)
def test_the_first_draws_come_out_the_same(design):
    effect = cells.planned(design)
    again = "".join(str(int(cells.found(design, effect, draw))) for draw in range(cells.FIRST))
    assert f"b{again}" == ROWS[design]["first"]
