"""What a registered design could find is worked out from who is there, and says why where it can not be."""

from __future__ import annotations

import pytest

from la_research.evaluation.ground import Ground
from la_research.evaluation.planned import planned_findings
from la_research.evaluation.samples import SAMPLES
from la_research.protocol import Protocol
from la_research.protocol.designs import KINDS
from la_research.statistics.power_of_designs import detectable_effect


def registered(study: Protocol, kind: str, **settings) -> Protocol:
    """The study with another design."""
    design = KINDS[kind](kind=kind, **settings)
    return study.model_copy(update={"support": study.support.model_copy(update={"design": design})})


def ground(protocol, campus, kind: str, **settings) -> Ground:
    made = campus(["contact"] * 20 + ["usual"] * 20, after={f"s{i:02d}": [i % 6] * 5 for i in range(30)})
    return Ground(registered(protocol(), kind, **settings), made.cohort())


def test_the_smallest_effect_rests_on_the_students_whose_outcome_is_known(protocol, campus):
    (planned,) = planned_findings(ground(protocol, campus, "randomised"))
    assert planned.id == "evaluation.planned"
    assert planned.estimate.value == pytest.approx(detectable_effect("randomised", n=30))
    rows = {row.keys["what"]: row.estimate.value for row in planned.rows}
    assert rows["students whose outcome is known"] == 30
    needed = rows["students whose outcome has to be known, to find the smallest effect of interest"]
    sd = rows["smallest effect in the outcome's unit"] / planned.estimate.value
    smallest = protocol().hypotheses[-1].smallest_effect
    assert detectable_effect("randomised", n=needed) <= smallest / sd < detectable_effect("randomised", n=needed - 2)
    assert "smallest effect with the students planned" not in rows  # a part of them is drawn


def test_where_all_students_are_compared_it_is_told_what_those_planned_could_find(protocol, campus):
    (planned,) = planned_findings(ground(protocol, campus, "observational"))
    rows = {row.keys["what"]: row.estimate.value for row in planned.rows}
    assert rows["smallest effect with the students planned"] == pytest.approx(
        detectable_effect("observational", n=2000)
    )


def test_of_fewer_students_than_may_be_shown_nothing_is_worked_out(protocol, campus):
    made = campus(["contact"] * 20 + ["usual"] * 20)
    (planned,) = planned_findings(Ground(registered(protocol(), "randomised"), made.cohort()))
    assert (planned.verdict, planned.estimate) == ("not analysed", None)


def test_a_design_without_a_formula_is_not_analysed_and_says_so(protocol, campus):
    (planned,) = planned_findings(ground(protocol, campus, "survival"))
    assert (planned.verdict, planned.reason) == ("not analysed", "no formula is at hand for the design 'survival'")


@pytest.mark.parametrize(
    "kind, settings, reason",
    [
        ("its", {}, "no indicator is registered"),
        ("its", {"indicator": "weekly_activity"}, "no week is registered in which the support starts"),
        ("survival", {}, "the outcome is a questionnaire"),
        ("pooled", {}, "estimates of several sites are joined from a table"),
    ],
)
def test_a_cohort_without_such_a_sample_has_a_reason(protocol, campus, kind, settings, reason):
    study = ground(protocol, campus, kind, **settings)
    assert SAMPLES[kind](study, study.claims[0]).startswith(reason)


def test_a_series_has_a_row_for_each_student_and_week_of_the_indicator(protocol, campus):
    made = campus(["contact"] * 12, counts={f"s{i:02d}": [5, 1, 4, 6, 2, 3] for i in range(12)})
    study = registered(protocol(), "its", indicator="weekly_activity", start=4)
    sample = SAMPLES["its"](Ground(study, made.cohort()), study.hypotheses[0])
    assert (sample.units, sample.unit) == (12, "log actions")
    assert sorted(set(sample["time"])) == [1, 2, 3, 4, 5, 6]
    assert set(sample["first"]) == {4.0}


def test_withdrawal_is_timed_in_weeks_from_the_draw(protocol, campus):
    made = campus(["contact"] * 20 + ["usual"] * 20)
    made.left = {"s00", "s20"}
    study = registered(protocol(("outcome: wellbeing_5", "outcome: left")), "survival")
    sample = SAMPLES["survival"](Ground(study, made.cohort()), study.hypotheses[0])
    assert sample["treatment"].sum() == 20
    assert sorted(set(sample["time"])) == [(30 - 14) / 7, (42 - 14) / 7]
    assert sample["outcome"].sum() == 2
