from __future__ import annotations

from dataclasses import dataclass

import pytest

from la_research.errors import TruthError
from la_research.evidence import Evidence
from la_research.finding import Estimate, Finding, Findings, not_analysed
from la_research.pipeline.score import estimand_key, score_evidence, verdict_earned
from la_research.protocol import Protocol, parse_protocol, read_tree
from la_research.store import load_protocol
from la_research.synthetic import Truth

STUDY = """
format: la_research.protocol/1
id: three
title: Three hypotheses
question: Does it hold?
data: synthetic
sources: {vle: {}, library: {}, lecture_capture: {}, quizzes: {}}
population: {unit: student}
indicators: {weekly_activity: {}}
support: {trial: contact_week_4}
outcomes:
  - {id: wellbeing, instrument: WHO-5, week: 10}
  - {id: left, event: [withdrawn], chosen_by: advisory group}
hypotheses:
  - {id: H1, kind: between, indicator: weekly_activity, outcome: wellbeing, direction: positive, smallest_effect: 0.05}
  - {id: H2, kind: effect, outcome: wellbeing, direction: positive, smallest_effect: 3}
  - {id: H3, kind: between, indicator: weekly_activity, outcome: left, direction: negative, smallest_effect: 0.05}
"""
DETAILS = {"scenario_digest": "sha256:0", "seed": 1, "n": 2000}
NAMES = {"H1": "validation.between.h1", "H2": "evaluation.contact.h2", "H3": "validation.between.h3"}


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return parse_protocol(read_tree(STUDY, "protocol.yaml"))


def truth(**estimands: float) -> Truth:
    planted = {"between.weekly_activity.WHO-5": 0.12, "effect.contact_week_4.WHO-5.week_10": 4.0}
    return Truth("default", "sha256:0", 1, 2000, planted | estimands, {})


def evidence(protocol: Protocol, **changed: Finding) -> Evidence:
    link = Estimate(0.10, 0.06, 0.14, 0.95, "SD per SD", 900, "ols")
    effect = Estimate(1.0, -1.0, 3.0, 0.95, "WHO-5 points", 300, "ols")
    asked = {"question": "Is it so?", "confirmatory": True}
    found = {
        "H1": Finding(NAMES["H1"], verdict="supported", estimate=link, hypothesis="H1", **asked),
        "H2": Finding(NAMES["H2"], verdict="negligible", estimate=effect, hypothesis="H2", **asked),
        "H3": not_analysed(NAMES["H3"], "Is it so?", "nobody left", hypothesis="H3", confirmatory=True),
    }
    return Evidence(protocol, {"details": DETAILS}, Findings((found | changed).values()))


def test_the_estimand_has_the_name_under_which_the_truth_keeps_its_size(protocol):
    keys = [estimand_key(protocol, hypothesis) for hypothesis in protocol.hypotheses]
    assert keys == [
        "between.weekly_activity.WHO-5", "effect.contact_week_4.WHO-5.week_10", "between.weekly_activity.left",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "ending"),
    [
        (("unit: student", "unit: enrolment"), ".by_enrolment"),
        (("{weekly_activity: {}}", "{weekly_activity: {sources: [vle]}}"), ".of_vle"),
        (("title:", "validation: {window_weeks: 3}\ntitle:"), ".weeks_3"),
    ],
)
def test_an_association_that_is_counted_otherwise_is_another_estimand(changed, ending):
    other = parse_protocol(read_tree(STUDY.replace(*changed), "protocol.yaml"))
    assert estimand_key(other, other.hypotheses[0]) == "between.weekly_activity.WHO-5" + ending


@pytest.mark.parametrize(
    ("added", "association", "effect"),
    [
        ("instruments: {WHO-5: {weeks: [2, 4, 6, 8, 10, 12]}}", "", ""),
        ("instruments: {WHO-5: {weeks: [10, 6]}}", ".waves_6_10", ""),
        ("consent: {contact: not required}", "", ""),
        ("consent: {model_use: not required}", ".consent_research", ".consent_research"),
        ("consent: {model_use: not required, research: not required}", ".consent_none", ".consent_none"),
        ("population: {unit: student, index_week: 6}", ".index_6", ".index_6"),
        ("population: {unit: student, modules: [B2, A1]}", ".modules_A1+B2", ".modules_A1+B2"),
    ],
)
def test_a_study_of_other_students_or_waves_asks_for_a_size_that_is_not_planted(added, association, effect):
    text = STUDY.replace("population: {unit: student}\n", "") if added.startswith("population") else STUDY
    other = parse_protocol(read_tree(f"{text}{added}\n", "protocol.yaml"))
    assert [estimand_key(other, hypothesis) for hypothesis in other.hypotheses[:2]] == [
        f"between.weekly_activity.WHO-5{association}", f"effect.contact_week_4.WHO-5.week_10{effect}",
    ]  # fmt: skip


