"""What series_cells.py measured holds, and its first draws come out the same today."""

from __future__ import annotations

import pytest
import series_cells as cells

from la_research.evaluation.designs.its.series import MEASURED

ROWS = cells.read_results()


def test_every_cell_has_its_draws_with_and_without_an_effect():
    assert {(row["cell"], float(row["planted"])) for row in ROWS} == {
        (cell, planted) for cell, (_, effects, _) in cells.CELLS.items() for planted in effects
    }
    assert min(int(row["draws"]) for row in ROWS) >= 2000


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['cell']} {row['planted']}")
def test_the_interval_holds_the_truth_as_often_as_its_tier_asks_or_the_miss_is_known(row):
    held = cells.keeps(row["tier"], float(row["lower"]), float(row["upper"]))
    assert held == (row["cell"] not in cells.MISSES) == (row["verdict"] == "held")
    assert float(row["bias"]) <= float(row["bias_allowed"])


def test_what_a_finding_says_of_counts_that_go_together_strongly_is_what_was_measured():
    worst = min(float(row["coverage"]) for row in ROWS if row["cell"] == "counts-strong")
    assert MEASURED == cells.MISSES["counts-strong"] == f"nominal 95 %, measured {100 * worst:.0f} %"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['cell']} {row['planted']}")
def test_the_first_draws_come_out_the_same(row):
    again = sum(sum(cells.made(row["cell"], float(row["planted"]), draw)[:3]) for draw in range(cells.FIRST))
    assert again == pytest.approx(float(row["first"]), rel=1e-7, abs=1e-8)
