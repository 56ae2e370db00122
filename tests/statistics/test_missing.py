"""Gaps of which only bounds are known: the interval holds the gap wherever it lies, and no wider than it has to."""

import numpy as np
import pytest
from scipy.stats import binom

from la_research.seeds import stream
from la_research.statistics.intervals import newcombe_difference
from la_research.statistics.missing import Ends, gap_bounds, share_ends

DRAWS = 600
ROWS = 300


def ends_of(generator, rate, lost, selected_where_lost):
    """A group of whom some are missing, all of one decision."""
    missing = generator.random(ROWS) < lost
    decision = np.where(missing, selected_where_lost, generator.random(ROWS) < rate).astype(float)
    return share_ends(np.ones(ROWS), np.where(missing, np.nan, decision), np.arange(ROWS))


@pytest.mark.parametrize("lost", [0.0, 0.02, 0.2], ids=["nobody missing", "a few missing", "many missing"])
def test_the_gap_at_the_end_of_its_bounds_is_held_as_often_as_said(lost):
    generator = stream(5, "tests", "missing", str(lost))
    first, second = 0.5 * (1 - lost) + lost, 0.4 * (1 - lost)  # the missing are selected in one group, not in the other
    held = 0
    for _ in range(DRAWS):
        lower, upper = gap_bounds(ends_of(generator, 0.5, lost, 1), ends_of(generator, 0.4, lost, 0))
        held += lower <= first - second <= upper
    assert held >= binom.ppf(0.001, DRAWS, 0.95)
    assert held <= binom.ppf(0.999, DRAWS, 0.95 if lost == 0 else 0.98)


def test_with_nothing_missing_it_is_newcombes_interval():
    known = gap_bounds(Ends(0.5, 200, 0.5, 200), Ends(0.3, 100, 0.3, 100), 0.9)
    assert known == pytest.approx(newcombe_difference(100, 200, 30, 100, 0.9)[1:], abs=1e-7)


def test_far_ends_take_one_sided_distances():
    lower, upper = gap_bounds(Ends(0.2, 400, 0.8, 400), Ends(0.2, 400, 0.8, 400), 0.95)
    one_sided = newcombe_difference(80, 400, 320, 400, 0.90)[1]
    assert (lower, upper) == pytest.approx((one_sided, -one_sided), abs=1e-6)


def test_of_nobody_nothing_is_known():
    nobody = share_ends(np.zeros(3), np.ones(3), np.arange(3))
    assert gap_bounds(nobody, Ends(0.5, 10, 0.5, 10)) == (-1.0, 1.0)


def test_rows_of_one_student_do_not_narrow_the_interval():
    label, decision = np.ones(60), np.tile([1.0, 0.0, np.nan], 20)
    once = share_ends(label, decision, np.arange(60))
    twice = share_ends(np.tile(label, 2), np.tile(decision, 2), np.tile(np.arange(60), 2))
    assert twice == pytest.approx(once, rel=0.02)
