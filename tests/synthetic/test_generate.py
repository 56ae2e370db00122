"""The generator: exactly n students, the same bytes for any worker, and a truth that textbook means recover."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.errors import ScenarioError
from la_research.protocol import read_tree
from la_research.schema import TABLES
from la_research.seeds import CELL
from la_research.store import load_scenario
from la_research.synthetic import generate_cohort, parse_scenario

HEAD = "format: la_research.scenario/1\nid: small\ntitle: small\nresembles: none\ncannot: much\n"
SCENARIOS = ("default", "null", "null_common_calendar", "over_working")


def scenario(extra: str = ""):
    return parse_scenario(read_tree(HEAD + extra, "small.yaml"))


@pytest.mark.parametrize("n", [1, 2, 37, CELL, CELL + 1])
def test_exactly_n_students_are_made(n: int) -> None:
    cohort, truth = generate_cohort(scenario(), n=n, seed=3)
    assert cohort.arrow("students").num_rows == n
    assert truth.tables["students"].num_rows == n


def test_workers_never_change_a_value() -> None:
    one, truth_one = generate_cohort(scenario(), n=2500, seed=3, jobs=1)
    two, truth_two = generate_cohort(scenario(), n=2500, seed=3, jobs=2)
    assert all(one.arrow(name).equals(two.arrow(name)) for name in TABLES)
    assert all(truth_one.tables[name].equals(truth_two.tables[name]) for name in truth_one.tables)


def test_a_larger_cohort_begins_with_the_same_students() -> None:
    small, _ = generate_cohort(scenario(), n=40, seed=3)
    large, _ = generate_cohort(scenario(), n=1500, seed=3)
    for name in ("students", "enrolments", "activity", "responses", "assignments", "contacts"):
        kept = large.frame(name)
        who = "enrolment_id" if "enrolment_id" in kept and "student_id" not in kept else "student_id"
        kept = kept[kept[who].str[1:8].astype(int) < 40].reset_index(drop=True)
        assert kept.equals(small.frame(name)), name


def test_another_seed_is_another_cohort() -> None:
    one, _ = generate_cohort(scenario(), n=50, seed=3)
    two, _ = generate_cohort(scenario(), n=50, seed=4)
    assert not one.arrow("activity").equals(two.arrow("activity"))


def test_the_contact_changes_nobody_whom_it_does_not_touch() -> None:
    helped, _ = generate_cohort(scenario("contact: {effect: 2.0}"), n=1000, seed=5)
    nothing, _ = generate_cohort(scenario("contact: {effect: 0}"), n=1000, seed=5)
    talked = set(helped.frame("contacts").query("step == 'talked'")["student_id"])
    for name in ("activity", "responses"):
        a, b = helped.frame(name), nothing.frame(name)
        who = "student_id" if "student_id" in a else "enrolment_id"
        untouched = [frame[~frame[who].str[:8].isin(talked)].reset_index(drop=True) for frame in (a, b)]
        assert untouched[0].equals(untouched[1])
        assert not a.equals(b)


def test_a_student_who_left_leaves_no_trace_afterwards() -> None:
    cohort, _ = generate_cohort(scenario("leaving: 0.05"), n=600, seed=6)
    end = cohort.frame("enrolments").set_index("enrolment_id")["end"].dropna()
    first = cohort.frame("calendar").dropna(subset=["week"]).groupby("week")["day"].min()
    activity = cohort.frame("activity")
    left = activity[activity["enrolment_id"].isin(end.index)]
    assert len(left) > 1000
    assert (first.loc[left["week"]].to_numpy() <= end.loc[left["enrolment_id"]].to_numpy()).all()


def test_both_coping_styles_are_planted() -> None:
    """Over weeks, activity falls with wellbeing for who reduces and rises for who works more."""
    cohort, truth = generate_cohort(scenario("link: {within: 1.5}\nleaving: 0"), n=2000, seed=7)
    weekly = cohort.frame("activity").groupby(["enrolment_id", "week"])["count"].sum()
    first = cohort.frame("enrolments").drop_duplicates("student_id").set_index("student_id")["enrolment_id"]
    lived = truth.tables["weeks"].to_pandas()
    lived["log"] = np.log1p(
        weekly.reindex(list(zip(first.loc[lived["student_id"]], lived["week"], strict=True))).fillna(0).to_numpy()
    )
    lived = lived.merge(truth.tables["students"].to_pandas()[["student_id", "coping"]], on="student_id")
    for column in ("log", "wellbeing"):
        lived[column] -= lived.groupby("week")[column].transform("mean")
        lived[column] -= lived.groupby("student_id")[column].transform("mean")
    slope = lived.groupby("coping").apply(
        lambda part: (part["log"] * part["wellbeing"]).sum() / (part["wellbeing"] ** 2).sum(), include_groups=False
    )
    assert slope["reduces"] > 0.3
    assert slope["works more"] < -0.3
    assert abs(slope["neither"]) < 0.15


def test_the_planted_effect_of_contact_is_the_mean_of_both_courses() -> None:
    """A textbook mean over the trial's students, in a cohort drawn apart from the reference population."""
    cohort, truth = generate_cohort(load_scenario("synthetic/default.yaml"), n=20_000, seed=8)
    tables = truth.tables["students"].to_pandas().set_index("student_id")
    in_trial = tables.loc[cohort.frame("assignments")["student_id"]]
    gain = in_trial["score_contact"] - in_trial["score_usual"]
    planted = truth.estimands["effect.contact_week_4.WHO-5.week_10"]
    assert abs(gain.mean() - planted) < 4 * gain.std() / np.sqrt(len(gain))
    assert planted > 3


