"""Trials in plain tables: what is told of arms, groups, uptake and spillover, and what keeps an effect locked."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtrit

from la_research.evaluation.sample import Sample
from la_research.evaluation.table import effect_of_rows
from la_research.protocol.designs.cluster import Cluster
from la_research.protocol.designs.randomised import Randomised
from la_research.seeds import stream
from la_research.statistics.randomised import adjusted_difference, difference_in_means


def trial(n: int = 400, **columns) -> pd.DataFrame:
    rng = stream(4, "tests", "by lot")
    drawn, x = rng.permutation(n) < n // 2, rng.normal(size=n)
    rows = pd.DataFrame({"treatment": drawn.astype(float), "x": x, "outcome": 0.5 * drawn + x + rng.normal(size=n)})
    return rows.assign(**columns)


def groups(number: int = 12, size: int = 15) -> pd.DataFrame:
    rng = stream(5, "tests", "by lot")
    group = np.repeat(np.arange(number), size)
    drawn = (np.arange(number) % 2 == 0)[group].astype(float)
    outcome = drawn + 0.5 * rng.normal(size=number)[group] + rng.normal(size=len(group))
    return pd.DataFrame({"treatment": drawn, "cluster": group, "outcome": outcome})


def found(rows: pd.DataFrame, covariates: tuple[str, ...] = (), **settings):
    return effect_of_rows(Randomised(kind="randomised", **settings), Sample(rows, covariates))


def of_groups(rows: pd.DataFrame, **settings):
    return effect_of_rows(Cluster(kind="cluster", **settings), Sample(rows))


def reads(findings, check: str) -> str:
    return next(row.keys["reads"] for row in findings["evaluation.effect.gate"].rows if row.keys["check"] == check)


def test_with_covariates_the_effect_is_adjusted_and_the_plain_one_stands_beside_it():
    rows = trial()
    each = found(rows, ("x",), permutations=199)
    y, drawn = rows["outcome"].to_numpy(), rows["treatment"].to_numpy() == 1
    adjusted, plain = adjusted_difference(y, drawn, rows[["x"]].to_numpy()), difference_in_means(y, drawn)
    assert each["evaluation.effect"].estimate.value == pytest.approx(adjusted.value)
    assert each["evaluation.effect.unadjusted"].estimate.lower == pytest.approx(plain.interval(0.95)[0])
    assert each["evaluation.effect.permutation"].estimate.lower == pytest.approx(adjusted.interval(0.95)[0], abs=0.1)
    assert [row.keys["indicator"] for row in each["evaluation.effect.balance"].rows] == ["x"]


def test_strata_of_unlike_chances_do_not_bias_the_effect():
    rng = stream(6, "tests", "strata")
    high = rng.random(2000) < 0.5
    chance = np.where(high, 0.8, 0.2)
    drawn = rng.random(2000) < chance
    rows = pd.DataFrame({"treatment": drawn.astype(float), "outcome": 3.0 * high + drawn + rng.normal(size=2000)})
    rows["probability"] = np.where(drawn, chance, 1 - chance)
    effect = found(rows, permutations=199)
    assert effect["evaluation.effect"].estimate.value == pytest.approx(1, abs=0.2)
    assert effect["evaluation.effect.permutation"].estimate.value == pytest.approx(1, abs=0.2)
    assert effect["evaluation.effect.unadjusted"].estimate.value > 2


def test_the_effect_on_those_who_followed_the_draw_is_larger_and_the_first_stage_told():
    rows = trial()
    rows["assigned"] = rows["treatment"]
    rows["treatment"] = rows["assigned"] * (np.arange(400) % 2)
    each = found(rows, ("x",), permutations=0)
    complier = each["evaluation.effect.complier"]
    share = complier.rows[0].estimate.value
    assert complier.rows[0].keys == {"what": "first stage"}
    assert complier.estimate.method == "anderson-rubin"
    assert complier.estimate.value == pytest.approx(each["evaluation.effect"].estimate.value / share, rel=0.05)


@pytest.mark.parametrize(
    ("followed", "words"),
    [(lambda z: np.ones_like(z), "all students had the support"), (lambda z: z, "every student had what was drawn"),
     (lambda z: np.arange(400) % 2.0, "the draw moved too few students")],
)  # fmt: skip
def test_an_uptake_that_tells_nothing_is_not_analysed(followed, words):
    rows = trial()
    rows["assigned"] = rows["treatment"]
    rows["treatment"] = followed(rows["assigned"].to_numpy())
    complier = found(rows, permutations=0)["evaluation.effect.complier"]
    assert (complier.verdict, complier.estimate) == ("not analysed", None)
    assert complier.reason.startswith(words)


def test_arms_are_held_against_the_usual_one_and_the_registered_control_may_be_another():
    rows = (
        trial().drop(columns="treatment").assign(arm=np.array(["usual", "email", "phone", "phone"])[np.arange(400) % 4])
    )
    each = found(rows, permutations=0, planned="equal")
    assert each["evaluation.effect"].reason.startswith("gate: The arms are of the sizes planned")
    each = found(rows, permutations=0)
    assert [row.keys for row in each["evaluation.effect.arms"].rows] == [
        {"arm": "email", "against": "usual"}, {"arm": "phone", "against": "usual"},
    ]  # fmt: skip
    other = found(rows, permutations=0, control="phone")["evaluation.effect.arms"]
    assert other.rows[1].keys == {"arm": "usual", "against": "phone"}
    assert other.rows[1].estimate.value == pytest.approx(-each["evaluation.effect.arms"].rows[1].estimate.value)
    assert found(rows, control="letter")["evaluation.effect"].reason == "there is no arm 'letter': email, phone, usual"


def test_a_lost_arm_keeps_the_effect_locked_and_a_planned_share_that_holds_does_not():
    rows = trial()
    assert reads(found(rows, planned=0.5, permutations=0), "sample ratio") == "passed"
    short = rows[(rows["treatment"] == 0) | (np.arange(400) % 2 == 0)]
    effect = found(short, planned=0.5, permutations=0)
    assert reads(effect, "sample ratio") == "did not pass"
    assert effect["evaluation.effect"].estimate is None
    assert reads(found(short, permutations=0), "sample ratio") == "could not be made"


def test_arms_that_no_draw_would_set_so_far_apart_keep_the_effect_locked():
    rows = trial()
    effect = found(rows.assign(x=rows["x"] + 0.6 * rows["treatment"]), ("x",), permutations=0)
    assert reads(effect, "balance") == "did not pass"
    assert reads(found(rows, ("x",), permutations=0), "balance") == "passed"


def test_answers_missing_for_other_students_in_each_arm_keep_the_effect_locked():
    rows = trial()
    gone = np.where(rows["treatment"] == 1, rows["x"] < -0.7, rows["x"] > 0.7)
    effect = found(rows.assign(outcome=rows["outcome"].mask(gone)), ("x",), permutations=0)
    assert (reads(effect, "attrition"), reads(effect, "selection")) == ("passed", "did not pass")
    assert effect["evaluation.effect"].reason.startswith("gate: The same sort of students answered in every arm")


@pytest.mark.parametrize(
    ("rows", "words"),
    [(trial(treatment=1.0), "all students are in one arm"), (trial(outcome=3.0), "the outcome is the same for all"),
     (trial(outcome=np.nan), "the outcome is known for fewer than 10 students of an arm")],
)  # fmt: skip
def test_a_trial_that_can_not_be_read_says_why(rows, words):
    effect = found(rows)["evaluation.effect"]
    assert (effect.verdict, effect.estimate) == ("not analysed", None)
    assert effect.reason.startswith(words)


@pytest.mark.parametrize(
    ("rows", "words"),
    [(groups().assign(cluster=1), "there is one group"),
     (groups().assign(treatment=np.arange(180) % 2.0), "what was drawn differs between students of one group, in 12"),
     (groups().assign(treatment=(np.arange(180) < 15) * 1.0), "an arm holds one group"),
     (groups().assign(treatment=0.0), "all groups whose outcomes are known are in one arm"),
     (groups().assign(outcome=1.0), "the outcome is the same for all"),
     (groups().assign(outcome=np.nan), "all groups whose outcomes are known are in one arm")],
)  # fmt: skip
def test_a_trial_of_groups_that_can_not_be_read_says_why(rows, words):
    effect = of_groups(rows)["evaluation.effect"]
    assert (effect.verdict, effect.estimate) == ("not analysed", None)
    assert effect.reason.startswith(words)


def test_groups_of_one_size_give_the_t_interval_of_their_means():
    rows = groups()
    each = of_groups(rows)["evaluation.effect"]
    means = rows.groupby("cluster").mean()
    plain = difference_in_means(means["outcome"].to_numpy(), means["treatment"].to_numpy() == 1)
    assert each.estimate.value == pytest.approx(plain.value)
    reach = float(stdtrit(10, 0.975)) * plain.se  # twelve groups less two arms
    assert each.estimate.upper - each.estimate.value == pytest.approx(reach)
    assert [row.keys["what"] for row in each.rows] == [
        "intraclass correlation", "design effect", "groups count the same",
    ]  # fmt: skip
    assert each.rows[2].estimate.lower == pytest.approx(plain.interval(0.95)[0])


def test_a_covariate_that_is_the_same_for_all_changes_nothing():
    rows = groups().assign(x=1.0)
    given = effect_of_rows(Cluster(kind="cluster"), Sample(rows, ("x",)))["evaluation.effect"]
    assert given.estimate.value == of_groups(groups())["evaluation.effect"].estimate.value
    assert found(trial().assign(x=1.0), ("x",))["evaluation.effect"].estimate.method == "ols-hc2"


def test_with_few_groups_the_interval_rests_on_the_draw_or_on_the_wild_bootstrap():
    rows = groups(6)
    assert of_groups(rows, few="wild")["evaluation.effect"].estimate.method == "wild"
    eight = groups(20)
    eight["treatment"] = (eight["cluster"] < 3) * 1.0
    assert of_groups(eight)["evaluation.effect"].estimate.method == "permutation"
    coarse = of_groups(rows)
    assert coarse["evaluation.effect"].reason.startswith("so few draws were possible that none is unlikely")
    assert coarse["evaluation.effect.permutation"].verdict == "not analysed"


def test_spillover_is_held_against_groups_where_nobody_was_drawn():
    rng = stream(7, "tests", "saturation")
    group = np.repeat(np.arange(30), 20)
    share = np.array([0.0, 0.5, 1.0])[group % 3]
    drawn = rng.random(600) < share
    outcome = 1.0 * (share > 0) + 2.0 * drawn + 0.2 * rng.normal(size=600)
    rows = pd.DataFrame({"treatment": drawn * 1.0, "cluster": group, "saturation": share, "outcome": outcome})
    each = {(r.keys["what"], r.keys["saturation"]): r for r in of_groups(rows)["evaluation.effect.spillover"].rows}
    values = {key: row.estimate.value for key, row in each.items() if row.estimate}
    assert values["direct", "50 %"] == pytest.approx(2, abs=0.1)
    assert values["spillover", "50 %"] == pytest.approx(1, abs=0.1)
    assert values["total", "50 %"] == pytest.approx(3, abs=0.1)
    assert values["overall", "100 %"] == pytest.approx(3, abs=0.1)
    assert each["spillover", "100 %"].verdict == "not analysed"
