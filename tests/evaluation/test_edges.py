"""What a table can hide from a design: arms without a name, starts of 0, repeated students, shares without spread."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from la_research.errors import CohortError
from la_research.evaluation.answer import Case, answers
from la_research.evaluation.design import Asked, Estimated
from la_research.evaluation.designs import DESIGNS
from la_research.evaluation.designs.rdd.effect import estimated
from la_research.evaluation.sample import Sample
from la_research.evaluation.table import effect_of_rows
from la_research.ingest.effect_table import EffectColumns, read_effect
from la_research.protocol import Hypothesis
from la_research.protocol.designs.did import Differences
from la_research.protocol.designs.pooled import Sites
from la_research.protocol.designs.randomised import Randomised
from la_research.protocol.designs.rdd import Discontinuity
from la_research.protocol.designs.synthetic_control import SyntheticControl
from la_research.seeds import stream
from la_research.statistics.coefficient import Coefficient

TRIAL = Randomised(kind="randomised", permutations=0)
CLAIM = Hypothesis(id="H1", kind="effect", outcome="m", direction="positive", smallest_effect=0.05)


def effect(settings, frame, covariates=()):
    """The main finding of a table."""
    return effect_of_rows(settings, Sample(pd.DataFrame(frame), covariates))["evaluation.effect"]


def drawn(seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Who was drawn of 60 students, and outcomes 3 points higher for them."""
    who = np.arange(60) % 3 == 0
    return who, 3.0 * who + stream(seed, "tests", "edges").normal(size=60)


@pytest.mark.parametrize("arm, control", [("email", "no email"), ("treated", "untreated"), ("b", "waiting list")])
def test_a_name_tells_the_control_whatever_the_alphabet(arm, control):
    who, outcome = drawn()
    found = effect(TRIAL, {"outcome": outcome, "arm": np.where(who, arm, control)})
    assert found.estimate.lower > 0
    assert f"'{arm}' instead of '{control}'" in found.limitations[0]


def test_two_names_that_tell_no_control_ask_for_one():
    who, outcome = drawn()
    rows = {"outcome": outcome, "arm": np.where(who, "north", "east")}
    assert "--set control=NAME): east, north" in effect(TRIAL, rows).reason
    named = TRIAL.model_copy(update={"control": "east"})
    assert effect(named, rows).estimate.lower > 0


def test_names_of_many_arms_are_not_listed():
    rows = {"outcome": drawn()[1], "arm": [f"id{i}" for i in range(60)]}
    assert "id1" not in effect(TRIAL, rows).reason


def test_one_chance_for_all_is_the_share_planned():
    who, outcome = drawn()
    found = effect(TRIAL, {"outcome": outcome, "treatment": who.astype(float), "probability": 1 / 3})
    assert found.estimate is not None


