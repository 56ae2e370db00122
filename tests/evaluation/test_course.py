"""Around the effect: who answered, what rose without any effect, and how far the contacts got."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.evaluation import evaluate_intervention
from la_research.statistics.intervals import newcombe_difference

ARMS = ["contact"] * 12 + ["usual"] * 14


def steady(campus, **more):
    """26 students with activity e-1, … on the logarithmic scale; all answered 60 before and after."""
    made = campus(ARMS, **more)
    made.before = made.before or {i: [3] * 5 for i in made.ids}
    made.after = made.after or {i: [k % 4 + 1] * 5 for k, i in enumerate(made.ids)}
    return made


def test_attrition_compares_the_shares_that_answered(protocol, campus):
    arms = ["contact"] * 22 + ["usual"] * 24
    answered = {f"s{i:02d}": [i % 4 + 1] * 5 for i in (*range(10, 22), *range(22, 34))}
    found = evaluate_intervention(protocol(), campus(arms, after=answered).cohort())["evaluation.attrition"]
    assert [(row.keys["arm"], row.estimate.value, row.estimate.n) for row in found.rows] == [
        ("contact", 12 / 22, 22),
        ("usual", 12 / 24, 24),
    ]
    assert found.estimate.value == pytest.approx(12 / 22 - 12 / 24)
    assert (found.estimate.lower, found.estimate.upper) == pytest.approx(newcombe_difference(12, 22, 12, 24)[1:])
    assert found.assumptions[0].holds is True


def test_a_few_who_did_not_answer_are_not_counted_by_the_shares_of_those_who_did(protocol, campus):
    answered = {f"s{i:02d}": [i % 4 + 1] * 5 for i in (*range(2, 12), *range(12, 22))}
    all_found = evaluate_intervention(protocol(), steady(campus, after=answered).cohort())
    found, gate = all_found["evaluation.attrition"], all_found["evaluation.contact.gate"]
    assert (found.verdict, found.estimate) == ("suppressed", None)
    assert all(row.estimate is None for row in found.rows)
    assert found.assumptions[0].holds is True
    told = {row.keys["check"]: (row.estimate, row.reason) for row in gate.rows}
    few = "the outcomes of some, but of fewer than 10 students of an arm, are missing"
    assert told["attrition"] == (None, few)
    assert told["sample_ratio"][1].startswith("54 % of students 'not drawn', 46 % of students 'drawn'; planned")


def test_uneven_attrition_keeps_the_effect_locked(protocol, campus):
    arms = ["contact"] * 40 + ["usual"] * 40
    answered = {f"s{i:02d}": [i % 4 + 1] * 5 for i in (*range(15), *range(40, 80))}
    found = evaluate_intervention(protocol(), campus(arms, after=answered).cohort())
    (held,) = found["evaluation.attrition"].assumptions
    assert held.holds is False
    assert found["H3"].reason.startswith("gate: Outcomes are known as often in every arm: did not pass")


def test_the_rise_of_the_contacted_stands_beside_that_of_the_others(protocol, campus):
    # week 2 is low; weeks 3 and 4 are back at the usual level; the same in both arms
    counts = {f"s{i:02d}": [7, i % 3, 7, 7, 7, 7] for i in range(26)}
    found = evaluate_intervention(protocol(), steady(campus, counts=counts).cohort())["evaluation.prepost"]
    low = np.log1p(np.array([i % 3 for i in range(26)]))
    change = (np.log1p(7) - low) / low.std()
    assert [row.keys for row in found.rows] == [{"arm": "contact"}, {"arm": "usual"}]
    assert [row.estimate.value for row in found.rows] == pytest.approx([change[:12].mean(), change[12:].mean()])
    assert found.estimate == found.rows[0].estimate
    assert (found.estimate.unit, found.verdict) == ("SD", "described")
    assert "a rise is expected without any effect" in found.limitations[0]


def test_after_is_the_mean_of_the_two_weeks_that_follow(protocol, campus):
    counts = {f"s{i:02d}": [7, i % 2, 3, 8, 90, 90] for i in range(26)}
    found = evaluate_intervention(protocol(), steady(campus, counts=counts).cohort())["evaluation.prepost"]
    low = np.log1p(np.array([i % 2 for i in range(26)]))
    after = (np.log(4) + np.log(9)) / 2
    assert found.rows[1].estimate.value == pytest.approx(((after - low) / low.std())[12:].mean())


def test_activity_that_never_varies_is_named(protocol, campus):
    found = evaluate_intervention(protocol(), steady(campus).cohort())["evaluation.prepost"]
    assert found.reason == "the indicator does not vary in the week of the draw"


def test_the_path_counts_students_and_hides_small_steps(protocol, campus):
    steps = [(f"s{i:02d}", step) for i in range(12) for step in ("suggested", "sent")]
    steps += [(f"s{i:02d}", "opened") for i in range(11)] + [("s00", "talked"), ("s01", "talked"), ("s02", "opt_out")]
    found = evaluate_intervention(protocol(), steady(campus, steps=steps).cohort())["evaluation.path"]
    assert found.estimate.value == 12
    shown = {row.keys["step"]: row.estimate.value if row.estimate else row.verdict for row in found.rows}
    assert shown == {
        "suggested": 12,
        "sent": 12,
        "opened": "suppressed",
        "talked": "suppressed",
        "opt_out": "suppressed",
    }
    assert found.assumptions[0].holds is True


def test_a_contact_of_the_other_arm_is_told(protocol, campus):
    made = steady(campus, steps=[("s00", "sent"), ("s20", "sent")])
    held = evaluate_intervention(protocol(), made.cohort())["evaluation.path"].assumptions[0]
    assert (held.holds, held.evidence) == (False, "the log holds contacts of the other arm")
