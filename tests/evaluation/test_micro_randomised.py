"""Support drawn anew each week: what is found, what the gate stops, and what can not be analysed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from la_research.evaluation.sample import Sample
from la_research.evaluation.table import effect_of_rows
from la_research.protocol.designs.micro_randomised import MicroRandomised
from la_research.seeds import stream

STUDENTS, WEEKS = 60, 10


def rows(**changes) -> pd.DataFrame:
    rng = stream(1, "tests", "micro randomised")
    unit, time = np.repeat(np.arange(STUDENTS), WEEKS), np.tile(np.arange(1, WEEKS + 1), STUDENTS)
    before = rng.normal(size=unit.size)
    chance = np.where(before > 0, 0.3, 0.6)
    available = (rng.random(unit.size) < 0.8).astype(float)
    drawn = (rng.random(unit.size) < chance) * available
    outcome = before + drawn * (0.5 + 0.3 * before) + rng.normal(size=unit.size)
    table = {"unit": unit, "time": time.astype(float), "treatment": drawn, "outcome": outcome, "available": available}
    return pd.DataFrame(table | {"probability": chance, "before": before} | changes)


def found(table: pd.DataFrame, covariates=("before",), **settings):
    chosen = MicroRandomised(kind="micro_randomised", **settings)
    return effect_of_rows(chosen, Sample(table, covariates))


def reason(table: pd.DataFrame, **settings) -> str:
    finding = found(table, **settings)["evaluation.effect"]
    assert finding.verdict == "not analysed"
    assert finding.estimate is None
    return finding.reason


def test_the_planted_effect_is_found_with_its_weeks_and_its_history():
    findings = found(rows(), history=("before",))
    effect = findings["evaluation.effect"].estimate
    assert effect.lower < 0.5 < effect.upper
    assert effect.method == "wcls-md"
    weeks = findings["evaluation.effect.by_week"].rows
    assert [row.keys["week"] for row in weeks] == [*(str(week) for week in range(1, 11)), "from each to the next"]
    slope = findings["evaluation.effect.by_history"].rows[-1]
    assert slope.keys == {"history": "before", "at": "difference for one more"}
    assert slope.estimate.lower < 0.3 < slope.estimate.upper


def test_many_weeks_are_told_in_thirds_and_a_trend():
    rng = stream(2, "tests", "micro randomised")
    table = pd.DataFrame({"unit": np.repeat(np.arange(20), 30), "time": np.tile(np.arange(1.0, 31), 20)})
    table = table.assign(treatment=rng.integers(0, 2, 600).astype(float), outcome=rng.normal(size=600))
    weeks = [row.keys["week"] for row in found(table, ())["evaluation.effect.by_week"].rows]
    assert weeks == ["1 to 10", "11 to 20", "21 to 30", "from each to the next"]


def test_without_a_chance_the_share_drawn_stands_for_it_and_the_finding_says_so():
    findings = found(rows().drop(columns=["probability"]), covariates=())
    assert any("No chance of the draws was told" in text for text in findings["evaluation.effect"].limitations)
    ratio = next(row for row in findings["evaluation.effect.gate"].rows if row.keys["check"] == "sample ratio")
    assert ratio.keys["reads"] == "could not be made"


def test_a_constant_chance_may_be_set_instead_of_a_column():
    table = rows().drop(columns=["probability"])
    share = float(table["treatment"][table["available"] == 1].mean())
    named, told = (found(table, (), **chosen)["evaluation.effect"].estimate for chosen in ({}, {"probability": share}))
    assert named.value == pytest.approx(told.value)


def test_the_gate_stops_draws_that_were_not_made_as_told():
    assert "Support was drawn as often" in reason(rows(probability=np.full(STUDENTS * WEEKS, 0.7)))


def test_the_gate_stops_draws_that_history_foretells():
    table = rows().drop(columns=["probability"])
    assert "does not foretell" in reason(table)


def test_the_gate_stops_outcomes_that_are_missing_more_after_support():
    table = rows()
    gone = (table["treatment"] == 1) & (table["time"] % 3 == 0)
    assert "known as often" in reason(table.assign(outcome=table["outcome"].where(~gone)))


def test_what_can_not_be_analysed_says_why():
    table = rows()
    assert "which is no covariate" in reason(table, history=("mood",))
    assert "overlap" in reason(table.assign(time=1.0))
    assert "at no two times" in reason(table.assign(treatment=0.0))
    assert "0 or 1" in reason(table.assign(probability=np.where(table["before"] > 1, 1.0, 0.5)))
    assert "the same at all times" in reason(table.assign(outcome=3.0))
    assert "fewer than 10 students" in reason(table[table["unit"] < 6])


def test_yes_and_no_are_told_as_a_difference_of_shares_and_as_a_ratio():
    table = rows()
    shown = effect_of_rows(
        MicroRandomised(kind="micro_randomised"),
        Sample(table.assign(outcome=1.0 * (table["outcome"] > 0.5)), unit="share"),
    )["evaluation.effect"]
    ratio = next(row.estimate for row in shown.rows if row.keys["what"] == "times as often, with support")
    assert shown.estimate.lower > 0
    assert ratio.lower > 1
    assert ratio.method == "emee"
