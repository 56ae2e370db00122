"""Plans for groups: what asks for more students, and what no number of students can do."""

from __future__ import annotations

import math

import pytest

from la_research.statistics.planning import (
    detectable_disparity,
    disparity_power,
    equivalence_power,
    size_for_disparity,
    size_for_equivalence,
)


def test_more_groups_more_tests_a_margin_and_smaller_groups_each_ask_for_a_larger_gap():
    plain = detectable_disparity((300, 300), 0.3)
    asked = (
        detectable_disparity((300, 300), 0.3, tests=20),
        detectable_disparity((300, 300), 0.3, margin=0.1),
        detectable_disparity((150, 300), 0.3),
    )
    assert min(asked) > plain + 0.01


def test_the_smallest_group_is_the_hardest_to_show():
    sizes = (400, 60, 900)
    found = [detectable_disparity(sizes, 0.3, apart=place) for place in range(3)]
    assert detectable_disparity(sizes, 0.3) == found[1] == max(found)
    assert found[2] == min(found)


def test_more_students_find_more_and_more_groups_are_harder_to_call_alike():
    assert disparity_power(0.3, 0.15, 200, 4) < disparity_power(0.3, 0.15, 400, 4)
    assert equivalence_power(0.3, 600, 2, margin=0.1) > equivalence_power(0.3, 600, 6, margin=0.1)
    assert size_for_equivalence(0.3, 2, margin=0.1) < size_for_equivalence(0.3, 6, margin=0.1)


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.5])
def test_a_rate_and_its_rest_ask_for_the_same(rate):
    assert disparity_power(rate, 0.2, 80, 3) == pytest.approx(disparity_power(1 - rate, 0.2, 80, 3))
    assert size_for_equivalence(rate, 3, margin=0.1) == pytest.approx(
        size_for_equivalence(1 - rate, 3, margin=0.1), abs=1
    )


def test_what_no_number_of_students_can_show_has_no_size():
    assert size_for_disparity(0.5, 0.1, margin=0.1) is None
    assert size_for_equivalence(0.5, margin=0.0) is None
    assert math.isnan(detectable_disparity((4, 4), 0.5))
    assert math.isnan(detectable_disparity((500, 500), 0.5, margin=0.6))


def test_a_gap_of_zero_is_shown_at_most_as_often_as_alpha():
    assert disparity_power(0.3, 0.0, 500, 4) <= 0.05
