"""The score of each student as a member of the other group, in a mechanism that is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from la_research.indicators import compute_indicators
from la_research.models import Predictions, fit_model
from la_research.pipeline.score.counterfactual import counterfactuals, exchanged
from la_research.protocol import parse_protocol, read_tree
from la_research.synthetic import generate_cohort, parse_scenario

STUDY = """
format: la_research.protocol/1
id: other
title: As a member of another group
question: Would it differ?
data: synthetic
sources: {vle: {}}
indicators: {weekly_activity: {}}
outcomes:
  - {id: wellbeing, instrument: WHO-5, week: 10}
  - {id: low, instrument: PHQ-8, week: 8, at_least: 10, chosen_by: advisory group}
model: {label: low, estimator: logistic, number_of_folds: 2, top_share: 0.2}
fairness: {sensitive: {gender: {}, age_band: {}, imd_band: {}}, metrics: [selection]}
"""
CAMPUS = """
{format: la_research.scenario/1, id: small, title: small, resembles: none, cannot: much,
 wellbeing: {groups: {}}, engagement: {groups: {women: -1.5}}}
"""
N, SEED = 700, 4


@pytest.fixture(scope="module")
def study():
    return parse_protocol(read_tree(STUDY, "protocol.yaml"))


@pytest.fixture(scope="module")
def campus():
    return parse_scenario(read_tree(CAMPUS, "small.yaml"))


@pytest.fixture(scope="module")
def predictions(study, campus):
    cohort, _ = generate_cohort(campus, n=N, seed=SEED)
    return fit_model(study, cohort, compute_indicators(study, cohort))


@pytest.fixture(scope="module")
def found(study, campus, predictions):
    return counterfactuals(study, campus, predictions, n=N, seed=SEED)


def row(finding, what):
    return next(row.estimate for row in finding.rows if row.keys["what"] == what)


def test_a_group_that_moves_nothing_changes_no_score_and_no_decision(found):
    assert {row.estimate.value for row in found["score.counterfactual.age_band"].rows} == {0.0}


def test_a_group_whose_activity_the_score_reads_moves_it_in_the_direction_of_the_mechanism(found):
    finding = found["score.counterfactual.gender"]
    assert finding.limitations[0] == "The first group: students with gender F; the second: M."
    assert row(finding, "score, as the first group").lower > 0  # women do less, which reads as low mood
    assert row(finding, "selected, as the first group").lower > 0
    assert row(finding, "score, absolute").value >= row(finding, "score, as the first group").value
    assert row(finding, "decision changes").value >= row(finding, "selected, as the first group").value


def test_an_attribute_that_no_dial_draws_is_not_analysed(found):
    finding = found["score.counterfactual.imd_band"]
    assert (finding.verdict, finding.reason) == (
        "not analysed", "the mechanism draws this attribute by no dial of its own",
    )  # fmt: skip


def test_a_run_without_scores_compares_nothing(study, campus, predictions):
    empty = replace(predictions, frame=predictions.frame.iloc[:0], features={})
    for kept in (None, empty):
        (finding,) = counterfactuals(study, campus, kept, n=N, seed=SEED)
        assert finding.verdict == "not analysed"
    assert isinstance(empty, Predictions)


def test_only_what_was_recorded_of_the_students_named_is_exchanged(campus):
    cohort, _ = generate_cohort(campus, n=60, seed=1)
    other, _ = generate_cohort(campus.model_copy(update={"leaving": 0.2}), n=60, seed=1)
    whole = cohort.frame("enrolments")
    named = whole["student_id"].drop_duplicates().iloc[:20]
    mixed = exchanged(cohort, other, named)
    inside = lambda table: table[table["student_id"].isin(named)].reset_index(drop=True)  # noqa: E731
    outside = lambda table: table[~table["student_id"].isin(named)].reset_index(drop=True)  # noqa: E731
    assert inside(mixed.frame("enrolments")).equals(inside(other.frame("enrolments")))
    assert outside(mixed.frame("enrolments")).equals(outside(whole))
    assert mixed.frame("consent").equals(cohort.frame("consent"))
