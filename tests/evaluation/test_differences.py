"""Difference in differences and synthetic control behind their gates: what is shown, refused and locked."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from la_research.evaluation.answer import Case, answers
from la_research.evaluation.design import Asked
from la_research.evaluation.designs import DESIGNS
from la_research.evaluation.sample import Sample
from la_research.evaluation.table import effect_of_rows
from la_research.finding import Findings
from la_research.protocol import Hypothesis
from la_research.protocol.designs.did import Differences
from la_research.protocol.designs.synthetic_control import SyntheticControl
from la_research.seeds import stream

CLAIM = Hypothesis(id="H1", kind="effect", outcome="mood", direction="positive", smallest_effect=0.1)
NEVER = np.inf


def rows(starts: list[float], times: int = 6, effect: float = 1.0, slope: float = 0.0, noise: float = 1.0):
    """One row a unit and time; units that start gain ``effect`` and drift by ``slope`` a time."""
    rng = stream(8, "tests", "differences")
    first = np.array(starts)
    outcome = rng.normal(size=(len(first), 1)) + noise * rng.normal(size=(len(first), times))
    time = np.arange(1, times + 1)
    outcome += effect * (time >= first[:, None]) + slope * time * np.isfinite(first)[:, None]
    unit, when = np.repeat(np.arange(len(first)), times), np.tile(time, len(first))
    held = {"unit": unit, "time": when, "first": np.repeat(first, times), "outcome": outcome.ravel()}
    return pd.DataFrame(held)


STARTS = [3.0] * 40 + [5.0] * 40 + [NEVER] * 80


def found(frame: pd.DataFrame, **settings) -> Findings:
    return effect_of_rows(Differences(kind="did", **settings), Sample(frame))


def asked(frame: pd.DataFrame) -> Findings:
    design = Differences(kind="did")
    case = Case(Asked(design, claim=CLAIM), "Did it help?", Sample(frame))
    return Findings(answers(DESIGNS["did"], [case], None, lambda headlines: dict.fromkeys(headlines, 0.05)))


def test_the_planted_effect_is_found_and_all_its_parts_stand_beside_it():
    table = found(rows(STARTS))
    effect = table["evaluation.effect"]
    assert effect.estimate.lower < 1 < effect.estimate.upper
    assert effect.estimate.n == 160
    names = ("gate", "aggregates", "group_time", "event_study", "pre_trends", "violations")
    assert [f.id for f in table] == ["evaluation.effect", *(f"evaluation.effect.{name}" for name in names)]
    whats = [row.keys.get("what") for row in table["evaluation.effect.aggregates"].rows]
    assert whats == ["simple", "dynamic", "group", "calendar", "started at", "started at"]
    assert table["evaluation.effect.aggregates"].rows[2].estimate.value == effect.estimate.value
    cells = [(row.keys["group"], row.keys["time"]) for row in table["evaluation.effect.group_time"].rows]
    assert cells == [(g, t) for g in (3, 5) for t in range(2, 7)]
    relative = [row.keys.get("relative") for row in table["evaluation.effect.violations"].rows]
    assert relative == [0.0, 0.5, 1.0, 1.5, 2.0, None]


def test_the_band_of_an_event_study_is_wider_than_its_pointwise_intervals():
    table = found(rows(STARTS))["evaluation.effect.event_study"].rows
    for band, point in zip(table[::2], table[1::2], strict=True):
        assert band.keys == {"event": point.keys["event"]}
        assert band.estimate.upper - band.estimate.lower > point.estimate.upper - point.estimate.lower
        assert band.estimate.method.endswith("-simultaneous")


def test_intervals_widen_with_the_drift_that_is_allowed():
    table = found(rows(STARTS))["evaluation.effect.violations"].rows[:-1]
    widths = [row.estimate.upper - row.estimate.lower for row in table]
    assert widths == sorted(widths)


def test_a_treatment_by_time_tells_the_start():
    frame = rows(STARTS)
    told = frame.assign(treatment=(frame["time"] >= frame["first"]).astype(float)).drop(columns="first")
    assert found(told)["evaluation.effect"].estimate == found(frame)["evaluation.effect"].estimate


def test_no_outcome_after_a_start_is_read_by_the_gate():
    frame = rows(STARTS)
    after = frame["time"] >= frame["first"]
    other = frame.assign(outcome=frame["outcome"].where(~after, 99.0))
    gates = [found(held)["evaluation.effect.gate"] for held in (frame, other)]
    assert gates[0] == gates[1]


def test_courses_apart_before_the_start_lock_the_effect():
    table = found(rows(STARTS, slope=0.4))
    effect = table["evaluation.effect"]
    assert (effect.verdict, effect.estimate) == ("not analysed", None)
    assert effect.reason.startswith(
        "gate: The groups were on the same course before the start: did not pass (joint test"
    )
    assert [f.id for f in table] == ["evaluation.effect", "evaluation.effect.gate"]


def test_what_few_units_can_not_rule_out_locks_a_registered_effect_and_is_shown_in_a_table():
    frame = rows([4.0] * 12 + [NEVER] * 12, noise=2.0)
    table, study = found(frame), asked(frame)
    drift = next(row for row in table["evaluation.effect.gate"].rows if row.keys["check"] == "drift")
    assert drift.keys["reads"] == "could not be made"
    assert table["evaluation.effect"].estimate is not None
    assert study["H1"].verdict == "not analysed"
    assert "too few units to tell" in study["H1"].reason


def test_two_times_have_no_course_to_check_and_say_so():
    table = found(rows([2.0] * 30 + [NEVER] * 40, times=2))
    assert table["evaluation.effect"].estimate is not None
    assert {row.keys["reads"] for row in table["evaluation.effect.gate"].rows[:2]} == {"could not be made"}
    assert table["evaluation.effect.pre_trends"].verdict == "not analysed"


def test_where_all_start_the_last_group_is_compared_with_until_it_does():
    table = found(rows([3.0] * 40 + [5.0] * 40))
    times = {row.keys["time"] for row in table["evaluation.effect.group_time"].rows}
    assert (max(times), table["evaluation.effect"].estimate.n) == (4, 80)


def test_units_not_known_at_every_time_are_left_out_and_counted():
    frame = rows(STARTS)
    gone = frame.assign(outcome=frame["outcome"].mask((frame["unit"] < 11) & (frame["time"] == 6)))
    effect = found(gone)["evaluation.effect"]
    assert effect.estimate.n == 149
    assert "11 units not known at every time were left out." in effect.limitations


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda f: f.assign(first=f["first"].where(f["unit"] % 2 == 0, f["time"])), "a unit has more than one start"),
        (lambda f: f.drop(columns="first"), "neither the time of the start nor the treatment by time is known"),
        (lambda f: f.assign(first=1.0), "all units that start have done so by the first time"),
        (lambda f: f.assign(first=4.0), "all units start at the same time"),
        (lambda f: f.assign(first=NEVER), "no unit starts"),
        (lambda f: f.assign(unit=np.arange(len(f))), "each unit is seen at one time only"),
        (lambda f: f.assign(outcome=1.0), "the outcome is the same"),
        (lambda f: f[f["unit"] >= 75], "fewer than 10 units start"),
        (lambda f: f[f["unit"] == 0], "fewer than 20 units"),
        (lambda f: f.assign(cluster=f["first"]), "the units of a start, or those without one, are one cluster"),
        (lambda f: f.assign(treatment=(f["time"] == f["first"]) * 1.0), "a unit that had started was without"),
        (lambda f: f.assign(treatment=np.isfinite(f["first"]) * 1.0).drop(columns="first"), "the treatment of no unit"),
    ],
)  # fmt: skip
def test_what_can_not_be_compared_is_not_analysed_and_says_why(change, words):
    table = found(change(rows(STARTS)))
    assert [f.id for f in table] == ["evaluation.effect"]
    assert table["evaluation.effect"].verdict == "not analysed"
    assert table["evaluation.effect"].reason.startswith(words)


def groups(count: int, effect: float = 3.0) -> pd.DataFrame:
    """Groups on courses that share one factor; the first starts at the ninth of twelve times."""
    rng = stream(9, "tests", "synthetic")
    course = rng.normal(size=12).cumsum()
    load = np.r_[0.5, rng.random(count - 1)]
    outcome = load[:, None] * course + 0.1 * rng.normal(size=(count, 12))
    outcome[0, 8:] += effect
    unit = np.repeat([f"M{i:02d}" for i in range(count)], 12)
    time = np.tile(np.arange(1, 13), count)
    return pd.DataFrame({
        "unit": unit, "time": time, "outcome": outcome.ravel(), "first": np.where(unit == "M00", 9.0, NEVER),
    })  # fmt: skip


def control(frame: pd.DataFrame, grouped: bool = True, **changes) -> Findings:
    settings = SyntheticControl(kind="synthetic_control", groups=grouped)
    return effect_of_rows(settings, replace(Sample(frame), **changes))


def test_a_group_that_starts_departs_from_its_synthetic_control():
    table = control(groups(40))
    effect = table["evaluation.effect"]
    assert effect.estimate.lower < 3 < effect.estimate.upper
    assert (effect.estimate.n, effect.estimate.method) == (40, "placebo-rank")
    weights = [row.estimate.value for row in table["evaluation.effect.weights"].rows]
    assert math.isclose(sum(weights), 1, abs_tol=0.05)
    assert [row.keys["time"] for row in table["evaluation.effect.gaps"].rows] == list(range(1, 13))
    assert table["evaluation.effect.placebos"].rows[1].reason == "1 of 40: p = 0.025"


def test_under_twenty_groups_the_interval_says_what_it_holds_at_most():
    limits = control(groups(12))["evaluation.effect"].limitations
    assert "nominal 95 %, at most 91.7 % with 12 groups." in limits


def test_a_group_unlike_all_others_locks_the_effect():
    frame = groups(20)
    frame.loc[frame["unit"] == "M00", "outcome"] += 30
    assert control(frame)["evaluation.effect"].reason.startswith("gate: The weighted mean of the others was like")


def test_two_groups_that_start_are_not_for_a_synthetic_control():
    frame = groups(20)
    frame.loc[frame["unit"] == "M01", "first"] = 9.0
    assert control(frame)["evaluation.effect"].reason.startswith("a synthetic control is for one group")


def test_a_slope_of_no_account_passes_however_sure_it_is_and_a_dip_before_the_start_does_not():
    many = [5.0] * 2000 + [NEVER] * 2000
    steady, dip = rows(many, slope=0.02, noise=0.3), rows(many, noise=0.3)
    dip["outcome"] -= 0.3 * (dip["time"] == 4) * np.isfinite(dip["first"])
    gates = [found(frame)["evaluation.effect.gate"] for frame in (steady, dip)]
    reads = [gate.rows[0].keys["reads"] for gate in gates]
    assert reads == ["passed", "did not pass"]
    assert (
        "for a steady slope that would make less than 0.075 SD"
        in found(steady)["evaluation.effect"].assumptions[0].evidence
    )
