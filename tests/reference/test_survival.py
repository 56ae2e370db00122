"""Leukaemia patients in remission, with 6-mercaptopurine and without: the curve and the test as they are printed."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.statistics.coefficient import independent_difference
from la_research.statistics.survival import incidence_at, log_rank, risk_set, time_free

TREATED = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"
"""Weeks until relapse, or (+) until last seen: Freireich et al. (1963), Blood 21:699-716."""


def read(weeks: str) -> tuple[np.ndarray, np.ndarray]:
    items = weeks.split()
    return np.array([float(item.strip("+")) for item in items]), np.array(
        [item[-1] != "+" for item in items], dtype=int
    )


def test_the_share_in_remission_is_that_of_the_textbook():
    """Collett (2015), Modelling survival data in medical research; Kleinbaum and Klein (2012), table 2.1."""
    found = risk_set(*read(TREATED))
    assert found.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert found.free.round(4).tolist() == [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]


def test_its_errors_are_greenwoods():
    found = risk_set(*read(TREATED))
    errors = [incidence_at(found, week).se for week in found.times]
    assert [round(error, 4) for error in errors] == [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]


def test_the_log_rank_statistic_is_16_79():
    (times, codes), (others, other_codes) = read(TREATED), read(PLACEBO)
    treated = np.arange(42) < 21
    found = log_rank(np.append(times, others), np.append(codes, other_codes), treated)
    assert round((found.value / found.se) ** 2, 2) == 16.79


def test_the_mean_time_of_those_who_all_relapsed_is_their_mean():
    weeks, codes = read(PLACEBO)
    found = time_free(risk_set(weeks, codes), 23)
    assert found.value == pytest.approx(weeks.mean())
    assert found.se == pytest.approx(weeks.std() / 21**0.5)
    gain = independent_difference(time_free(risk_set(*read(TREATED)), 23), found)
    assert gain.interval(0.95)[0] > 0
