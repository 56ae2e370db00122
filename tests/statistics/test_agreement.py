"""Overlap of intervals and what a faithful repeat shows by chance, beside their formulae."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.seeds import stream
from la_research.statistics.agreement import WORLDS, faithful_values, interval_overlap, worst_by_chance


def test_overlap_is_the_mean_share_of_both_intervals_that_is_shared():
    assert interval_overlap(0, 10, 5, 25).item() == (5 / 10 + 5 / 20) / 2
    assert interval_overlap(1, 2, 1, 2).item() == 1
    assert interval_overlap(0, 1, 3, 4).item() == -2


def test_intervals_of_equal_width_overlap_by_one_less_their_distance_in_widths():
    shifts = np.array([0.0, 0.5, 1.0, 3.0])
    assert interval_overlap(0, 2, shifts, shifts + 2) == pytest.approx(1 - shifts / 2)


def test_faithful_repeats_share_the_error_of_the_original_and_have_one_of_their_own():
    worlds = faithful_values(3.0, 2.0, 50, stream(1, "tests", "faithful"))
    assert worlds.shape == (WORLDS, 50)
    assert worlds.mean() == pytest.approx(3.0, abs=4 * 2 / np.sqrt(WORLDS))
    assert worlds.mean(axis=1).std() == pytest.approx(2 * np.sqrt(1 + 1 / 50), rel=0.1)
    assert worlds.std(axis=1).mean() == pytest.approx(2.0, rel=0.05)


@pytest.mark.parametrize("high_is_bad, worst", [(True, 9.0), (False, 0.0)])
def test_the_worst_by_chance_lies_at_the_bad_end(high_is_bad, worst):
    worlds = np.arange(10.0)[:, None]
    found = worst_by_chance(lambda values: float(values[0]), worlds, level=1.0, high_is_bad=high_is_bad)
    assert found == worst
