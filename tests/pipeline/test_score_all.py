"""Findings beyond the hypotheses beside the truth: effects, shares, gaps between groups, and what has no size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from la_research.evidence import Evidence
from la_research.finding import Estimate, Finding, Findings, not_analysed
from la_research.models import Predictions
from la_research.pipeline.score import estimand_key, score_evidence
from la_research.pipeline.score.audits import EVERYONE, NEED
from la_research.protocol import Protocol, parse_protocol, read_tree
from la_research.synthetic import Truth

STUDY = """
format: la_research.protocol/1
id: all
title: All findings
question: Does it hold?
data: synthetic
sources: {vle: {}, library: {}, lecture_capture: {}, quizzes: {}}
population: {unit: student}
indicators: {weekly_activity: {}}
support: {trial: contact_week_4, change_of: weekly_activity}
model: {label: low}
fairness: {sensitive: {gender: {margin: 0.10}}, metrics: [selection, fnr]}
outcomes:
  - {id: wellbeing, instrument: WHO-5, week: 10}
  - {id: low, instrument: PHQ-8, week: 8, at_least: 10}
  - {id: left, event: [withdrawn], chosen_by: advisory group}
hypotheses:
  - {id: H1, kind: effect, outcome: wellbeing, direction: positive, smallest_effect: 3}
