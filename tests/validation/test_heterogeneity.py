"""Opposite signs, looking one way or both, and who is missed by construction: findings of a whole study."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from la_research.cohort import Cohort
from la_research.indicators import compute_indicators
from la_research.models import Predictions, fit_model
from la_research.protocol import parse_protocol, read_tree
from la_research.synthetic import generate_cohort, parse_scenario
from la_research.validation.ground import Ground
from la_research.validation.opposite import opposite_findings
from la_research.validation.sided import BOTH, COHORT, DOWN, chosen_by_rule, sided_findings
from la_research.validation.unreached import EVERYONE, NEEDING, _shown, unreached_findings

STUDY = """
format: la_research.protocol/1
id: mixed
title: Mixed signs
question: In how many students does it go the other way?
data: synthetic
population: {unit: student}
sources: {vle: {}, library: {}, lecture_capture: {}, quizzes: {}, attendance: {}}
consent: {model_use: not required, research: not required}
indicators: {weekly_activity: {}, peer_share: {}, baseline_departure: {}}
outcomes:
  - {id: wellbeing, instrument: WHO-5, week: 10}
  - {id: low, instrument: PHQ-8, week: 8, at_least: 10, chosen_by: advisory group}
  - {id: left, event: [withdrawn]}
hypotheses:
  - {id: H2, kind: within, indicator: weekly_activity, outcome: wellbeing, direction: positive, smallest_effect: 0.05}
model: {label: low, top_share: 0.1}
validation: {opposite: true}
"""
CAMPUS = """
{format: la_research.scenario/1, id: mixed, title: Mixed, resembles: none, cannot: much, link: {within: 3},
 survey: {response: 1, loading: 0.95}, engagement: {silent_first: 0, silent_last: 0},
 coping: {reduces: 0.6, works_more: 0.3}}
