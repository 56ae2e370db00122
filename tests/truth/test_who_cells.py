"""What who_cells.py measured holds: tests between groups keep their level, and what is learnt is not seen twice."""

from __future__ import annotations

import pytest
import who_cells as cells

ROWS = {row["cell"]: row for row in cells.read_results()}


def test_every_cell_holds_what_it_promises():
    assert set(ROWS) == {cells.name(*cell) for cell in cells.CELLS}
    assert [name for name, row in ROWS.items() if row["verdict"] != "held"] == []


def test_where_groups_differ_large_studies_find_it_more_often_than_not():
    found = {name: float(row["share"]) for name, row in ROWS.items() if "clean" in name and "differs" in name}
    assert min(found.values()) > 0.4
    assert min(share for name, share in found.items() if "2 groups" in name) > 0.7


@pytest.mark.parametrize("cell", cells.CELLS, ids=lambda cell: cells.name(*cell))
def test_the_first_draws_come_out_the_same_today(cell):
    again = sum(sum(cells.made(*cell, draw)) for draw in range(cells.FIRST))
    assert again == pytest.approx(float(ROWS[cells.name(*cell)]["first"]), rel=1e-9)
