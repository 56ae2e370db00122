"""The reader of Open University data, on an invented archive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from la_research.cohort import Cohort
from la_research.cohort.check import check_cohort
from la_research.errors import SourceError
from la_research.ingest import ingest_oulad
from la_research.schema import TABLES

Write = Callable[[dict[str, str]], Path]


@pytest.fixture(scope="session")
def cohort(invented: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    folder = tmp_path_factory.mktemp("oulad")
    for name, text in invented.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return ingest_oulad([folder])


def rows_of(cohort: Cohort, table: str, student: int) -> pd.DataFrame:
    frame = cohort.frame(table)
    return frame[frame["enrolment_id"] == f"AAA-2013J-{student}"]


def test_day_1_is_date_0_and_two_pages_on_one_day_are_one_active_day(cohort: Cohort) -> None:
    activity = rows_of(cohort, "activity", 1001).set_index("week")
    assert activity["count"].to_dict() == {1: 2 + 3 + 1, 2: 4, 268 // 7 + 1: 1}
    assert activity["active_days"].to_dict() == {1: 2, 2: 1, 39: 1}
    assert activity["seconds"].isna().all()


def test_clicks_before_day_1_are_counted_and_left_out(cohort: Cohort) -> None:
    assert cohort.provenance.details["clicks_before_day_1"] == 5
    assert "5 clicks before day 1 fall in no teaching week and are left out." in cohort.provenance.notes
    assert cohort.frame("activity")["week"].min() == 1


def test_question_mark_and_empty_cell_are_both_missing(cohort: Cohort) -> None:
    bands = cohort.vault(("imd_band",))["imd_band"]
    assert pd.isna(bands["AAA-2013J-1002"])
    assert pd.isna(bands["AAA-2013J-1003"])
    assert set(rows_of(cohort, "vault", 1002)["attribute"]) == {
        "gender", "disability", "imd_band", "age_band", "region",
    }  # fmt: skip


def test_the_band_without_a_per_cent_sign_gets_one(cohort: Cohort) -> None:
    bands = cohort.vault(("imd_band",))["imd_band"]
    assert bands["AAA-2013J-1001"] == "10-20%"
    assert set(bands.dropna()) == {"0-10%", "10-20%", "20-30%", "90-100%"}


def test_leaving_before_the_start_is_an_end_below_0(cohort: Cohort) -> None:
    enrolment = rows_of(cohort, "enrolments", 1002).iloc[0]
    assert (enrolment["start"], enrolment["end"]) == (-40 + 1, -10 + 1 - 1)
    assert cohort.provenance.details["left_before_day_1"] == 1


def test_a_withdrawal_without_a_date_has_no_day(cohort: Cohort) -> None:
    outcome = rows_of(cohort, "outcomes", 1003).iloc[0]
    assert (outcome["name"], outcome["value"], pd.isna(outcome["day"])) == ("withdrawn", "yes", True)
    assert rows_of(cohort, "outcomes", 1004)["day"].item() == 20 + 1


def test_the_last_day_registered_is_the_one_before_leaving(cohort: Cohort) -> None:
    assert rows_of(cohort, "enrolments", 1004)["end"].item() == (20 + 1) - 1


def test_a_result_carried_over_counts_as_handed_in_on_time(cohort: Cohort) -> None:
    assessments = rows_of(cohort, "assessments", 1001).set_index("assessment_id")
    assert assessments.loc["2", "submitted_day"] == -1 + 1
    assert assessments.loc["2", "submitted_day"] <= assessments.loc["2", "due_day"]
    assert assessments.loc["1", ["due_day", "submitted_day", "score"]].tolist() == [19 + 1, 18 + 1, 78]


def test_what_fell_due_while_registered_and_was_never_handed_in_is_a_row_without_a_day(cohort: Cohort) -> None:
    assessments = rows_of(cohort, "assessments", 1004)
    assert assessments["assessment_id"].tolist() == ["1"], "assessment 2 falls due after the student left"
    assert assessments["submitted_day"].isna().all()
    assert rows_of(cohort, "assessments", 1002).empty, "nothing fell due before the student left"


def test_an_assessment_in_which_nobody_has_a_result_is_left_out(cohort: Cohort) -> None:
    assert cohort.provenance.details["assessments_without_result"] == 5, "one exam for each of 5 presentations"
    assert cohort.frame("assessments")["due_day"].notna().all()


def test_a_presentation_without_clicks_has_no_feed_and_the_notes_say_so(cohort: Cohort) -> None:
    feeds = cohort.frame("feeds")
    vle = feeds[feeds["source"] == "vle"].set_index(["module", "presentation"])
    assert vle.index.tolist() == [("AAA", "2013J"), ("AAA", "2014J"), ("BBB", "2013J")]
    assert (feeds["source"] == "assessments").sum() == 5
    registrations = cohort.frame("enrolments").groupby(["module", "presentation"]).size()
    absent = registrations["BBB", "2014J"] + registrations["EEE", "2014B"]
    assert any(
        note.startswith(f"2 of 5 presentations ({absent} of 200 registrations)") for note in cohort.provenance.notes
    )


def test_a_feed_stops_where_it_stops_unless_its_last_week_is_reached(cohort: Cohort) -> None:
    feeds = cohort.frame("feeds").set_index(["module", "presentation", "source"])["last_day"]
    assert feeds["BBB", "2013J", "vle"] == 133 + 1
    assert feeds["AAA", "2013J", "vle"] == 268 + 1
    assert "The clicks of BBB-2013J stop at day 134 of 268 (date 133 in the archive)." in cohort.provenance.notes


def test_the_calendar_is_that_of_the_longest_module(cohort: Cohort) -> None:
    days = cohort.frame("calendar").groupby("presentation")["day"].max()
    assert days.to_dict() == {"2013J": 268, "2014B": 241, "2014J": max(269, 262)}
    weeks = cohort.frame("calendar").set_index(["presentation", "day"])["week"]
    assert (weeks["2013J", 7], weeks["2013J", 8]) == (1, 2)


def test_a_subset_is_not_compared_with_the_published_counts(cohort: Cohort) -> None:
    assert cohort.provenance.data == "open"
    assert cohort.provenance.details["published"] == "not the whole data set"
    assert "doi:10.1038/sdata.2017.171" in cohort.provenance.source


def test_student_ids_stay_the_published_ones_and_join_two_modules(cohort: Cohort) -> None:
    enrolments = cohort.frame("enrolments")
    assert len(enrolments) == 200
    assert len(cohort.frame("students")) == 200 - 16
    assert (enrolments["enrolment_id"] == enrolments["module"] + "-" + enrolments["presentation"] + "-"
            + enrolments["student_id"]).all()  # fmt: skip


def test_zip_folder_and_single_files_give_the_same_cohort(
    cohort: Cohort, invented: dict[str, str], as_zip: Write, as_folder: Write
) -> None:
    zipped, single = ingest_oulad([as_zip(invented)]), ingest_oulad(sorted(as_folder(invented).iterdir())[:-1])
    assert single.digest == zipped.digest == cohort.digest
    for table in ("activity", "assessments", "enrolments", "feeds", "vault"):
        assert zipped.arrow(table).equals(cohort.arrow(table))
        assert single.arrow(table).equals(cohort.arrow(table))


def test_a_byte_order_mark_quotes_and_windows_lines_are_read_silently(
    cohort: Cohort, invented: dict[str, str], as_folder: Write
) -> None:
    quoted = {
        name: "\ufeff" + "\r\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in text.splitlines())
        for name, text in invented.items()
    }
    other = ingest_oulad([as_folder(quoted)])
    assert other.arrow("activity").equals(cohort.arrow("activity"))
    assert other.arrow("enrolments").equals(cohort.arrow("enrolments"))


@pytest.mark.parametrize(
    ("table", "old", "new", "code"),
    [
        ("studentInfo", "AAA,2013J,1001,F", "AAA,2013J,1002,F", "source.duplicate_row"),
        ("studentInfo", "60,N,Pass", "many,N,Pass", "source.not_a_number"),
        ("studentInfo", "60,N,Pass", "60,N,Gone", "source.unknown_word"),
        ("studentInfo", "60,N,Pass", "60,N,?", "source.missing_value"),
        ("studentInfo", "60,N,Pass", "60,Pass", "source.ragged_row"),
        ("studentInfo", "AAA,2013J,1001", "ZZZ,2013J,1001", "source.unknown_key"),
        ("studentRegistration", "AAA,2013J,1001,-20,?\n", "", "source.unknown_key"),
        ("studentRegistration", "date_registration", "registered", "source.missing_column"),
        ("studentRegistration", "date_unregistration", "date_registration", "source.duplicate_column"),
        ("studentAssessment", "1,1001,18,0,78", "1,1001,18,0,178", "source.out_of_range"),
        ("studentAssessment", "1,1001,18,0,78", "1,1001,18,0,nan", "source.out_of_range"),
        ("studentAssessment", "1,1001,18,0,78", "1,9999,18,0,78", "source.unknown_key"),
        ("studentAssessment", "1,1001,18,0,78", "999,1001,18,0,78", "source.unknown_key"),
        ("courses", "BBB,2014J,262", "BBB,2014J,999999999", "source.out_of_range"),
        ("studentVle", "1001,7,0,2", "1001,7,0,-2", "source.out_of_range"),
        ("studentVle", "1001,7,0,2", "9999,7,0,2", "source.unknown_key"),
    ],
)
def test_a_broken_row_is_named_by_table_and_column_and_never_quoted(
    invented: dict[str, str], as_folder: Write, table: str, old: str, new: str, code: str
) -> None:
    broken = invented | {table: invented[table].replace(old, new, 1)}
    assert broken[table] != invented[table]
    with pytest.raises(SourceError) as caught:
        ingest_oulad([as_folder(broken)])
    named = [f"{fault.where} {fault.problem}" for fault in caught.value.faults if fault.code == code]
    assert any(f"{table}.csv" in text or f"'{table}'" in text for text in named)
    said = " ".join(f"{fault.problem} {fault.remedy}" for fault in caught.value.faults)
    assert not any(value in said for value in ("1001", "9999", "many", "Gone"))
    assert caught.value.exit_code == 13


def test_all_faults_are_told_at_once(invented: dict[str, str], as_folder: Write) -> None:
    broken = invented | {
        "studentInfo": invented["studentInfo"].replace("60,N,Pass", "many,N,Pass", 1),
        "courses": invented["courses"].replace("module_presentation_length", "days", 1),
    }
    with pytest.raises(SourceError) as caught:
        ingest_oulad([as_folder(broken)])
    assert [fault.code for fault in caught.value.faults] == ["source.missing_column", "source.not_a_number"]


def test_a_missing_table_is_named(invented: dict[str, str], as_folder: Write) -> None:
    some = {name: text for name, text in invented.items() if name not in ("studentInfo", "studentVle", "vle")}
    with pytest.raises(SourceError) as caught:
        ingest_oulad([as_folder(some)])
    assert [(fault.code, fault.problem) for fault in caught.value.faults] == [
        ("source.missing_table", "there is no file 'studentInfo.csv'"),
        ("source.missing_table", "there is no file 'studentVle.csv'"),
    ]


def test_labels_that_carry_markup_stay_text(invented: dict[str, str], as_folder: Write) -> None:
    hostile = {name: text.replace("EEE", "<script>alert(1)</script>") for name, text in invented.items()}
    modules = set(ingest_oulad([as_folder(hostile)]).frame("enrolments")["module"])
    assert modules == {"AAA", "BBB", "<script>alert(1)</script>"}


def test_the_cohort_keeps_every_promise_of_the_schema(cohort: Cohort) -> None:
    assert check_cohort({name: cohort.arrow(name) for name in TABLES}) == []
