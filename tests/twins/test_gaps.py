"""The largest gap once more: every pair by Newcombe's formula, q from scipy's studentised range."""

import math
from itertools import permutations

import numpy as np
import pytest
from scipy.stats import studentized_range

from la_research.statistics.simultaneous import gap_inference


def wilson(p, n, z):
    middle, half = p + z**2 / (2 * n), z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)


@pytest.mark.parametrize(
    "counts", [((120, 800), (300, 900), (250, 600)), ((250, 500), (260, 500), (290, 700), (200, 400))]
)
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
    inference = gap_inference(rates, ns)
    assert inference.method == "newcombe-tukey"
    found = inference.gap(0.05)
    assert found[:3] == pytest.approx((max(gaps), max(0, max(lowers)), max(uppers)), abs=1e-6)
