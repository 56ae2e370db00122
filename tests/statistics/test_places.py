"""Places are shared out by rank: all of them, and equal values alike."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.statistics.places import places


@pytest.mark.parametrize("share", [0.0, 0.1, 0.33, 1.0])
def test_as_many_places_are_given_as_there_are(share):
    values = np.array([4.0, 4.0, 1.0, np.nan, 0.0, 0.0, 0.0, 7.0])
    assert np.nansum(places(values, share)) == pytest.approx(7 * share)


def test_all_equal_have_the_same_chance():
    assert places(np.zeros(5), 0.2).tolist() == pytest.approx([0.2] * 5)


def test_nobody_observed_gets_no_place():
    assert np.isnan(places(np.full(3, np.nan), 0.5)).all()
