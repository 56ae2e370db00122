"""Attacks on a twin: a planted leak is caught, and strangers are not taken for one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from la_research.seeds import stream
from la_research.store import load_scenario
from la_research.synthetic import generate_cohort
from la_research.synthetic.privacy import Attack, attribute_inference, closest_share, comparable, nearest, singling_out
from la_research.synthetic.twins import Halves, Sampled, extract, privacy

MEASURED = {"quality": {}, "fitted": {"WHO-5 12": [0.7, 300]}, "control": {"WHO-5 12": [0.7, 300]}}


@pytest.fixture(scope="module")
def flat():
    return extract(generate_cohort(load_scenario("default"), n=800, seed=21)[0])


@pytest.fixture(scope="module")
def halves(flat):
    return Halves.of(flat, 1)


@pytest.fixture(scope="module")
def strangers(flat, halves):
    """As many students of the same campus as half of the extract has, none of them in it."""
    other = extract(generate_cohort(load_scenario("default"), n=800, seed=22)[0])
    return other.frame[list(flat.frame.columns)].iloc[: len(halves.fitted)]


def gate(flat, halves, twin):
    return privacy(flat, halves, Sampled((twin,), twin, MEASURED), seed=1)


def test_halves_share_no_student_and_have_the_same_size(flat):
    numbered = type(flat)(flat.frame.assign(row=range(len(flat.frame))), flat.columns, flat.design)
    halves = Halves.of(numbered, 3)
    assert len(halves.fitted) == len(halves.control) == 400
    assert not set(halves.fitted["row"]) & set(halves.control["row"])


def test_a_twin_that_copies_its_students_fails_on_every_attack(flat, halves):
    found = {check.name: check for check in gate(flat, halves, halves.fitted).checks}
    attacked = [check for name, check in found.items() if name.startswith(("closest", "gain"))]
    assert {check.verdict for check in attacked} == {"failed"}
    assert found["gain of singling_out"].estimate.value == 1.0
    assert found["closest record is a fitted student"].estimate.value == 1.0


def test_a_twin_that_copies_a_third_of_its_students_is_caught(flat, halves, strangers):
    third = len(halves.fitted) // 3
    mixed = pd.concat([halves.fitted.iloc[:third], strangers.iloc[third:]], ignore_index=True)
    assert gate(flat, halves, mixed).verdict == "failed"


def test_strangers_give_nobody_away(flat, halves, strangers):
    assert "failed" not in {check.verdict for check in gate(flat, halves, strangers).checks}


@pytest.fixture(scope="module")
def copied_weeks(flat, halves):
    """A twin that copies the weeks of its students, and permutes each other column."""
    generator = stream(8, "tests", "privacy", "weeks")
    kept = halves.fitted[list(flat.weekly())]
    others = halves.fitted.drop(columns=kept.columns)
    shuffled = {name: generator.permutation(values.to_numpy()) for name, values in others.items()}
    return others.assign(**shuffled).join(kept)[list(halves.fitted.columns)]


def test_a_twin_that_copies_nothing_but_the_weeks_of_its_students_is_caught(flat, halves, copied_weeks):
    found = {check.name: check for check in gate(flat, halves, copied_weeks).checks}
    caught = ("closest record by weekly actions is a fitted student", "gain of singling_out by weekly actions")
    assert {found[name].verdict for name in caught} == {"failed"}
    assert found[caught[0]].estimate.value > 0.9


def test_students_who_are_equally_close_share_a_record_of_the_twin():
    same = pd.DataFrame({"x": [1.0, 1.0, 5.0]})
    share, *_ = closest_share(*comparable([same.iloc[:2], same, same.iloc[1:]], {"x"}))
    assert share == pytest.approx(2 / 3)


def test_less_protection_of_fitted_students_than_of_others_fails(flat, halves, strangers):
    leak = {**MEASURED, "fitted": {"WHO-5 12": [0.4, 300]}}
    found = privacy(flat, halves, Sampled((strangers,), strangers, leak), seed=1)
    assert [check.name for check in found.checks if check.verdict == "failed"] == ["protection of WHO-5 12"]


def test_the_closest_record_is_gowers_by_hand():
    table = pd.DataFrame({"x": [0.0, 4.0, None], "c": ["a", "b", "b"]})
    asked = pd.DataFrame({"x": [3.0, None, 9.0], "c": ["a", "b", "a"]})
    targets, among = comparable([asked, table], {"x"})
    # 5th and 95th percentile of 0, 3, 4, 9 are .45 and 8.25
    # 3 a: 3/7.8 = .38 against 1/7.8 + 1; missing b: 0 against the missing b; 9 a: 1 against 5/7.8 + 1
    assert nearest(targets, among).tolist() == [0, 2, 0]


def test_a_half_is_the_share_of_a_twin_that_has_no_favourites():
    generator = stream(5, "tests", "privacy", "closest")
    tables = [pd.DataFrame(generator.random((300, 3)), columns=list("abc")) for _ in range(3)]
    share, lower, upper, n = closest_share(*comparable(tables, set("abc")))
    assert lower < 0.5 < upper
    assert lower < share < upper
    assert n < 300


def test_a_student_who_is_closest_to_all_of_a_twin_counts_once():
    lone = pd.DataFrame({"x": np.zeros(50)})
    far = pd.DataFrame({"x": [1.0] * 3})
    near = pd.DataFrame({"x": [0.1, 1.0, 1.0]})
    *_, n = closest_share(*comparable([lone, near, far], {"x"}))
    assert n == 1


def test_singling_out_finds_the_one_student_whom_a_guess_fits():
    generator = stream(6, "tests", "privacy", "single")
    fitted = pd.DataFrame({"x": np.arange(40.0), "c": [f"c{i}" for i in range(40)]})
    control = pd.DataFrame({"x": np.arange(40.0), "c": ["other"] * 40})
    attack = singling_out(fitted, fitted, control, {"x"}, generator, tries=100, width=2)
    assert (attack.fitted, attack.control, attack.n) == (100, 0, 100)


def test_inference_counts_a_number_within_a_twentieth_of_its_spread():
    twin = pd.DataFrame({"c": ["a", "b"], "secret": [50.0, 80.0]})
    fitted = pd.DataFrame({"c": ["a", "b"], "secret": [53.0, 86.0]})
    control = pd.DataFrame({"c": ["a", "b"], "secret": [10.0, 10.0]})
    # 5th and 95th percentile of 10, 10, 50, 53, 80, 86 are 10 and 84.5: within 3.7
    attack = attribute_inference(twin, fitted, control, {"secret"}, "secret", stream(7, "tests"))
    assert (attack.fitted, attack.control, attack.n) == (1, 0, 2)


def test_the_residual_risk_is_the_gain_over_control_of_what_could_be_gained():
    value, lower, upper = Attack("x", fitted=80, control=60, naive=50, n=100).risk()
    assert value == pytest.approx((0.8 - 0.6) / (1 - 0.6))
    assert lower < value < upper <= 1
