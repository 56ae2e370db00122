"""Groups compared over all students: values, intervals, verdicts, and what is said of them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from la_research.audit import AuditPlan, audit_rows
from la_research.audit.disparity import Comparison, differing, verdicts
from la_research.models import Predictions
from la_research.seeds import stream
from la_research.statistics.gaps import Gap
from la_research.statistics.intervals import newcombe_difference, wilson
from la_research.wording import lint

FNR, SELECTION, TPR, AUC = "audit.fnr.gender", "audit.selection.gender", "audit.tpr.gender", "audit.auc.gender"


def groups(finding):
    return {row.keys["gender"]: row.estimate for row in finding.rows if row.keys["what"] == "group"}


def test_a_missed_need_is_counted_among_students_with_need_only(by_hand, alike):
    without = [{"label": 0, "decision": 0, "gender": gender} for gender in "FM"] * 50
    found = by_hand([*alike(400, 300, gender="F"), *alike(600, 300, gender="M"), *without]).audit()[FNR]
    assert {name: (e.value, e.n) for name, e in groups(found).items()} == {"F": (1 / 4, 400), "M": (3 / 6, 600)}
    assert (groups(found)["F"].lower, groups(found)["F"].upper) == pytest.approx(wilson(100, 400))
    gap = (found.estimate.value, found.estimate.lower, found.estimate.upper)
    assert gap == pytest.approx(newcombe_difference(300, 600, 100, 400))
    assert found.estimate.n == 400 + 600


def test_a_wide_gap_is_a_disparity_told_about_the_rule(by_hand, alike):
    found = by_hand([*alike(400, 300, gender="F"), *alike(400, 100, gender="M")]).audit()[FNR]
    assert found.verdict == "disparity"
    assert found.reason == (
        "the rule misses students with the outcome more often among students recorded as gender M"
        " than among students recorded as gender F, by more than the margin of 10 percentage points"
    )
    assert found.confirmatory


def test_a_narrow_gap_on_many_students_is_equivalent(by_hand, alike):
    found = by_hand([*alike(2000, 1000, gender="F"), *alike(2000, 1020, gender="M")]).audit()[TPR]
    assert found.verdict == "equivalent"
    assert "within the margin of 10 percentage points" in found.reason


def test_a_gap_that_may_be_on_either_side_of_the_margin_is_inconclusive(by_hand, alike):
    found = by_hand([*alike(100, 50, gender="F"), *alike(100, 60, gender="M")]).audit()[TPR]
    assert found.verdict == "inconclusive"
    assert found.reason.startswith("the interval of the largest gap reaches across the margin")


def test_a_difference_inside_the_margin_is_equivalent_and_said_to_exist(by_hand, alike):
    found = by_hand([*alike(4000, 2000, gender="F"), *alike(4000, 2200, gender="M")]).audit()[TPR]
    assert found.verdict == "equivalent"
    assert found.estimate.lower > 0
    assert found.reason.startswith(
        "a difference exists, but the 90 % interval of every two groups lies within the margin"
    )


def test_a_wide_gap_of_few_students_is_a_disparity_and_a_narrow_one_is_not(by_hand, alike):
    wide = by_hand([*alike(18, 0, gender="F"), *alike(400, 400, gender="M")]).audit()[TPR]
    assert wide.verdict == "disparity"
    narrow = by_hand([*alike(18, 8, gender="F"), *alike(40, 20, gender="M")]).audit()[TPR]
    assert narrow.verdict == "inconclusive"
    assert narrow.reason.startswith("the interval of the largest gap reaches across the margin")


def test_students_with_several_rows_need_twenty_expected_on_either_side(by_hand, alike):
    rows = [*alike(30, 0, gender="F"), *alike(400, 400, gender="M")]
    found = by_hand([{**row, "student": f"s{i // 2}"} for i, row in enumerate(rows)]).audit()[TPR]
    assert found.verdict == "inconclusive"
    assert "20 expected on either side of the rule as students have several rows" in found.reason
    assert found.assumptions[-1].holds is False


def test_a_group_under_the_minimum_size_stays_out_and_its_row_is_suppressed(by_hand, alike):
    rows = [*alike(200, 100, gender="F"), *alike(200, 110, gender="M"), *alike(9, 9, gender="X")]
    found = by_hand(rows).audit()[SELECTION]
    assert found.estimate is None  # F is hidden with X, and the gap beside the share of M would tell F's
    assert "1 group of fewer than 10 students does not enter the gap." in found.limitations
    hidden = [row.keys["gender"] for row in found.rows if row.verdict == "suppressed"]
    assert hidden == ["F", "X"]  # with the next smallest, the first of two alike


def test_a_group_with_few_students_in_need_stays_out_and_withholds_the_verdict(by_hand, alike):
    without = [{"label": 0, "decision": 0, "gender": gender} for gender in "FMX"] * 100
    rows = [*alike(400, 300, gender="F"), *alike(400, 100, gender="M"), *alike(5, 5, gender="X"), *without]
    found = by_hand(rows).audit()[TPR]
    assert found.estimate is None
    assert found.verdict == "inconclusive"
    assert "gender X" in found.reason


def test_a_gap_that_is_there_but_may_be_inside_the_margin_is_said_to_be_there(by_hand, alike):
    found = by_hand([*alike(400, 200, gender="F"), *alike(400, 250, gender="M")]).audit()[TPR]
    assert found.verdict == "inconclusive"
    assert found.estimate.lower > 0
    assert found.reason.startswith(
        "a gap is there; whether it is larger than the margin of 10 percentage points can not be told"
    )


def test_what_equivalence_is_judged_by_stands_beside_the_wider_interval(by_hand, alike):
    """As shown the interval passes the margin; that at 90 % does not, and is what the verdict reads."""
    found = by_hand([*alike(600, 480, gender="F"), *alike(600, 516, gender="M")]).audit()[TPR]
    (judged,) = [row.estimate for row in found.rows if row.keys == {"what": "equivalence"}]
    assert found.verdict == "equivalent"
    assert (judged.value, judged.lower, judged.upper) == pytest.approx(
        newcombe_difference(516, 600, 480, 600, level=0.9)
    )
    assert judged.level == pytest.approx(0.9)
    assert judged.upper < 0.1 < found.estimate.upper
    assert "the 90 % interval of every two groups lies within the margin of 10 percentage points" in found.reason


def test_one_student_with_most_of_the_rows_decides_nothing(by_hand, alike):
    """Forty students, of whom one holds 900 of 1,200 rows."""
    rows = [*alike(900, 450, gender="F"), *alike(150, 75, gender="F"), *alike(1200, 600, gender="M")]
    who = ["s0"] * 900 + [f"f{i % 19}" for i in range(150)] + [f"m{i % 300}" for i in range(1200)]
    found = by_hand([{**row, "student": name} for row, name in zip(rows, who, strict=True)]).audit()[SELECTION]
    assert found.verdict == "inconclusive"
    assert "one student holds more than 10 % of the rows among students recorded as gender F" in found.reason
    assert "gender M," not in found.reason
    women = groups(found)["F"]
    assert women.upper - women.lower > 0.6  # 900 rows of one student and 150 of others count as fewer than two


def test_students_without_a_recorded_value_are_in_no_group_and_counted(by_hand, alike):
    rows = [*alike(100, 50, gender="F"), *alike(100, 50, gender="M"), *alike(30, 0, gender=None)]
    found = by_hand(rows).audit()[SELECTION]
    assert set(groups(found)) == {"F", "M"}
    assert "30 students without a recorded gender are in no group." in found.limitations


def test_an_attribute_that_the_vault_lacks_is_not_analysed(by_hand, alike):
    findings = by_hand(alike(50, 10), "fairness: {sensitive: {gender: {}}, metrics: [selection, auc]}").audit()
    assert {f.verdict for f in findings} == {"not analysed"}
    reasons = [f.reason for f in findings if f.id.endswith((".gender", ".within", ".difference", ".heterogeneity"))]
    assert reasons == ["the data hold no gender"] * 9  # a rate has four, an AUC three; who is there, and the features


def test_without_need_among_the_scored_only_what_needs_no_need_is_analysed(by_hand):
    rows = [{"label": 0, "decision": i % 2, "gender": "FM"[i % 3 == 0]} for i in range(200)]
    findings = by_hand(rows).audit()
    assert findings[FNR].reason == "there are no students with the outcome among those scored"
    assert findings[AUC].reason == "all students scored have the same label"
    assert findings["audit.fpr.gender"].verdict != "not analysed"


def test_a_row_without_a_label_counts_for_selection_only(by_hand, alike):
    unlabelled = [{"label": None, "decision": 1, "gender": "F"}] * 50
    findings = by_hand([*alike(100, 50, gender="F"), *alike(100, 50, gender="M"), *unlabelled]).audit()
    assert groups(findings[SELECTION])["F"].value == 100 / 150
    assert groups(findings[TPR])["F"].value == 50 / 100
    assert "All students scored count, also those whose label is not known." in findings[SELECTION].limitations
    assert "Students whose label is not known are scored, but do not count here." in findings[TPR].limitations


def test_places_in_a_fold_are_among_all_scored_with_or_without_a_label(by_hand):
    rows = [{"label": i % 2, "decision": 0, "score": 0.01 * i, "gender": "FM"[i // 2 % 2]} for i in range(80)]
    unlabelled = [{"label": None, "decision": 1, "score": 0.005 * i, "gender": "F"} for i in range(50)]
    with_them, without = (groups(by_hand(told).audit()[AUC]) for told in ([*rows, *unlabelled], rows))
    assert with_them == without


def test_the_same_rows_of_fewer_students_tell_less(by_hand, alike):
    apart = [*alike(200, 100, gender="F"), *alike(200, 120, gender="M")]
    together = [{**row, "student": f"s{i // 2}"} for i, row in enumerate(apart)]
    one, two = by_hand(apart).audit()[TPR], by_hand(together).audit()[TPR]
    assert two.estimate.value == pytest.approx(one.estimate.value)
    assert two.estimate.upper > one.estimate.upper + 0.02
    assert (one.estimate.n, two.estimate.n) == (400, 200)
    assert groups(two)["F"].upper - groups(two)["F"].lower > groups(one)["F"].upper - groups(one)["F"].lower


def test_the_order_of_rows_changes_nothing(campus):
    assert campus.shuffled().audit().as_json() == campus.audit().as_json()


def test_every_sentence_is_about_the_system(campus):
    told = [
        text
        for finding in campus.audit()
        for text in (finding.question, finding.reason or "", *finding.limitations, *map(str, finding.assumptions))
    ]
    assert [lint(text) for text in told if lint(text)] == []


def test_one_small_gap_among_many_comparisons_is_no_disparity():
    plain = Comparison((0, 1), 0, (), Gap(0.2, 0.11, 0.29, (0, 1)), 0.03, False)
    quiet = Comparison((0, 1), 0, (), Gap(0.1, 0.0, 0.2, (0, 1)), 0.6, False)
    assert verdicts([plain], 0.05) == ["disparity"]
    assert verdicts([plain, quiet], 0.05) == ["inconclusive", "inconclusive"]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_a_comparison_that_could_not_be_made_makes_no_other_easier(pvalues):
    made = [Comparison((0, 1), 0, (), Gap(0.2, 0.1, 0.3, (0, 1)), p, False) for p in pvalues]
    missing = Comparison((), 0, (), None, 1.0, False)
    alone, among = verdicts(made, 0.05), verdicts([*made, missing], 0.05)
    assert among[-1] == "not analysed"
    assert all(b == "inconclusive" or a == "disparity" for a, b in zip(alone, among, strict=False))


def test_scores_of_different_folds_are_not_ranked_against_each_other(by_hand):
    """In either fold everyone with need scores above everyone without; the second fold's scores are lower."""
    rows = [
        {"label": i % 2, "decision": 0, "score": (0.1 + 0.01 * i if i % 2 else 0) + 0.4 * (fold == 1), "fold": fold}
        for i in range(20)
        for fold in (1, 2)
    ]
    found = by_hand([{**row, "gender": gender} for row in rows for gender in "FM"]).audit()[AUC]
    assert {name: e.value for name, e in groups(found).items()} == {"F": 1.0, "M": 1.0}
    assert "A score counts by its place in its fold, since each fold has a model of its own." in found.limitations


