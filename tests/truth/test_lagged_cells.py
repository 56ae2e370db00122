"""What lagged_cells.py measured holds: where nothing is linked, neither comes first more often than chance."""

from __future__ import annotations

import lagged_cells as lagged
import pytest
from scipy.stats import binom

DRAWS = 200


def rows(scenario):
    return [row for row in lagged.read_results() if row["scenario"] == scenario]


@pytest.mark.parametrize("scenario", lagged.SCENARIOS)
def test_every_cohort_was_analysed(scenario):
    assert [int(row["seed"]) for row in rows(scenario)] == list(range(lagged.FIRST_SEED, lagged.FIRST_SEED + DRAWS))
    assert lagged.covered(rows(scenario), "x_to_y")[1] == DRAWS


@pytest.mark.parametrize("scenario", ["null", "null_common_calendar"])
@pytest.mark.parametrize("lag", lagged.LAGS)
def test_where_nothing_is_linked_intervals_hold_zero_at_their_rate(scenario, lag):
    hit, _ = lagged.covered(rows(scenario), lag)
    assert binom.ppf(0.0005, DRAWS, 0.95) <= hit <= binom.ppf(0.9995, DRAWS, 0.95)


def test_a_link_of_the_same_week_looks_like_a_lag_from_how_students_are_as_the_finding_warns():
    values = [float(row["y_to_x_value"]) for row in rows("default")]
    assert sum(values) / DRAWS == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize("scenario", lagged.SCENARIOS)
def test_the_first_draw_comes_out_as_it_did(scenario):
    held = rows(scenario)[0]
    again = lagged.draw(scenario, lagged.FIRST_SEED)
    assert {name: float(again[name]) for name in lagged.COLUMNS[2:]} == pytest.approx(
        {name: float(held[name]) for name in lagged.COLUMNS[2:]}, abs=1e-5
    )
