"""Presentations stand in the order of time only where their names tell it."""

from __future__ import annotations

import pytest

from la_research.cohort.in_time import in_time


@pytest.mark.parametrize(
    "names",
    [("2013B", "2013J", "2014B"), ("2023-24", "2024-25"), ("2024/01", "2024/10"), ("any",), ()],
)
def test_years_and_terms_of_one_form_rise_in_time(names) -> None:
    assert in_time(reversed(names)) == names


@pytest.mark.parametrize("names", [("2024", "2024B"), ("HAND1", "HAND2"), ("spring", "autumn"), ("2024-9", "2024-10")])
def test_other_names_tell_no_order(names) -> None:
    assert in_time(names) is None