def test_auc_by_group_is_what_fairlearn_gives_for_places_in_folds(campus):
    from fairlearn.metrics import MetricFrame
    from sklearn.metrics import roc_auc_score

    frame = campus.predictions.frame.assign(fold=lambda rows: np.arange(len(rows)) % 3)
    frame["score"] += 0.3 * frame["fold"]
    study = replace(campus, predictions=Predictions(frame, campus.predictions.features))
    place = frame.groupby("fold")["score"].transform(lambda part: rankdata(part) / len(part) - 0.5 / len(part))
    gender = campus.cohort.vault(("gender",)).loc[frame["unit_id"], "gender"].to_numpy()
    expected = MetricFrame(
        metrics=roc_auc_score, y_true=frame["label"], y_pred=place.round(12), sensitive_features=gender
    ).by_group
    found = groups(study.audit()[AUC])
    assert {name: e.value for name, e in found.items()} == pytest.approx(expected.to_dict(), abs=1e-9)


def test_a_score_that_tells_folds_apart_only_has_no_order(by_hand):
    rows = [
        {"label": i % 2, "decision": 0, "gender": "FM"[i // 2 % 2], "fold": fold, "score": 0.3 * fold}
        for i in range(80)
        for fold in (1, 2)
    ]
    findings = by_hand(rows).audit()
    for part in ("", ".within", ".difference"):
        assert findings[AUC + part].reason == "within each fold every student has the same score"


def test_auc_by_group_is_perfect_where_scores_are_and_half_where_they_say_nothing(by_hand):
    clear = [{"label": i % 2, "decision": 0, "score": 0.1 + 0.8 * (i % 2), "gender": "F"} for i in range(60)]
    blind = [{"label": i % 2, "decision": 0, "score": float(np.floor(i / 2)) / 60, "gender": "M"} for i in range(60)]
    found = by_hand([*clear, *blind]).audit()[AUC]
    assert {name: e.value for name, e in groups(found).items()} == {"F": 1.0, "M": 0.5}
    assert found.verdict == "disparity"
    assert (
        "the score tells students with the outcome from others better among students recorded as gender F"
        in found.reason
    )


def test_a_difference_is_said_to_exist_once_all_comparisons_count():
    one = Comparison((0, 1), 0, (), Gap(0.02, 0.001, 0.04, (0, 1)), 1.0, True, none=0.04)
    (alone,), family = differing([one], 0.05), differing([one] * 24, 0.05)
    assert alone.differs
    assert not any(found.differs for found in family)


def test_few_cases_behind_an_average_precision_or_students_behind_many_rows_leave_it_open():
    rng, n = stream(5, "tests", "few"), 12
    label = np.tile(np.repeat([1.0, 0.0], [n, 100]), 2)
    rows = pd.DataFrame({"label": label, "score": rng.random(len(label)), "gender": np.repeat(["F", "M"], n + 100)})
    rows["student_id"] = rows["unit_id"] = [str(i) for i in range(len(rows))]
    rows = rows.assign(fold=1, stratum="x", decision=rng.integers(0, 2, len(rows)))
    ap = audit_rows(AuditPlan({"gender": 0.0}, metrics=("average_precision",), stratum=""), rows)
    found = ap["audit.average_precision.gender"]
    assert found.verdict == "inconclusive"
    assert "needs that 50 hold either label" in found.reason
    rows = rows.assign(student_id=[str(i // 8) for i in range(len(rows))])
    found = audit_rows(AuditPlan({"gender": 0.0}, metrics=("selection",), stratum=""), rows)["audit.selection.gender"]
    assert found.verdict == "inconclusive"
    assert "too few students for a verdict" in found.reason
