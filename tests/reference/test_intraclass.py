"""Intraclass correlations against the table they were published with."""

from __future__ import annotations

import pytest

from la_research.statistics.psychometrics.intraclass import FORMS, intraclass

JUDGED = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
"""Six targets and four judges: Shrout & Fleiss (1979), table 2, doi:10.1037/0033-2909.86.2.420."""


def test_intraclass_correlations_are_those_of_shrout_and_fleiss():
    published = (0.1657, 0.2898, 0.7148, 0.4428, 0.6201, 0.9093)
    assert [intraclass(JUDGED, form).value for form in FORMS] == pytest.approx(published, abs=0.0001)


@pytest.mark.parametrize(
    ("form", "lower", "upper"), [("ICC1", -0.1329, 0.7226), ("ICC2", 0.0188, 0.7611), ("ICC3", 0.3425, 0.9459)]
)
def test_their_intervals_are_those_of_psych(form, lower, upper):
    found = intraclass(JUDGED, form)  # psych::ICC(sf), printed to two digits: -0.13 0.72, 0.02 0.76, 0.34 0.95
    assert (found.lower, found.upper) == pytest.approx((lower, upper), abs=6e-5)
