"""What each indicator says of students worked out by hand; the cases also read as assurance cases."""

from __future__ import annotations

import math
from typing import Any

import pytest

from la_research.indicators.assurance import assure
from la_research.protocol import Protocol

SOURCES = ("vle", "library", "lecture_capture", "quizzes", "attendance", "assessments")
EVERY = ("weekly_activity", "active_days", "regularity", "late_or_missing", "peer_share", "rag", "baseline_departure",
         "registration_lead", "study_load", "previous_attempts")  # fmt: skip


def study(unit: str = "enrolment", sources: tuple[str, ...] = SOURCES, **settings: Any) -> Protocol:
    return Protocol.model_validate(
        {
            "format": "la_research.protocol/1",
            "id": "hand",
            "title": "By hand",
            "question": "Is it so?",
            "data": "synthetic",
            "population": {"unit": unit},
            "sources": {source: {} for source in sources},
            "indicators": {name: settings.get(name, {}) for name in EVERY},
            "outcomes": [],
        }
    )


def holds(
    rows: dict[str, list[dict[str, Any]]], expected: dict[str, dict[int, Any]], protocol: Protocol | None = None
) -> None:
    results = assure(protocol or study(), [{"student": "The student", "rows": rows, "expected": expected}])
    assert [str(result) for result in results if not result.held] == []


def weeks(*counts: int) -> list[dict[str, Any]]:
    return [{"week": week, "count": count} for week, count in enumerate(counts, 1) if count]


def test_silent_student_scores_zero_not_missing() -> None:
    holds({"activity": []}, {"weekly_activity": {1: 0, 12: 0}, "active_days": {5: 0}, "regularity": {2: 0}})


def test_activity_is_summed_over_sources_and_active_days_are_the_largest_of_one() -> None:
    rows = [
        {"week": 2, "source": "vle", "count": 7, "active_days": 2},
        {"week": 2, "source": "quizzes", "count": 5, "active_days": 4},
    ]
    holds({"activity": rows}, {"weekly_activity": {2: 7 + 5}, "active_days": {2: max(2, 4)}})


def test_an_indicator_sums_only_the_sources_it_is_told_to() -> None:
    rows = [{"week": 2, "source": "vle", "count": 7}, {"week": 2, "source": "quizzes", "count": 5}]
    only = study(weekly_activity={"sources": ["quizzes"]})
    holds({"activity": rows}, {"weekly_activity": {2: 5}, "active_days": {2: 1}}, only)


def test_a_source_that_the_protocol_does_not_name_is_not_read() -> None:
    rows = [{"week": 2, "source": "vle", "count": 7}, {"week": 2, "source": "quizzes", "count": 5}]
    assessments = [{"assessment_id": "a", "due_day": 3}]
    holds(
        {"activity": rows, "assessments": assessments},
        {"weekly_activity": {2: 7}, "late_or_missing": {2: "not observed"}},
        study(sources=("vle",)),
    )


def test_a_source_that_does_not_apply_is_left_out_and_alone_is_not_observed() -> None:
    rows = [{"week": 2, "source": "vle", "count": 7}, {"week": 2, "source": "library", "count": 5}]
    away = [{"source": "library", "applies": False}]
    holds({"activity": rows, "applicability": away}, {"weekly_activity": {2: 7}})
    none = [{"source": source, "applies": False} for source in SOURCES[:4]]
    holds({"activity": rows, "applicability": none}, {"weekly_activity": {2: "not observed"}})


def test_a_feed_that_starts_or_stops_inside_a_week_leaves_the_week_not_observed() -> None:
    feeds = [{"source": "vle", "first_day": 9, "last_day": 30}]  # weeks 2 (days 8-14) and 5 (29-35) are cut
    expected = {1: "not observed", 2: "not observed", 3: 0, 4: 0, 5: "not observed"}
    holds({"feeds": feeds, "activity": weeks(3, 3)}, {"weekly_activity": expected})


