"""The real Open University archive against its published counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from la_research.cohort import Cohort
from la_research.ingest import ingest_oulad

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def archive(real_data: Path) -> Path:
    path = real_data / "oulad" / "anonymisedData-part.zip"
    if not path.exists():
        pytest.skip(f"not run: there is no Open University archive at {path}")
    return path


@pytest.fixture(scope="module")
def cohort(archive: Path) -> Cohort:
    return ingest_oulad([archive])


@pytest.fixture(scope="module")
def published(real_data: Path) -> dict[str, Any]:
    numbers = real_data.parent / "reference" / "reference_numbers.json"
    if not numbers.exists():
        pytest.skip(f"not run: there are no reference numbers at {numbers}")
    return {row["id"]: row["value"] for row in json.loads(numbers.read_text(encoding="utf-8"))}


def test_the_published_counts_are_met(cohort: Cohort, published: dict[str, Any]) -> None:
    compared = cohort.provenance.details["published"]
    for name, row in (
        ("registrations", "oulad.rows.studentInfo"),
        ("students", "oulad.unique_students"),
        ("presentations", "oulad.presentations"),
        ("assessment_rows", "oulad.rows.studentAssessment"),
    ):
        assert compared[name] == {"count": published[row], "published": published[row], "equal": True}
    assert compared["click_rows"] == {"count": 645_309, "published": 10_655_280, "equal": False}


def test_outcomes_are_the_published_final_results(cohort: Cohort, published: dict[str, Any]) -> None:
    words = {"Pass": "passed", "Withdrawn": "withdrawn", "Fail": "failed", "Distinction": "distinction"}
    counted = cohort.frame("outcomes")["name"].value_counts().to_dict()
    assert counted == {words[name]: count for name, count in published["oulad.final_result"].items()}


def test_clicks_are_observed_in_3_of_22_presentations_and_one_stops_at_date_133(cohort: Cohort) -> None:
    feeds = cohort.frame("feeds").query("source == 'vle'").set_index(["module", "presentation"])
    assert feeds["last_day"].to_dict() == {("AAA", "2013J"): 269, ("AAA", "2014J"): 270, ("BBB", "2013J"): 133 + 1}
    details = cohort.provenance.details
    assert details["presentations_without_clicks"] == 22 - 3
    assert details["registrations_without_clicks"] == 32_593 - (383 + 365 + 2_237)
    assert any(note.startswith("19 of 22 presentations (29,608 of 32,593") for note in cohort.provenance.notes)


def test_every_click_is_in_a_week_or_counted_as_left_out(cohort: Cohort) -> None:
    details = cohort.provenance.details
    kept = int(cohort.frame("activity")["count"].sum())
    left_out = details["clicks_before_day_1"] + details["clicks_after_last_week"]
    assert kept + left_out == 648_494 + 921_776 + 598_158


def test_every_submission_is_kept(cohort: Cohort, published: dict[str, Any]) -> None:
    handed_in = cohort.frame("assessments")["submitted_day"].notna().sum()
    assert handed_in == published["oulad.rows.studentAssessment"]
