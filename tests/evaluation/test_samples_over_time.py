"""Draws and starts of a cohort become the rows of their designs."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.evaluation.flow import flow_findings
from la_research.evaluation.ground import Ground
from la_research.evaluation.samples import SAMPLES
from la_research.store import load_protocol, load_scenario
from la_research.synthetic import generate_cohort


def studied(name: str, **changes) -> Ground:
    protocol = load_protocol(f"protocols/{name}")
    cohort = generate_cohort(load_scenario(protocol.population.scenario), n=300, seed=3)[0]
    return Ground(protocol.model_copy(update=changes), cohort)


def sample_of(ground: Ground):
    return SAMPLES[ground.support.design.kind](ground, ground.claims[0])


@pytest.fixture(scope="module")
def nudges():
    return studied("micro-randomised")


@pytest.fixture(scope="module")
def wedge():
    return studied("stepped-wedge")


def test_each_student_has_a_row_for_each_week_of_draws(nudges):
    rows = sample_of(nudges).rows
    assert sorted(rows["time"].unique()) == list(range(3, 12))
    assert len(rows) == 9 * rows["unit"].nunique()
    assert rows["available"].sum() == len(nudges.assignments)
    assert (rows.loc[rows["available"] == 1, "probability"] == 0.5).all()


def test_the_outcome_is_the_activity_of_the_week_after(nudges):
    sample = sample_of(nudges)
    weekly = nudges.weekly("weekly_activity")
    row = sample.rows.dropna(subset=["outcome", "before"]).iloc[0]
    assert row["outcome"] == weekly.loc[row["unit"], int(row["time"]) + 1]
    assert row["now"] == weekly.loc[row["unit"], int(row["time"])]
    assert row["before"] == pytest.approx(weekly.loc[row["unit"], : int(row["time"]) - 1].mean())
    assert sample.unit == "log actions"


def test_earlier_draws_are_those_before_the_week(nudges):
    rows = sample_of(nudges).rows
    one = rows[rows["unit"] == rows.loc[rows["treatment"].idxmax(), "unit"]]
    assert one["drawn_before"].tolist() == [one["treatment"].iloc[:i].sum() for i in range(len(one))]


def test_without_an_indicator_to_read_there_is_a_reason(nudges):
    support = nudges.support.model_copy(update={"design": nudges.support.design.model_copy(update={"proximal": None})})
    other = Ground(nudges.protocol.model_copy(update={"support": support}), nudges.cohort)
    assert "no indicator is registered" in sample_of(other)


def test_groups_start_in_their_week_and_every_wave_is_a_period(wedge):
    sample = sample_of(wedge)
    drawn = wedge.assignments.set_index("student_id")
    assert sorted(sample.rows["time"].unique()) == [2, 4, 6, 8, 10, 12]
    assert (
        sample.rows.groupby("unit")["first"]
        .first()
        .equals(drawn["week"].astype(float).rename("first").rename_axis("unit").sort_index())
    )
    assert sample.rows.groupby("cluster")["first"].nunique().eq(1).all()
    scores = wedge.scores("WHO-5")
    row = sample.rows.dropna(subset=["outcome"]).iloc[0]
    assert row["outcome"] == scores.loc[row["unit"], row["time"]]
    assert np.isin(sample.rows["first"], [3, 5, 7, 9]).all()


@pytest.mark.parametrize(("name", "why"), [("micro-randomised", "no draw"), ("stepped-wedge", "no start")])
def test_a_trial_that_is_not_in_the_records_gives_a_reason(name, why, nudges, wedge):
    ground = nudges if name == "micro-randomised" else wedge
    support = ground.support.model_copy(update={"trial": "another"})
    assert why in sample_of(Ground(ground.protocol.model_copy(update={"support": support}), ground.cohort))


def counted(ground: Ground) -> dict[tuple[str, ...], float]:
    (flow,) = flow_findings(ground)
    return {
        (row.keys["what"], row.keys["arm"]): row.estimate.value
        for row in flow.rows
        if "arm" in row.keys and row.estimate
    }


def test_the_flow_of_draws_at_each_time_has_no_arms_and_counts_who_is_analysed(nudges):
    rows = sample_of(nudges).rows
    known = rows[(rows["available"] == 1) & rows["outcome"].notna()]["unit"].nunique()
    (flow,) = flow_findings(nudges)
    drawn = nudges.assignments["student_id"].nunique()
    assert {row.keys.get("arm") for row in flow.rows} == {None, "every arm"}
    assert counted(nudges).get(("drawn", "every arm")) == (drawn if known == drawn else None)  # else a few are told of
    assert 0 <= drawn - known < 10
    assert [row.verdict for row in flow.rows if row.keys["what"] == "lost"] == [
        None if known == drawn else "suppressed"
    ]


def test_the_flow_of_a_wedge_counts_who_answered_in_any_wave_that_it_reads(wedge):
    rows = sample_of(wedge).rows.dropna(subset=["outcome"])
    since = rows["time"] - rows["first"]
    answered = rows[(since < 0) | (since >= wedge.support.design.transition)]["unit"].nunique()
    assert answered > wedge.outcome(wedge.claims[0]).reindex(wedge.assignments["student_id"]).notna().sum() + 20
    assert counted(wedge)["analysed", "start"] == answered


def test_the_flow_says_why_a_design_analyses_nobody(nudges):
    support = nudges.support.model_copy(update={"design": nudges.support.design.model_copy(update={"proximal": None})})
    (flow,) = flow_findings(Ground(nudges.protocol.model_copy(update={"support": support}), nudges.cohort))
    assert "no indicator is registered" in next(row.reason for row in flow.rows if row.keys["what"] == "analysed")
