"""What differences_cells.py and differences_gate_cells.py measured holds, and comes out the same today."""

from __future__ import annotations

import differences_cells as cells
import differences_gate_cells as gates
import pytest

ROWS = cells.read_results()
GATES = gates.read_results()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['cell']}-{row['planted']}")
def test_intervals_hold_what_was_planted(row):
    assert int(row["draws"]) >= 2000
    least, most = (0.935, 0.97) if row["tier"] in ("clean", "realistic") else (0.92, 1.0)
    assert float(row["upper"]) >= least
    assert float(row["lower"]) <= most
    assert abs(float(row["bias_in_se"])) <= float(row["bias_allowed"])
    assert row["verdict"] == "held"


def test_every_cell_was_measured_with_and_without_an_effect():
    assert [(row["cell"], float(row["planted"])) for row in ROWS] == [
        (cell.name, planted) for cell, planted in cells.KEYS
    ]


@pytest.mark.parametrize("cell, planted", cells.KEYS, ids=lambda part: getattr(part, "name", str(part)))
def test_the_first_draws_come_out_the_same_today(cell, planted):
    row = next(row for row in ROWS if (row["cell"], float(row["planted"])) == (cell.name, planted))
    again = sum(sum(cells.drawn(cell, planted, draw)) for draw in range(cells.FIRST))
    assert again == pytest.approx(float(row["first"]), abs=1e-9)


def test_nine_of_ten_courses_apart_are_stopped_and_eight_of_ten_sound_ones_pass():
    assert {row["kind"] for row in GATES} == {"bad", "sound"}
    for row in GATES:
        stopped = float(row["stopped"])
        assert stopped >= 0.9 if row["kind"] == "bad" else stopped <= 0.2, row["cell"]


def test_among_courses_alike_that_pass_the_interval_holds():
    alike = [float(row["covered_of_passed"]) for row in GATES if float(row["bias_in_sd"]) == 0]
    assert len(alike) == 2
    assert min(alike) >= 0.92


@pytest.mark.parametrize("cell", gates.CELLS[1::4], ids=lambda cell: cell.name)
def test_the_gate_stops_the_same_panels_today(cell):
    row = next(row for row in GATES if row["cell"] == cell.name)
    again = "".join(str(int(gates.stopped(gates.sample_of(cell, "gate", draw)))) for draw in range(2))
    assert again == row["first"][:2]
