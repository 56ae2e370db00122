"""Gaps within modules against gaps over all students, on numbers small enough to work by hand."""

import math
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from la_research.audit.inside import Inside, inside_of
from la_research.audit.measured import Measured
from la_research.audit.plan import AuditPlan
from la_research.audit.standardised import cells_of, pooled_contrast, within_contrast
from la_research.audit.task import tasks_of
from la_research.seeds import stream
from la_research.statistics.intervals import newcombe_difference, wilson, z_value

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


def test_the_interval_within_modules_is_made_of_four_wilson_bounds(by_hand, alike):
    """Both modules have the same gap and weight, so the mix adds nothing and each cell counts by half."""
    found = by_hand(simpson(alike)).audit()[SELECTION + ".within"].estimate
    men, women = [(65, 100), (80, 400)], [(220, 400), (10, 100)]
    down = [x / n - wilson(x, n)[0] for x, n in men] + [wilson(x, n)[1] - x / n for x, n in women]
    up = [wilson(x, n)[1] - x / n for x, n in men] + [x / n - wilson(x, n)[0] for x, n in women]
    assert found.lower == pytest.approx(0.10 - math.sqrt(sum(d**2 for d in down)) / 2)
    assert found.upper == pytest.approx(0.10 + math.sqrt(sum(u**2 for u in up)) / 2)


def test_where_nobody_of_a_group_was_chosen_the_gap_is_not_taken_for_certain(by_hand, alike):
    rows = [*alike(40, 0, gender="F", module="A"), *alike(40, 0, gender="F", module="B")]
    rows += [*alike(400, 40, gender="M", module="A"), *alike(400, 40, gender="M", module="B")]
    found = by_hand(rows).audit()[SELECTION + ".within"].estimate
    upper = math.sqrt(2 * (wilson(0, 40)[1] ** 2 + (40 / 400 - wilson(40, 400)[0]) ** 2)) / 2
    assert found.lower == pytest.approx(0.10 - upper)


def test_the_gap_of_each_module_is_a_row_in_the_same_direction(by_hand, alike):
    rows = by_hand(simpson(alike)).audit()[SELECTION + ".within"].rows
    assert {row.keys["module"]: round(row.estimate.value, 12) for row in rows} == {"A": 0.10, "B": 0.10}
    assert {row.estimate.n for row in rows} == {500}
    assert (0.10, rows[0].estimate.lower, rows[0].estimate.upper) == pytest.approx(
        newcombe_difference(65, 100, 220, 400)
    )


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
    assert any("these stay out (together 20.0 % of the weight): C." in text for text in found.limitations)
    assert found.estimate.n == 1000  # not the 250 on C


def test_modules_that_few_students_are_on_are_named_without_their_weight(by_hand, alike):
    rows = [*simpson(alike), *alike(4, 2, gender="F", module="C"), *alike(5, 2, gender="F", module="D")]
    findings = by_hand(rows).audit()
    found = findings[SELECTION + ".within"]
    (said,) = [text for text in found.limitations if "stay out:" in text]
    assert said.endswith("these stay out: C, D.")
    assert findings[SELECTION].estimate.n - found.estimate.n == 9  # 1009 - 1000, as for any one to nine
    fewer = by_hand(rows[:-6]).audit()
    assert fewer[SELECTION].estimate.n - fewer[SELECTION + ".within"].estimate.n == 9  # 1003 - 1000
    assert "Fewer than 10 students of the two groups are on modules that stay out" in "".join(found.limitations)


def test_the_mix_of_modules_is_not_blamed_for_modules_that_stay_out(by_hand, alike):
    rows = []
    for module, men in (("A", 30), ("B", 20)):
        rows += [*alike(100, 50, gender="F", module=module), *alike(100, men, gender="M", module=module)]
    whole = by_hand(rows).audit()[SELECTION + ".difference"]
    part = by_hand([*rows, *alike(50, 50, gender="F", module="C")]).audit()[SELECTION + ".difference"]
    assert part.reason.endswith("part of the difference is that some modules could not be compared")
    shown = {row.keys["what"]: row.estimate for row in part.rows}
    assert shown["pooled"].value == pytest.approx(150 / 250 - 50 / 200)
    assert shown["within"].value == pytest.approx((0.20 + 0.30) / 2)
    assert part.estimate.value == pytest.approx(shown["pooled"].value - shown["within"].value)
    assert (shown["pooled"].n, shown["within"].n, part.estimate.n) == (450, 400, 400)
    assert whole.verdict == "not analysed" or "mix of modules" in whole.reason


def test_with_most_of_the_weight_left_out_nothing_is_told(by_hand, alike):
    rows = [*alike(50, 25, gender="F", module="A"), *alike(50, 20, gender="M", module="A")]
    rows += [*alike(60, 30, gender="F", module="B"), *alike(41, 20, gender="M", module="C")]  # 101 out, 100 in
    findings = by_hand(rows).audit()
    for part in (".within", ".difference"):
        assert findings[SELECTION + part].verdict == "not analysed"
        assert findings[SELECTION + part].reason == "too few modules hold enough of both groups"
    assert by_hand(rows[:-1]).audit()[SELECTION + ".within"].verdict == "described"