def test_the_sizes_that_the_shipped_study_asks_for_keep_their_names():
    study = load_protocol("protocols/early-engagement")
    assert [estimand_key(study, claim) for claim in study.hypotheses[:3]] == [
        "between.weekly_activity.WHO-5", "within.weekly_activity.WHO-5", "effect.contact_week_4.WHO-5.week_10",
    ]  # fmt: skip


def test_the_truth_of_another_cohort_is_refused(protocol):
    made = evidence(protocol)
    details = {"scenario_digest": "sha256:0", "seed": 2, "n": 2000}
    other = Evidence(protocol, {"details": details}, made.findings)
    with pytest.raises(TruthError) as caught:
        score_evidence(other, truth())
    assert caught.value.faults[0].code == "truth.other_cohort"
    assert "seed differ" in caught.value.faults[0].problem


@pytest.mark.parametrize("untold", ["scenario_digest", "seed", "n"])
def test_evidence_that_does_not_say_from_which_cohort_it_came_fits_no_truth(protocol, untold):
    told = {name: value for name, value in DETAILS.items() if name != untold}
    with pytest.raises(TruthError) as caught:
        score_evidence(Evidence(protocol, {"details": told}, evidence(protocol).findings), truth())
    assert caught.value.faults[0].code == "truth.other_cohort"
    assert untold in caught.value.faults[0].problem


def test_an_interval_that_holds_the_planted_size_and_a_right_verdict_are_said_to_be_so(protocol):
    score = score_evidence(evidence(protocol), truth())["score.validation.between.h1"]
    assert [(row.keys["what"], row.estimate.value) for row in score.rows] == [("planted", 0.12), ("found", 0.10)]
    assert score.verdict == "described"
    assert score.limitations == (
        "The interval holds the planted size of 0.12 SD per SD.",
        "The verdict given is 'supported'; the planted size earns 'supported': they agree.",
    )


def test_an_interval_beside_the_planted_size_and_a_wrong_verdict_are_said_to_be_so(protocol):
    score = score_evidence(evidence(protocol), truth())["score.evaluation.contact.h2"]
    assert score.limitations == (
        "The interval does not hold the planted size of 4.00 WHO-5 points.",
        "The verdict given is 'negligible'; the planted size earns 'supported': the study was wrong.",
    )


def test_a_finding_without_a_number_is_scored_with_its_reason_and_could_not_tell(protocol):
    hidden = Finding(
        NAMES["H1"], "Is there a link?", "suppressed", hypothesis="H1", confirmatory=True, reason="too few"
    )
    score = score_evidence(evidence(protocol, H1=hidden), truth())["score.validation.between.h1"]
    assert score.estimate is None
    assert (score.rows[1].verdict, score.rows[1].reason) == ("suppressed", "too few")
    assert score.limitations[0] == "There is no interval to hold the planted size."
    assert score.limitations[1].endswith("the study could not tell.")


def test_what_has_no_planted_size_is_named_once(protocol):
    score = score_evidence(evidence(protocol), truth())
    assert [finding.id for finding in score] == [
        "score.validation.between.h1", "score.evaluation.contact.h2", "score.not_scored",
    ]  # fmt: skip
    named = {row.keys["why"]: row.reason for row in score["score.not_scored"].rows}
    assert named == {"the scenario plants no size for it": "H3 (between.weekly_activity.left)"}


@dataclass(frozen=True)
class Case:
    planted: float
    direction: str
    earned: str


@pytest.mark.parametrize(
    "case",
    [
        Case(3.0, "positive", "supported"),  # exactly the smallest effect of interest
        Case(2.9, "positive", "negligible"),
        Case(0.0, "positive", "negligible"),
        Case(-3.0, "positive", "contradicted"),
        Case(-3.5, "negative", "supported"),
        Case(3.5, "negative", "contradicted"),
    ],
    ids=str,
)
def test_a_size_that_is_known_exactly_earns_one_verdict(case):
    assert verdict_earned(case.planted, case.direction, 3.0) == case.earned
