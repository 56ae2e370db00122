"""The largest gap once more: every pair by Newcombe's formula, q from scipy's studentised range."""

import math
from itertools import permutations

import numpy as np
import pytest
from scipy.stats import studentized_range

from la_research.statistics.gaps import largest_gap


def wilson(p, n, z):
    middle, half = p + z**2 / (2 * n), z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)


@pytest.mark.parametrize("counts", [((12, 80), (30, 90), (25, 60)), ((5, 50), (6, 50), (9, 70), (20, 40))])
def test_largest_gap_pair_by_pair(counts):
    z = studentized_range.ppf(0.95, len(counts), 1e7) / math.sqrt(2)
    lowers, uppers, gaps = [], [], []
    for (x, n), (y, m) in permutations(counts, 2):
        a, b = x / n, y / m
        (la, ua), (lb, ub) = wilson(a, n, z), wilson(b, m, z)
        gaps.append(a - b)
        lowers.append(a - b - math.sqrt((a - la) ** 2 + (ub - b) ** 2))
        uppers.append(a - b + math.sqrt((ua - a) ** 2 + (b - lb) ** 2))
    rates, ns = np.array([x / n for x, n in counts]), np.array([float(n) for _, n in counts])
    found = largest_gap(rates, ns)
    assert found[:3] == pytest.approx((max(gaps), max(0, max(lowers)), max(uppers)), abs=1e-6)