def test_a_group_of_which_too_few_are_where_both_are_is_not_compared(by_hand, alike):
    rows = [*alike(100, 25, gender="F", module="A"), *alike(9, 4, gender="M", module="A")]
    rows += [*alike(60, 30, gender="M", module="B")]
    found = by_hand(rows).audit()[SELECTION + ".within"]
    assert found.reason == "too few modules hold enough of both groups"


def test_intervals_of_rows_stay_in_what_is_possible(by_hand, alike):
    rows = []
    for module in "AB":
        rows += [
            *alike(12, 12, gender="F", module=module),
            *alike(12, 0 if module == "A" else 1, gender="M", module=module),
        ]
    findings = by_hand(rows).audit()
    shown = [row.estimate for part in (".within", ".difference") for row in findings[SELECTION + part].rows]
    assert len(shown) == 4
    assert all(-1 <= estimate.lower <= estimate.upper <= 1 for estimate in shown)


def test_a_reverse_is_told_only_where_it_holds_for_all_pairs_at_once(by_hand, alike):
    """Over all, F and M differ by 2.3 standard errors: enough for one pair, not for three (2.39)."""
    cells = [("F", "A", 300, 168), ("M", "A", 100, 70), ("F", "B", 100, 15), ("M", "B", 300, 81)]
    rows = [row for g, m, n, chosen in cells for row in alike(n, chosen, gender=g, module=m)]
    third = [row for m in "AB" for row in alike(200, 80, gender="X", module=m)]  # 0.40, between both
    two, three = (by_hand(told).audit()[SELECTION + ".difference"].reason for told in (rows, [*rows, *third]))
    assert "the reverse, and both are supported" in two
    assert "the reverse" not in three


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


def test_a_rule_that_chooses_nobody_leaves_a_gap_bounded_but_no_difference_to_see(by_hand, alike):
    rows = [row for g in "FM" for m in "AB" for row in alike(50, 0, gender=g, module=m)]
    findings = by_hand(rows).audit()
    within = findings[SELECTION + ".within"].estimate
    assert (within.value, within.lower) == (0.0, 0.0)
    assert within.upper == pytest.approx(wilson(0, 50)[1] / math.sqrt(2))
    assert "so no error can be seen" in findings[SELECTION + ".difference"].reason


def test_intervals_within_modules_and_of_the_difference_cover_the_truth():
    """Three modules with unlike mixes of two groups; rows are drawn anew, module and group too."""
    rng, draws, n = stream(9, "tests", "within"), 400, 400
    mix = np.array([[0.05, 0.25], [0.2, 0.2], [0.2, 0.1]])  # module x group
    chosen = np.array([[0.1, 0.2], [0.3, 0.3], [0.5, 0.6]])
    truth = float(mix.sum(axis=1) @ (chosen[:, 0] - chosen[:, 1]))
    pooled = (mix * chosen).sum(axis=0) / mix.sum(axis=0)
    covered = np.zeros(2, dtype=int)
    for _ in range(draws):
        cell = rng.choice(6, n, p=mix.ravel())
        stratum, group = cell // 2, cell % 2
        decision = (rng.random(n) < chosen[stratum, group]).astype(float)
        every = np.ones(n, dtype=bool)
        cells = cells_of(Measured("selection", every, decision, decision, np.arange(n), stratum, False), group, 2)
        within = within_contrast(cells, (0, 1))
        change = pooled_contrast(cells, (0, 1)).minus(within)
        lower, upper = within.bounds(cells, z_value(0.95))
        half = z_value(0.95) * change.error(cells)
        covered += [lower <= truth <= upper, abs(change.value - (pooled[0] - pooled[1] - truth)) <= half]
    assert (covered >= binom.ppf(0.001, draws, 0.95)).all()


def test_all_pairs_are_held_against_what_every_pair_alone_needs_and_students_are_counted_once():
    """Twelve groups on four courses, some of them thin; half of the students have two rows."""
    rng = stream(3, "tests", "compared")
    rows = pd.DataFrame({"student_id": [f"s{i % 132}" for i in range(198)], "fold": 1, "score": 0.5, "label": 1.0})
    rows["g"] = [f"g{i % 132 % 12:02d}" for i in range(198)]
    rows["stratum"] = rng.choice(list("ABCD"), size=198, p=[0.5, 0.3, 0.15, 0.05])
    rows["decision"] = rng.integers(0, 2, 198)
    plan = AuditPlan({"g": 0.1}, metrics=("selection",), stratum="course", confirmatory=False)
    inside = inside_of(plan, tasks_of(plan, rows, "audit")[0], list("ABCD"))
    assert isinstance(inside, Inside)
    every = list(combinations(range(inside.cells.groups), 2))
    held = rows.groupby(["g", "stratum"])["decision"].size().unstack(fill_value=0) > 1
    mix = rows["stratum"].value_counts().sort_index()
    needed = []
    for pair in every:
        both = held.iloc[list(pair)].all()
        here = rows[rows["stratum"].isin(both[both].index)]
        counts = [here.loc[here["g"] == f"g{group:02d}", "student_id"].nunique() for group in pair]
        if min(counts) >= 10 and mix[both].sum() >= mix.sum() / 2:
            needed.append(pair)
    assert inside.compared(every) == needed
    assert [pair for pair in every if inside.enough(pair)] == needed
    assert 0 < len(needed) < len(every)