def test_a_source_never_recorded_for_the_module_is_left_out() -> None:
    holds({"feeds": [{"source": "vle"}], "activity": weeks(4)}, {"weekly_activity": {1: 4, 2: 0}})


def test_weeks_outside_the_registration_have_no_row_and_the_first_part_week_is_not_observed() -> None:
    rows = {"enrolments": [{"start": 10, "end": 30}], "activity": weeks(0, 6, 6, 6, 6)}
    expected = {1: "not observed", 2: "not observed", 3: 6, 4: 6, 5: "not observed"}
    holds(rows, {"weekly_activity": expected, "registration_lead": {1: "not observed", 2: 1 - 10, 4: 1 - 10}})


def test_registered_on_the_first_day_of_a_week_counts_that_week() -> None:
    holds({"enrolments": [{"start": 8}], "activity": weeks(0, 6)}, {"weekly_activity": {1: "not observed", 2: 6}})


def test_regularity_passes_over_weeks_that_were_not_observed() -> None:
    busy = [{"week": week, "count": 9, "active_days": days} for week, days in ((1, 3), (2, 1), (3, 2), (4, 5), (5, 2))]
    window = study(regularity={"window_weeks": 3})
    expected = {1: "not observed", 2: 1 / 2, 3: "2/3", 4: "2/3", 5: 3 / 3, 6: "2/3"}
    holds({"activity": busy}, {"regularity": expected}, window)
    strict = study(regularity={"window_weeks": 3, "minimum_days": 3})
    holds({"activity": busy}, {"regularity": {3: "1/3", 4: "1/3", 5: "1/3"}}, strict)


def test_work_handed_in_on_the_due_day_is_in_time_and_a_day_later_is_late_for_good() -> None:
    rows = [
        {"assessment_id": "in time", "due_day": 14, "submitted_day": 14},
        {"assessment_id": "late", "due_day": 14, "submitted_day": 15},
        {"assessment_id": "no due day", "submitted_day": 50},
        {"assessment_id": "next", "due_day": 15},
    ]
    holds({"assessments": rows}, {"late_or_missing": {1: "not observed", 2: 1 / 2, 3: "2/3", 12: "2/3"}})


def test_work_due_in_a_break_counts_from_the_next_teaching_week() -> None:
    calendar = [{"day": day, "kind": "break"} for day in range(8, 15)]  # week 2 is days 15 to 21
    rows = {"calendar": calendar, "assessments": [{"assessment_id": "a", "due_day": 10}]}
    holds(rows, {"late_or_missing": {1: "not observed", 2: 1}})


def test_work_due_before_a_student_registered_does_not_count() -> None:
    rows = [{"assessment_id": "a", "due_day": 9}, {"assessment_id": "b", "due_day": 10, "submitted_day": 10}]
    holds({"enrolments": [{"start": 10}], "assessments": rows}, {"late_or_missing": {2: 0 / 1}})


@pytest.mark.parametrize(("peers", "expected"), [(9, 30 * 10 / (30 + 9 * 10)), (8, "not observed")])
def test_peer_share_needs_ten_students_and_counts_the_silent_one(peers: int, expected: float | str) -> None:
    rows = [{"week": 4, "count": 30}]
    rows += [{"enrolment_id": f"fellow {i}", "week": 4, "count": 10} for i in range(peers)]  # type: ignore[dict-item]
    holds({"activity": rows}, {"peer_share": {4: expected}})
    silent = {"enrolments": [{"enrolment_id": "silent"}], "activity": rows}
    holds(silent, {"peer_share": {4: 30 * (peers + 2) / (30 + 10 * peers)}})


def test_peer_share_compares_within_the_module_only() -> None:
    rows = [{"week": 4, "count": 30}]
    rows += [{"enrolment_id": f"fellow {i}", "week": 4, "count": 30} for i in range(9)]  # type: ignore[dict-item]
    far = [{"enrolment_id": f"far {i}", "module": "other"} for i in range(12)]
    holds({"enrolments": far, "activity": rows}, {"peer_share": {4: 1}})


