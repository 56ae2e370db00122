"""The flat extract of a cohort: declared by hand, without extremes and rare classes, and tables again."""

from __future__ import annotations

import json

import pandas as pd
import pyarrow as pa
import pytest

from la_research.cohort import Cohort, Provenance, check_cohort
from la_research.errors import CohortError
from la_research.evaluation import evaluate_intervention
from la_research.schema import TABLES
from la_research.store import load_cohort, load_protocol, load_scenario
from la_research.synthetic import generate_cohort
from la_research.synthetic.twins import extract, order_breaches, read_rule, rebuilt, rule_breaches
from la_research.synthetic.twins.columns import bounded, metadata, suppressed

HERE = Provenance("synthetic", "by hand")


def changed(cohort: Cohort, **frames: pd.DataFrame) -> Cohort:
    tables = {name: cohort.arrow(name) for name in TABLES}
    given = {name: pa.Table.from_pandas(frame, preserve_index=False) for name, frame in frames.items()}
    return Cohort(tables | given, cohort.provenance, "sha256:changed")


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return generate_cohort(load_scenario("default"), n=600, seed=5)[0]


@pytest.fixture(scope="module")
def flat(cohort):
    return extract(cohort)


def planted(cohort: Cohort) -> Cohort:
    """With three students of a class of their own, and one student beyond all others."""
    students, vault, activity = (cohort.frame(name) for name in ("students", "vault", "activity"))
    students.loc[7, ["entry_tariff", "paid_work_hours"]] = [487.0, 163]
    three = vault.index[vault["attribute"] == "ethnicity"][:3]
    vault.loc[three, "value"] = "Islander"
    activity.loc[11, "count"] = 9173
    return changed(cohort, students=students, vault=vault, activity=activity)


def test_an_extract_has_one_row_a_student_and_no_name_of_any(cohort, flat):
    assert len(flat.frame) == cohort.arrow("students").num_rows
    assert not flat.frame.isin(cohort.frame("students")["student_id"]).any(axis=None)
    assert {"course", "end", "actions 04", "WHO-5 10", "PHQ-8 08", "arm", "contacted", "talked", "gender"} <= set(
        flat.frame
    )


def test_what_sdv_is_told_does_not_depend_on_the_students(cohort, flat):
    other = extract(generate_cohort(load_scenario("over_working"), n=700, seed=9)[0])
    assert metadata(flat.columns) == metadata(other.columns) == metadata(extract(planted(cohort)).columns)


def test_no_extreme_and_no_rare_class_of_a_student_is_in_the_extract(cohort):
    told = extract(planted(cohort))
    assert told.frame["entry_tariff"].max() < 487
    assert told.frame["paid_work_hours"].max() < 163
    assert max(told.frame[name].max() for name in told.frame if name.startswith("actions")) < 9173
    assert "Islander" not in set(told.frame["ethnicity"])
    assert "Islander" not in json.dumps(metadata(told.columns))


@pytest.mark.parametrize("name", ["entry_tariff", "actions 04", "mark", "end"])
def test_ten_students_share_either_end_of_a_number(flat, name):
    values = flat.frame[name].dropna()
    if name != "end" or len(values) >= 10:
        assert (values == values.min()).sum() >= 10
        assert (values == values.max()).sum() >= 10


def test_every_class_of_a_category_has_ten_students(flat):
    smallest = {c.name: flat.frame[c.name].value_counts().min() for c in flat.columns if not c.is_number}
    assert min(smallest.values()) >= 10, smallest


def test_a_gap_that_fewer_than_ten_have_is_filled_and_a_value_that_fewer_have_is_left_out():
    assert bounded(pd.Series([*range(20), None])).isna().sum() == 0
    assert bounded(pd.Series([1.0, 2.0, *[None] * 20])).isna().all()
    assert suppressed(pd.Series([None] * 12 + ["a"] * 12)).value_counts().to_dict() == {"not recorded": 12, "a": 12}


def test_an_extract_made_into_tables_again_is_a_sound_cohort_with_the_same_answers(cohort, flat):
    again = rebuilt(flat.frame, flat.design, HERE)
    assert check_cohort({name: again.arrow(name) for name in TABLES}) == []
    assert again.arrow("students").num_rows == len(flat.frame)
    protocol = load_protocol("protocols/early-engagement")
    before, after = (
        evaluate_intervention(protocol, c)["evaluation.contact.unadjusted"].estimate for c in (cohort, again)
    )
    assert (after.value, after.n) == pytest.approx((before.value, before.n), rel=0.05)
    assert not set(again.frame("students")["student_id"]) & set(cohort.frame("students")["student_id"])


