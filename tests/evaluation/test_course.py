"""Around the effect: who answered, what rose without any effect, and how far the contacts got."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from la_research.cohort import Cohort, arrow_schema
from la_research.evaluation import evaluate_intervention
from la_research.evaluation.answered import Answered
from la_research.schema import TABLES
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
    assert (found.estimate.lower, found.estimate.upper) == pytest.approx(newcombe_difference(12, 22, 12, 24, 0.99)[1:])
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
    assert told["sample ratio"][1].startswith("54 % of students 'not drawn', 46 % of students 'drawn'; planned")


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
    assert (held.holds, held.evidence) == (False, "the log holds contacts of students of that arm")
    assert held.statement == "No student drawn for 'usual' was contacted"


def three(campus, **more):
    """90 students in three arms of 30."""
    arms = ["phone"] * 30 + ["email"] * 30 + ["usual"] * 30
    return campus(arms, probability=1 / 3, **more)


def of_three(protocol):
    return protocol(("support: {trial: early,", "support: {trial: early, arm: phone,"))


def test_every_arm_is_told_of_who_answered_and_came_to_talk(protocol, campus):
    answered = {f"s{i:02d}": [i % 4 + 1] * 5 for i in (*range(20), *range(30, 48), *range(60, 79))}
    steps = [(f"s{i:02d}", step) for i in range(60) for step in ("suggested", "sent")]
    steps += [(f"s{i:02d}", "talked") for i in (*range(30), *range(30, 45))]
    counts = {f"s{i:02d}": [7, i % 3, 7, 7, 7, 7] for i in range(90)}
    made = three(campus, before=answered, after=answered, steps=steps, counts=counts)
    found = evaluate_intervention(of_three(protocol), made.cohort())
    assert {row.keys["arm"]: row.estimate.value for row in found["evaluation.attrition"].rows} == {
        "phone": 20 / 30, "email": 18 / 30, "usual": 19 / 30,
    }  # fmt: skip
    assert found["evaluation.attrition"].estimate.value == pytest.approx(20 / 30 - 19 / 30)
    assert [row.keys["arm"] for row in found["evaluation.prepost"].rows] == ["phone", "email", "usual"]
    talked = {row.keys["arm"]: row.estimate.value for row in found["evaluation.path.arm"].rows
              if row.keys["what"] == "talked"}  # fmt: skip
    assert talked == {"phone": 30 / 30, "email": 15 / 30}
    assert found["evaluation.path"].assumptions[0].holds is True


@pytest.mark.parametrize(("lost", "held"), [(15, True), (30, False)])
def test_attrition_reads_alike_in_the_gate_and_beside_the_effect(protocol, campus, lost, held):
    after = {f"s{i:02d}": [i % 4 + 1] * 5 for i in (*range(lost, 40), *range(50, 80))}
    found = evaluate_intervention(protocol(), campus(["contact"] * 40 + ["usual"] * 40, after=after).cohort())
    gate = next(a for a in found["evaluation.contact.gate"].assumptions if a.statement.startswith("Outcomes are known"))
    assert found["evaluation.attrition"].assumptions[0] == gate
    assert gate.holds is held
    assert ("could differ so by chance" in gate.evidence) is (lost == 15)


def test_of_groups_the_shares_that_answered_are_compared_as_groups():
    known, arm = np.tile(np.repeat([True, False], 20), 4), np.repeat([1, 0], 80)
    known[:40] = True
    cluster = np.arange(160) // 40
    single, groups = (Answered.of(known, arm, by, 0.05) for by in (None, cluster))
    assert (groups.estimate.value, single.estimate.value) == pytest.approx((0.25, 0.25))
    assert (single.alike, groups.alike) == (False, True)
    assert Answered.of(known, arm, np.repeat([1, 0], 80), 0.05).alike is None


LOST = [*range(70), *range(80, 148)]
"""Of 160 students in two arms of 80, those who answered: ten are lost of one arm, and twelve of the other."""


def half(campus, **more):
    return campus(["contact"] * 80 + ["usual"] * 80, after={f"s{i:02d}": [i % 4 + 1] * 5 for i in LOST}, **more)


def test_a_draw_with_lost_outcomes_has_bounds_and_a_tipping_point_and_reads_the_registered_shifts(protocol, campus):
    study = protocol(
        ("covariates: [baseline]}", "covariates: [baseline], sensitivity: {shifts: [-4], beside: [entry]}}")
    )
    found = evaluate_intervention(study, half(campus).cohort())
    bounds, effect = found["evaluation.contact.lee_bounds"], found["H3"].estimate
    least, most = (row.estimate.value for row in bounds.rows)
    assert least <= found["evaluation.contact.unadjusted"].estimate.value <= most
    moved = {row.keys["arm"]: row.estimate.value for row in found["evaluation.contact.tipping"].rows
             if row.keys["shift"] == -4}  # fmt: skip
    assert moved["with the support"] == pytest.approx(effect.value - 4 * 10 / 80)
    assert moved["without the support"] == pytest.approx(effect.value + 4 * 12 / 80)
    unread = found["evaluation.contact.robustness_value"]
    assert unread.verdict == "not analysed"
    assert "'sensitivity.beside' is registered" in unread.reason


def test_of_groups_drawn_whole_the_tipping_point_is_told_and_lees_bounds_are_not(protocol, campus):
    study = protocol(("covariates: [baseline]}", "design: {kind: cluster}}"))
    made = half(campus)
    made.cluster = "g"
    rows = made.cohort().frame("assignments")
    rows["cluster"] = [f"g{int(i[1:]) // 10}" for i in rows["student_id"]]
    tables = {name: made.cohort().arrow(name) for name in TABLES}
    tables["assignments"] = pa.Table.from_pandas(rows, arrow_schema(TABLES["assignments"]), preserve_index=False)
    found = evaluate_intervention(study, Cohort(tables, made.cohort().provenance, ""))
    assert "whole groups were drawn" in found["evaluation.contact.lee_bounds"].reason
    assert len(found["evaluation.contact.tipping"].rows) == 2


def test_without_an_effect_what_is_registered_of_its_sensitivity_is_not_analysed(protocol, campus):
    study = protocol(("covariates: [baseline]}", "covariates: [baseline], sensitivity: {shifts: [-4]}}"))
    found = evaluate_intervention(study, campus(["contact"] * 40 + ["usual"] * 40, after={}).cohort())
    assert found["evaluation.contact.tipping"].reason == "the effect was not worked out"