def test_the_worse_of_two_lights_counts() -> None:
    attendance = [{"week": w, "expected": 4, "attended": a} for w, a in ((2, 4), (3, 3), (4, 2), (5, 1))]
    busy = {"activity": weeks(20, 20, 20, 20, 20, 20), "attendance": attendance}
    # 4/4 green; 3/4 under .8; 2/4 is not under .5; 1/4 under .5; nothing expected in week 6.
    holds(busy, {"rag": {2: "green", 3: "amber", 4: "amber", 5: "red", 6: "green"}})
    quiet = {"activity": weeks(20, 20, 9, 0, 0), "attendance": attendance[:1]}
    # Mean of two weeks: 20; 14.5 under 15; 4.5 under 5; 0.
    holds(quiet, {"rag": {2: "green", 3: "amber", 4: "red", 5: "red"}})


def test_attendance_is_ignored_where_it_does_not_apply_and_unknown_where_its_feed_is_absent() -> None:
    rows: dict[str, Any] = {"activity": weeks(20, 20), "attendance": [{"week": 2, "expected": 4, "attended": 0}]}
    holds(rows, {"rag": {2: "red"}})
    holds({**rows, "applicability": [{"source": "attendance", "applies": False}]}, {"rag": {2: "green"}})
    holds({**rows, "feeds": [{"source": "vle"}]}, {"rag": {2: "not observed"}})
    holds(rows, {"rag": {2: "green"}}, study(sources=("vle",)))


def test_baseline_departure_is_the_distance_in_own_standard_deviations_either_way() -> None:
    history = [math.log1p(count) for count in (10, 30, 90)]
    mean = sum(history) / 3
    sd = math.sqrt(sum((x - mean) ** 2 for x in history) / (3 - 1))
    more, less = abs(math.log1p(400) - mean) / sd, abs(math.log1p(0) - mean) / sd
    abstains = dict.fromkeys((1, 2, 3), "not observed")
    holds({"activity": weeks(10, 30, 90, 400)}, {"baseline_departure": {**abstains, 4: f"{more:.4f}"}})
    holds({"activity": weeks(10, 30, 90, 0)}, {"baseline_departure": {**abstains, 4: f"{less:.4f}"}})


def test_a_constant_history_is_not_divided_by_zero() -> None:
    settings = study(baseline_departure={"minimum_history": 2})
    departure = abs(math.log1p(0) - math.log1p(10)) / 0.25
    expected = {2: "not observed", 3: 0, 4: f"{departure:.4f}"}
    holds({"activity": weeks(10, 10, 10, 0)}, {"baseline_departure": expected}, settings)


def test_constants_of_the_registration_stand_in_every_week_and_an_empty_one_is_not_observed() -> None:
    rows = {"enrolments": [{"start": -20, "credits": 120, "previous_attempts": 1}]}
    holds(rows, {"registration_lead": {1: 21, 9: 21}, "study_load": {4: 120}, "previous_attempts": {4: 1}})
    unknown = {"enrolments": [{"start": None}]}
    absent = {4: "not observed"}
    holds(unknown, {"registration_lead": absent, "study_load": absent, "weekly_activity": {1: 0}})


def test_a_student_on_two_modules_gets_the_mean_of_those_that_are_observed() -> None:
    second = {"enrolment_id": "second", "student_id": "the student", "module": "other"}
    activity = [{"week": 4, "count": 10}, {"enrolment_id": "second", "week": 4, "count": 31}]
    both = {"enrolments": [second], "activity": activity}
    holds(both, {"weekly_activity": {4: (10 + 31) / 2}}, study(unit="student"))
    holds(both, {"weekly_activity": {4: 10}}, study(unit="enrolment"))
    one = {**both, "feeds": [{"module": "other", "source": "vle"}]}
    holds(one, {"weekly_activity": {4: 31}}, study(unit="student"))
