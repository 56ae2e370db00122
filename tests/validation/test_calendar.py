"""Weeks of most strain, counted by hand."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

from la_research.cohort import Cohort, arrow_schema
from la_research.models import Predictions
from la_research.schema import TABLES
from la_research.validation.calendar import calendar_findings
from la_research.validation.ground import Ground

WEEKS = (2, 4, 6)


@pytest.fixture
def found(protocol, cohort, activity):
    """The calendar of students whose WHO-5 scores are given by week; None was not answered."""

    def made(scores: list[tuple[int | None, ...]]):
        answers = {
            (f"s{i:02d}", week): [score // 20] * 5
            for i, row in enumerate(scores)
            for week, score in zip(WEEKS, row, strict=False)
            if score is not None
        }
        held = cohort(len(scores), answers)
        return calendar_findings(Ground(protocol(), held, activity({"s00": [1.0]}), Predictions(None, {})))

    return made


def shown(finding, what: str) -> list[float]:
    return [row.estimate.value for row in finding.rows if row.keys["what"] == what]


def test_a_student_is_compared_with_themselves(found):
    # twelve drop by 20, eight of them 20 earlier; ten who are always well answer in week 6 alone
    scores = [(60, 60, 40)] * 12 + [(80, 60, 40)] * 8 + [(None, None, 100)] * 10
    (calendar,) = found(scores)
    assert shown(calendar, "mean score") == [68, 60, pytest.approx((20 * 40 + 10 * 100) / 30)]
    middle = (68 + 60 + 40) / 3
    assert shown(calendar, "change within students") == pytest.approx([68 - middle, 60 - middle, 40 - middle])
    assert calendar.estimate.value == pytest.approx(40 - middle)
    assert shown(calendar, "share of draws in which it is the week of most strain") == [0, 0, 1]
    assert calendar.estimate.n == 20


def test_a_questionnaire_asked_twice_is_no_calendar(found):
    assert found([(60, 40)] * 20) == []


def test_where_nobody_answers_twice_there_is_no_change_to_tell(found):
    (calendar,) = found([(60, None, None)] * 12 + [(None, 40, None)] * 12 + [(None, None, 80)] * 12)
    assert calendar.verdict == "not analysed"


def test_a_week_answered_by_few_is_left_out(found):
    (calendar,) = found([(60, 60, 40)] * 4 + [(80, 60, None)] * 20)
    assert calendar.verdict == "not analysed"


def test_without_answers_nothing_is_asked(found):
    assert found([(None, None, None)] * 3) == []


def test_an_answer_of_a_student_on_two_modules_counts_once(protocol, cohort, activity):
    answers = {
        (f"s{i:02d}", w): [v] * 5 for i in range(24) for w, v in zip(WEEKS, (4 if i < 12 else 2, 3, 1), strict=True)
    }
    held = cohort(24, answers)
    both = held.frame("enrolments")
    second = (
        both[both["student_id"] < "s12"].assign(module="BIO").assign(enrolment_id=lambda r: r["student_id"] + "-BIO")
    )
    tables = {name: held.arrow(name) for name in TABLES}
    tables["enrolments"] = pa.Table.from_pandas(
        pd.concat([both, second]), arrow_schema(TABLES["enrolments"]), preserve_index=False
    )
    twice = Ground(protocol(), Cohort(tables, held.provenance, ""), activity({"s00": [1.0]}), Predictions(None, {}))
    (calendar,) = calendar_findings(twice)
    assert len(twice.units) == 24 + 12
    assert shown(calendar, "mean score")[0] == (12 * 80 + 12 * 40) / 24
    assert calendar.rows[0].estimate.n == 24


@pytest.mark.parametrize(("both", "shown_apart"), [(0, True), (6, False), (12, True)])
def test_few_students_on_two_modules_follow_from_no_sum_over_modules(protocol, cohort, activity, both, shown_apart):
    answers = {
        (f"s{i:02d}", week): [(i + value) % 5] * 5
        for i in range(48)
        for week, value in zip(WEEKS, (3, i % 3, 0), strict=True)
    }
    held = cohort(48, answers)
    rows = held.frame("enrolments")
    art = rows[rows["student_id"] < f"s{24 + both}"]
    bio = rows[rows["student_id"] >= "s24"].assign(module="BIO", enrolment_id=lambda r: r["student_id"] + "-BIO")
    tables = {name: held.arrow(name) for name in TABLES}
    tables["enrolments"] = pa.Table.from_pandas(
        pd.concat([art, bio]), arrow_schema(TABLES["enrolments"]), preserve_index=False
    )
    ground = Ground(protocol(), Cohort(tables, held.provenance, ""), activity({"s00": [1.0]}), Predictions(None, {}))
    (calendar,) = calendar_findings(ground)
    assert any("module" in row.keys for row in calendar.rows) == shown_apart
    assert any("on several" in text for text in calendar.limitations) != shown_apart
