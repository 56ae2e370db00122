"""Reasons and proxies by group: found where planted, adding up to the gap in score, and telling of no small group."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from la_research.cohort import Cohort, Provenance
from la_research.disclosure import disclosed
from la_research.explanation import explain
from la_research.explanation.by_group import proxy_findings, same_score_findings
from la_research.explanation.by_group.proxies import less
from la_research.explanation.groups import compared, groups_of
from la_research.finding import NOT_RECORDED, Finding, Findings
from tests.explanation.grounds import COLUMNS, ground, study

N = 400


def world(moved: float = 0.0, n: int = N, seed: int = 1, other: int = 0, **changes):
    """A label that follows all columns; the group moves the third column, and nothing else."""
    draw = np.random.default_rng(seed)
    group = np.where(draw.random(n) < 0.4, "M", "F").astype(object)
    group[:other] = "X"
    values = draw.normal(size=(n, len(COLUMNS)))
    values[:, 2] += moved * (group == "M")
    label = (values @ np.array([-1.0, -0.5, 1.0]) + draw.logistic(size=n) > 0.3).astype(float)
    values[draw.random(values.shape) < 0.05] = np.nan
    return ground(study(), changes.pop("group", group), values, label, **changes)


def of(question, made) -> Finding:
    (found,) = disclosed(Findings(question(made)), made.minimum)
    return found


def test_parts_of_the_indicators_add_up_to_the_gap_in_mean_score() -> None:
    made = world(1.0)
    found = of(proxy_findings, made)
    parts = [row.estimate.value for row in found.rows if set(row.keys) == {"indicator", "gender"}]
    (gap,) = (row.estimate.value for row in found.rows if row.keys.get("what") == "gap in score")
    score = made.model.decision_function(made.shown)
    group = made.group("gender").to_numpy()[made.explained]
    assert len(parts) == len(COLUMNS)
    assert sum(parts) == pytest.approx(gap)
    assert gap == pytest.approx(score[group == "M"].mean() - score[group == "F"].mean(), abs=1e-6)
    assert found.assumptions[0].holds is True


def test_a_part_is_the_difference_of_means_with_welchs_interval() -> None:
    from scipy.stats import ttest_ind

    draw = np.random.default_rng(2)
    one, other = draw.normal(size=17), 3 * draw.normal(size=31)
    found = less(np.r_[one, other], np.repeat([0, 1], [17, 31]), 0, 1)
    interval = ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    assert found.value == pytest.approx(one.mean() - other.mean())
    assert (found.lower, found.upper) == (pytest.approx(interval.low), pytest.approx(interval.high))


def test_importance_lies_on_the_indicator_that_tells_the_group_and_on_none_where_none_does() -> None:
    made = world(1.5, n=800)
    found = of(proxy_findings, made)
    told = {row.keys["indicator"]: row.estimate for row in found.rows if row.keys.get("what") == "best AUC"}
    assert told["late_or_missing"].lower > 0.6 > told["weekly_activity"].value
    sizes = np.abs(made.whole["interventional"].values).mean(axis=0)
    assert found.estimate.value == pytest.approx(sizes[2] / sizes.sum())
    assert found.estimate.lower == found.estimate.value
    assert of(proxy_findings, world(n=800)).estimate.value == 0.0


def test_reasons_differ_at_the_same_score_only_where_an_aspect_is_moved() -> None:
    quiet, told = (of(same_score_findings, world(moved, n=600, seed=4)) for moved in (0.0, 2.5))
    assert (quiet.assumptions[0].holds, told.assumptions[0].holds) == (False, True)
    assert quiet.estimate.lower == 0.0
    assert told.estimate.lower > 0.0
    aspects = {row.keys["aspect"]: row for row in told.rows if "aspect" in row.keys}
    assert set(aspects) == {"online activity", "work handed in"}  # two columns show online activity
    assert aspects["work handed in"].estimate.lower > 0
    assert aspects["work handed in"].reason == "M less F"
    assert told.verdict == "described"


def test_the_distance_is_told_as_observed_and_by_chance_and_its_headline_is_the_rest() -> None:
    found = of(same_score_findings, world(2.5, n=600))
    observed, chance = (row.estimate.value for row in found.rows if "what" in row.keys)
    assert found.estimate.value == pytest.approx((observed**2 - chance**2) ** 0.5)
    assert found.estimate.lower <= found.estimate.value <= found.estimate.upper


@pytest.mark.parametrize("question", [same_score_findings, proxy_findings])
def test_groups_too_small_to_show_are_left_out_and_can_not_be_worked_out(question) -> None:
    made = world(n=300, other=6)
    found = of(question, made)
    assert "X" not in str([(row.keys, row.reason) for row in found.rows])
    held = compared(made, "gender")
    assert held.names == ("F", "M")
    assert len(made.explained) - len(held.code) in (0, *range(10, 300))
    assert found.estimate.n == len(held.code)


@pytest.mark.parametrize("question", [same_score_findings, proxy_findings])
def test_where_too_little_is_recorded_the_question_says_why_it_is_not_answered(question) -> None:
    nobody = world(group=np.full(N, None))
    assert of(question, nobody).reason == "the data hold no gender"
    bare = dataclasses.replace(world(), cohort=Cohort({}, Provenance("synthetic", "test"), ""))
    assert of(question, bare).reason == "the data hold no gender"
    few = np.full(N, "F", dtype=object)
    few[:5] = "M"
    assert of(question, world(group=few)).reason == "fewer than two groups can be shown"
    assert list(question(dataclasses.replace(world(), population="clicks"))) == []
    assert question in explain.QUESTIONS


def test_a_student_with_several_rows_is_compared_once() -> None:
    students = np.array([f"s{i // 2}" for i in range(N)])
    group = np.repeat(np.where(np.arange(N // 2) % 3 == 0, "M", "F"), 2).astype(object)
    made = world(students=students, group=group)
    held = compared(made, "gender")
    who = made.rows["student_id"].to_numpy()[made.explained[held.kept]]
    assert len(set(who)) == len(who) == len(set(students[made.explained]))


def test_who_has_no_group_recorded_is_a_row_of_no_group() -> None:
    group = np.array(["F", None, "M"] * 20, dtype=object)
    found = groups_of(world(n=60, group=group), "gender")
    assert found.names == ("F", "M", NOT_RECORDED)
    assert found.recorded.tolist() == [0, -1, 1] * 20
    assert found.large(10) == [0, 1]


@pytest.mark.parametrize(("lacking", "n"), [(40, N - 40), (4, N - 10), (0, N)])
def test_an_auc_rests_on_those_whose_group_is_recorded_and_few_others_are_not_told(lacking, n) -> None:
    group = np.array(["F", "M"] * (N // 2), dtype=object)
    group[:lacking] = None
    found = of(proxy_findings, world(1.0, group=group))
    assert {row.estimate.n for row in found.rows if row.keys.get("what") == "best AUC"} == {n}


def test_twice_is_the_same() -> None:
    for question in (same_score_findings, proxy_findings):
        assert of(question, world(1.0)) == of(question, world(1.0))
