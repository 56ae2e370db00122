"""What controls_cells.py measured holds: controls that share what is hidden put the interval right, others do not."""

from __future__ import annotations

import controls_cells as cells
import pytest


@pytest.fixture(scope="module")
def rows():
    return {(float(r["share"]), int(r["controls"]), r["signs"]): r for r in cells.read_results()}


@pytest.mark.parametrize("signs", ["known", "turned"])
@pytest.mark.parametrize("controls", [10, 20, 40])
def test_ten_good_controls_lift_coverage_from_under_70_to_90_of_100(rows, controls, signs):
    row = rows[1.0, controls, signs]
    assert int(row["draws"]) >= 1000
    assert float(row["plain_upper"]) < 0.70
    assert float(row["calibrated"]) >= 0.90
    assert float(row["lower"]) >= 0.88


@pytest.mark.parametrize("signs", ["known", "turned"])
@pytest.mark.parametrize("controls", [5, 10, 20, 40])
def test_controls_that_do_not_share_what_is_hidden_leave_the_interval_wrong(rows, controls, signs):
    assert float(rows[0.0, controls, signs]["upper"]) < 0.70


def test_signs_that_mean_nothing_make_the_interval_wider(rows):
    for controls in (5, 10, 20, 40):
        known, turned = (float(rows[1.0, controls, signs]["times_as_wide"]) for signs in ("known", "turned"))
        assert turned > known > 1


def test_the_first_draws_come_out_the_same_today():
    again = [cells.held(draw)[:, 1] for draw in range(cells.FIRST)]
    for i, row in enumerate(cells.read_results()):
        assert "".join(str(int(found[i])) for found in again) == row["first"]