"""
NOTHING = Predictions(pd.DataFrame(), {})


def study(*changes: tuple[str, str]):
    text = STUDY
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return parse_protocol(read_tree(text, "protocol.yaml"))


@pytest.fixture(scope="module")
def campus() -> Cohort:
    return generate_cohort(parse_scenario(read_tree(CAMPUS, "campus.yaml")), n=500, seed=3)[0]


@pytest.fixture(scope="module")
def indicators(campus) -> pa.Table:
    return compute_indicators(study(), campus)


@pytest.fixture
def ground(campus, indicators):
    return lambda *changes: Ground(study(*changes), campus, indicators, NOTHING)


def unanswered(ground: Ground) -> Ground:
    tables = {name: ground.cohort.arrow(name) for name in ("enrolments", "calendar", "activity", "consent", "feeds")}
    tables["responses"] = ground.cohort.arrow("responses").slice(0, 0)
    tables["applicability"] = ground.cohort.arrow("applicability")
    tables["outcomes"] = ground.cohort.arrow("outcomes")
    return Ground(ground.protocol, Cohort(tables, ground.cohort.provenance, ""), ground.indicators, NOTHING)


def test_share_with_the_opposite_sign_is_described_beside_what_one_slope_would_show(ground):
    (found,) = opposite_findings(ground())
    assert (found.id, found.verdict, found.hypothesis) == ("validation.opposite.h2", "described", "H2")
    assert found.estimate.lower < 0.3 < found.estimate.upper
    told = {row.keys["what"]: row.estimate for row in found.rows}
    assert told["slopes seen the other way"].value > told["the same if all had one slope"].upper
    assert told["spread of the true slopes"].lower > 0
    assert not found.confirmatory


def test_a_registered_negative_direction_turns_the_share(ground):
    (found,) = opposite_findings(ground(("direction: positive", "direction: negative")))
    assert found.estimate.lower < 0.6 < found.estimate.upper


def test_fewer_than_six_weeks_a_student_can_not_tell(ground):
    four = ground(("validation: {opposite: true}", "validation: {opposite: true, window_weeks: 6}"))
    (found,) = opposite_findings(four)
    assert found.verdict == "inconclusive"
    assert "fewer than 6 weeks" in found.reason


@pytest.mark.parametrize("questions", [opposite_findings, sided_findings, unreached_findings])
def test_what_is_not_asked_gives_no_finding(ground, questions):
    assert list(questions(ground(("validation: {opposite: true}", "validation: {}")))) == []


def test_without_a_questionnaire_nothing_is_analysed_but_who_is_missed(ground):
    bare = unanswered(ground())
    told = {f.id: f for questions in (opposite_findings, sided_findings, unreached_findings) for f in questions(bare)}
    assert told["validation.opposite.h2"].reason == "nobody answered WHO-5"
    assert told["validation.sided"].reason == "nobody answered PHQ-8"
    assert {row.keys["among"] for row in told["validation.missed_by_construction"].rows} == {EVERYONE}


def test_an_event_is_no_questionnaire(ground):
    (found,) = opposite_findings(ground(("outcome: wellbeing", "outcome: left")))
    assert found.verdict == "not analysed"


def test_rules_are_compared_at_the_same_number_of_contacts(ground):
    (found,) = sided_findings(ground())
    told = {(row.keys["what"], row.keys["rule"]): row.estimate for row in found.rows}
    assert {what for what, _ in told} == {"reached", "chance", "difference"}
    both, down = told["reached", BOTH].value, told["reached", DOWN].value
    assert found.estimate.value == pytest.approx(both - down)
    assert told["chance", "as many at random"].value == 0.1


def test_every_rule_gives_the_same_chance_in_a_week(ground):
    chosen = chosen_by_rule({name: ground().weekly(name) for name in study().indicators}, 0.1)
    weeks = [week for week in chosen[BOTH] if chosen[BOTH][week].notna().any()]
    assert weeks[0] == 4  # the first with three earlier weeks
    for week in weeks:
        sums = [chosen[rule][week].sum() for rule in (BOTH, DOWN, COHORT)]
        assert sums == pytest.approx([0.1 * chosen[BOTH][week].notna().sum()] * 3)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("model: {label: low, top_share: 0.1}", "model: {label: left}"), "from a questionnaire with a cut-off"),
        ((", baseline_departure: {}", ""), "no indicator baseline_departure"),
        (("minimum_group_size: 10", "minimum_group_size: 400"), "fewer than 400 students"),
    ],
    ids=["event", "no baseline", "few"],
)  # fmt: skip
def test_a_comparison_that_can_not_be_made_says_why(campus, indicators, change, reason):
    text = STUDY + "disclosure: {minimum_group_size: 10}\n"
    protocol = parse_protocol(read_tree(text.replace(*change), "protocol.yaml"))
    (found,) = sided_findings(Ground(protocol, campus, indicators, NOTHING))
    assert found.verdict == "not analysed"
    assert reason in found.reason


def test_students_who_study_online_are_counted_among_those_attendance_never_sees(ground, campus):
    free = "consent: {model_use: not required,", "consent: {model_use: not required, contact: not required,"
    (found,) = unreached_findings(ground(free))
    rules = campus.frame("applicability")
    online = rules[(rules["source"] == "attendance") & ~rules["applies"].astype(bool)]["enrolment_id"]
    inside = ground().enrolments
    students = inside[inside["enrolment_id"].isin(online)]["unit_id"].nunique()
    told = {tuple(row.keys.values()): row for row in found.rows}
    share = told["attendance", "has no attendance record", EVERYONE].estimate
    assert share.value == students / inside["unit_id"].nunique()
    assert (*("attendance", "has no attendance record"), NEEDING) in told


def test_some_but_few_are_not_shown(campus, indicators):
    text = STUDY + "disclosure: {minimum_group_size: 60}\n"
    protocol = parse_protocol(read_tree(text, "protocol.yaml"))
    (found,) = unreached_findings(Ground(protocol, campus, indicators, NOTHING))
    shown = [row for row in found.rows if row.keys.get("source") == "attendance"]
    assert shown
    assert {row.verdict for row in shown} == {"suppressed"}


def placed(needing, first, among):
    """What is shown by reason and in all, of students in need (1, 0) and the first reason of each (-1 for none)."""
    need, reason = np.array(needing, dtype=bool), np.array(first)
    known = _shown([np.ones(len(need), dtype=bool)], reason, [0, 1, 2], np.ones(4, dtype=bool), 10)
    return (known if among == EVERYONE else _shown([need, ~need], reason, [0, 1, 2], known, 10)).tolist()


def test_reasons_that_would_tell_of_few_are_hidden_with_as_many_more_as_it_takes():
    first = np.repeat([0, 1, 2, -1], [4, 12, 30, 50])
    assert placed(np.ones(96), first, EVERYONE) == [False, False, True, True]
    few_in_need = np.r_[np.zeros(16), np.repeat([1, 0], [7, 23]), np.repeat([1, 0], [20, 30])]
    assert placed(few_in_need, first, NEEDING) == [False] * 4
    assert placed(np.ones(96), np.repeat([0, -1], [4, 92]), EVERYONE) == [False] * 4


def test_a_reason_is_told_of_each_student_once_so_that_sums_tell_of_no_overlap(ground):
    asked = ground(("consent: {model_use: not required,", "consent: {model_use: not required, contact: required,"))
    (found,) = unreached_findings(asked)
    for among in (EVERYONE, NEEDING):
        *parts, total = [row for row in found.rows if row.keys["among"] == among]
        counts = [round(row.estimate.value * row.estimate.n) for row in parts if row.estimate]
        if total.estimate is None:
            assert not counts
            continue
        hidden = round(total.estimate.value * total.estimate.n) - sum(counts)
        assert hidden == 0 or hidden >= 10
        assert all(count == 0 or count >= 10 for count in counts)


def test_the_headline_of_a_hidden_row_is_hidden(campus, indicators):
    text = STUDY + "disclosure: {minimum_group_size: 200}\n"
    (found,) = unreached_findings(Ground(parse_protocol(read_tree(text, "p.yaml")), campus, indicators, NOTHING))
    assert (found.verdict, found.estimate) == ("suppressed", None)
    assert not [row for row in found.rows if row.estimate]


def test_who_agreed_to_no_contact_is_missed_where_the_contact_asks_for_it(ground, campus):
    asked = ground(("consent: {model_use: not required,", "consent: {model_use: not required, contact: required,"))
    (found,) = unreached_findings(asked)
    (row,) = [
        r
        for r in found.rows
        if r.keys["reason"] == "did not say yes to being contacted" and r.keys["among"] == EVERYONE
    ]
    decisions = campus.frame("consent").query("flag == 'contact'")
    last = decisions[decisions["from_day"] <= 28].sort_values("from_day").drop_duplicates("student_id", keep="last")
    inside = asked.units["student_id"].isin(last.loc[last["given"].astype(bool), "student_id"])
    assert row.estimate.value == pytest.approx(1 - np.mean(inside))


def test_a_model_is_not_needed(campus, indicators):
    protocol = study(("model: {label: low, top_share: 0.1}\n", ""))
    assert fit_model(protocol, campus, indicators).frame.empty
    (found,) = unreached_findings(Ground(protocol, campus, indicators, NOTHING))
    assert found.verdict == "described"


def test_need_asked_only_before_any_baseline_is_no_comparison(ground):
    asked = ground()
    rows = asked.cohort.frame("responses")
    early = rows[(rows["instrument"] != "PHQ-8") | (rows["week"] < 4)]
    tables = {name: asked.cohort.arrow(name) for name in ("enrolments", "calendar", "consent")}
    tables["responses"] = pa.Table.from_pandas(early, asked.cohort.arrow("responses").schema, preserve_index=False)
    cohort = Cohort(tables, asked.cohort.provenance, "")
    (found,) = sided_findings(Ground(asked.protocol, cohort, asked.indicators, NOTHING))
    assert found.verdict == "not analysed"


def test_answers_that_never_vary_are_not_analysed(ground):
    asked = ground()
    rows = asked.cohort.frame("responses").assign(value=3)
    tables = {name: asked.cohort.arrow(name) for name in ("enrolments", "calendar", "consent")}
    tables["responses"] = pa.Table.from_pandas(rows, asked.cohort.arrow("responses").schema, preserve_index=False)
    cohort = Cohort(tables, asked.cohort.provenance, "")
    (found,) = opposite_findings(Ground(asked.protocol, cohort, asked.indicators, NOTHING))
    assert found.verdict == "not analysed"
    assert "fewer than 50 students" in found.reason
