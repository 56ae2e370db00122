"""The specification curve: which analyses are on it, which cells each rests on, and what is said of all together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from la_research import load_scenario
from la_research.indicators import compute_indicators
from la_research.models import Predictions
from la_research.protocol import parse_protocol, read_tree
from la_research.seeds import stream
from la_research.synthetic import generate_cohort
from la_research.validation.choices import choice_findings
from la_research.validation.ground import Ground
from la_research.validation.panel import panel_of
from la_research.validation.specifications import Curve, Specification
from la_research.validation.validity import associate

NO_MODEL = Predictions(pd.DataFrame(), {}, reason="the study registers no model")
BEYOND = "with the registered sign, interval excludes zero"
REGISTERED = Specification(2, "log", "nothing", "all", "kept")
STUDY = """
format: la_research.protocol/1
id: chosen
title: Chosen otherwise
question: Does it depend on how it was analysed?
data: synthetic
consent: {model_use: not required, contact: not required, research: not required}
sources: {vle: {}, library: {}, lecture_capture: {}, quizzes: {}}
indicators: {weekly_activity: {}}
outcomes:
  - {id: wellbeing, instrument: WHO-5, week: 10}
  - {id: low_mood, instrument: PHQ-8, week: 8, at_least: 10, chosen_by: advisory group}
hypotheses:
  - {id: H1, kind: between, indicator: weekly_activity, outcome: wellbeing, direction: positive, smallest_effect: 0.05}
  - {id: H2, kind: within, indicator: weekly_activity, outcome: wellbeing, direction: positive, smallest_effect: 0.05}
validation:
  choices:
    windows: [1, 2, 4]
    scales: [log, rank]
    given: [entry_tariff, paid_work_hours]
    answers: [all, without quick, three or more]
    left: [kept, out]
"""
CHOICES = """
validation:
  choices: {windows: [1], scales: [count, rank], answers: [without quick, three or more], left: [out]}