def test_scores_are_dealt_over_items_and_add_up_again(flat):
    from la_research.cohort.outcomes import questionnaire_scores

    again = rebuilt(flat.frame, flat.design, HERE)
    for name in ("WHO-5", "PHQ-8"):
        scores = questionnaire_scores(again, name)
        for week in scores["week"].unique():
            held = flat.frame[f"{name} {week:02d}"].dropna()
            assert sorted(scores.loc[scores["week"] == week, "score"]) == sorted(held)


def test_a_cohort_without_questionnaires_draws_and_classes_has_a_twin_too(cohort):
    empty = {
        name: cohort.frame(name).iloc[:0] for name in ("responses", "assignments", "contacts", "attendance", "services")
    }
    tables = {name: cohort.arrow(name) for name in TABLES if name not in empty}
    bare = extract(Cohort(tables, cohort.provenance, "sha256:bare"))
    assert bare.design.trial is None
    assert bare.scores() == ()
    again = rebuilt(bare.frame, bare.design, HERE)
    assert check_cohort({name: again.arrow(name) for name in TABLES}) == []


def test_too_few_students_are_refused():
    with pytest.raises(CohortError) as refused:
        extract(load_cohort("synthetic/handmade"))
    assert [fault.code for fault in refused.value.faults] == ["twin.too_few"]


def test_the_mechanism_breaks_neither_its_rule_nor_the_order_of_time(cohort, flat):
    rule = read_rule(cohort, flat.design.trial)
    redraw = generate_cohort(load_scenario("default"), n=600, seed=6)[0]
    for campus in (cohort, redraw):
        assert rule_breaches(campus, rule)[0] == 0
        assert order_breaches(campus, rule.trial) == (0, 600)


def test_students_drawn_above_the_cut_off_or_against_their_will_are_counted(cohort, flat):
    rule = read_rule(cohort, flat.design.trial)
    drawn, activity, consent = (cohort.frame(name) for name in ("assignments", "activity", "consent"))
    alone = cohort.frame("enrolments").drop_duplicates("student_id", keep=False).set_index("student_id")["enrolment_id"]
    one, two, three = [name for name in drawn["student_id"] if name in alone.index][:3]
    busy = pd.DataFrame(
        {
            "enrolment_id": [alone[one], alone[two]],
            "week": 4,
            "source": "vle",
            "count": 500,
            "active_days": 7,
            "seconds": 0,
        }
    )
    kept = activity[~(activity["enrolment_id"].isin(busy["enrolment_id"]) & (activity["week"] == 4))]
    consent.loc[(consent["student_id"] == three) & (consent["flag"] == "contact"), "given"] = False
    broken, chosen = rule_breaches(changed(cohort, activity=pd.concat([kept, busy]), consent=consent), rule)
    assert (broken, chosen) == (3, rule_breaches(cohort, rule)[1])


@pytest.mark.parametrize(
    "fault", ["talk without contact", "contact before the look", "actions after leaving", "work after leaving"]
)
def test_what_comes_before_what_it_needs_is_counted(cohort, flat, fault):
    contacts, enrolments, activity = (cohort.frame(name) for name in ("contacts", "enrolments", "activity"))
    work = cohort.frame("assessments")
    if fault == "talk without contact":
        talked = contacts.loc[contacts["step"] == "talked", "student_id"].iloc[0]
        contacts = contacts[~((contacts["student_id"] == talked) & (contacts["step"] == "sent"))]
    elif fault == "contact before the look":
        sent = contacts.index[contacts["step"] == "sent"][0]
        contacts.loc[sent, "at"] = 3
    else:
        busy = activity.loc[(activity["week"] == 9) & activity["enrolment_id"].isin(
            work.loc[work["submitted_day"] > 50, "enrolment_id"]), "enrolment_id"].iloc[0]  # fmt: skip
        enrolments.loc[enrolments["enrolment_id"] == busy, "end"] = 40
        gone = "activity" if fault == "work after leaving" else "assessments"
        activity = activity[activity["enrolment_id"] != busy] if gone == "activity" else activity
        work = work[work["enrolment_id"] != busy] if gone == "assessments" else work
    broken = changed(cohort, contacts=contacts, enrolments=enrolments, activity=activity, assessments=work)
    assert order_breaches(broken, flat.design.trial)[0] == 1
