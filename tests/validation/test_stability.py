"""Reliability of indicators, agreement of sources, and corrected associations, on studies small enough to check."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from la_research.cohort import Cohort
from la_research.models import Predictions
from la_research.seeds import stream
from la_research.statistics.stability import split_half
from la_research.statistics.weeks import log_scale
from la_research.validation import validate_indicators
from la_research.validation.ground import Ground
from la_research.validation.stability import stability_findings
from tests.validation.conftest import table

NO_MODEL = Predictions(pd.DataFrame(), {}, reason="the study registers no model")
ASKED = ("outcomes:", "validation: {stability: true}\noutcomes:")
WEEK_ALONE = ("outcomes:", "validation: {stability: true, window_weeks: 1}\noutcomes:")
STUDENTS, WEEKS = 80, 6


@pytest.fixture
def counts():
    rng = stream(4, "tests", "stability findings")
    spell = np.repeat(rng.normal(size=(STUDENTS, WEEKS // 2)), 2, axis=1)  # two weeks at a time are alike
    return np.round(np.exp(2 + rng.normal(size=(STUDENTS, 1)) + spell + 0.7 * rng.normal(size=(STUDENTS, WEEKS))))


@pytest.fixture
def answers(counts):
    rng = stream(5, "tests", "stability findings")
    level = np.log1p(counts)
    return {
        (f"s{i:02d}", week): np.clip(
            np.round(level[i, week - 2 : week].mean() + 0.5 * rng.normal(size=5) + rng.normal()), 0, 5
        )
        .astype(int)
        .tolist()
        for i in range(STUDENTS)
        for week in (2, 4, 6)
    }


def weeks_of(counts) -> dict[str, list[float | None]]:
    return {f"s{i:02d}": list(row) for i, row in enumerate(counts)}


def found(protocol, cohort, indicators) -> dict:
    return {finding.id: finding for finding in stability_findings(Ground(protocol, cohort, indicators, NO_MODEL))}


def by_what(finding) -> dict:
    return {row.keys["what"]: row for row in finding.rows}


def test_what_is_not_asked_is_not_answered(protocol, cohort, activity, counts):
    assert found(protocol(), cohort(STUDENTS, {}), activity(weeks_of(counts))) == {}


def test_the_headline_is_the_split_week_reliability_on_the_scale_of_the_associations(
    protocol, cohort, activity, counts
):
    finding = found(protocol(ASKED), cohort(STUDENTS, {}), activity(weeks_of(counts)))[
        "validation.stability.weekly_activity"
    ]
    logs = log_scale(counts)
    logs -= logs.mean(axis=0)
    expected = split_half(logs, np.zeros(STUDENTS), np.arange(STUDENTS))
    assert finding.verdict == "described"
    assert finding.estimate.value == pytest.approx(expected.value)
    assert (finding.estimate.lower, finding.estimate.upper) == pytest.approx(expected.interval(0.95))
    assert finding.estimate.n == STUDENTS
    assert finding.assumptions[0].holds


def test_an_indicator_that_was_not_observed_or_does_not_vary_is_not_analysed(protocol, cohort, activity, counts):
    made = cohort(STUDENTS, {})
    constant = found(protocol(ASKED), made, activity(weeks_of(np.full((STUDENTS, WEEKS), 7.0))))
    assert constant["validation.stability.weekly_activity"].verdict == "not analysed"
    assert "does not vary" in constant["validation.stability.weekly_activity"].reason
    assert constant["validation.stability.active_days"].reason == "it was not observed"
    few = found(protocol(ASKED), made, activity(dict(list(weeks_of(counts).items())[:40])))
    assert few["validation.stability.weekly_activity"].reason.startswith("fewer than 50 students")


def test_weeks_that_look_at_earlier_weeks_say_so(protocol, cohort, activity, counts):
    changed = protocol(ASKED, ("active_days: {}", "regularity: {}"))
    finding = found(changed, cohort(STUDENTS, {}), activity(weeks_of(counts), "regularity"))[
        "validation.stability.regularity"
    ]
    assert finding.assumptions[0].holds is False
    assert (finding.verdict, finding.estimate) == ("not analysed", None)
    assert finding.reason == "its weeks share their windows, so how alike they are comes from how it is made"
    assert by_what(finding)["one week beside the next"].estimate is not None


def test_an_indicator_whose_weeks_share_their_windows_is_not_corrected_for(protocol, cohort, activity, counts, answers):
    changed = protocol(ASKED, ("active_days: {}", "regularity: {}"), ("kind: between, indicator: weekly_activity",
        "kind: between, indicator: regularity"))  # fmt: skip
    findings = found(changed, cohort(STUDENTS, answers), activity(weeks_of(counts), "regularity"))
    finding = findings["validation.disattenuated.h1"]
    rows = by_what(finding)
    assert finding.verdict == "not analysed"
    assert finding.reason.startswith("its weeks share their windows")
    assert finding.assumptions[0].holds is False
    assert rows["corrected for both"].reason == "it is not known how reliable a side is"
    assert rows["corrected for the questionnaire"].estimate is not None


def test_corrected_associations_are_the_registered_one_by_the_reliabilities_shown(
    protocol, cohort, activity, counts, answers
):
    made, indicators = cohort(STUDENTS, answers), activity(weeks_of(counts))
    registered = validate_indicators(protocol(), made, indicators, NO_MODEL)
    for claim in ("h1", "h2"):
        rows = by_what(found(protocol(ASKED), made, indicators)[f"validation.disattenuated.{claim}"])
        value = {what: row.estimate.value for what, row in rows.items() if row.estimate}
        assert value["observed"] == pytest.approx(registered[claim.upper()].estimate.value)
        indicator, score = value["reliability of the indicator"], value["reliability of the questionnaire"]
        assert value["corrected for the indicator"] == pytest.approx(value["observed"] / math.sqrt(indicator))
        assert value["corrected for the questionnaire"] == pytest.approx(value["observed"] / math.sqrt(score))
        assert value["corrected for both"] == pytest.approx(value["observed"] / math.sqrt(indicator * score))
    change = value["reliability of change in the questionnaire"]
    assert change < score
    assert value["correlation of changes, corrected for both"] == pytest.approx(
        value["correlation of changes, observed"] / math.sqrt(indicator * change)
    )


def test_one_week_has_no_parts_and_its_change_can_not_be_corrected(protocol, cohort, activity, counts, answers):
    finding = found(protocol(WEEK_ALONE), cohort(STUDENTS, answers), activity(weeks_of(counts)))[
        "validation.disattenuated.h2"
    ]
    rows = by_what(finding)
    assert finding.verdict == "not analysed"
    assert "one part only" in finding.reason
    assert rows["observed"].estimate is not None
    assert rows["corrected for the questionnaire"].estimate is not None
    assert rows["corrected for the indicator"].estimate is None


def test_parts_that_are_chance_alone_correct_nothing(protocol, cohort, activity, answers):
    noise = np.round(stream(6, "tests", "stability findings").exponential(20, size=(STUDENTS, WEEKS)))
    finding = found(protocol(ASKED), cohort(STUDENTS, answers), activity(weeks_of(noise)))[
        "validation.disattenuated.h1"
    ]
    assert finding.verdict == "not analysed"
    assert finding.reason == "a reliability may be zero: nothing is known of what a corrected association would be"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda answers: {}, "the data hold no wellbeing instrument"),
        (lambda answers: dict(list(answers.items())[:60]), "fewer than 50 students answered WHO-5"),
        (lambda answers: dict.fromkeys(answers, [3] * 5), "the answers do not vary within a module and week"),
        (lambda answers: {k: [3, *v[1:]] for k, v in answers.items()}, "item 1 has the same answer in every row"),
    ],
    ids=["nobody", "few", "all alike", "a constant item"],
)
def test_answers_that_do_not_carry_a_correction_are_named(protocol, cohort, activity, counts, answers, change, reason):
    made = cohort(STUDENTS, change(answers))
    finding = found(protocol(ASKED), made, activity(weeks_of(counts)))["validation.disattenuated.h1"]
    assert (finding.verdict, finding.reason) == ("not analysed", reason)


@pytest.fixture
def campus(protocol, cohort):
    """Two sources over two weeks: the library saw half of the students silent in week 2, and does not concern s00."""

    def made(*sources: str) -> tuple:
        ids = [f"s{i:02d}" for i in range(60)]
        actions = [
            (f"{name}-ART", week, source, 1 + i % 5 + week, 1, 60)
            for i, name in enumerate(ids)
            for week in (1, 2)
            for source in ("vle", "library")
            if not (source == "library" and (name == "s00" or (week == 2 and i % 2)))
        ]
        feeds = [("ART", "2025A", source, 1, 14) for source in sources]
        parts = {
            "activity": pd.DataFrame(
                actions, columns=["enrolment_id", "week", "source", "count", "active_days", "seconds"]
            ),
            "feeds": pd.DataFrame(feeds, columns=["module", "presentation", "source", "first_day", "last_day"]),
            "applicability": pd.DataFrame(
                [("s00-ART", "library", False)], columns=["enrolment_id", "source", "applies"]
            ),
        }
        held = cohort(60, {})
        tables = {name: held.arrow(name) for name in ("enrolments", "calendar", "responses")}
        tables |= {name: table(name, frame) for name, frame in parts.items()}
        return protocol(ASKED, ("{vle: {}}", "{vle: {}, library: {}}")), Cohort(tables, held.provenance, "")

    return made


def test_a_source_is_silent_where_it_was_recorded_and_saw_nothing(campus, activity):
    study, made = campus("vle", "library")
    finding = found(study, made, activity({"s00": [1.0]}))["validation.sources.agreement"]
    alone = {row.keys["source"]: row for row in finding.rows if row.keys["what"] == "silent while another is not"}
    assert alone["library"].estimate.value == pytest.approx(30 / (59 * 2))  # s00 is never silent there
    assert alone["library"].estimate.n == 59
    assert alone["vle"].estimate.value == 0
    between = next(row for row in finding.rows if row.keys["what"] == "between students")
    assert (between.keys["source"], between.estimate.n) == ("vle and library", 59)


def test_a_source_without_a_feed_is_left_out_and_not_silent(campus, activity):
    study, made = campus("vle")
    finding = found(study, made, activity({"s00": [1.0]}))["validation.sources.agreement"]
    assert (finding.verdict, finding.reason) == ("not analysed", "fewer than two sources of activity were recorded")
