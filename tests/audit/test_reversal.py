"""When a gap is said to turn round within strata, to persist, or not to be seen there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from la_research.audit.reversal import reversal, told

ends = st.tuples(*[st.floats(-1, 1, allow_nan=False)] * 2).map(lambda pair: (min(pair), max(pair)))
SELECTION = "audit.selection.gender.difference"


@given(ends, ends)
def test_a_reversal_takes_both_signs(pooled, within):
    assert (reversal(pooled, within) == "reversal") == (pooled[0] > 0 and within[1] < 0)


@given(ends, ends)
def test_nothing_is_told_of_a_gap_that_is_not_shown_over_all(pooled, within):
    assert (reversal(pooled, within) == "can not tell") == (pooled[0] <= 0)


@pytest.mark.parametrize(
    ("within", "ending"),
    [((-0.04, 0.05), "is not seen, and is inside the margin"), ((-0.2, 0.05), "does not show that there is none")],
)
def test_a_gap_that_is_not_seen_is_absent_only_inside_the_margin(within, ending):
    assert told("not seen", within, 0.1, "module").endswith(ending)


def cells(alike, counts):
    """Group, module, students and how many were chosen."""
    return [row for g, m, n, chosen in counts for row in alike(n, chosen, gender=g, module=m)]


def test_a_gap_that_modules_make_alone_is_not_seen_within_them(by_hand, alike):
    rows = cells(alike, [("F", "A", 800, 400), ("M", "A", 200, 100), ("F", "B", 200, 20), ("M", "B", 800, 80)])
    reason = by_hand(rows).audit()[SELECTION].reason
    assert "within one module that gap is not seen, and is inside the margin" in reason


def test_a_gap_that_each_module_holds_persists(by_hand, alike):
    rows = cells(alike, [("F", "A", 800, 480), ("M", "A", 200, 90), ("F", "B", 200, 50), ("M", "B", 800, 80)])
    assert ", and so it is within one module; the difference is what" in by_hand(rows).audit()[SELECTION].reason


def test_a_gap_that_may_be_chance_is_told_as_one(by_hand, alike):
    rows = cells(alike, [("F", "A", 80, 40), ("M", "A", 60, 28), ("F", "B", 50, 12), ("M", "B", 60, 13)])
    assert "though chance alone could make such a gap" in by_hand(rows).audit()[SELECTION].reason
