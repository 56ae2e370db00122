"""Published score intervals for a difference of two shares: Newcombe (1998), table II, method 6."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.statistics.score import score_pairs


@pytest.mark.parametrize(
    "counts, lower, upper",
    [
        ((56, 70, 48, 80), 0.0528, 0.3382),
        ((9, 10, 3, 10), 0.1700, 0.8406),
        ((10, 10, 0, 20), 0.7156, 1.0000),
        ((10, 10, 0, 10), 0.6636, 1.0000),
    ],
)
def test_as_in_table_ii_of_newcombe_1998(counts, lower, upper):
    x, n, y, m = counts
    found = score_pairs(np.array([x / n, y / m]), np.array([n, m], dtype=float), 1.959964)
    assert (found.lower[0, 1], found.upper[0, 1]) == pytest.approx((lower, upper), abs=6e-5)
