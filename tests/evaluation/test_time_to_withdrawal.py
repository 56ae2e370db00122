"""Time to withdrawal: mean time without it, other outcomes in the way, and support that only those still there get."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from la_research.errors import CohortError
from la_research.evaluation.answer import Case, answers
from la_research.evaluation.design import Asked
from la_research.evaluation.designs.survival import SURVIVAL
from la_research.evaluation.sample import Sample
from la_research.evaluation.table import effect_of_rows
from la_research.ingest.effect_table import EffectColumns, read_effect
from la_research.protocol import Hypothesis
from la_research.protocol.designs.survival import Survival
from la_research.seeds import stream
from la_research.statistics.survival import risk_set, time_free


def rows(n: int = 200) -> pd.DataFrame:
    rng = stream(6, "tests", "withdrawal")
    drawn = np.arange(n) % 2
    left = np.ceil(rng.exponential(np.where(drawn, 20, 10)))
    event = np.where(left > 12, 0, rng.choice([1, 1, 2], n))
    return pd.DataFrame({"unit": range(n), "time": np.minimum(left, 12), "outcome": event, "treatment": drawn})


def found(frame: pd.DataFrame, **settings):
    words = {"time": "'weeks'", "outcome": "withdrawal"}
    return effect_of_rows(Survival(kind="survival", **settings), Sample(frame, words=words, unit="share"))


def test_the_effect_is_the_difference_in_mean_time_in_the_unit_of_time():
    frame = rows()
    effect = found(frame)["evaluation.effect"]
    means = [time_free(risk_set(part["time"], part["outcome"]), 12).value for _, part in frame.groupby("treatment")]
    assert effect.estimate.value == pytest.approx(means[1] - means[0])
    assert (effect.estimate.unit, effect.estimate.n) == ("units of 'weeks'", 200)
    assert effect.rows[0].keys == {"what": "mean time, support"}


@pytest.mark.parametrize(
    ("direction", "drawn", "verdict"),
    [("negative", True, "supported"), ("positive", True, "contradicted"), ("negative", False, "described")],
)
def test_a_direction_is_that_of_the_event_and_groups_that_nobody_drew_are_not_judged(direction, drawn, verdict):
    frame = rows()
    frame.loc[frame["treatment"] == 1, ["outcome", "time"]] = [0, 12]  # nobody with the support leaves
    claim = Hypothesis(id="H1", kind="effect", outcome="left", direction=direction, smallest_effect=0.1)
    asked = Asked(Survival(kind="survival", randomised=drawn), claim=claim)
    case = Case(asked, "Does the support change leaving?", Sample(frame, unit="weeks"))
    effect = answers(SURVIVAL, [case], None, lambda headlines: dict.fromkeys(headlines, 0.05))[0]
    assert effect.estimate.lower > 0
    assert effect.verdict == verdict
    assert any("more of that time is less of the outcome" in text for text in effect.limitations)
    assert drawn or "no check of such a comparison exists" in effect.reason


def test_the_incidence_at_the_horizon_stands_beside_it():
    incidence = found(rows())["evaluation.effect.incidence"]
    assert incidence.estimate.unit == "share"
    shares = {row.keys["what"]: row.estimate.value for row in incidence.rows}
    assert incidence.estimate.value == pytest.approx(shares["support"] - shares["none"])


def test_between_two_points_of_a_curve_at_least_ten_students_went():
    frame = rows()
    curve = found(frame)["evaluation.effect.curves"]
    for arm, treated in (("support", 1), ("none", 0)):
        times = [row.keys["time"] for row in curve.rows if row.keys["arm"] == arm]
        went = frame.loc[frame["treatment"] == treated, "time"]
        assert len(times) > 1
        assert all(went.between(a, b, inclusive="right").sum() >= 10 for a, b in pairwise([0, *times]))


def test_support_that_came_later_is_immortal_time_and_refused():
    late = rows().assign(first=lambda frame: np.where(frame["treatment"] == 1, 3.0, np.inf))
    effect = found(late)["evaluation.effect"]
    assert effect.verdict == "not analysed"
    assert effect.reason.startswith("immortal time: 100 students had the support only later")


def test_a_landmark_compares_those_still_there_by_whether_they_had_it_by_then():
    frame = rows()
    late = frame.assign(first=np.where(frame["treatment"] == 1, frame["unit"] % 8, np.inf))
    effect = found(late, landmark=4)["evaluation.effect"]
    there = late[late["time"] > 4]
    had = there["first"] <= 4
    groups = [time_free(risk_set(there["time"][side] - 4, there["outcome"][side]), 8) for side in (had, ~had)]
    assert effect.estimate.value == pytest.approx(groups[0].value - groups[1].value)
    assert effect.estimate.n == len(there)


@pytest.mark.parametrize(
    "change, settings, words",
    [
        ({"treatment": 1.0}, {}, "fewer than 10 students of a group are followed"),
        ({"outcome": 0.0}, {}, "nobody had the event while followed"),
        ({"outcome": 0.5}, {}, "the outcome has to be 0"),
        ({"time": -1.0}, {}, "a time is negative"),
        ({"unit": 1}, {}, "some students stand in more than one row"),
        ({}, {"horizon": 30.0}, "a group is not followed up to the horizon: its last time is 12"),
    ],
)
def test_what_can_not_be_told_is_not_analysed_and_says_why(change, settings, words):
    effect = found(rows().assign(**change), **settings)["evaluation.effect"]
    assert (effect.verdict, effect.estimate) == ("not analysed", None)
    assert effect.reason.startswith(words)


def test_a_negative_time_is_refused_as_a_fault_of_the_table(tmp_path):
    path = tmp_path / "times.csv"
    rows(20).assign(time=-1).to_csv(path, index=False)
    roles = {"outcome": "outcome", "time": "time", "treatment": "treatment"}
    with pytest.raises(CohortError) as caught:
        read_effect(path, EffectColumns(roles, durations=True))
    assert [fault.code for fault in caught.value.faults] == ["table.negative_time"]
    assert len(read_effect(path, EffectColumns(roles)).frame) == 20


def test_support_from_the_first_day_is_not_read_as_never_where_times_are_durations(tmp_path):
    path = tmp_path / "times.csv"
    pd.DataFrame({"y": [1, 0], "t": [3, 4], "f": [0, None]}).to_csv(path, index=False)
    roles = {"outcome": "y", "time": "t", "first": "f"}
    assert read_effect(path, EffectColumns(roles, durations=True)).frame["first"].tolist() == [0, np.inf]
    assert read_effect(path, EffectColumns(roles)).frame["first"].tolist() == [np.inf, np.inf]
