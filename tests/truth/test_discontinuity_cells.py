"""What discontinuity_cells.py and discontinuity_gate_cells.py measured keeps the rules, or is the miss that is told."""

from __future__ import annotations

import discontinuity_cells as cells
import discontinuity_gate_cells as gate
import pytest

from la_research.evaluation.designs.rdd.effect import MEASURED

ROWS = cells.read_results()
HARD = ("continuous, few move", "places, few move")
"""Too few students move for the checks to see it in nine of ten studies of 2,000."""


def test_every_cell_was_measured_often_enough():
    assert [(r["cell"], r["estimator"], float(r["planted"])) for r in ROWS] == [tuple(cell) for cell in cells.CELLS]
    assert all(int(row["draws"]) >= 1000 for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[f"{r['cell']} {r['estimator']} {r['planted']}" for r in ROWS])
def test_intervals_cover_as_they_say_or_say_that_they_do_not(row):
    told = row["estimator"] == "sharp lines" and row["cell"] == "clean"
    assert cells.verdict(row) == row["verdict"] == ("missed" if told else "held")


def test_what_lines_cover_where_the_curve_bends_is_what_is_told():
    missed = [float(row["coverage"]) for row in ROWS if row["verdict"] == "missed"]
    assert f"measured {100 * min(missed):.0f} %" in MEASURED


@pytest.mark.parametrize("cell", cells.CELLS[::4], ids=str)
def test_the_first_draws_come_out_the_same_today(cell):
    row = ROWS[cells.CELLS.index(cell)]
    assert cells.first_sum(cell) == pytest.approx(float(row["first"]), abs=1e-9)


@pytest.mark.parametrize("row", gate.read_results(), ids=lambda row: row["cell"])
def test_the_gate_stops_the_bad_and_lets_the_sound_through(row):
    share = float(row["share"])
    assert row["kind"] in ("bad", "sound")
    held = share >= 0.9 if row["kind"] == "bad" else share <= 0.2
    assert held == (row["verdict"] == "held") == (row["cell"] not in HARD)


def test_the_gate_judges_the_first_draws_the_same_today():
    for cell, row in zip(gate.CELLS[1::4], gate.read_results()[1::4], strict=True):
        again = "".join(str(int(any(gate.judged(cell, draw)[2:]))) for draw in range(gate.FIRST))
        assert again == row["first"]
