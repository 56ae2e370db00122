"""No suggestion where too little is known: by hand, never by a student's own group, and without telling of few."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from la_research.cohort import Cohort, Provenance
from la_research.disclosure import disclosed
from la_research.explanation import explain
from la_research.explanation.abstaining import abstained, abstaining_findings, no_suggestion
from la_research.explanation.abstaining.possible import BY_STUDENT, CALIBRATIONS, FORWARD, IN_EVERY_GROUP, thresholds
from la_research.explanation.abstaining.shares import _Table
from la_research.finding import Finding, Findings
from la_research.statistics.conformal import conformal_threshold
from tests.explanation.grounds import COLUMNS, ground, study

ASKED = {"level": 0.9, "weeks": 3, "unlike": 0.01}
N = 600


def world(n: int = N, seed: int = 1, **changes):
    """Two groups of unlike noise, scores that say something, and a fifth without a known label."""
    draw = np.random.default_rng(seed)
    group = np.where(draw.random(n) < 0.35, "M", "F")
    truth = (draw.random(n) < 0.35).astype(float)
    says = np.where(group == "F", 2.0, 0.5)
    score = 1 / (1 + np.exp(1 - says * truth - draw.normal(size=n)))
    label = np.where(draw.random(n) < 0.8, truth, np.nan)
    values = draw.normal(size=(n, len(COLUMNS)))
    given = {"group": group, "values": values, "label": label, "score": score, **changes}
    return ground(study(abstaining=ASKED), given.pop("group"), given.pop("values"), given.pop("label"), **given)


def findings(made) -> tuple[Finding, Finding]:
    found = disclosed(Findings(abstaining_findings(made)), made.minimum)
    return found["explanation.abstaining"], found["explanation.coverage"]


def test_a_week_is_observed_where_one_weekly_indicator_has_a_value_and_later_weeks_do_not_count() -> None:
    silent = np.arange(N) % 5  # 0 to 4 silent weeks of 4
    held = abstained(world(silent=silent))
    assert held.weeks.tolist() == (4 - silent).tolist()
    assert set(held.why[silent >= 2]) == {"short history"}
    assert "short history" not in held.why[silent < 2]


def test_thresholds_come_from_the_other_folds_alone_one_row_a_student() -> None:
    made = world()
    rows = made.rows
    held = abstained(made)
    for fold in (1, 5):
        others = rows[(rows["fold"] != fold) & rows["label"].notna()]
        for y in (0, 1):
            of = others.loc[others["label"] == y, "score"]
            expected = conformal_threshold(np.abs(of - y), 0.9)
            assert set(held.thresholds[BY_STUDENT][rows["fold"] == fold, y]) == {expected}


def test_in_every_group_the_threshold_is_the_largest_and_no_row_is_read_by_its_own_group() -> None:
    made = world()
    rows = made.rows.assign(group=made.group("gender"))
    held = abstained(made)
    test = rows["fold"] == 2
    others = rows[~test & rows["label"].notna()]
    for y in (0, 1):
        parts = [others[others["label"] == y], *(g for _, g in others[others["label"] == y].groupby("group"))]
        expected = max(conformal_threshold(np.abs(part["score"] - y), 0.9) for part in parts)
        assert set(held.thresholds[IN_EVERY_GROUP][test, y]) == {expected}


def test_another_group_of_a_student_or_another_label_changes_nothing_for_that_student() -> None:
    made, place = world(), 7
    group, label = made.group("gender").to_numpy().copy(), made.rows["label"].to_numpy().copy()
    group[place] = "M" if group[place] == "F" else "F"
    label[place] = 1.0 if label[place] != 1 else 0.0
    other = dataclasses.replace(world(group=group), rows=made.rows.assign(label=label))  # with the folds as they were
    other.__dict__["enrolments"] = made.enrolments
    before, after = abstained(made), abstained(other)
    for name in CALIBRATIONS[:3]:
        np.testing.assert_array_equal(before.thresholds[name][place], after.thresholds[name][place])
    assert before.like[place] == after.like[place]
    assert before.why[place] == after.why[place]


def test_a_student_on_two_rows_is_on_one_side_only() -> None:
    made = world()
    rows = made.rows.assign(student_id=[f"s{i // 2}" for i in range(N)], fold=np.arange(N) // 2 % 5 + 1)
    score = rows["score"].to_numpy()
    zeros = np.zeros(N, dtype=np.int64)
    found = thresholds(rows, [], zeros, zeros, 0.9, np.random.default_rng(1))[BY_STUDENT]
    for fold in range(1, 6):
        inside = rows["fold"] == fold
        allowed = score[~inside & rows["label"].eq(0)]
        assert found[inside, 0][0] in allowed


def test_forward_in_time_reads_earlier_presentations_alone() -> None:
    run = np.arange(N) % 3
    made = world(presentation=run)
    held = abstained(made).thresholds[FORWARD]
    assert np.isnan(held[run == 0]).all()
    for later in (1, 2):
        before = made.rows[(run < later) & made.rows["label"].eq(0)]
        assert set(held[run == later, 0]) == {conformal_threshold(before["score"], 0.9)}


def test_coverage_holds_in_every_group_and_forward_in_time_says_why_there_is_none() -> None:
    _, coverage = findings(world(n=3_000))
    told = {tuple(row.keys.items()): row for row in coverage.rows}
    for gender in "FM":
        assert told[("calibration", IN_EVERY_GROUP), ("gender", gender)].estimate.value >= 0.88
    assert told[(("calibration", FORWARD),)].reason == "there is no earlier presentation to calibrate on"
    assert told[(("calibration", BY_STUDENT),)].estimate.value == pytest.approx(0.9, abs=0.02)
    lowest = min(told[("calibration", IN_EVERY_GROUP), ("gender", gender)].estimate.value for gender in "FM")
    assert coverage.estimate.value == lowest
    assert coverage.assumptions[0].holds is True


def test_where_names_of_presentations_do_not_tell_their_order_nothing_is_calibrated_forward() -> None:
    run = np.arange(N) % 3
    made = world(presentation=run)
    names = np.array(["spring", "autumn", "summer"])[run]
    made.__dict__["enrolments"] = made.enrolments.assign(presentation=names)
    assert np.isnan(abstained(made).thresholds[FORWARD]).all()
    told = {tuple(row.keys.items()): row for row in findings(made)[1].rows}
    row = told[(("calibration", FORWARD),)]
    assert row.verdict == "not analysed"
    assert row.reason == "the order of the presentations in time can not be told from their names"


def test_beside_the_lowest_group_stands_what_all_students_together_have() -> None:
    _, coverage = findings(world())
    whole = next(row.estimate.value for row in coverage.rows if row.keys == {"calibration": IN_EVERY_GROUP})
    assert whole > 0.9
    said = f"of all students together it is {100 * whole:.1f} %, where 90 % is asked"
    assert coverage.assumptions[0].evidence.endswith(said)


def test_coverage_is_the_share_of_known_labels_in_their_sets() -> None:
    made = world()
    held = abstained(made)
    possible, label = held.possible(), made.rows["label"]
    hits = [possible[i, int(y)] for i, y in enumerate(label) if not np.isnan(y)]
    _, coverage = findings(made)
    row = next(row for row in coverage.rows if row.keys == {"calibration": IN_EVERY_GROUP})
    assert row.estimate.value == pytest.approx(sum(hits) / len(hits))
    assert row.estimate.n == label.notna().sum()


def test_the_headline_is_the_share_of_those_suggested_who_get_no_suggestion() -> None:
    made = world(n=2_000, silent=np.arange(2_000) % 20 // 10 * 3)  # half have one observed week
    held = abstained(made)
    share, _ = findings(made)
    suggested = made.rows["decision"] == 1
    assert share.estimate.value == pytest.approx((held.why[suggested] != "").mean())
    told = {tuple(row.keys.items()): row.estimate for row in share.rows if row.estimate}
    row = told[("among", "all"), ("why", "short history")]
    assert row.value == pytest.approx(0.5)
    assert row.n == 2_000


def counted(made, when: str) -> dict[tuple[str, str], float]:
    """Missed need and wrongly suggested, counted row by row."""
    why, rows = abstained(made).why, made.rows
    contact = (rows["decision"] == 1) & ((why == "") | (when == "before"))
    return {
        ("missed need", when): (~contact)[rows["label"] == 1].mean(),
        ("wrongly suggested", when): contact[rows["label"] == 0].mean(),
    }


def test_need_is_missed_more_and_wrongly_suggested_less_often_after_leaving_out() -> None:
    first = world(n=3_000, silent=np.arange(3_000) % 3)
    score = first.rows["score"]
    made = dataclasses.replace(first, rows=first.rows.assign(decision=(score >= score.quantile(0.6)).astype(int)))
    made.__dict__["enrolments"] = first.enrolments
    share, _ = findings(made)
    told = {tuple(row.keys.values()): row.estimate for row in share.rows if "when" in row.keys}
    expected = counted(made, "before") | counted(made, "after")
    assert {keys: pytest.approx(one.value) for keys, one in told.items()} == expected
    assert told["missed need", "after"].value > told["missed need", "before"].value
    assert told["missed need", "after"].n == told["missed need", "before"].n == (made.rows["label"] == 1).sum()


@pytest.mark.parametrize(("kept", "left_out"), [(4, 40), (40, 4)])
def test_neither_before_nor_after_is_told_where_few_in_need_are_left_out_or_suggested_all_the_same(kept, left_out):
    label = np.zeros(3_000)
    label[: 500 + kept + left_out] = 1
    label[-300:] = np.nan
    why = np.full(3_000, "", dtype="<U20")
    why[kept : kept + left_out] = "short history"
    why[1_000:1_050] = why[2_750:2_790] = "uncertain"
    chosen = np.zeros(3_000, dtype=bool)
    chosen[: kept + left_out] = chosen[1_000:1_080] = chosen[2_750:2_820] = True
    made = world(n=3_000, label=label)
    table = _Table(made, why, chosen, np.arange(3_000))
    hidden = {row.keys["what"] for row in table.by_need(label) if row.verdict == "suppressed"}
    assert hidden == {"missed need"}  # those whose label is not known, of whom nothing is shown, cover it


def test_without_a_suggested_contact_the_question_is_not_analysed_and_not_suppressed() -> None:
    made = world()
    none = dataclasses.replace(made, rows=made.rows.assign(decision=0))
    none.__dict__["enrolments"] = made.enrolments
    share, _ = findings(none)
    assert (share.verdict, share.reason, share.estimate) == ("not analysed", "there is no such student", None)


def test_a_reason_of_fewer_than_ten_students_is_hidden_and_no_difference_gives_it_away() -> None:
    silent = np.where(np.arange(N) < 4, 4, 0)  # four students
    share, _ = findings(world(silent=silent))
    rows = {tuple(row.keys.values()): row for row in share.rows if "why" in row.keys or len(row.keys) == 1}
    for among in ("all", "suggested"):
        assert rows[among, "short history"].verdict == "suppressed"
        shown = [row for keys, row in rows.items() if keys[0] == among and row.estimate is not None]
        assert len(shown) <= 2  # two of three reasons at least are hidden; their sum may be told


def test_a_small_group_is_hidden_with_another() -> None:
    made = world(n=900)
    group = made.group("gender").to_numpy().copy()
    group[:6] = "X"
    share, coverage = findings(world(n=900, group=group))
    for finding in (share, coverage):
        shown = {row.keys["gender"] for row in finding.rows if row.estimate and "gender" in row.keys}
        assert "X" not in shown
        assert len(shown) == 1  # of three, the next smallest goes with it


def test_where_few_have_no_label_their_number_is_not_given_away() -> None:
    label = (np.arange(N) % 3 == 0).astype(float)
    assert findings(world(label=label))[1].rows[0].estimate.n == N
    label[:4] = np.nan
    _, coverage = findings(world(label=label))
    assert (coverage.verdict, coverage.rows) == ("suppressed", ())


def test_each_reason_is_told_to_a_student_in_plain_words() -> None:
    silent = np.where(np.arange(N) == 0, 4, 0)
    made = world(silent=silent)
    held = abstained(made)
    assert no_suggestion(made, "u00000").startswith("There were fewer than 3 weeks with data up to week 4.")
    unsure = made.rows["unit_id"][int(np.flatnonzero(held.why == "uncertain")[0])]
    assert no_suggestion(made, unsure, held) == "The score can not tell here. Both answers are still possible."
    sure = made.rows["unit_id"][int(np.flatnonzero(held.why == "")[0])]
    assert no_suggestion(made, sure, held) == ""
    with pytest.raises(KeyError):
        no_suggestion(made, "nobody", held)


def test_the_most_unlike_are_told_apart_and_get_no_suggestion() -> None:
    draw = np.random.default_rng(2)
    values = draw.normal(size=(N, len(COLUMNS)))
    values[11] = 30.0, -30.0, 30.0
    held = abstained(world(values=values))
    assert held.why[11] == "unlike the others"
    assert (held.why == "unlike the others").mean() <= 0.03


def test_where_it_is_not_registered_nothing_is_asked_and_without_tables_it_is_still_answered() -> None:
    made = world()
    silent = dataclasses.replace(made, protocol=study())
    assert list(abstaining_findings(silent)) == []
    assert list(abstaining_findings(dataclasses.replace(made, population="clicks"))) == []
    bare = dataclasses.replace(
        made, cohort=Cohort({}, Provenance("synthetic", "test"), ""), indicators=made.indicators.slice(0, 0)
    )
    share, coverage = abstaining_findings(bare)
    assert share.estimate is not None
    assert share.assumptions[0].holds is False  # no weekly indicator is at hand
    assert coverage.assumptions[0].holds is None  # no group is recorded


def test_twice_is_the_same_and_the_question_is_among_those_asked() -> None:
    assert list(abstaining_findings(world())) == list(abstaining_findings(world()))
    assert abstaining_findings in explain.QUESTIONS
