"""Gaps within modules against gaps over all students, on numbers small enough to work by hand."""

import math

import pytest

SELECTION = "audit.selection.gender"


def simpson(alike):
    """Women are on the module that chooses many; inside each module men are chosen more often."""
    return [
        *alike(400, 220, gender="F", module="A"),  # 0.55
        *alike(100, 65, gender="M", module="A"),  # 0.65
        *alike(100, 10, gender="F", module="B"),  # 0.10
        *alike(400, 80, gender="M", module="B"),  # 0.20
    ]


def test_a_gap_that_modules_make_reverses_within_them(by_hand, alike):
    findings = by_hand(simpson(alike)).audit()
    pooled, within, difference = (findings[SELECTION + part] for part in ("", ".within", ".difference"))
    assert pooled.estimate.value == pytest.approx(230 / 500 - 145 / 500)
    assert within.estimate.value == pytest.approx((65 / 100 - 220 / 400) / 2 + (80 / 400 - 10 / 100) / 2)
    assert difference.estimate.value == pytest.approx((230 - 145) / 500 + 0.10)
    assert (
        within.reason == "within one module, the rule selects students more often"
        " among students recorded as gender M than among students recorded as gender F"
    )
    assert "the reverse, and both are supported" in difference.reason
    assert {f.verdict for f in (within, difference)} == {"described"}
    assert difference.estimate.lower > 0


def test_the_interval_within_modules_is_that_of_four_independent_shares(by_hand, alike):
    """Both modules have the same gap, so the mix adds nothing to the variance."""
    found = by_hand(simpson(alike)).audit()[SELECTION + ".within"].estimate
    cells = 0.55 * 0.45 / 399 + 0.65 * 0.35 / 99 + 0.10 * 0.90 / 99 + 0.20 * 0.80 / 399
    half = 1.959963984540054 * math.sqrt(1000 / 999 * cells / 4)
    assert (found.lower, found.upper) == pytest.approx((0.10 - half, 0.10 + half))


def test_the_gap_of_each_module_is_a_row_in_the_same_direction(by_hand, alike):
    rows = by_hand(simpson(alike)).audit()[SELECTION + ".within"].rows
    assert {row.keys["module"]: round(row.estimate.value, 12) for row in rows} == {"A": 0.10, "B": 0.10}
    assert {row.estimate.n for row in rows} == {500}


def test_the_difference_shows_both_gaps_of_the_same_two_groups(by_hand, alike):
    rows = by_hand(simpson(alike)).audit()[SELECTION + ".difference"].rows
    assert {row.keys["what"]: round(row.estimate.value, 12) for row in rows} == {"pooled": 0.17, "within": -0.10}


def test_where_modules_have_the_same_mix_nothing_is_left_to_differ(by_hand, alike):
    rows = [*alike(200, 100, gender="F", module="A"), *alike(200, 50, gender="M", module="A")]
    rows += [*alike(100, 40, gender="F", module="B"), *alike(100, 30, gender="M", module="B")]
    difference = by_hand(rows).audit()[SELECTION + ".difference"].estimate
    assert difference.value == pytest.approx(0, abs=1e-12)
    assert difference.upper < 0.01


def test_a_module_that_lacks_a_group_stays_out_and_is_named_with_its_weight(by_hand, alike):
    rows = [*simpson(alike), *alike(250, 250, gender="F", module="C")]
    found = by_hand(rows).audit()[SELECTION + ".within"]
    assert found.estimate.value == pytest.approx(0.10)
    assert any("C (20.0 %)" in text for text in found.limitations)


def test_the_gap_of_a_module_with_a_small_group_is_suppressed_but_counts(by_hand, alike):
    rows = [*simpson(alike), *alike(8, 4, gender="F", module="C"), *alike(92, 46, gender="M", module="C")]
    found = by_hand(rows).audit()[SELECTION + ".within"]
    assert found.estimate.value == pytest.approx((500 * 0.10 + 500 * 0.10 + 100 * 0.0) / 1100)
    assert {row.keys["module"]: row.verdict for row in found.rows}["C"] == "suppressed"


def test_rows_said_twice_by_a_student_do_not_narrow_the_interval(by_hand, alike):
    once = simpson(alike)
    twice = [{**row, "student": f"s{i}"} for i, row in enumerate(once)] * 2
    for part in (".within", ".difference"):
        one, two = (by_hand(rows).audit()[SELECTION + part].estimate for rows in (once, twice))
        assert (two.value, two.n) == (pytest.approx(one.value), one.n)
        assert two.upper - two.lower == pytest.approx(one.upper - one.lower, rel=0.01)


def test_auc_within_modules_weighs_by_pairs(by_hand):
    """Both groups are ordered perfectly on A and blindly on B; the mix of modules makes the pooled gap."""

    def rows(gender, module, n, clear):
        scores = [0.1 + 0.8 * (i % 2) if clear else 0.01 * (i // 2 % 40) for i in range(n)]
        return [
            {"label": i % 2, "decision": 0, "score": s, "gender": gender, "module": module}
            for i, s in enumerate(scores)
        ]

    told = [*rows("F", "A", 200, True), *rows("F", "B", 80, False)]
    told += [*rows("M", "A", 80, True), *rows("M", "B", 200, False)]
    findings = by_hand(told).audit()
    assert findings["audit.auc.gender"].estimate.value > 0.05
    within = findings["audit.auc.gender.within"]
    assert within.estimate.value == pytest.approx(0.0, abs=1e-12)


def test_one_module_alone_has_nothing_to_compare_within(by_hand, alike):
    found = by_hand([*alike(100, 50, gender="F"), *alike(100, 60, gender="M")]).audit()
    assert found[SELECTION + ".within"].reason == "all students are on one module"
    assert found[SELECTION + ".difference"].verdict == "not analysed"


def test_groups_on_different_modules_can_not_be_compared_within(by_hand, alike):
    rows = [*alike(100, 50, gender="F", module="A"), *alike(100, 60, gender="M", module="B")]
    assert by_hand(rows).audit()[SELECTION + ".within"].reason == "no module holds two of the groups"


def test_a_rule_that_chooses_nobody_has_no_gap_within_to_bound(by_hand, alike):
    rows = [row for g in "FM" for m in "AB" for row in alike(50, 0, gender=g, module=m)]
    findings = by_hand(rows).audit()
    assert "so no error can be seen" in findings[SELECTION + ".within"].reason
    assert findings[SELECTION].verdict == "inconclusive"
