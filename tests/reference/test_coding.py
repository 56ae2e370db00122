"""Krippendorff's own example of nominal data with missing codes."""

from __future__ import annotations

import pytest

from la_research.statistics.coding import coder_agreement

OBSERVERS = ("123321412...", "123322412 5.3".replace(" ", ""), ".3332342251.", "12332441251.")
"""Four observers of twelve units; a point where a unit was not seen."""


def test_nominal_alpha_of_four_observers_is_the_published_one():
    """Krippendorff (2011), Computing Krippendorff's alpha-reliability, section C: .743."""
    units = [[frozenset({row[i]}) for row in OBSERVERS if row[i] != "."] for i in range(12)]
    found = coder_agreement(units)
    assert found is not None
    assert found.alpha[0] == pytest.approx(0.743, abs=5e-4)
    assert found.units == 11
