"""Gaps module by module: what cancels is told where both directions are supported, and not otherwise."""

import pytest

from la_research.statistics.intervals import newcombe_difference

NAME = "audit.selection.gender.heterogeneity"


def cells(alike, counts):
    """Group, module, students and how many were chosen."""
    return [row for g, m, n, chosen in counts for row in alike(n, chosen, gender=g, module=m)]


def cancelling(alike, shift=0):
    """On A more women are chosen, on B more men; over all, as many of either."""
    a, b = 120 + shift, 80 - shift
    return cells(alike, [("F", "A", 200, a), ("M", "A", 200, b), ("F", "B", 200, b), ("M", "B", 200, a)])


def test_gaps_that_cancel_over_all_students_are_told(by_hand, alike):
    findings = by_hand(cancelling(alike)).audit()
    assert findings["audit.selection.gender"].estimate.value == pytest.approx(0, abs=1e-12)
    found = findings[NAME]
    assert found.verdict == "described"
    assert found.estimate.value == pytest.approx(2 * (120 - 80) / 200)
    assert found.estimate.lower > 0
    assert "one way in module A and the other way in module B, and cancel, at least in part" in found.reason
    assert "the gap differs between modules more than chance explains (p < 0.001)" in found.reason


def test_rows_hold_for_both_modules_at_once(by_hand, alike):
    rows = {row.keys["module"]: row.estimate for row in by_hand(cancelling(alike)).audit()[NAME].rows}
    assert {name: round(row.value, 12) for name, row in rows.items()} == {"A": 0.2, "B": -0.2}
    expected = newcombe_difference(120, 200, 80, 200, level=1 - 0.05 / 2)  # Bonferroni over two modules
    assert (rows["A"].value, rows["A"].lower, rows["A"].upper) == pytest.approx(expected)


def test_opposite_gaps_that_chance_could_make_do_not_cancel_anything(by_hand, alike):
    found = by_hand(cancelling(alike, shift=-18)).audit()[NAME]  # 0.51 and 0.49
    assert "cancel" not in found.reason
    assert found.estimate.lower == 0


def test_the_pair_that_cancels_is_found_though_another_differs_more_over_all(by_hand, alike):
    third = cells(alike, [("X", module, 200, 140) for module in "AB"])
    found = by_hand([*cancelling(alike), *third]).audit()
    assert found["audit.selection.gender"].estimate.value == pytest.approx(140 / 200 - 100 / 200)
    assert {abs(round(row.estimate.value, 12)) for row in found[NAME].rows} == {0.2}
    assert "cancel" in found[NAME].reason


def test_a_module_with_a_small_group_is_hidden_and_enters_no_difference(by_hand, alike):
    small = cells(alike, [("F", "C", 9, 9), ("M", "C", 200, 0)])
    shown = by_hand(cancelling(alike)).audit()[NAME]
    third = cells(alike, [("F", "D", 200, 100), ("M", "D", 200, 100)])
    found = by_hand([*cancelling(alike), *small, *third]).audit()[NAME]
    verdicts = {row.keys["module"]: row.verdict for row in found.rows}
    assert verdicts["C"] == "suppressed"
    assert list(verdicts.values()).count("suppressed") == 2  # or the total would give it away
    assert found.estimate.value <= shown.estimate.value


def test_rows_said_twice_by_a_student_do_not_make_gaps_differ_more(by_hand, alike):
    once = cancelling(alike, shift=-12)
    twice = [{**row, "student": f"s{i}"} for i, row in enumerate(once)] * 2
    one, two = (by_hand(rows).audit()[NAME].estimate for rows in (once, twice))
    assert (two.n, two.value) == (one.n, pytest.approx(one.value))
    assert two.upper - two.lower == pytest.approx(one.upper - one.lower, rel=0.02)


def test_an_order_of_scores_has_no_heterogeneity_and_one_module_none_either(by_hand, alike):
    findings = by_hand([*alike(100, 50, gender="F"), *alike(100, 60, gender="M")]).audit()
    assert findings[NAME].reason == "all students are on one module"
    assert "audit.auc.gender.heterogeneity" not in findings
