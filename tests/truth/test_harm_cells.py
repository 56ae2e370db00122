"""What harm_cells.py measured holds: a chilling effect is found where enough are drawn, and none is invented."""

from __future__ import annotations

import harm_cells as cells
import pytest
from scipy.stats import binom

ROWS = {(row["cell"], float(row["planted"])): row for row in cells.read_results()}


def rejected(row: dict[str, str], name: str) -> int:
    return round(float(row[name]) * int(row["draws"]))


def test_every_campus_was_measured_with_and_without_the_effect():
    assert set(ROWS) == {(cell, planted) for cell in cells.CAMPUSES for planted in cells.PLANTED}
    assert all(int(row["draws"]) >= 200 for row in ROWS.values())


@pytest.mark.parametrize("cell", cells.CAMPUSES)
@pytest.mark.parametrize(("name", "alpha"), [("shown_05", 0.05), ("shown_10", 0.10)])
def test_no_harm_is_shown_more_often_than_alpha_where_there_is_none(cell, name, alpha):
    row = ROWS[cell, 0.0]
    assert rejected(row, name) <= binom.ppf(0.9995, int(row["draws"]), alpha)


@pytest.mark.parametrize("cell", cells.CAMPUSES)
@pytest.mark.parametrize("planted", cells.PLANTED)
def test_the_interval_covers_what_is_planted(cell, planted):
    row = ROWS[cell, planted]
    low, high = binom.interval(0.999, int(row["draws"]), 0.90)
    assert low <= rejected(row, "covered_90") <= high


@pytest.mark.parametrize("cell", cells.CAMPUSES)
def test_a_harm_of_the_size_of_the_margin_is_excluded_no_more_often_than_alpha(cell):
    row = ROWS[cell, 0.05]
    assert rejected(row, "excluded_05") <= binom.ppf(0.9995, int(row["draws"]), 0.05)


def test_five_per_cent_less_activity_is_found_four_times_in_five_where_2000_are_drawn_and_followed_for_a_year():
    assert float(ROWS["year, no link", 0.05]["shown_05"]) >= 0.80
    assert float(ROWS["year", 0.05]["shown_10"]) >= 0.80


def test_the_default_campus_draws_too_few_students_to_find_it():
    assert float(ROWS["default", 0.05]["shown_05"]) < 0.5


@pytest.mark.parametrize("cell", cells.CAMPUSES)
def test_the_first_draws_come_out_the_same_today(cell):
    found = sum(cells.draw(cell, 0.05, number)[0].value for number in range(cells.REPLAYED))
    assert found == pytest.approx(float(ROWS[cell, 0.05]["first_draws"]), abs=1e-8)