def test_several_rows_of_a_student_are_not_students():
    who, outcome = drawn()
    rows = {"outcome": outcome, "treatment": who.astype(float), "unit": np.arange(60) // 3}
    assert "one row a student is needed" in effect(TRIAL, rows).reason


def test_twelve_of_twelve_against_none_has_a_width():
    yes = np.repeat([1.0, 0.0], 12)
    found = effect(TRIAL, {"outcome": yes, "treatment": yes})
    assert (found.estimate.value, round(found.estimate.lower, 3), found.estimate.method) == (1.0, 0.657, "newcombe")
    points = effect(TRIAL, {"outcome": 7 * yes, "treatment": yes})
    assert "does not vary" in points.reason


def test_a_mean_far_from_zero_changes_nothing():
    who, outcome = drawn()
    near, far = (
        effect(TRIAL, {"outcome": np.round(outcome, 2) + by, "treatment": who.astype(float)}).estimate
        for by in (0.0, 2.0**40)
    )
    assert (far.value, far.lower) == pytest.approx((near.value, near.lower), abs=1e-3)


@pytest.mark.parametrize("value", [0.5, -0.5, 0.0])
def test_an_interval_that_did_not_hold_judges_nothing(value):
    made = Estimated(Coefficient(value, 0.001, 99, 60), "t", "It.", measured="nominal 95 %, measured 22 %")
    design = replace(DESIGNS["randomised"], checks=lambda s, a: [], estimated=lambda s, a: made)
    who, outcome = drawn()
    sample = Sample(pd.DataFrame({"outcome": outcome, "treatment": who.astype(float)}))
    found = answers(design, [Case(Asked(TRIAL, claim=CLAIM), "?", sample)], None, lambda held: {"H1": 0.05})[0]
    assert (found.verdict, "measured 22 %" in found.reason) == ("inconclusive", True)


def around(places: int | None = None) -> dict[str, np.ndarray]:
    """A line without a jump around a cut-off of 0, over a range or over so many places a side."""
    rng = stream(3, "tests", "places")
    x = rng.uniform(-1, 1, 1000) if places is None else rng.integers(-places, places + 1, 1000).astype(float)
    return {"running": x, "outcome": x + rng.normal(size=1000)}


def test_a_bandwidth_that_is_set_is_used_or_refused():
    wide, wider, none = (effect(Discontinuity(kind="rdd", bandwidth=width), around()) for width in (1000.0, 1e9, 1e-6))
    assert (wide.estimate.method, wide.estimate.n) == ("rd-robust", 1000)
    assert wider.estimate.value == pytest.approx(wide.estimate.value, abs=1e-2)
    assert none.reason == "fewer than 50 students a side lie within the bandwidth"


def test_a_curvature_that_is_guessed_from_three_places_supports_nothing():
    sample = Sample(pd.DataFrame(around(3)))
    guessed, told = (
        estimated(sample, Asked(Discontinuity(kind="rdd", curvature=bound), claim=CLAIM)) for bound in (None, 0.1)
    )
    assert (guessed.method, "measured 22 %" in guessed.measured, told.measured) == ("kolesar-rothe", True, "")


def test_a_placebo_rank_can_not_reach_the_level_of_a_family_of_two():
    rng = stream(4, "tests", "ranks")
    y = np.outer(1 + rng.normal(size=25) / 2, rng.normal(size=12).cumsum()) + rng.normal(size=(25, 12)) / 3
    y[0] = y[1:6].mean(axis=0) + np.where(np.arange(12) >= 8, 20.0, 0.0)
    first = np.repeat(np.where(np.arange(25) == 0, 8.0, np.inf), 12)
    rows = {"unit": np.repeat(np.arange(25), 12), "time": np.tile(np.arange(12.0), 25), "first": first}
    sample, design = Sample(pd.DataFrame({**rows, "outcome": y.ravel()})), DESIGNS["synthetic_control"]
    for family, measured in ((1, False), (2, True)):
        asked = Asked(SyntheticControl(kind="synthetic_control"), claim=CLAIM, family=family)
        assert bool(design.estimated(sample, asked).measured) is measured


def panel() -> dict[str, np.ndarray]:
    """Forty students over six times from 1, of whom half start at 4."""
    unit, time = np.repeat(np.arange(40), 6), np.tile(np.arange(1.0, 7.0), 40)
    first = np.where(unit < 20, 4.0, np.inf)
    outcome = stream(5, "tests", "panel").normal(size=240) + (time >= first)
    return {"unit": unit, "time": time, "first": first, "outcome": outcome}


def test_a_covariate_that_is_the_same_for_all_changes_nothing():
    did = Differences(kind="did")
    assert effect(did, {**panel(), "x": 5.0}, ("x",)).estimate == effect(did, panel()).estimate


def test_a_cluster_that_changes_within_a_unit_is_a_reason():
    rows = panel()
    moved = {**rows, "cluster": rows["unit"] % 10 + rows["time"] % 2}
    assert "one cluster at one time" in effect(Differences(kind="did"), moved).reason


@pytest.mark.parametrize("shift, refused", [(0, False), (-1, True), (-4, True)])
def test_a_start_of_0_is_refused_where_time_runs_through_it(tmp_path, shift, refused):
    rows = pd.DataFrame(panel()).replace(np.inf, -shift)
    path = tmp_path / "table.csv"
    rows.assign(time=rows["time"] + shift, first=rows["first"] + shift).to_csv(path, index=False)
    columns = EffectColumns({role: role for role in ("unit", "time", "first", "outcome")})
    if not refused:
        assert np.isinf(read_effect(path, columns).frame["first"]).sum() == 120
        return
    with pytest.raises(CohortError, match="ambiguous_first"):
        read_effect(path, columns)


def test_a_negative_error_is_a_fault_and_a_site_without_one_is_counted(tmp_path):
    path, columns = tmp_path / "sites.csv", EffectColumns({"outcome": "y", "error": "se"})
    pd.DataFrame({"y": [1.0, 2.0], "se": [1.0, -1.0]}).to_csv(path, index=False)
    with pytest.raises(CohortError, match="negative_error"):
        read_effect(path, columns)
    rows = {"outcome": [0.1, 0.2, 0.3, 0.4], "error": [0.1, 0.1, 0.0, np.nan]}
    found = effect(Sites(kind="pooled"), rows)
    assert any(said.startswith("2 of 4 sites") for said in found.limitations)
