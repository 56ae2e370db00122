import pandas as pd
import pytest

from la_research.cohort import describe_cohort, eligible
from la_research.errors import CohortError

LAST_DAY = 4 * 7  # of the index week


def flow(protocol, cohort) -> dict[str, object]:
    rows = describe_cohort(protocol, cohort)["cohort.flow"].rows
    return {
        str(row.keys.get("reason", row.keys["what"])): row.estimate.value if row.estimate else row.verdict
        for row in rows
    }


def test_who_is_registered_and_consents_is_in(register, tables, cohort_of):
    units = eligible(register(), cohort_of(tables))
    assert list(units.columns) == ["unit_id", "enrolment_id", "student_id", "module", "presentation"]
    assert units["unit_id"].to_list() == [f"s{i:02d}-A" for i in range(40)]


def test_registration_counts_until_the_last_day_of_the_index_week(register, tables, cohort_of):
    tables["enrolments"].loc[[0, 1], "start"] = [LAST_DAY, LAST_DAY + 1]
    units = set(eligible(register(), cohort_of(tables))["student_id"])
    assert "s00" in units
    assert "s01" not in units


def test_who_is_still_registered_on_the_last_day_has_not_left_before_it(register, tables, cohort_of):
    tables["enrolments"].loc[[0, 1], "end"] = [LAST_DAY, LAST_DAY - 1]
    units = set(eligible(register(), cohort_of(tables))["student_id"])
    assert "s00" in units
    assert "s01" not in units


def test_an_unknown_day_of_registration_counts_as_registered(register, tables, cohort_of):
    tables["enrolments"]["start"] = pd.NA
    assert len(eligible(register(), cohort_of(tables))) == 40


def test_who_takes_a_consent_back_on_any_day_is_out_and_no_decision_is_no_consent(register, tables, cohort_of):
    consent = tables["consent"]
    later = [("s00", 10, False), ("s01", 10, False), ("s01", 20, True), ("s02", LAST_DAY + 1, False)]
    later += [("s04", LAST_DAY + 1, False), ("s04", LAST_DAY + 9, True)]
    more = [
        {"student_id": s, "presentation": "2025A", "flag": "research", "from_day": day, "given": given}
        for s, day, given in later
    ]
    consent = consent[~((consent["student_id"] == "s03") & (consent["flag"] == "model_use"))]
    tables["consent"] = pd.concat([consent, pd.DataFrame(more)]).astype(consent.dtypes)
    units = set(eligible(register(), cohort_of(tables))["student_id"])
    assert units == {f"s{i:02d}" for i in range(40)} - {"s00", "s02", "s03"}
    asked = register("consent: {model_use: not required, research: not required}\n")
    assert len(eligible(asked, cohort_of(tables))) == 40


def test_consent_to_contact_does_not_decide_who_is_studied(register, tables, cohort_of):
    tables["consent"].loc[tables["consent"]["flag"] == "contact", "given"] = False
    assert len(eligible(register(), cohort_of(tables))) == 40


def test_an_index_week_without_teaching_in_a_presentation_puts_it_out(register, tables, cohort_of):
    tables["calendar"] = tables["calendar"][tables["calendar"]["week"] != 4]
    with pytest.raises(CohortError) as caught:
        eligible(register(), cohort_of(tables))
    assert caught.value.faults[0].code == "cohort.no_student_left"


def test_nobody_left_is_an_error_also_when_the_cohort_is_empty(register, cohort_of):
    with pytest.raises(CohortError, match="no student is left"):
        describe_cohort(register(), cohort_of({}))


def test_each_enrolment_is_counted_once_under_its_first_reason(register, tables, cohort_of):
    tables["enrolments"].loc[:11, "start"] = LAST_DAY + 1
    tables["enrolments"].loc[8:23, "end"] = 5  # eight to eleven are late as well
    tables["enrolments"].loc[24:25, "module"] = "B"
    found = flow(register("population: {modules: [A]}\n"), cohort_of(tables))
    assert found == {
        "recorded": 40,
        "on a module that the study does not cover": "suppressed",  # 2, and the next smallest with it:
        "registered after the index week": "suppressed",
        "left before the end of the index week": 24 - 12,
        "analysed": 40 - 26,
    }


