"""What an association would show without a link: chance, the calendar, and negative controls."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from la_research import load_scenario
from la_research.cohort import Cohort, arrow_schema
from la_research.indicators import compute_indicators
from la_research.models import Predictions
from la_research.protocol import parse_protocol, read_tree
from la_research.schema import TABLES
from la_research.seeds import stream
from la_research.statistics.controls import systematic_error
from la_research.synthetic import generate_cohort
from la_research.validation.ground import Ground
from la_research.validation.spurious import spurious_findings
from la_research.validation.validity import associate

NO_MODEL = Predictions(pd.DataFrame(), {}, reason="the study registers no model")
STUDY = """
format: la_research.protocol/1
id: spurious
title: Spurious or not
question: Could it be chance?
data: synthetic
consent: {model_use: not required, contact: not required, research: not required}
sources: {vle: {}, library: {}, lecture_capture: {}, quizzes: {}}
indicators: {weekly_activity: {}, active_days: {}}
outcomes:
  - {id: wellbeing, instrument: WHO-5, week: 10}
  - {id: low_mood, instrument: PHQ-8, week: 8, at_least: 10, chosen_by: advisory group}
hypotheses:
  - {id: H1, kind: between, indicator: weekly_activity, outcome: wellbeing, direction: positive, smallest_effect: 0.05}
  - {id: H2, kind: within, indicator: weekly_activity, outcome: wellbeing, direction: positive, smallest_effect: 0.05}
