import math

import pandas as pd
import pytest

from la_research.cohort import eligible, outcome_values, questionnaire_scores
from la_research.protocol import Outcome


def test_a_score_is_the_sum_of_all_items_times_the_multiplier(tables, cohort_of):
    cohort = cohort_of(tables)
    assert set(questionnaire_scores(cohort, "WHO-5")["score"]) == {5 * 2 * 4}
    assert set(questionnaire_scores(cohort, "PHQ-8")["score"]) == {8 * 2}
    assert len(questionnaire_scores(cohort, "PHQ-9")) == 0


def test_a_questionnaire_with_an_item_left_out_has_no_score(tables, cohort_of):
    responses = tables["responses"]
    tables["responses"] = responses[~((responses["student_id"] == "s05") & (responses["item"] == 5))]
    scores = questionnaire_scores(cohort_of(tables), "WHO-5")
    assert sorted(scores["student_id"]) == [f"s{i:02d}" for i in range(40) if i != 5]


def test_who_did_not_answer_has_neither_a_score_nor_a_yes_or_no(register, tables, cohort_of):
    tables["responses"] = tables["responses"][tables["responses"]["student_id"] != "s05"]
    cohort = cohort_of(tables)
    units = eligible(register(), cohort)
    score = outcome_values(cohort, Outcome(id="a", instrument="WHO-5", week=8), units)
    low = outcome_values(cohort, Outcome(id="b", instrument="PHQ-8", week=8, at_least=10), units)
    assert math.isnan(score["s05-A"])
    assert math.isnan(low["s05-A"])
    assert (score["s06-A"], low["s06-A"]) == (40.0, 1.0)
    assert list(score.index) == list(units["unit_id"])


@pytest.mark.parametrize(("cutoff", "answer"), [(16, 1.0), (17, 0.0)])
def test_a_score_at_the_cut_off_counts_as_yes(register, tables, cohort_of, cutoff, answer):
    cohort = cohort_of(tables)
    low = Outcome(id="b", instrument="PHQ-8", week=8, at_least=cutoff)
    assert set(outcome_values(cohort, low, eligible(register(), cohort))) == {answer}


def test_an_event_of_any_name_counts_for_any_enrolment_of_a_student(register, tables, cohort_of):
    second = tables["enrolments"].assign(enrolment_id=lambda t: t["student_id"] + "-B", module="B")
    tables["enrolments"] = pd.concat([tables["enrolments"], second], ignore_index=True)
    happened = [("s01-B", "withdrawn"), ("s02-A", "failed"), ("s03-A", "passed")]
    tables["outcomes"] = pd.DataFrame([{"enrolment_id": e, "name": n, "value": "yes", "day": 50} for e, n in happened])
    cohort = cohort_of(tables)
    event = Outcome(id="left", event=("withdrawn", "failed"))
    by_enrolment = outcome_values(cohort, event, eligible(register(), cohort))
    by_student = outcome_values(cohort, event, eligible(register("population: {unit: student}\n"), cohort))
    assert by_enrolment[by_enrolment == 1].index.to_list() == ["s01-B", "s02-A"]
    assert by_student[by_student == 1].index.to_list() == ["s01", "s02"]
    assert len(by_student) == 40
