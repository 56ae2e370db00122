"""Thirds of students by activity and by marks, compared like groups."""

import pandas as pd
import pytest

from la_research.audit.across import activity_so_far, marks_so_far, thirds
from la_research.audit.groups import with_attributes
from la_research.audit.plan import registered
from la_research.audit.task import tasks_of
from la_research.cohort.flow import eligible

ENGAGEMENT = "fairness: {across: {engagement: {margin: 0.2}}}"
ATTAINMENT = "fairness: {across: {attainment: {}}}"


def active(study, counts, week=1, source="vle"):
    n = len(counts)
    columns = {"enrolment_id": [f"e{i:05d}" for i in range(n)], "week": [week] * n, "source": [source] * n}
    return columns | {"count": counts, "active_days": [1] * n, "seconds": [0] * n}


def fed(*sources, last=28, module="A"):
    n = len(sources)
    return {
        "module": [module] * n,
        "presentation": ["2025A"] * n,
        "source": list(sources),
        "first_day": [1] * n,
        "last_day": [last] * n,
    }


def marked(marks, day=20):
    n = len(marks)
    days = {"due_day": [day] * n, "submitted_day": [day] * n}
    return {"enrolment_id": [f"e{i:05d}" for i in range(n)], "assessment_id": ["a1"] * n, "score": marks} | days


def entering(points):
    n = len(points)
    columns = {"student_id": [f"e{i:05d}" for i in range(n)], "entry_tariff": points}
    return columns | {name: [None] * n for name in ("level", "subject", "commutes", "paid_work_hours")}


def third_of(study, name="engagement"):
    units = eligible(study.protocol, study.cohort)
    return thirds(study.protocol, study.cohort, units)[name].to_list()


def test_a_third_is_one_of_the_students_on_the_same_module(by_hand, alike):
    study = by_hand([*alike(3, 1, module="A"), *alike(3, 1, module="B")], ENGAGEMENT)
    counts = active(study, [1, 2, 3, 100, 200, 300])
    feeds = {name: column + fed("vle", module="B")[name] for name, column in fed("vle").items()}
    study = study.having(activity=counts, feeds=feeds)
    assert third_of(study) == ["lower third", "middle third", "upper third"] * 2


def test_a_silent_student_is_in_the_lower_third_and_a_student_without_a_feed_in_none(by_hand, alike):
    study = by_hand([*alike(3, 1, module="A"), *alike(1, 1, module="B")], ENGAGEMENT)
    study = study.having(activity=active(study, [0, 5, 9, 7]), feeds=fed("vle"))
    assert third_of(study)[:3] == ["lower third", "middle third", "upper third"]
    assert pd.isna(third_of(study)[3])


def test_actions_after_the_index_week_and_of_sources_not_named_are_not_counted(by_hand, alike):
    study = by_hand(alike(2, 1), ENGAGEMENT)
    first, late = active(study, [3, 4]), active(study, [50, 50], week=5)
    other = active(study, [70, 70], source="library")
    counts = {name: first[name] + late[name] + other[name] for name in first}
    study = study.having(activity=counts, feeds=fed("vle", "library"))
    units = eligible(study.protocol, study.cohort)
    assert activity_so_far(study.protocol, study.cohort, units).to_list() == [3.0, 4.0]


def test_a_student_whom_a_source_does_not_concern_is_in_no_third(by_hand, alike):
    study = by_hand(alike(3, 1), ENGAGEMENT)
    exempt = {"enrolment_id": ["e00001"], "source": ["vle"], "applies": [False]}
    study = study.having(activity=active(study, [1, 2, 3]), feeds=fed("vle"), applicability=exempt)
    units = eligible(study.protocol, study.cohort)
    assert activity_so_far(study.protocol, study.cohort, units).isna().to_list() == [False, True, False]


def reading_marks(study):
    """The study's protocol with assessments among its sources."""
    sources = study.protocol.sources | {"assessments": study.protocol.sources["vle"]}
    return study.protocol.model_copy(update={"sources": sources})


def test_marks_count_where_half_of_the_students_have_one_else_points_on_entry(by_hand, alike):
    study = by_hand(alike(4, 1), ATTAINMENT).having(assessments=marked([70, 50]), students=entering([1, 2, 3, 4]))
    units = eligible(study.protocol, study.cohort)
    unnamed = marks_so_far(study.protocol, study.cohort, units)
    assert unnamed["value"].to_list() == [1, 2, 3, 4]
    assert set(unnamed["origin"]) == {"points on entry"}
    protocol = reading_marks(study)
    half = marks_so_far(protocol, study.cohort, units)
    assert half["value"].to_list()[:2] == [70, 50]
    assert half["value"].isna().to_list() == [False, False, True, True]
    one = study.having(assessments=marked([70]))
    assert marks_so_far(protocol, one.cohort, units)["value"].to_list() == [1, 2, 3, 4]


def test_a_mark_for_work_handed_in_after_the_index_week_is_not_read(by_hand, alike):
    study = by_hand(alike(2, 1), ATTAINMENT).having(assessments=marked([70, 50], day=29), students=entering([1, 2]))
    protocol = reading_marks(study)
    assert marks_so_far(protocol, study.cohort, eligible(protocol, study.cohort))["value"].to_list() == [1, 2]


def scored(study):
    return with_attributes(study.protocol, study.cohort, study.predictions.frame)


@pytest.fixture(scope="module")
def audited(engaged):
    return engaged.audit()


@pytest.fixture(scope="module")
def engaged(by_hand):
    rows = [{"label": i % 2, "decision": int(i >= 200 or i % 8 < 4), "gender": "FM"[i % 2]} for i in range(300)]
    study = by_hand(rows, "fairness: {sensitive: {gender: {}}, across: {engagement: {margin: 0.2}}}")
    return study.having(activity=active(study, list(range(300))), feeds=fed("vle"))


def test_thirds_are_compared_pooled_and_named_in_words(audited):
    found = audited["audit.tpr.engagement"]
    assert found.question == (
        "Does the rule reach students with the outcome equally often, however active they were so far?"
    )
    shown = [row.keys["engagement"] for row in found.rows if row.keys["what"] == "group"]
    assert shown == [
        "lower third",
        "middle third",
        "upper third",
    ]
    assert found.verdict == "disparity"
    assert "among students in the upper third of activity so far than" in found.reason
    assert "audit.tpr.engagement.within" in audited
    assert found.confirmatory


def test_thirds_count_in_the_family_of_all_comparisons(engaged):
    tasks = tasks_of(registered(engaged.protocol), scored(engaged), "audit")
    assert [task.id for task in tasks[:5]] == [
        f"audit.{m}.engagement" for m in ("selection", "tpr", "fpr", "fnr", "auc")
    ]
    assert [task.grouping.margin for task in tasks] == [0.2] * 5 + [0.1] * 5


def test_it_is_told_from_what_thirds_are_made(audited):
    found = audited["audit.across.engagement"]
    assert found.estimate.value == 1.0
    assert [row.keys["source"] for row in found.rows] == ["actions in vle"]


def test_a_few_students_without_a_third_are_not_counted_out(engaged):
    exempt = {"enrolment_id": ["e00001"], "source": ["vle"], "applies": [False]}
    found = engaged.having(applicability=exempt).audit()["audit.across.engagement"]
    assert (found.verdict, found.estimate) == ("suppressed", None)
