"""A gap shared out among need, recording, measurement, model and contact, against a plain twin of all 120 orders."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from la_research.audit import audit_fairness
from la_research.errors import ScenarioError
from la_research.indicators import compute_indicators
from la_research.models import fit_model
from la_research.pipeline.cohorts import scenario_behind
from la_research.pipeline.score.parts import BASE, LABEL, NEED, PARTS, WHOLE, decompose, twin
from la_research.protocol import parse_protocol, read_tree
from la_research.store import load_scenario
from la_research.synthetic import generate_cohort, parse_scenario
from la_research.synthetic.switch import MECHANISMS, with_dials, without

STUDY = """
format: la_research.protocol/1
id: parts
title: Parts of a gap
question: Whence the gap?
data: synthetic
sources: {vle: {}}
indicators: {weekly_activity: {}}
outcomes:
  - {id: wellbeing, instrument: WHO-5, week: 10}
  - {id: low, instrument: PHQ-8, week: 8, at_least: 10, chosen_by: advisory group}
model: {label: low, estimator: logistic, number_of_folds: 2, top_share: 0.2}
fairness: {sensitive: {gender: {margin: 0.1}}, metrics: [selection, fnr]}
"""
CAMPUS = """
{format: la_research.scenario/1, id: small, title: small, resembles: none, cannot: much,
 wellbeing: {groups: {women: -0.6}}, survey: {groups: {women: 0.4}}, engagement: {groups: {}}, contact: {effect: 0},
 arrows: [{cause: disabled, effect: answering, size: 0.3}]}
"""
N, SEED = 900, 3


@pytest.fixture(scope="module")
def study():
    return parse_protocol(read_tree(STUDY, "protocol.yaml"))


@pytest.fixture(scope="module")
def campus():
    return parse_scenario(read_tree(CAMPUS, "small.yaml"))


@pytest.fixture(scope="module")
def found(study, campus):
    return decompose(study, campus, n=N, seed=SEED)["score.parts.fnr.gender"]


def part(finding, kind, name):
    (row,) = [row for row in finding.rows if row.keys == {"what": kind, "part": name}]
    return row.estimate


def plain_gaps(study, campus, pair):
    """The gap in misses of every twin by hand: (need, label) by the parts switched on."""
    gaps, drawn = {}, {}
    for code in range(32):
        on = frozenset(name for i, name in enumerate(PARTS) if code >> i & 1)
        scenario = twin(campus, on)
        if scenario.digest not in drawn:
            cohort, truth = generate_cohort(scenario, n=N, seed=SEED)
            rows = fit_model(study, cohort, compute_indicators(study, cohort)).frame
            weeks = truth.tables["weeks"].to_pandas()
            told = weeks[weeks["week"] == 8].set_index("student_id").loc[rows["student_id"]].reset_index()
            gender = truth.tables["students"].to_pandas().set_index("student_id")["gender"]
            rows = rows.assign(
                need=told["need"], low=told["wellbeing"], gender=gender.loc[rows["student_id"]].to_numpy()
            )
            drawn[scenario.digest] = rows
        rows = drawn[scenario.digest]
        chosen = rows["decision"].to_numpy().copy()
        if "model" not in on:
            for fold in rows["fold"].unique():
                inside = np.flatnonzero(rows["fold"] == fold)
                lowest = inside[np.argsort(rows["low"].to_numpy()[inside], kind="stable")][: chosen[inside].sum()]
                chosen[inside] = 0
                chosen[lowest] = 1
        sides = []
        for told in (rows["need"] == True, rows["label"] == 1):  # noqa: E712
            rates = [1 - chosen[(told & (rows["gender"] == group)).to_numpy()].mean() for group in pair]
            sides.append(rates[0] - rates[1])
        gaps[on] = tuple(sides)
    return gaps


def test_every_part_is_its_mean_twin_difference_over_all_orders(study, campus, found):
    pair = ("F", "M") if "gender F less that of M" in found.limitations[0] else ("M", "F")
    gaps = plain_gaps(study, campus, pair)
    orders = list(permutations(PARTS))
    for side, kind in enumerate((NEED, LABEL)):
        for name in PARTS:
            befores = [frozenset(order[: order.index(name)]) for order in orders]
            mean = np.mean([gaps[before | {name}][side] - gaps[before][side] for before in befores])
            assert part(found, kind, name).value == pytest.approx(mean, abs=1e-9), name
        assert part(found, kind, BASE).value == pytest.approx(gaps[frozenset()][side], abs=1e-9)


def test_the_parts_and_what_is_left_with_all_off_sum_to_the_gap_with_nothing_over(found):
    for kind in (NEED, LABEL):
        parts = sum(part(found, kind, name).value for name in (BASE, *PARTS))
        assert parts == pytest.approx(part(found, kind, WHOLE).value, abs=1e-12)


def test_the_gap_with_all_five_on_is_the_one_that_the_audit_found(study, campus, found):
    cohort, _ = generate_cohort(campus, n=N, seed=SEED)
    audit = audit_fairness(study, cohort, fit_model(study, cohort, compute_indicators(study, cohort)))
    assert part(found, LABEL, WHOLE).value == pytest.approx(audit["audit.fnr.gender"].estimate.value, abs=1e-12)


def test_a_part_that_the_campus_does_not_have_is_exactly_zero(found):
    for kind in (NEED, LABEL):
        for name in ("measurement", "contact"):
            assert (part(found, kind, name).value, part(found, kind, name).upper) == (0, 0)
        assert part(found, kind, "need").value != 0


def test_every_mechanism_by_which_groups_differ_belongs_to_one_part(campus):
    owned = [name for names in PARTS.values() for name in names]
    assert len(owned) == len(set(owned))
    assert set(owned) <= set(MECHANISMS)
    off = twin(campus, frozenset())
    assert [off.arrows, off.wellbeing.groups, off.survey.groups, off.engagement.groups] == [(), {}, {}, {}]
    assert [arrow.effect for arrow in twin(campus, frozenset({"recording"})).arrows] == ["answering"]


def test_a_group_with_too_few_in_need_in_a_twin_is_not_shared_out(study, campus):
    few = decompose(study, campus, n=160, seed=SEED)
    assert {finding.verdict for finding in few} == {"not analysed"}


def test_the_scenario_behind_a_run_is_made_again_with_its_dials_and_what_was_off():
    made = without(with_dials(load_scenario("default"), ["link.between=0.4"]), "effect")
    details = {
        "scenario": "default", "scenario_digest": made.digest, "set": {"link.between": "0.4"}, "without": ["effect"],
    }  # fmt: skip
    assert scenario_behind(details, Path("reports/run")).digest == made.digest
    with pytest.raises(ScenarioError) as caught:
        scenario_behind({**details, "without": []}, Path("reports/run"))
    assert caught.value.faults[0].code == "scenario.changed"
