"""Activity at other places in time: no window before the recall period overlaps it, and a planted place is found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from la_research.models import Predictions
from la_research.seeds import stream
from la_research.validation import validate_indicators
from la_research.validation.ground import Ground
from la_research.validation.place import Place
from la_research.validation.windows import window_findings

NO_MODEL = Predictions(pd.DataFrame(), {}, reason="the study registers no model")
ASKED = ("outcomes:", "validation: {lags: [0, 1, 2]}\noutcomes:")
TERM = ("calendar: {weeks: 6}", "calendar: {weeks: 12}")
LABEL = ("hypotheses:", "model: {label: low_mood}\nhypotheses:")
FROM_WELLBEING = ("instrument: PHQ-8, week: 4, at_least: 10", "instrument: WHO-5, week: 12, at_least: 60")
STUDENTS, WEEKS = 120, 12
ACTIVITY = stream(3, "tests", "windows").normal(size=(STUDENTS, WEEKS))
LOUD = np.round(np.exp(3 + ACTIVITY))


def answers(follows: dict[int, float], waves=(2, 4, 6, 8, 10, 12)) -> dict:
    """Five items that follow the activity of weeks so far from that of the questionnaire, and chance."""
    rng, made = stream(4, "tests", "windows"), {}
    for i in range(STUDENTS):
        for week in waves:
            told = sum(size * ACTIVITY[i, week + by - 1] for by, size in follows.items() if 0 < week + by <= WEEKS)
            made[f"s{i:02d}", week] = (
                np.clip(np.round(2.5 + told + 0.5 * rng.normal(size=5)), 0, 5).astype(int).tolist()
            )
    return made


@pytest.fixture
def findings(protocol, cohort, activity):
    def made(told: dict, *changes: tuple[str, str], counts=LOUD, window=ASKED) -> dict:
        weeks = {f"s{i:02d}": list(row) for i, row in enumerate(counts)}
        ground = Ground(protocol(TERM, window, *changes), cohort(STUDENTS, told), activity(weeks), NO_MODEL)
        return {finding.id: finding for finding in window_findings(ground)}

    return made


def values(finding) -> dict:
    return {row.keys["what"]: row.estimate for row in finding.rows}


@pytest.mark.parametrize("recall", [1, 2, 4])
def test_no_window_before_or_after_shares_a_week_with_the_recall_period(recall):
    asked_about = set(range(20 - recall + 1, 21))
    for lag in range(13):
        before, after = (
            {20 + place.end - back for back in range(place.length)}
            for place in (Place.of(side, lag, recall) for side in ("before", "after"))
        )
        assert min(asked_about) - max(before) == lag + 1
        assert min(after) - max(asked_about) == lag + 1
        assert len(before) == len(after) == recall


def test_what_is_not_asked_is_not_answered(findings):
    assert findings(answers({}), window=("format:", "format:")) == {}


def test_the_headline_is_the_registered_association_where_window_and_recall_are_the_same(
    findings, protocol, cohort, activity
):
    told = answers({0: 0.5, -1: 0.5})
    found = findings(told)
    registered = validate_indicators(
        protocol(), cohort(STUDENTS, told), activity({f"s{i:02d}": list(row) for i, row in enumerate(LOUD)}), NO_MODEL
    )
    for claim in ("h1", "h2"):
        finding = found[f"validation.windows.{claim}"]
        assert finding.estimate.value == pytest.approx(registered[claim.upper()].estimate.value, abs=1e-9)
        assert finding.assumptions[0].holds
        assert (finding.hypothesis, finding.confirmatory) == (claim.upper(), False)


@pytest.mark.parametrize(
    ("follows", "where"),
    [
        ({0: 0.5, -1: 0.5}, "in the weeks the questionnaire asks about"),
        ({-2: 0.5, -3: 0.5}, "ends just before the recall period"),
        ({-4: 0.5, -5: 0.5}, "ends 2 weeks before the recall period"),
        ({1: 0.5, 2: 0.5}, "begins just after the questionnaire"),
    ],
    ids=["during", "just before", "two weeks before", "after"],
)
def test_an_association_is_found_where_in_time_it_was_planted(findings, follows, where):
    found = values(findings(answers(follows))["validation.windows.h2"])
    slopes = {what: estimate.value for what, estimate in found.items() if "same cells" not in what}
    assert max(slopes, key=slopes.get) == where
    assert found[where].lower > 0.3
    apart = [what for what in slopes if what != where and "1 week" not in what]  # a lag of one shares a week with it
    assert all(-0.4 < slopes[what] < 0.2 for what in apart)  # a student's mean holds the planted weeks: below zero


def test_rows_of_one_side_rest_on_the_same_students(findings):
    holes = LOUD.copy()
    holes[:30, :6] = np.nan
    told = {key: items for key, items in answers({0: 0.5}).items() if key[1] in (6, 8)}
    found = values(findings(told, counts=holes)["validation.windows.h1"])
    assert found["in the weeks the questionnaire asks about"].n == STUDENTS
    before = [estimate.n for what, estimate in found.items() if "before" in what and estimate]
    assert before == [STUDENTS - 30] * 4


def test_a_lag_that_the_term_does_not_hold_is_named_and_hides_no_other(findings):
    finding = findings(answers({0: 0.5}, waves=(2, 4)))["validation.windows.h1"]
    shown = values(finding)
    assert shown["ends just before the recall period"] is not None
    reasons = {row.keys["what"]: row.reason for row in finding.rows if row.estimate is None}
    assert set(reasons) == {"ends 1 week before the recall period", "ends 2 weeks before the recall period"}
    assert all(reason.startswith("fewer than 50 students") for reason in reasons.values())


def test_a_registered_window_that_reaches_beyond_the_recall_period_fails_the_assumption(findings):
    finding = findings(answers({0: 0.5}), window=("outcomes:", "validation: {lags: [0], window_weeks: 4}\noutcomes:"))[
        "validation.windows.h1"
    ]
    assert finding.assumptions[0].holds is False
    assert "reaches back beyond" in finding.assumptions[0].evidence
    assert "in the registered window" in values(finding)


def test_nobody_who_answered_is_no_association(findings):
    found = findings({})
    assert {f.verdict for f in found.values()} == {"not analysed"}
    assert found["validation.windows.h1"].reason == "the data hold no wellbeing instrument"


def test_the_lead_is_the_longest_at_which_activity_says_anything(findings):
    found = findings(answers({-4: 1.5}), LABEL, FROM_WELLBEING)["validation.lead_time"]
    rows = values(found)  # week 8 stands in the windows that end two weeks before week 11, and one week before it
    assert (found.estimate.value, found.estimate.upper, found.estimate.unit) == (2, 2, "weeks")
    assert rows["ends 2 weeks before the recall period"].upper < 0.5  # who is well had done more
    assert rows["ends just before the recall period"].lower < 0.5 < rows["ends just before the recall period"].upper
    assert rows["ends 1 week before the recall period"].level == pytest.approx(1 - 0.05 / 3)
    assert {estimate.n for estimate in rows.values()} == {STUDENTS}


def test_a_lead_can_not_be_told_where_nothing_was_planted(findings):
    found = findings(answers({0: 1.5}), LABEL, FROM_WELLBEING)["validation.lead_time"]
    assert (found.verdict, found.estimate) == ("inconclusive", None)
    assert found.reason == "at no lead does the interval exclude a coin's 0.5"


@pytest.mark.parametrize(
    ("told", "changes", "reason"),
    [
        ({}, (), "the study registers no label of yes and no"),
        ({}, (LABEL, ("label: low_mood", "label: left")), "the study registers no label of yes and no"),
        ({}, (LABEL, FROM_WELLBEING), "fewer than 10 students with either value of the label"),
    ],
    ids=["no model", "an event of the record", "nobody answered"],
)
def test_a_lead_without_a_label_is_not_analysed(findings, told, changes, reason):
    found = findings(told, *changes)["validation.lead_time"]
    assert found.verdict == "not analysed"
    assert found.reason.startswith(reason)