def test_one_small_reason_can_not_be_worked_out_from_the_totals(register, tables, cohort_of):
    tables["enrolments"].loc[:2, "end"] = 5
    found = flow(register(), cohort_of(tables))
    assert found == {"recorded": "suppressed", "left before the end of the index week": "suppressed", "analysed": 37}


def test_a_student_on_two_modules_is_one_student_and_two_enrolments(register, tables, cohort_of):
    second = tables["enrolments"].assign(enrolment_id=lambda t: t["student_id"] + "-B", module="B")
    second.loc[:19, "end"] = 5
    tables["enrolments"] = pd.concat([tables["enrolments"], second], ignore_index=True)
    assert flow(register(), cohort_of(tables)) == {
        "recorded": 80, "left before the end of the index week": 20, "analysed": 60,
    }  # fmt: skip
    students = register("population: {unit: student}\n")
    assert flow(students, cohort_of(tables)) == {"recorded": 40, "analysed": 40}
    units = eligible(students, cohort_of(tables))
    assert len(units) == 40 + 20
    assert units["unit_id"].to_list() == sorted(units["student_id"])


def observed(protocol, cohort):
    return {row.keys["source"]: row.estimate.value for row in describe_cohort(protocol, cohort)["cohort.observed"].rows}


def test_a_source_without_a_feed_or_that_does_not_apply_is_not_observed(register, tables, cohort_of):
    tables["applicability"] = pd.DataFrame(
        {"enrolment_id": [f"s{i:02d}-A" for i in range(10)], "source": "vle", "applies": False}
    )
    protocol = register().model_copy(update={"sources": {"vle": None, "library": None}})
    assert observed(protocol, cohort_of(tables)) == {"vle": (40 - 10) / 40, "library": 0.0}


@pytest.mark.parametrize(("first", "last", "share"), [(1, LAST_DAY, 1.0), (2, 84, 0.0), (-7, LAST_DAY - 1, 0.0)])
def test_a_feed_counts_when_it_runs_from_day_1_through_the_index_week(register, tables, cohort_of, first, last, share):
    tables["feeds"].loc[0, ["first_day", "last_day"]] = [first, last]
    assert observed(register(), cohort_of(tables)) == {"vle": share}


def test_an_incomplete_questionnaire_is_no_response(register, tables, cohort_of):
    responses = tables["responses"]
    left_out = (responses["student_id"] < "s10") & (responses["instrument"] == "WHO-5") & (responses["item"] == 3)
    tables["responses"] = responses[~left_out]
    rows = describe_cohort(register(), cohort_of(tables))["cohort.responses"].rows
    found = {(row.keys["instrument"], row.keys["week"]): row.estimate.value for row in rows}
    assert found == {("WHO-5", 8): 30 / 40, ("PHQ-8", 8): 40 / 40}


@pytest.mark.parametrize(("silent", "told"), [("s01", False), ("s09", False), ("s10", True), ("s31", False)])
def test_a_week_that_a_few_answered_or_all_but_a_few_is_not_told(register, tables, cohort_of, silent, told):
    responses = tables["responses"]
    tables["responses"] = responses[(responses["student_id"] >= silent) | (responses["instrument"] == "PHQ-8")]
    rows = describe_cohort(register(), cohort_of(tables))["cohort.responses"].rows
    (row,) = (row for row in rows if row.keys["instrument"] == "WHO-5")
    assert (row.estimate is not None, row.verdict) == (told, None if told else "suppressed")


def test_data_without_a_questionnaire_say_so(register, tables, cohort_of):
    tables["responses"] = tables["responses"].head(0)
    finding = describe_cohort(register(), cohort_of(tables))["cohort.responses"]
    assert (finding.verdict, finding.reason) == ("not analysed", "the data hold no wellbeing instrument")
