"""Bounds against true need once more: every share recorded and every spread of the unrecorded need, on a grid."""

import numpy as np
import pytest

from la_research.statistics.bounds import rate_bounds

CELLS = [(30, 20, 15, 135), (10, 60, 40, 90), (5, 5, 80, 110), (40, 10, 2, 60), (20, 30, 3, 5), (0, 20, 10, 100)]
RANGES = [(0.4, 0.9), (0.7, 0.7), (0.5, 1.0), (1.0, 1.0), (0.95, 1.0)]


def rates(found, missed, selected, rest):
    """Rates of a group whose need is known to the last student; not a number where nobody is asked about."""
    pairs = {"tpr": (found, missed), "fpr": (selected, rest), "ppv": (found, selected), "fnr": (missed, found)}
    return {name: part / (part + other) if part + other > 1e-9 else np.nan for name, (part, other) in pairs.items()}


def by_force(cells, recorded):
    found, missed, selected, rest = cells
    seen = []
    for share in np.linspace(*recorded, 61):
        more = min((found + missed) * (1 / share - 1), selected + rest)
        for among_selected in np.linspace(max(0, more - rest), min(more, selected), 61):
            others = more - among_selected
            seen.append(rates(found + among_selected, missed + others, selected - among_selected, rest - others))
    return {name: [rate[name] for rate in seen] for name in seen[0]}


@pytest.mark.parametrize("recorded", RANGES, ids=str)
@pytest.mark.parametrize("cells", CELLS, ids=str)
def test_bounds_are_the_extremes_over_every_spread_of_the_need_that_was_not_recorded(cells, recorded):
    for name, values in by_force(cells, recorded).items():
        least, most = rate_bounds(cells, recorded, name)
        if np.isnan(values).any():
            continue  # in some spread everyone is in need; fpr is then not defined
        assert least <= min(values) + 1e-9, name
        assert most >= max(values) - 1e-9, name
        assert (float(least), float(most)) == pytest.approx((min(values), max(values)), abs=0.02), name