"""
TRIAL = "effect.contact_week_4"
PLANTED = {
    f"{TRIAL}.WHO-5.week_10": 4.0, f"{TRIAL}.answered.WHO-5.week_10": -0.05, f"{TRIAL}.weekly_activity.att": 0.01,
    "label.low_mood_8": 0.5,
}  # fmt: skip
ASKED = "Is it so?"
DETAILS = {"scenario_digest": "", "seed": 1, "n": 400}


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return parse_protocol(read_tree(STUDY, "protocol.yaml"))


def share(value: float, lower: float, upper: float, n: int = 400, unit: str = "share") -> Estimate:
    return Estimate(value, lower, upper, 0.95, unit, n, "newcombe")


def evidence(protocol: Protocol, *more: Finding) -> Evidence:
    points = share(1.0, -2.0, 4.5, 300, "WHO-5 points")
    found = [
        Finding(
            "evaluation.contact.h1", ASKED, "inconclusive", points, hypothesis="H1", confirmatory=True, reason="wide"
        ),
        Finding("evaluation.contact.unadjusted", ASKED, "described", points),
        Finding("evaluation.attrition", ASKED, "described", share(0.02, -0.04, 0.08)),
        Finding("evaluation.prepost", ASKED, "described", share(0.40, 0.30, 0.50, 150, "SD")),
        Finding("validation.prevalence", ASKED, "described", share(0.45, 0.40, 0.52)),
        Finding("cohort.flow", ASKED, "described"),
        Finding("explanation.importance", ASKED, "described"),
        *more,
    ]
    return Evidence(protocol, {"details": DETAILS}, Findings(found))


def audit(name: str, verdict: str, gap: Estimate | None) -> Finding:
    reason = None if verdict in ("disparity", "equivalent", "described") else "too few"
    return Finding(f"audit.{name}", ASKED, verdict, gap, confirmatory=True, reason=reason)


@pytest.fixture(scope="module")
def made() -> tuple[Truth, Predictions]:
    """400 students, half of them women, half of either in low mood: the rule misses 60 of 100 women, 40 of 100 men."""
    women = np.arange(400) < 200
    low = np.tile([True, False], 200)
    order = np.concatenate([np.arange(100), np.arange(100)])
    chosen = np.zeros(400, dtype=int)
    chosen[low] = np.where(women[low], order >= 60, order >= 40)
    ids = [f"s{i}" for i in range(400)]
    students = pa.table({
        "student_id": ids, "gender": np.where(women, "F", "M"), "module": ["A1"] * 400, "low_mood_8": low,
        "true_need": np.where(women, low & (chosen == 0), low),
    })  # fmt: skip
    answered = np.where(np.arange(400) % 3 == 0, np.nan, low.astype(float))
    frame = pd.DataFrame({
        "population": "all", "unit_id": ids, "student_id": ids, "week": 4, "fold": 1, "score": np.linspace(0, 1, 400),
        "decision": chosen, "label": answered,
    })  # fmt: skip
    weeks = pa.table({
        "student_id": ids * 2, "week": [8] * 400 + [2] * 400,
        "need": [*students["true_need"].to_pylist(), *[False] * 400],
    })  # fmt: skip
    return Truth("default", "", 1, 400, PLANTED, {"students": students, "weeks": weeks}), Predictions(
        frame, {"all": pd.DataFrame(index=ids)}
    )


def test_a_plain_difference_is_beside_the_same_effect_and_no_yes_or_no_was_asked(protocol, made):
    score = score_evidence(evidence(protocol), made[0])["score.evaluation.contact.unadjusted"]
    assert score.rows[0].estimate.value == 4.0
    assert score.limitations == (
        "The interval holds the planted size of 4.00 WHO-5 points.", "No yes or no was asked of it.",
    )  # fmt: skip


def test_answering_and_the_share_of_the_label_have_planted_sizes(protocol, made):
    score = score_evidence(evidence(protocol), made[0])
    assert (
        score["score.evaluation.attrition"].limitations[0] == "The interval does not hold the planted size of -5.0 %."
    )
    assert score["score.validation.prevalence"].limitations[0] == "The interval holds the planted size of 50.0 %."


def test_a_change_from_before_to_after_is_never_scored_as_an_effect(protocol, made):
    score = score_evidence(evidence(protocol), made[0])["score.evaluation.prepost"]
    assert score.limitations[0] == "The change seen is 0.40 SD; the contact itself changed those contacted by 0.01 SD."
    assert not any("interval holds" in said for said in score.limitations)


def test_a_gap_stands_beside_the_gap_had_everyone_answered_and_the_gap_in_need(protocol, made):
    gap = audit("fnr.gender", "inconclusive", share(0.15, 0.02, 0.30))
    score = score_evidence(evidence(protocol, gap), *made)["score.audit.fnr.gender"]
    shown = {row.keys["what"]: (row.estimate.value, row.verdict) for row in score.rows}
    assert shown == {
        EVERYONE: (pytest.approx(60 / 100 - 40 / 100), "inconclusive"),
        NEED: (pytest.approx(60 / 60 - 40 / 100), "disparity"),
        "found": (0.15, "inconclusive"),
    }
    assert score.limitations == (
        "The interval holds the gap in this cohort, had everyone answered, of 20.0 %.",
        "The verdict given is 'inconclusive'; had everyone answered, the gap is not decided by this cohort.",
        "Against true need the gap in this cohort is 60.0 %, which earns 'disparity'.",
    )


def test_the_gap_of_a_cohort_has_the_simultaneous_interval_of_the_audit(protocol, made):
    """60 of 100 women and 40 of 100 men: score limits at 1.97, below which 6.6 % of permutations come further."""
    gap = audit("fnr.gender", "inconclusive", share(0.15, 0.02, 0.30))
    row = score_evidence(evidence(protocol, gap), *made)["score.audit.fnr.gender"].rows[0]
    assert (row.estimate.lower, row.estimate.upper, row.estimate.level) == (
        pytest.approx(0.0603, abs=1e-4), pytest.approx(0.3321, abs=1e-4), 0.95,
    )  # fmt: skip
    assert (row.verdict, row.reason) == ("inconclusive", "not decided by this cohort")


@pytest.mark.parametrize(
    ("verdict", "judged"),
    [
        ("equivalent", "the whole cohort reads otherwise"),
        ("disparity", "they agree"),
        ("inconclusive", "the study could not tell"),
    ],
)
def test_a_verdict_on_a_gap_is_never_called_wrong_for_what_one_cohort_shows(protocol, made, verdict, judged):
    narrow = parse_protocol(read_tree(STUDY.replace("margin: 0.10", "margin: 0.02"), "protocol.yaml"))
    gap = audit("fnr.gender", verdict, share(0.05, 0.0, 0.09))
    score = score_evidence(evidence(narrow, gap), *made)["score.audit.fnr.gender"]
    assert score.limitations[1].endswith(f"{judged}.")
    assert "wrong" not in " ".join(score.limitations)


def test_scores_at_random_earn_no_disparity(protocol, made):
    """Groups of thirty on random scores: the largest gaps are wide, and none of them is a disparity."""
    truth, predictions = made
    many = parse_protocol(read_tree(STUDY.replace("gender: {margin: 0.10}", "region: {margin: 0.10}"), "protocol.yaml"))
    gap, earned, widest = audit("selection.region", "inconclusive", share(0.15, 0.02, 0.30)), [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        region = pa.array([f"R{i}" for i in rng.integers(0, 8, 400)])
        other = replace(
            truth, tables=truth.tables | {"students": truth.tables["students"].append_column("region", region)}
        )
        frame = predictions.frame.assign(decision=rng.integers(0, 2, 400))
        row = score_evidence(evidence(many, gap), other, replace(predictions, frame=frame))[
            "score.audit.selection.region"
        ].rows[0]
        earned.append(row.verdict)
        widest.append(row.estimate.value)
    assert np.median(widest) > 0.10
    assert "disparity" not in earned


def test_the_gap_is_told_for_the_two_groups_that_the_audit_names(protocol, made):
    """Had everyone answered, men are missed more often than the answers say: the gap turns round and is negative."""
    truth, predictions = made
    frame = predictions.frame.copy()
    women = np.arange(400) < 200
    kept = (women == (frame["decision"] == 0)) | (np.arange(400) % 2 == 1)  # missed women, found men; all without need
    frame["label"] = np.where(kept, frame["label"], np.nan)
    turned = np.where(women, frame["decision"] == 1, frame["decision"] == 0)
    students = truth.tables["students"].drop_columns(["low_mood_8"]).append_column("low_mood_8", pa.array(turned))
    gap = audit("fnr.gender", "disparity", share(1.0, 0.9, 1.0))
    other = replace(truth, tables=truth.tables | {"students": students})
    score = score_evidence(evidence(protocol, gap), other, replace(predictions, frame=frame))["score.audit.fnr.gender"]
    assert score.rows[0].estimate.value == -1.0


def test_the_gap_of_a_group_that_the_audit_does_not_show_is_not_told_from_the_truth_either(protocol, made):
    truth, predictions = made
    frame = predictions.frame.copy()
    frame["label"] = frame["label"].where((np.arange(400) < 200) | (frame["label"] == 1))  # no man is without need
    gap = audit("fnr.gender", "disparity", None)
    score = score_evidence(evidence(protocol, gap), truth, replace(predictions, frame=frame))["score.audit.fnr.gender"]
    assert [(row.estimate, row.verdict) for row in score.rows[:2]] == [(None, "suppressed")] * 2


def test_few_students_earn_the_verdict_that_the_audit_would_give_them(protocol, made):
    """Twelve men in low mood: fewer than ten are expected on one side of the rule, and permutations judge them."""
    truth, predictions = made
    few = predictions.frame.iloc[:224].assign(
        label=lambda frame: truth.tables["students"]["low_mood_8"].to_numpy()[:224]
    )
    part = Predictions(few, {"all": pd.DataFrame(index=few["unit_id"])})
    narrow = parse_protocol(read_tree(STUDY.replace("margin: 0.10", "margin: 0.001"), "protocol.yaml"))
    gap = audit("fnr.gender", "inconclusive", share(0.6, 0.3, 0.8))
    row = score_evidence(evidence(narrow, gap), truth, part)["score.audit.fnr.gender"].rows[0]
    assert row.estimate.method == "score-max-t"
    assert row.estimate.lower > 0.001
    assert row.verdict == "disparity"


def test_need_is_that_of_the_week_of_the_label(protocol, made):
    truth, predictions = made
    weeks = truth.tables["weeks"].to_pandas()
    weeks["need"] = weeks["need"].where(weeks["week"] == 8, other=False)
    late = replace(truth, tables=truth.tables | {"weeks": pa.Table.from_pandas(weeks[weeks["week"] != 8])})
    gap = audit("fnr.gender", "disparity", share(0.2, 0.12, 0.3))
    score = score_evidence(evidence(protocol, gap), late, predictions)["score.audit.fnr.gender"]
    assert score.rows[1].reason == "the truth does not hold true need in week 8"


def test_a_label_that_the_truth_does_not_hold_leaves_the_row_of_true_need(made):
    text = STUDY.replace("model: {label: low}", "model: {label: disclosed}").replace(
        "  - {id: left,", "  - {id: disclosed, event: [disclosed], chosen_by: advisory group}\n  - {id: left,"
    )
    told = parse_protocol(read_tree(text, "protocol.yaml"))
    gap = audit("fnr.gender", "disparity", share(0.2, 0.12, 0.3))
    score = score_evidence(evidence(told, gap), *made)["score.audit.fnr.gender"]
    everyone, need = score.rows[:2]
    assert (everyone.estimate, everyone.reason) == (None, "the truth does not hold this label of everyone")
    assert need.estimate.value == pytest.approx(60 / 60 - 40 / 100)


def test_a_gap_that_was_not_shown_could_not_tell(protocol, made):
    hidden = audit("selection.gender", "suppressed", None)
    score = score_evidence(evidence(protocol, hidden), *made)["score.audit.selection.gender"]
    assert score.limitations[0] == "There is no interval to hold the gap in this cohort, had everyone answered."
    assert score.limitations[1].endswith("not decided by this cohort.")
    assert (score.rows[-1].verdict, score.rows[-1].reason) == ("suppressed", "too few")


def test_groups_under_the_minimum_stay_out_of_the_truth_too(protocol, made):
    """Eight men are fewer than ten: with women alone there is no gap, planted or not."""
    truth, predictions = made
    few = predictions.frame.iloc[:208]
    part = Predictions(few, {"all": pd.DataFrame(index=few["unit_id"])})
    gap = audit("fnr.gender", "not analysed", None)
    score = score_evidence(evidence(protocol, gap), truth, part)["score.audit.fnr.gender"]
    assert [row.estimate for row in score.rows] == [None, None, None]
    assert score.limitations == ("There is no gap had everyone answered: the audit compared no two groups.",)


def test_every_finding_without_a_planted_size_is_named_once_with_the_reason(protocol, made):
    audits = [
        audit("fnr.gender", "disparity", share(0.2, 0.12, 0.3)),
        Finding("audit.fnr.gender.within", ASKED, "described"),
        Finding("validation.explorer.red", ASKED, "described"),
    ]
    whole = evidence(protocol, *audits)
    score = score_evidence(whole, made[0])  # no predictions
    named = {row.keys["why"]: row.reason for row in score["score.not_scored"].rows}
    assert named == {
        "it counts what was recorded, and nothing is planted in a count": "cohort.flow",
        "it describes the model and its scores, which no scenario plants": "explanation.importance",
        "it repeats for other settings what a rule does, and no scenario plants what a rule does": (
            "validation.explorer.red"
        ),
        "the run keeps no scores": "audit.fnr.gender",
        "it describes a gap within modules, and asks no yes or no": "audit.fnr.gender.within",
    }
    scored = {finding.id.removeprefix("score.") for finding in score} - {"not_scored"}
    assert scored | set(", ".join(named.values()).split(", ")) == {finding.id for finding in whole.findings}


def test_a_truth_of_the_format_before_scores_no_gap_and_says_so(protocol, made):
    older = replace(made[0], tables={"students": made[0].tables["students"].select(["student_id", "true_need"])})
    gap = audit("fnr.gender", "disparity", share(0.2, 0.12, 0.3))
    score = score_evidence(evidence(protocol, gap), older, made[1])
    named = {row.reason: row.keys["why"] for row in score["score.not_scored"].rows}
    assert named["audit.fnr.gender"] == "the truth does not hold the need and the attributes of everyone"


def test_scoring_leaves_the_evidence_as_it_was(protocol, made):
    whole = evidence(protocol, audit("fnr.gender", "disparity", share(0.2, 0.12, 0.3)))
    before = str(whole)
    score_evidence(whole, *made)
    assert str(whole) == before


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        (("contact_week_4", "contact_first_look"), "effect.contact_first_look.WHO-5.week_10"),
        (("WHO-5, week: 10", "WHO-5, week: 6"), "effect.contact_week_4.WHO-5.week_6"),
        (("outcome: wellbeing", "outcome: low"), "effect.contact_week_4.PHQ-8.week_8.at_least_10"),
        (("outcome: wellbeing", "outcome: left"), "effect.contact_week_4.left"),
    ],
)
def test_an_effect_is_named_by_its_trial_outcome_and_week(changed, key):
    other = parse_protocol(read_tree(STUDY.replace(*changed), "protocol.yaml"))
    assert estimand_key(other, other.hypotheses[0]) == key


def test_a_trial_that_the_scenario_does_not_run_has_no_planted_size(protocol, made):
    other = parse_protocol(read_tree(STUDY.replace("contact_week_4", "another"), "protocol.yaml"))
    nothing = not_analysed("evaluation.contact.h1", ASKED, "no draw", hypothesis="H1", confirmatory=True)
    score = score_evidence(Evidence(other, {"details": DETAILS}, Findings([nothing])), made[0])
    assert score["score.not_scored"].rows[0].reason == "H1 (effect.another.WHO-5.week_10)"