"""


def study():
    return parse_protocol(read_tree(STUDY, "p.yaml"))


@pytest.fixture(scope="module")
def ground():
    cohort, _ = generate_cohort(load_scenario("default"), n=400, seed=3)
    return Ground(study(), cohort, compute_indicators(study(), cohort), NO_MODEL)


@pytest.fixture(scope="module")
def found(ground):
    return {finding.id: finding for finding in choice_findings(ground)}


def rows(finding):
    return {row.keys["what"]: row.estimate for row in finding.rows if set(row.keys) == {"what"}}


def curve(finding):
    return [row for row in finding.rows if "specification" in row.keys]


@pytest.fixture
def by_hand(protocol, cohort, activity):
    """60 students, three waves; every fourth of them answers the same to every item, every fifth twice only."""
    rng = stream(6, "tests", "choices")
    actions = np.round(np.exp(2 + rng.normal(size=(60, 6)))).astype(float)
    answers = {}
    for i in range(60):
        for week in (2, 4, 6)[: 2 if i % 5 == 0 else 3]:
            items = rng.integers(0, 5, 5)
            items[0] = items[1] + 1
            answers[f"s{i:02d}", week] = [3] * 5 if i % 4 == 0 else [int(n) for n in items]
    asked = protocol(("outcomes:\n", CHOICES.strip() + "\noutcomes:\n"))
    return Ground(asked, cohort(60, answers), activity({f"s{i:02d}": list(actions[i]) for i in range(60)}), NO_MODEL)


@pytest.mark.parametrize("claim", ["h1", "h2"])
def test_the_registered_analysis_is_on_the_curve_and_is_the_registered_finding(ground, found, claim):
    expected = {f.hypothesis.lower(): f for f in associate(ground.protocol, ground.cohort, ground.indicators)}[claim]
    (ours,) = (row for row in curve(found[f"validation.choices.{claim}"]) if row.keys["registered"] == "yes")
    told = rows(found[f"validation.choices.{claim}"])["registered analysis"]
    assert (told.value, told.n) == (pytest.approx(expected.estimate.value, abs=1e-12), expected.estimate.n)
    assert ours.estimate.value == told.value


def test_no_two_numbers_of_students_tell_of_few_whose_answers_were_all_alike(found, by_hand):
    few = by_hand.protocol.validation.choices.model_copy(update={"answers": ("without quick",), "left": ()})
    validation = by_hand.protocol.validation.model_copy(update={"choices": few})
    protocol = by_hand.protocol.model_copy(update={"validation": validation})
    hand = list(choice_findings(Ground(protocol, by_hand.cohort, by_hand.indicators, NO_MODEL)))
    for finding in (*found.values(), *hand):
        n = {finding.estimate.n, *(row.estimate.n for row in finding.rows)}
        assert len(n) <= 2
        assert max(n) == rows(finding)["registered analysis"].n
        assert len(n) == 1 or max(n) - min(n) >= 10


def test_the_registered_panel_is_that_of_the_registered_finding(ground):
    panel = Curve(ground, ground.associations[0]).panel(REGISTERED)
    expected = panel_of(ground.protocol, ground.cohort, ground.indicators, "weekly_activity", "WHO-5")
    for name in ("week", "x", "y"):
        assert np.allclose(getattr(panel, name), getattr(expected, name), equal_nan=True, atol=1e-12)


def test_every_combination_of_the_choices_is_tried_once(found):
    shown = curve(found["validation.choices.h1"])
    assert len(shown) == 3 * 2 * 2 * 3 * 2
    assert rows(found["validation.choices.h1"])["specifications"].value == 72
    assert len({tuple(v for k, v in row.keys.items() if k != "specification") for row in shown}) == 72


def test_the_curve_runs_from_the_smallest_to_the_largest_and_the_headline_is_its_middle(found):
    for finding in found.values():
        values = [row.estimate.value for row in curve(finding)]
        ends = rows(finding)
        assert values == sorted(values)
        assert (ends["smallest"].value, ends["largest"].value) == (values[0], values[-1])
        assert finding.estimate.value == values[35]
        assert (ends["lower quarter"].value, ends["upper quarter"].value) == (values[17], values[53])


def test_shares_are_counted_over_the_curve(found):
    for finding in found.values():
        estimates = [row.estimate for row in curve(finding)]
        shares = {what.removeprefix("share of specifications "): one.value for what, one in rows(finding).items()}
        assert shares["with the registered sign"] == np.mean([one.value > 0 for one in estimates])
        beyond = [one.lower > 0 for one in estimates]
        plain = shares[BEYOND]
        assert plain == np.mean(beyond)
        assert shares[f"{BEYOND} after Holm over all of them"] <= plain
        assert (
            shares[f"{BEYOND} after Holm over all of them"]
            <= shares[f"{BEYOND} after Benjamini and Hochberg over all of them"]
        )
        read = [share for what, share in shares.items() if what.startswith("that would read")]
        assert sum(read) == pytest.approx(1)


def test_each_choice_shows_the_middle_of_the_specifications_that_make_it(found):
    finding = found["validation.choices.h2"]
    for row in finding.rows:
        if "chosen" in row.keys:
            same = [one.estimate.value for one in curve(finding) if one.keys[row.keys["what"]] == row.keys["chosen"]]
            assert row.estimate.value == sorted(same)[(len(same) - 1) // 2]
    assert sum("chosen" in row.keys for row in finding.rows) == 3 + 2 + 2 + 3 + 2


@pytest.mark.parametrize(
    ("answers", "cells", "answered"),
    [
        ("all", 60 * 3, 48 * 3 + 12 * 2),
        ("without quick", 60 * 3, 48 * 3 + 12 * 2 - (12 * 3 + 3 * 2)),  # 15 of 60 are quick, three of them answer twice
        ("three or more", 48 * 3, 48 * 3),
    ],
)
def test_answers_that_are_left_out(by_hand, answers, cells, answered):
    panel = Curve(by_hand, by_hand.associations[0]).panel(Specification(2, "log", "nothing", answers, "kept"))
    assert (len(panel.y), panel.answered) == (cells, answered)


def test_a_window_is_a_mean_of_counts_or_of_ranks_in_the_module_and_week(by_hand):
    curve_ = Curve(by_hand, by_hand.associations[0])
    weekly = by_hand.weekly("weekly_activity")
    counts = curve_.panel(Specification(2, "count", "nothing", "all", "kept"))
    assert counts.x[:3] == pytest.approx([weekly.iloc[0, week - 2 : week].mean() for week in (2, 4, 6)])
    ranks = curve_.panel(Specification(1, "rank", "nothing", "all", "kept"))
    assert ranks.x[0] == ((weekly[2] < weekly[2].iloc[0]).sum() + ((weekly[2] == weekly[2].iloc[0]).sum() + 1) / 2) / 60


def test_students_who_left_before_the_last_week_are_out_where_it_is_asked(ground):
    curve_ = Curve(ground, ground.associations[0])
    kept, out = (curve_.panel(Specification(2, "log", "nothing", "all", left)) for left in ("kept", "out"))
    enrolments = ground.cohort.frame("enrolments").merge(ground.enrolments)
    gone = enrolments.loc[enrolments["end"] < 85, "unit_id"].nunique()  # week 12 begins on day 85
    assert gone > 0
    assert np.unique(curve_.panel(REGISTERED).unit).size == np.unique(kept.unit).size
    missing = set(kept.unit) - set(out.unit)
    left = ground.units.index[sorted(missing)]
    assert set(left) <= set(enrolments.loc[enrolments["end"] < 85, "unit_id"])
    assert set(out.unit) <= set(kept.unit)


def test_what_is_given_stands_beside_the_slopes(ground):
    curve_ = Curve(ground, ground.associations[0])
    given = Specification(2, "log", "entry_tariff, paid_work_hours", "all", "kept")
    panel = curve_.panel(given)
    assert given in curve_.specifications
    assert panel.covariates.shape == (len(panel.y), 2)


def test_a_study_that_registers_no_choices_has_no_curve(protocol, by_hand):
    assert list(choice_findings(Ground(protocol(), by_hand.cohort, by_hand.indicators, NO_MODEL))) == []


def test_too_few_students_give_no_curve(by_hand, cohort, activity):
    few = cohort(12, {(f"s{i:02d}", 2): [i % 6] * 5 for i in range(12)})
    indicators = activity({f"s{i:02d}": [float(i), 2.0 * i] for i in range(12)})
    found = list(choice_findings(Ground(by_hand.protocol, few, indicators, NO_MODEL)))
    assert [one.verdict for one in found] == ["not analysed"] * 2
    assert all("fewer than 50 students answered" in one.reason for one in found)


def test_a_cohort_without_a_questionnaire_says_so(by_hand, cohort):
    found = list(choice_findings(Ground(by_hand.protocol, cohort(60, {}), by_hand.indicators, NO_MODEL)))
    assert {(one.verdict, one.reason) for one in found} == {("not analysed", "the data hold no wellbeing instrument")}


def test_columns_that_nobody_holds_are_not_given(by_hand):
    assert Curve(by_hand, by_hand.associations[0]).given.empty
