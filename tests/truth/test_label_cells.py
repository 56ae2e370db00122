"""What label_cells.py measured holds: the score judges rightly where the recorded label accuses or clears wrongly."""

from __future__ import annotations

import label_cells as cells
import pytest


def total(rows, column):
    return sum(int(row[column]) for row in rows)


@pytest.mark.parametrize("case", ["accused", "cleared"])
@pytest.mark.parametrize(("kind", "draws"), [("cohort", 40), ("counts", 2000)])
def test_the_score_is_right_in_95_of_100_where_the_recorded_label_misleads(kind, case, draws):
    rows = [row for row in cells.read_results() if (row["kind"], row["case"]) == (kind, case)]
    assert total(rows, "draws") == draws
    assert total(rows, "right") >= 0.95 * draws
    wrong = {"accused": "label_disparity", "cleared": "label_equivalent"}[case]
    assert total(rows, wrong) > 0.5 * draws  # the record says the opposite more often than not


@pytest.mark.parametrize("case", ["accused", "cleared"])
def test_a_cohort_that_was_measured_comes_out_the_same_today(case):
    first = next(row for row in cells.read_results() if (row["kind"], row["case"]) == ("cohort", case))
    assert cells.row("cohort", case, int(first["seed"])) == first


def test_a_block_of_counts_that_was_measured_comes_out_the_same_today():
    first = next(row for row in cells.read_results() if row["kind"] == "counts")
    assert cells.row("counts", first["case"], int(first["seed"])) == first
