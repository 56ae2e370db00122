"""An interrupted series: read from plain rows, checked before the start alone, refused where it can not be told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from la_research.evaluation.sample import Sample
from la_research.evaluation.table import effect_of_rows
from la_research.protocol.designs.its import Series
from la_research.seeds import stream
from la_research.statistics.segmented import Segments, interrupted

TIMES = np.arange(1, 41)


def rows(change: float = 3.0, **columns) -> pd.DataFrame:
    rng = stream(3, "tests", "interrupted")
    y = 10 + 0.1 * TIMES + change * (TIMES > 20) + rng.normal(size=40)
    return pd.DataFrame({"time": TIMES, "outcome": y, "treatment": (TIMES > 20).astype(float), **columns})


def found(frame: pd.DataFrame, **settings):
    return effect_of_rows(Series(kind="its", **settings), Sample(frame))


def test_the_change_of_level_at_the_first_time_with_the_support():
    frame = rows()
    effect = found(frame)["evaluation.effect"]
    expected = interrupted(frame["outcome"], TIMES, Segments(21)).effect_at(21)
    assert effect.estimate.value == pytest.approx(expected.value)
    assert (effect.estimate.n, effect.estimate.method) == (40, "reml-ar1")
    assert effect.estimate.lower < 3 < effect.estimate.upper


def test_a_start_that_is_named_gives_the_same_as_one_that_is_read():
    assert found(rows().drop(columns="treatment"), start=21)["evaluation.effect"].estimate == (
        found(rows())["evaluation.effect"].estimate
    )


def test_the_mean_and_the_end_are_read_off_level_and_slope():
    level, slope = (found(rows())[name].estimate.value for name in ("evaluation.effect", "evaluation.effect.slope"))
    assert found(rows(), estimand="end")["evaluation.effect"].estimate.value == pytest.approx(level + 19 * slope)
    assert found(rows(), estimand="mean")["evaluation.effect"].estimate.value == pytest.approx(level + 9.5 * slope)


def test_what_would_have_been_is_the_course_before_drawn_on():
    expected = found(rows())["evaluation.effect.counterfactual"]
    assert len(expected.rows) == 20
    assert expected.rows[-1].keys == {"time": 40.0}
    assert expected.rows[-1].estimate.lower < 10 + 0.1 * 40 < expected.rows[-1].estimate.upper


def test_a_control_series_takes_out_what_moved_both():
    rng = stream(4, "tests", "interrupted")
    shock = 5 * (TIMES > 20)
    other = pd.DataFrame(
        {"time": TIMES, "outcome": 8 + 0.1 * TIMES + shock + rng.normal(size=40), "treatment": 0.0, "cluster": "b"}
    )
    ours = rows(cluster="a")
    both = pd.concat([ours.assign(outcome=ours["outcome"] + shock), other], ignore_index=True)
    effect, control = (found(both)[name].estimate for name in ("evaluation.effect", "evaluation.effect.control"))
    assert effect.lower < 3 < effect.upper < 8
    assert control.lower < 5 < control.upper
    assert effect.n == 40


def test_rows_of_students_are_averaged_and_counted_as_students():
    frame = rows()
    spread = pd.concat([frame.assign(unit=i, outcome=frame["outcome"] + (i - 5.5)) for i in range(12)])
    effect = found(spread.reset_index(drop=True))["evaluation.effect"].estimate
    assert effect.value == pytest.approx(found(frame)["evaluation.effect"].estimate.value)
    assert effect.n == 12


def test_counts_give_a_ratio_in_logarithms_and_in_per_cent():
    rng = stream(5, "tests", "interrupted")
    frame = rows().assign(exposure=100.0, outcome=rng.poisson(40 * np.exp(-0.5 * (TIMES > 20))).astype(float))
    effect = found(frame, family="poisson")["evaluation.effect"]
    assert effect.estimate.unit == "log ratio"
    assert effect.estimate.lower < -0.5 < effect.estimate.upper
    per_cent = effect.rows[0].estimate
    assert per_cent.value == pytest.approx(100 * (np.exp(effect.estimate.value) - 1))


def test_a_bend_before_the_start_keeps_the_effect_locked():
    frame = rows()
    bent = frame.assign(outcome=frame["outcome"] + 0.05 * (TIMES - 20) ** 2 * (TIMES <= 20))
    effect = found(bent)["evaluation.effect"]
    assert (effect.verdict, effect.estimate) == ("not analysed", None)
    assert effect.reason.startswith("gate: The course before the start is straight")


def test_the_checks_are_the_same_whatever_came_after_the_start():
    frame = rows()
    other = frame.assign(outcome=frame["outcome"].where(TIMES <= 20, 999.0 + TIMES % 3))
    gates = [found(one)["evaluation.effect.gate"] for one in (frame, other)]
    assert gates[0] == gates[1]


def test_another_change_at_the_start_keeps_it_locked_and_one_far_away_does_not():
    assert found(rows(), changes=(22.0,))["evaluation.effect"].reason.startswith("gate: Nothing else that is known")
    assert found(rows(), changes=(5.0,))["evaluation.effect"].estimate is not None


@pytest.mark.parametrize(
    "change, settings, words",
    [
        ({"treatment": 0.0}, {}, "nothing says when the support starts"),
        ({"treatment": 1.0}, {}, "nothing says when the support starts"),
        ({"treatment": (TIMES % 2).astype(float)}, {}, "nothing says when the support starts"),
        ({"treatment": ((TIMES > 20) & (TIMES < 30)).astype(float)}, {}, "the support does not start once and stay"),
        (
            {"treatment": (TIMES > 35).astype(float)},
            {},
            "the outcome is known at 5 times after the start; 8 are needed",
        ),
        ({"outcome": 1.0}, {}, "the outcome is the same at all times"),
        ({"outcome": -1.0}, {"family": "poisson"}, "the outcome does not hold counts"),
        ({"first": np.where(TIMES % 2, 10.0, 12.0)}, {}, "the support starts at more than one time"),
        ({}, {"season": 30.0}, "less than one season lies before the start"),
    ],
)
def test_what_can_not_be_told_is_not_analysed_and_says_why(change, settings, words):
    effect = found(rows().assign(**change), **settings)["evaluation.effect"]
    assert (effect.verdict, effect.estimate) == ("not analysed", None)
    assert effect.reason.startswith(words)


def test_counts_that_go_together_strongly_say_what_their_intervals_held():
    rng, course = stream(1, "tests", "interrupted"), np.zeros(40)
    for i in range(1, 40):
        course[i] = 0.8 * course[i - 1] + 0.3 * rng.normal()
    effect = found(rows().assign(outcome=rng.poisson(np.exp(6 + course)).astype(float)), family="poisson")
    assert "nominal 95 %, measured 90 %." in effect["evaluation.effect"].limitations
