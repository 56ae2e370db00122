"""The cut-off as a design: which side, which look, which checks, and when there is no answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from la_research.evaluation.design import Asked
from la_research.evaluation.designs.rdd.checks import checks
from la_research.evaluation.designs.rdd.cut import cut_of
from la_research.evaluation.sample import Sample
from la_research.evaluation.table import effect_of_rows
from la_research.protocol.designs.rdd import Discontinuity
from la_research.seeds import stream
from la_research.wording import lint

EFFECT = "evaluation.effect"


def rows(name: str, n: int = 800, places: int = 0) -> pd.DataFrame:
    """Students below 0 gain 4 points."""
    rng = stream(9, "tests", "rdd", name)
    x = rng.normal(0.2, 1, n)
    x = np.round(places * x) / places if places else x
    before = x + rng.normal(size=n)
    y = 50 + 2 * x + before + 4.0 * (x < 0) + 2 * rng.normal(size=n)
    return pd.DataFrame({"running": x, "outcome": y, "before": before})


def found(frame: pd.DataFrame, **settings):
    return effect_of_rows(Discontinuity(kind="rdd", **settings), Sample(frame, ("before",)))


def test_the_side_that_has_the_support_is_registered_or_read_from_who_had_it():
    frame = rows("side")
    registered = found(frame, treated="below")[EFFECT].estimate
    read = found(frame.assign(treatment=(frame["running"] < 0).astype(float)))[EFFECT].estimate
    turned = found(frame, treated="above")[EFFECT].estimate
    assert registered == read
    assert registered.lower < 4 < registered.upper
    assert turned.value == -registered.value


def test_a_student_exactly_at_the_cut_off_is_where_the_rule_put_them():
    frame = pd.DataFrame({"running": [-1.0, 0.0, 0.0, 1.0], "treatment": [0.0, 0.0, 0.0, 1.0]})
    cut = cut_of(Sample(frame), Discontinuity(kind="rdd"))
    assert (cut.fuzzy, cut.upward, cut.above.tolist()) == (False, True, [False, False, False, True])


def test_who_had_it_against_the_rule_makes_it_the_effect_on_those_whom_the_cut_off_moved():
    frame = rows("fuzzy", 1500)
    rng = stream(9, "tests", "rdd", "had")
    had = np.where(rng.random(1500) < 0.8, frame["running"] < 0, rng.random(1500) < 0.1).astype(float)
    frame["outcome"] += 4.0 * had - 4.0 * (frame["running"] < 0)
    answer = found(frame.assign(treatment=had))
    assert answer[EFFECT].estimate.method == "rd-robust-fuzzy"
    assert answer[EFFECT].estimate.lower < 4 < answer[EFFECT].estimate.upper
    assert answer[f"{EFFECT}.first_stage"].estimate.value == pytest.approx(0.8, abs=0.2)
    assert "because of the side they are on" in answer[EFFECT].limitations[0]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda f: f.assign(running=1.0), "the running variable is the same for all students"),
        (lambda f: f[f["running"] >= 0], "nobody lies below the cut-off"),
        (lambda f: f[f["running"].abs() > 0.6], "nobody lies near the cut-off"),
        (lambda f: f.assign(outcome=3.0), "the outcome is the same for all students"),
        (lambda f: f.assign(treatment=1.0), "all students had the support, or none"),
        (lambda f: f[(f["running"] >= 0) | (f["running"].rank() <= 40)], "fewer than 50 students with a known outcome"),
    ],
)
def test_what_forbids_an_effect_is_said(change, why):
    effect = found(change(rows("bad")))[EFFECT]
    assert effect.verdict == "not analysed"
    assert why in effect.reason
    assert effect.estimate is None


def test_fewer_than_fifty_a_side_within_the_bandwidth_are_too_few():
    effect = found(rows("few", 200), bandwidth=0.3)[EFFECT]
    assert (effect.verdict, effect.reason) == (
        "not analysed",
        "fewer than 50 students a side lie within the bandwidth",
    )


def test_a_cut_off_that_moves_nobody_is_no_comparison():
    frame = rows("nobody moved")
    rng = stream(9, "tests", "rdd", "coin")
    effect = found(frame.assign(treatment=rng.integers(0, 2, len(frame)).astype(float)))[EFFECT]
    assert "moved too few" in effect.reason


@pytest.mark.parametrize("places", [0, 8])
def test_students_who_crowd_on_one_side_keep_the_effect_locked(places):
    frame = rows("crowd", 2000, places)
    near = (frame["running"] < 0) & (frame["running"] > -0.15) & (np.arange(2000) % 4 > 0)
    frame.loc[near, "running"] = 0.0 if places else -frame.loc[near, "running"]
    answer = found(frame)
    assert answer[EFFECT].reason.startswith("gate: Students do not crowd")
    assert [finding.id for finding in answer] == [EFFECT, f"{EFFECT}.gate"]


def test_the_checks_are_made_without_an_outcome():
    sample = Sample(rows("blind"), ("before",))
    made = {check.name: check for check in checks(sample.blinded(), Asked(Discontinuity(kind="rdd")))}
    assert list(made) == ["density", "gaming", "continuity"]
    assert all(check.passed for check in made.values())


def test_answering_that_jumps_at_the_cut_off_is_a_jump_of_what_was_known():
    frame = rows("answers", 2000)
    rng = stream(9, "tests", "rdd", "silent")
    frame.loc[rng.random(2000) < np.where(frame["running"] < 0, 0.5, 0.05), "outcome"] = np.nan
    assert "whether the outcome is known" in found(frame)[EFFECT].reason


def test_few_values_of_the_running_variable_bring_an_honest_interval_beside_or_alone():
    many, few = found(rows("places", 2000, 5), treated="below"), found(rows("few places", 2000, 1), treated="below")
    assert many[EFFECT].estimate.method == "rd-robust"
    honest = many[f"{EFFECT}.honest"].estimate
    assert honest.lower < 4 < honest.upper
    assert few[EFFECT].estimate.method == "kolesar-rothe"
    assert few[EFFECT].estimate == few[f"{EFFECT}.honest"].estimate


def test_of_several_looks_the_first_eligible_one_counts_and_all_stand_beside():
    first = rows("looks", 1000).assign(unit=np.arange(1000), time=1.0, available=1.0)
    second = first.assign(time=2.0, running=rows("second", 1000)["running"])
    stacked = pd.concat([second, first], ignore_index=True)
    settings = {"treated": "below"}
    alone = found(first, **settings)[EFFECT].estimate
    answer = found(stacked, **settings)
    assert answer[EFFECT].estimate == alone
    assert answer[f"{EFFECT}.looks"].estimate.n > alone.n
    later = found(stacked.assign(available=(stacked["time"] == 2).astype(float)), **settings)[EFFECT].estimate
    assert later == found(stacked, **settings, look=2.0)[EFFECT].estimate


def test_covariates_that_are_taken_out_make_the_interval_narrower():
    frame = rows("adjusted", 2000)
    plain, adjusted = (found(frame, treated="below", adjusted=on)[EFFECT].estimate for on in (False, True))
    assert adjusted.upper - adjusted.lower < plain.upper - plain.lower


def test_donut_and_placebo_are_where_they_were_asked():
    answer = found(rows("asked", 2000), treated="below", donut=(0.05,), placebo=(1.0, -1.0))
    assert [row.keys["radius"] for row in answer[f"{EFFECT}.donut"].rows] == ["0.05"]
    assert [row.keys["value"] for row in answer[f"{EFFECT}.placebo"].rows] == ["1", "-1"]
    assert all(answer[f"{EFFECT}.{part}"].limitations for part in ("donut", "placebo"))
    jumps = answer[f"{EFFECT}.continuity"]
    apart = sum(row.estimate.lower > 0 or row.estimate.upper < 0 for row in jumps.rows)
    assert f"number: {apart} of 1 leave out zero" in jumps.limitations[0]


def test_lines_can_not_be_called_supported_and_every_sentence_is_careful():
    answer = found(rows("words", 1000, 5), treated="below")
    assert any("measured 89 %" in text for text in answer[EFFECT].limitations)
    for finding in (one for one in answer if not one.id.endswith("gate")):
        for text in (finding.question, *finding.limitations, *(str(item) for item in finding.assumptions)):
            assert [remark for remark in lint(text) if remark.found != "prove"] == []
