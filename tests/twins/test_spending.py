"""Alpha spending beside published boundaries and beside the joint normal law of the looks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from la_research.statistics.spending import boundaries, spent

FIVE = (0.2, 0.4, 0.6, 0.8, 1.0)


@pytest.mark.parametrize(
    ("kind", "published"),
    [
        ("obrien_fleming", (4.8769, 3.3569, 2.6803, 2.2898, 2.0310)),
        ("pocock", (2.4380, 2.4268, 2.4101, 2.3966, 2.3859)),
    ],
)
def test_boundaries_of_five_even_looks_are_those_published(kind, published):
    # ldbounds and WinLD (Reboussin, DeMets, Kim & Lan 2000), two-sided .05: each side is .025
    assert boundaries(FIVE, 0.025, kind) == pytest.approx(published, abs=2e-4)


@pytest.mark.parametrize("kind", ["obrien_fleming", "pocock"])
@pytest.mark.parametrize("shares", [(0.5, 1.0), (0.3, 0.45, 1.0)])
def test_the_chance_of_crossing_by_each_look_is_what_may_be_spent_by_then(kind, shares):
    z = boundaries(shares, 0.05, kind)
    for looks in range(1, len(shares) + 1):
        t = np.array(shares[:looks])
        law = multivariate_normal(np.zeros(looks), np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t)))
        inside = law.cdf(np.array(z[:looks]))
        assert 1 - inside == pytest.approx(spent(kind, shares[looks - 1], 0.05), abs=2e-5)


def test_one_look_at_the_end_spends_all_at_once():
    assert boundaries((1.0,), 0.05) == pytest.approx([norm.isf(0.05)])


def test_obrien_fleming_asks_more_of_an_early_look_than_pocock():
    early = [boundaries((0.5, 1.0), 0.05, kind)[0] for kind in ("obrien_fleming", "pocock")]
    assert early[0] > early[1]


@pytest.mark.parametrize("shares", [(), (0.5, 0.5), (0.0, 1.0), (0.6, 1.2)])
def test_shares_that_do_not_rise_are_refused(shares):
    with pytest.raises(ValueError, match="have to rise"):
        boundaries(shares, 0.05)
