"""What simpler_cells.py measured holds: a points score that loses the margin is seldom called as good."""

from __future__ import annotations

import pytest
import simpler_cells as cells
from scipy.stats import binom

LOSING = [name for name in cells.CELLS if name != "steps"]


@pytest.fixture(scope="module")
def rows():
    return {row["cell"]: row for row in cells.read_results()}


def band(share: float, draws: int) -> tuple[float, float]:
    """Where a share lies in 999 of 1,000 measurements of so many draws."""
    return tuple(end / draws for end in binom.interval(0.999, draws, share))


def test_the_cells_are_those_of_the_script(rows):
    assert list(rows) == list(cells.CELLS)
    assert min(int(row["draws"]) for row in rows.values()) >= 160


def test_a_loss_of_the_margin_is_called_as_good_in_at_most_one_of_twenty(rows):
    for name, row in rows.items():
        assert float(row["good_at"]) <= band(0.05, int(row["draws"]))[1], name
    draws = sum(int(row["draws"]) for row in rows.values())
    hits = sum(float(row["good_at"]) * int(row["draws"]) for row in rows.values())
    assert hits / draws <= band(0.05, draws)[1]


def test_a_loss_beyond_the_margin_is_called_as_good_more_seldom(rows):
    for row in rows.values():
        assert float(row["good_beyond"]) <= min(0.05, float(row["good_at"]))


def test_delongs_interval_alone_would_hold_the_loss_too_seldom(rows):
    for name, row in rows.items():
        assert float(row["plain_90_upper"]) < 0.92, name
        assert float(row["plain_error"]) < float(row["estimate_sd"]) < float(row["error"]) * 1.05, name


def test_the_intervals_of_the_loss_hold_it_as_often_as_they_say(rows):
    for name, row in rows.items():
        for level in (90, 95):
            low, _ = band(level / 100, int(row["draws"]))
            assert float(row[f"covered_{level}"]) >= low, (name, level)


def test_where_ranges_add_up_points_are_better_and_most_studies_say_as_good(rows):
    assert float(rows["steps"]["loss"]) < -0.02
    assert float(rows["steps"]["good_registered_lower"]) > 0.65


def test_where_nothing_is_lost_few_studies_of_this_size_can_say_so(rows):
    assert abs(float(rows["crossed .44"]["loss"])) < 0.002
    assert float(rows["crossed .44"]["good_registered_upper"]) < 0.25


def test_where_points_lose_a_tenth_they_are_never_called_as_good(rows):
    assert float(rows["crossed 1"]["loss"]) > 0.09
    assert float(rows["crossed 1"]["good_registered"]) == 0


def test_the_first_draw_comes_out_the_same_today(rows):
    again = cells.held("crossed .56", 0)
    assert f"{again.value:.4f}/{again.truth:.4f}" == rows["crossed .56"]["first"].split()[0]
