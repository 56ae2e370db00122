import pandas as pd
import pytest

from la_research.cohort import check_cohort
from la_research.schema import TABLES


def codes(tables) -> list[str]:
    return [fault.code.removeprefix("cohort.") for fault in check_cohort(tables)]


def added(tables, name, **row) -> None:
    held = tables[name]
    tables[name] = pd.concat(
        [held, pd.DataFrame([row]).reindex(columns=held.columns).astype(held.dtypes)], ignore_index=True
    )


def test_a_sound_cohort_has_no_fault(tables):
    assert check_cohort(tables) == []


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if table.required])
def test_every_required_table_is_missed_by_name(tables, name):
    del tables[name]
    assert next(fault.problem for fault in check_cohort(tables)) == f"there is no table '{name}'"


def test_the_optional_table_is_not_missed_and_an_unknown_one_is_refused(tables):
    del tables["events"]
    tables["grades"] = pd.DataFrame({"a": [1]})
    assert codes(tables) == ["unknown_table"]


def test_a_missing_and_an_unknown_column_are_both_told(tables):
    tables["attendance"] = tables["attendance"].rename(columns={"attended": "present"})
    assert codes(tables) == ["unknown_column", "missing_column"]


def test_a_text_in_a_column_of_numbers_is_a_wrong_type(tables):
    tables["activity"]["count"] = "many"
    assert codes(tables) == ["wrong_type"]


def test_half_an_action_is_a_wrong_type(tables):
    tables["activity"]["count"] = tables["activity"]["count"].astype(float) + 0.5
    assert codes(tables) == ["wrong_type"]


def test_a_missing_value_is_counted_where_one_is_needed_and_allowed_where_not(tables):
    tables["activity"].loc[[0, 1], "count"] = pd.NA
    found = check_cohort(tables)
    assert [(fault.code, fault.problem) for fault in found] == [("cohort.null", "2 rows of 'count' without a value")]


def test_the_same_enrolment_twice_has_its_own_code(tables):
    tables["enrolments"] = pd.concat([tables["enrolments"], tables["enrolments"].head(2)])
    found = check_cohort(tables)
    assert [(fault.code, fault.problem[:6]) for fault in found] == [("cohort.duplicate_enrolment", "2 rows")]


def test_a_second_enrolment_on_the_same_module_and_presentation_is_the_same_enrolment(tables):
    added(tables, "enrolments", enrolment_id="other", student_id="s00", module="A", presentation="2025A")
    assert codes(tables) == ["duplicate_enrolment"]


def test_the_same_student_twice_and_any_other_key_twice_have_their_codes(tables):
    tables["students"] = pd.concat([tables["students"], tables["students"].head(1)])
    tables["activity"] = pd.concat([tables["activity"], tables["activity"].head(1)])
    assert codes(tables) == ["duplicate_student", "duplicate_key"]


def test_rows_of_unknown_students_and_enrolments_are_counted(tables):
    added(tables, "activity", enrolment_id="nobody", week=1, source="vle", count=1, active_days=1)
    added(tables, "consent", student_id="nobody", presentation="2025A", flag="contact", from_day=1, given=True)
    assert codes(tables) == ["unknown_enrolment", "unknown_student"]


def test_a_week_that_the_calendar_does_not_have_is_outside_it(tables):
    added(tables, "activity", enrolment_id="s00-A", week=13, source="vle", count=1, active_days=1)
    added(tables, "responses", student_id="s00", presentation="2025A", week=13, instrument="WHO-5", item=1, value=1)
    assert codes(tables) == ["outside_calendar", "outside_calendar"]


def test_a_presentation_without_a_calendar_is_told_once_a_table(tables):
    added(tables, "enrolments", enrolment_id="s00-B", student_id="s00", module="A", presentation="2026A")
    added(tables, "activity", enrolment_id="s00-B", week=1, source="vle", count=1, active_days=1)
    assert codes(tables) == ["unknown_presentation"]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("activity", "count", -1),
        ("activity", "active_days", 8),
        ("activity", "source", "webcam"),
        ("calendar", "kind", "holiday"),
        ("consent", "flag", "marketing"),
    ],
)
def test_a_value_that_the_schema_does_not_allow_is_counted_not_shown(tables, table, column, value):
    tables[table].loc[0, column] = value
    found = [fault for fault in check_cohort(tables) if fault.code == "cohort.value"]
    assert [fault.problem for fault in found] == [f"1 row of '{column}' outside what the schema allows"]
    assert str(value) not in found[0].problem.removeprefix("1 row")


def test_a_score_that_is_not_finite_is_outside(tables):
    added(
        tables, "assessments", enrolment_id="s00-A", assessment_id="a1", due_day=7, submitted_day=7, score=float("inf")
    )
    assert codes(tables) == ["value"]


def test_more_sessions_attended_than_expected_is_a_fault(tables):
    tables["attendance"].loc[0, "attended"] = 5
    assert codes(tables) == ["attended_above_expected"]


def test_an_answer_above_the_instruments_top_and_an_item_it_does_not_have_are_faults(tables):
    added(tables, "responses", student_id="s00", presentation="2025A", week=2, instrument="PHQ-8", item=1, value=4)
    added(tables, "responses", student_id="s00", presentation="2025A", week=2, instrument="PHQ-8", item=9, value=3)
    assert codes(tables) == ["answer_above_top", "answer_above_top"]


def test_all_faults_are_collected_and_none_holds_an_id(tables):
    tables["attendance"].loc[0, "attended"] = 5
    tables["activity"].loc[0, "count"] = -1
    tables["students"] = pd.concat([tables["students"], tables["students"].head(1)])
    del tables["feeds"]
    found = check_cohort(tables)
    assert {fault.code.removeprefix("cohort.") for fault in found} == {
        "missing_table", "value", "duplicate_student", "attended_above_expected",
    }  # fmt: skip
    assert "s00" not in "".join(map(str, found))
