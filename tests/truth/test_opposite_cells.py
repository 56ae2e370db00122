"""What opposite_cells.py measured holds: the share is recovered where data can tell, elsewhere the interval says so."""

from __future__ import annotations

import opposite_cells as cells
import pytest
from scipy.stats import binom

SHARES = cells.SHARES["clear"]


@pytest.fixture(scope="module")
def summed():
    """Figures of each cell, by kind, case and planted share."""
    return cells.summed().set_index(["kind", "case", "planted"])


def test_every_cell_was_drawn_as_often(summed):
    assert set(summed.index) == set(cells.cells())
    assert summed["cohorts"].min() >= cells.LEAST


@pytest.mark.parametrize("planted", SHARES)
def test_a_planted_share_is_recovered_within_seven_points_where_the_data_can_tell(summed, planted):
    cell = summed.loc[("opposite", "clear", planted)]
    assert abs(cell["value"] - planted) + cell["value_half"] <= cells.NEAR
    assert cell["near"] >= 0.9


@pytest.mark.parametrize("planted", SHARES)
def test_on_the_realistic_campus_the_interval_is_wide_and_holds_the_share(summed, planted):
    cell = summed.loc[("opposite", "default", planted)]
    assert cell["covered"] * cell["cohorts"] >= binom.ppf(0.001, cell["cohorts"], 0.95)
    assert cell["width"] > 2 * cells.NEAR


@pytest.mark.parametrize("case", list(cells.SIDED))
def test_students_who_work_more_are_found_by_looking_both_ways_and_not_below_the_cohort(summed, case):
    cell = summed.loc[("sided", case, cells.SIDED[case])]
    assert cell["value"] - cell["value_half"] > cells.BUDGET
    assert cell["other"] - cell["other_half"] <= cells.BUDGET
    assert cell["lower"] + cell["lower_half"] < cells.BUDGET


@pytest.mark.parametrize(
    ("kind", "case", "planted"),
    [("opposite", "clear", 0.3), ("opposite", "default", 0.15), ("sided", "spells", 0.4)],
    ids=["clear", "default", "sided"],
)
def test_the_first_cohort_comes_out_as_it_did(kind, case, planted):
    seed = cells.FIRST_SEED
    (kept,) = [r for r in cells.read_results() if (r["kind"], r["case"], r["planted"], r["seed"]) == (
        kind, case, str(planted), str(seed))]  # fmt: skip
    again = cells.row(kind, case, planted, seed)
    names = [name for name in cells.COLUMNS[4:] if kept[name]]
    assert [float(again[name]) for name in names] == pytest.approx([float(kept[name]) for name in names], abs=2e-3)