def test_figures_resemble_the_open_university_clicks() -> None:
    """Targets from the parameters of the datasheet: mean 44 clicks, ICC .51, lag-1 .56, 10 to 42 % silent weeks."""
    cohort, _ = generate_cohort(load_scenario("synthetic/default.yaml"), n=4000, seed=9)
    stayed = cohort.frame("enrolments").query("end.isna()")["enrolment_id"]
    clicks = (
        cohort.frame("activity").query("source == 'vle'").pivot(index="enrolment_id", columns="week", values="count")
    )
    clicks = clicks.reindex(stayed).fillna(0).to_numpy()
    logs = np.log1p(clicks) - np.log1p(clicks).mean(axis=0)
    covariance = np.cov(logs.T)
    lag = [np.corrcoef(logs[:, w], logs[:, w + 1])[0, 1] for w in range(logs.shape[1] - 1)]
    assert 38 < clicks.mean() < 52
    assert 0.42 < covariance[np.triu_indices(12, 1)].mean() / logs.var() < 0.60
    assert 0.45 < np.mean(lag) < 0.62
    assert (clicks == 0).mean(axis=0)[[1, 10]] == pytest.approx([0.10, 0.30], abs=0.04)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_shipped_scenario_says_what_it_is(name: str) -> None:
    shipped = load_scenario(f"synthetic/{name}.yaml")
    assert shipped.id == name
    assert shipped.resembles
    assert shipped.cannot
    nothing = name.startswith("null")
    _, truth = generate_cohort(shipped, n=1, seed=1)
    assert all(size == 0 for size in truth.estimands.values()) is nothing


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ("contact: {effect: 99}", "scenario.value"),
        ("people: {ethnicity: {White: 0.5, Black: 0.4}}", "scenario.probabilities"),
        ("coping: {reduces: 0.8, works_more: 0.8}", "scenario.probabilities"),
        ("lables: {x: 1}", "scenario.unknown_dial"),
        ("leaving: 0.1\nleaving: 0.2", "scenario.duplicate_key"),
    ],
)
def test_a_dial_that_makes_no_sense_is_refused(extra: str, code: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        scenario(extra)
    assert caught.value.faults[0].code == code


def test_no_students_is_no_cohort() -> None:
    with pytest.raises(ScenarioError) as caught:
        generate_cohort(scenario(), n=0)
    assert caught.value.faults[0].code == "scenario.n"


def test_a_newer_scenario_is_refused() -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(read_tree(HEAD.replace("/1", "/2"), "small.yaml"))
    assert caught.value.faults[0].code == "scenario.newer_format"
