"""A contact rule on weeks gone by, counted by hand, and its intervals against the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from la_research.seeds import stream
from la_research.statistics.contacts import History, beyond_chance, contact_measures

# six students, three looks, the third within the weeks that the need speaks of; None is not observed
LOOKS = [
    (1, [1, 1, 0]),
    (1, [0, 0, 1]),
    (1, [None, None, None]),
    (0, [1, 0, 0]),
    (0, [0, 0, 0]),
    (math.nan, [1, 1, 1]),
]


def history(need, before) -> History:
    units = len(need)
    return History(
        np.array(need, dtype=float),
        np.tile(np.array(before), (units, 1)),
        np.full(units, 4.0),
        np.arange(1.0, len(before) + 1),
        np.arange(units),
    )


@pytest.fixture(scope="module")
def counted():
    values = np.array([[np.nan if v is None else v for v in row] for _, row in LOOKS], dtype=float)
    past = history([need for need, _ in LOOKS], [True, True, False])
    return contact_measures(past, values == 1, ~np.isnan(values), minutes=20, hours=40)


@pytest.mark.parametrize(
    ("what", "value", "n"),
    [
        ("suggested at least once", 4 / 6, 6),
        ("sensitivity", 1 / 3, 3),
        ("predictive value", 1 / 2, 2),
        ("contacts", 1000 * 7 / 18, 6),
        ("contacts per student in need reached", (2 + 1) / 1, 1),
        ("lead time", 4 - 1, 1),
        ("changes", 3 / 10, 5),
        ("staff hours", 1000 * 7 / 18 * 20 / 60, 6),
        ("hours beyond the budget", 1000 * 7 / 18 * 20 / 60 - 40, 6),
        ("not observed", 3 / 18, 6),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_every_number_is_the_one_counted_by_hand(counted, what, value, n):
    assert counted[what].value == pytest.approx(value)
    assert counted[what].n == n


def test_a_suggestion_within_the_recall_period_is_not_in_time(counted):
    late = history([1, 1], [False, True])
    found = contact_measures(
        late, np.array([[True, False], [False, True]]), np.ones((2, 2), bool), minutes=20, hours=40
    )
    assert found["sensitivity"].value == 1 / 2


def test_nobody_suggested_has_no_predictive_value_and_an_interval_for_the_contacts():
    past = history([1, 0, 0], [True])
    found = contact_measures(past, np.zeros((3, 1), bool), np.ones((3, 1), bool), minutes=20, hours=40)
    assert found["predictive value"] is None
    assert found["contacts per student in need reached"] is None
    assert found["changes"] is None  # a single look
    assert found["contacts"].value == 0
    assert found["contacts"].upper > 100  # three students allow no more than that


def test_weeks_of_one_student_do_not_count_as_several_students():
    past = history([1] * 40, [True] * 5)
    steady = np.repeat(np.arange(40)[:, None] % 2 == 0, 5, axis=1)
    mixed = (np.arange(40)[:, None] + np.arange(5)) % 2 == 0
    wide, narrow = (
        contact_measures(past, made, np.ones((40, 5), bool), minutes=20, hours=40)["contacts"]
        for made in (steady, mixed)
    )
    assert wide.value == narrow.value
    one_look = stats.binomtest(20, 40).proportion_ci(method="wilson")
    assert (wide.lower, wide.upper) == pytest.approx((1000 * one_look.low, 1000 * one_look.high), rel=0.03)
    assert wide.upper - wide.lower >= narrow.upper - narrow.lower


def test_the_median_lead_time_lies_between_the_order_statistics_of_the_sign_test():
    weeks = np.array([1, 1, 1, 2, 2, 2, 3, 3, 3, 4])  # first suggested, of ten in need in week 8
    suggested = weeks[:, None] == np.arange(1, 5)
    past = History(np.ones(10), np.ones((10, 4), bool), np.full(10, 8.0), np.arange(1.0, 5), np.arange(10))
    found = contact_measures(past, suggested, np.ones((10, 4), bool), minutes=20, hours=40)["lead time"]
    ordered = sorted(8 - weeks)
    assert (found.value, found.lower, found.upper) == (6, ordered[1], ordered[-2])  # 2.5 % lies under 2 of 10


def test_the_error_of_contacts_per_student_reached_is_that_of_the_jackknife():
    draw = stream(3, "tests", "contacts")
    past = history(draw.integers(0, 2, 200), [True] * 4)
    suggested, seen = draw.random((200, 4)) < 0.4, np.ones((200, 4), bool)

    def ratio(kept):
        part = past.part(kept)
        found = contact_measures(part, suggested[kept], seen[kept], minutes=20, hours=40)
        return found["contacts per student in need reached"]

    whole = ratio(np.ones(200, bool))
    left = [math.log(ratio(np.arange(200) != i).value) for i in range(200)]
    error = math.sqrt(199 / 200 * np.sum((np.array(left) - np.mean(left)) ** 2))
    half = math.log(whole.upper / whole.value) / stats.t.ppf(0.975, 199)
    assert half == pytest.approx(error, rel=0.03)


def test_a_rule_that_is_chance_is_told_from_chance_as_rarely_as_the_level_says():
    draw, held, draws = stream(4, "tests", "contacts"), 0, 1000
    for _ in range(draws):
        past = history(draw.random(120) < 0.3, [True, True])
        found = beyond_chance(past, draw.random((120, 2)) < 0.2)
        lower, upper = found.interval(0.95)
        held += lower <= 0 <= upper
    low, high = stats.binom.ppf([0.0005, 0.9995], draws, 0.95)
    assert low <= held <= high


def test_without_anybody_in_need_there_is_nothing_to_compare_with_chance():
    assert beyond_chance(history([0, 0, math.nan], [True]), np.ones((3, 1), bool)) is None