validation: {controls: {outcomes: [OUTCOMES], exposures: [EXPOSURES]}}
"""
ALL = "entry_tariff, commutes, paid_work_hours, level, subject, previous_attempts"


def study(outcomes: str = ALL, exposures: str = ""):
    return parse_protocol(read_tree(STUDY.replace("OUTCOMES", outcomes).replace("EXPOSURES", exposures), "p.yaml"))


@pytest.fixture(scope="module")
def made():
    cohort, _ = generate_cohort(load_scenario("default"), n=400, seed=3)
    return cohort, compute_indicators(study(), cohort)


@pytest.fixture(scope="module")
def found(made):
    return {finding.id: finding for finding in spurious_findings(Ground(study(), *made, NO_MODEL))}


def rows(finding):
    return {row.keys.get("what", row.keys.get("control")): row for row in finding.rows}


def test_every_association_has_a_placebo_controls_and_a_calibrated_interval(found):
    named = [f"validation.{what}.{claim}" for claim in ("h1", "h2") for what in ("placebo", "controls", "calibrated")]
    assert list(found) == named


@pytest.mark.parametrize("claim", ["h1", "h2"])
def test_without_a_link_slopes_lie_about_zero_and_what_was_found_stands_beside(found, made, claim):
    placebo = found[f"validation.placebo.{claim}"]
    registered = {f.hypothesis.lower(): f for f in associate(study(), *made)}[claim]
    assert placebo.estimate.lower < 0 < placebo.estimate.upper
    assert abs(placebo.estimate.value) < placebo.estimate.upper / 3
    assert rows(placebo)["found"].estimate.value == registered.estimate.value
    assert rows(placebo)["draws as large as found"].estimate.n == registered.estimate.n
    assert rows(placebo)["draws as large as found"].keys["draws"] == 199


def test_controls_are_columns_settled_before_the_first_week_and_those_that_do_not_vary_are_left_out(found):
    controls = rows(found["validation.controls.h1"])
    assert {"entry_tariff", "commutes", "paid_work_hours", "level: postgraduate"} <= set(controls)
    assert sum(name.startswith("subject: ") for name in controls) == 3  # four subjects, the most frequent left out
    assert "previous_attempts" not in controls
    assert all(row.estimate.unit == "SD per SD" for row in controls.values())


def test_a_control_is_analysed_like_the_answers_in_their_cells(found):
    answered = rows(found["validation.placebo.h1"])["found"].estimate.n
    assert {row.estimate.n for row in found["validation.controls.h1"].rows} == {answered}


def test_the_headline_is_the_expected_size_of_the_systematic_error_of_the_rows(found):
    estimates = [row.estimate for row in found["validation.controls.h1"].rows]
    errors = [(one.upper - one.lower) / 2 / 1.97 for one in estimates]
    error = systematic_error([one.value for one in estimates], errors, signed=False)
    headline = found["validation.controls.h1"].estimate
    assert headline.value == pytest.approx(error.expected_size, abs=0.005)
    assert headline.lower <= headline.value <= headline.upper


def test_the_calibrated_interval_is_never_narrower_than_the_plain_one(found):
    plain, honest = (rows(found["validation.calibrated.h1"])[what].estimate for what in ("plain", "calibrated"))
    assert honest.value == plain.value  # the signs of columns mean nothing, so nothing is taken off
    assert honest.upper - honest.lower >= plain.upper - plain.lower


def test_what_does_not_vary_within_a_student_controls_nothing_within(found):
    within = found["validation.controls.h2"]
    assert within.verdict == found["validation.calibrated.h2"].verdict == "not analysed"
    assert "does not vary within a student" in within.reason
    assert {row.verdict for row in within.rows} == {"not analysed"}


def test_exposures_that_can_not_be_estimated_say_why(made):
    silent = made[1].filter(pc.not_equal(made[1]["indicator"], "active_days"))
    ground = Ground(study("", "active_days"), made[0], silent, NO_MODEL)
    found = {finding.id: finding for finding in spurious_findings(ground)}
    for claim in ("h1", "h2"):
        controls = found[f"validation.controls.{claim}"]
        (row,) = controls.rows
        assert (row.verdict, controls.reason) == ("not analysed", f"no control could be estimated: {row.reason}")
        assert "settled before" not in controls.reason


def test_intervals_are_at_the_level_that_is_registered(made):
    asked = study(exposures="active_days")
    asked = asked.model_copy(update={"validation": asked.validation.model_copy(update={"level": 0.8})})
    for finding in spurious_findings(Ground(asked, *made, NO_MODEL)):
        held = [finding.estimate, *(row.estimate for row in finding.rows)]
        assert {one.level for one in held if one is not None} <= {0.8}


def test_four_controls_are_shown_and_nothing_is_said_of_the_systematic_error(made):
    ground = Ground(study("entry_tariff, commutes, paid_work_hours, level"), *made, NO_MODEL)
    found = {finding.id: finding for finding in spurious_findings(ground)}
    controls = found["validation.controls.h1"]
    assert (controls.verdict, controls.estimate, len(controls.rows)) == ("not analysed", None, 4)
    assert "fewer than 5 controls" in controls.reason
    assert "fewer than 5 controls" in found["validation.calibrated.h1"].reason


def test_an_exposure_is_another_indicator_beside_the_same_answers(made):
    ground = Ground(study("", "active_days"), *made, NO_MODEL)
    found = {finding.id: finding for finding in spurious_findings(ground)}
    for claim in study().hypotheses:
        other = claim.model_copy(update={"indicator": "active_days"})
        protocol = study().model_copy(update={"hypotheses": (other,)})
        (expected,) = associate(protocol, *made)
        shown = rows(found[f"validation.controls.{claim.id.lower()}"])["indicator: active days"].estimate
        assert shown.value == expected.estimate.value


def test_a_study_that_registers_no_controls_has_only_placebos(made):
    protocol = study().model_copy(update={"validation": study().validation.model_copy(update={"controls": None})})
    found = spurious_findings(Ground(protocol, *made, NO_MODEL))
    assert [finding.id for finding in found] == ["validation.placebo.h1", "validation.placebo.h2"]


def test_a_cohort_without_a_questionnaire_says_so(made):
    cohort, indicators = made
    tables = {name: cohort.arrow(name) for name in TABLES if name not in ("responses", "events")}
    silent = Cohort(tables, cohort.provenance, "")
    found = list(spurious_findings(Ground(study(), silent, indicators, NO_MODEL)))
    assert len(found) == 6
    assert {(one.verdict, one.reason) for one in found} == {("not analysed", "the data hold no wellbeing instrument")}


def test_a_cohort_without_background_columns_has_no_control_that_varies(made):
    cohort, indicators = made
    frame = pd.DataFrame({"student_id": cohort.frame("students")["student_id"]})
    schema = arrow_schema(TABLES["students"])
    bare = pa.Table.from_pandas(frame.reindex(columns=TABLES["students"].names), schema, preserve_index=False)
    tables = {name: cohort.arrow(name) for name in TABLES if name != "events"} | {"students": bare}
    ground = Ground(study(), Cohort(tables, cohort.provenance, ""), indicators, NO_MODEL)
    found = {finding.id: finding for finding in spurious_findings(ground)}
    assert found["validation.controls.h1"].reason == "no negative control varies among the students of the study"


def test_a_calendar_that_all_share_makes_an_association_only_where_weeks_are_not_taken_out(protocol, cohort, activity):
    rng = stream(6, "tests", "calendar")
    actions = np.round(np.exp(np.arange(1, 7) / 2 + rng.normal(size=(60, 6)) / 2))
    answers = {
        (f"s{i:02d}", week): [int(np.clip(round(week / 2 + rng.normal()), 0, 5))] * 5
        for i in range(60)
        for week in (2, 4, 6)
    }
    indicators = activity({f"s{i:02d}": list(actions[i]) for i in range(60)})
    ground = Ground(protocol(), cohort(60, answers), indicators, NO_MODEL)
    placebo = rows({finding.id: finding for finding in spurious_findings(ground)}["validation.placebo.h2"])
    assert abs(placebo["found"].estimate.value) < 0.2
    assert placebo["the calendar alone, weeks and modules not taken out"].estimate.lower > 0.4
    assert all(row.estimate for row in placebo.values())


def test_too_few_students_have_no_placebo(protocol, cohort, activity):
    answers = {(f"s{i:02d}", 2): [i % 6] * 5 for i in range(12)}
    indicators = activity({f"s{i:02d}": [float(i), 2.0 * i] for i in range(12)})
    found = list(spurious_findings(Ground(protocol(), cohort(12, answers), indicators, NO_MODEL)))
    assert [one.verdict for one in found] == ["not analysed"] * 2
    assert all("fewer than 50 students" in one.reason for one in found)
