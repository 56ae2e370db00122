"""What was measured of the regression-to-the-mean meter keeps its limits, and its first draws come out again."""

from __future__ import annotations

import meter_cells as cells
import pytest

ROWS = {(row["process"], row["looks"]): row for row in cells.read_results()}


def test_every_cell_was_measured():
    assert set(ROWS) == set(cells.CELLS)
    assert all(int(row["draws"]) >= 200 for row in ROWS.values())


@pytest.mark.parametrize("cell", cells.CELLS, ids=lambda cell: "-".join(cell).replace(" ", "_"))
def test_the_expected_gain_is_near_the_true_one_and_its_interval_holds_it(cell):
    row = ROWS[cell]
    assert abs(float(row["error"])) <= 0.05
    assert float(row["upper"]) >= 0.93  # the 99.9 % binomial interval of the share that held


@pytest.mark.parametrize("cell", [("count", "one look"), ("normal", "one look")], ids=lambda cell: cell[0])
def test_the_first_draws_come_out_again(cell):
    again = sum(cells.estimated(*cell, draw)[0].value for draw in range(cells.FIRST))
    assert again == pytest.approx(float(ROWS[cell]["first"]), abs=1e-9)
