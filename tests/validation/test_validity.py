"""Registered associations: which cells they rest on, and what is said when they can not be answered."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from la_research.models import Predictions
from la_research.seeds import stream
from la_research.statistics.association import Panel, associations
from la_research.validation import validate_indicators
from la_research.validation.panel import panel_of

NO_MODEL = Predictions(pd.DataFrame(), {}, reason="the study registers no model")
NO_INSTRUMENT = "the data hold no wellbeing instrument"


def campus(cohort, activity, students: int = 60, waves: tuple[int, ...] = (2, 4, 6)):
    """Students whose items rise with what they did in the two weeks before, and the panel they make."""
    generator = stream(6, "tests", "validity")
    actions = np.round(np.exp(2 + generator.normal(size=(students, 6)) + generator.normal(size=(students, 1))))
    answers, cells = {}, []
    for i in range(students):
        for week in waves:
            x = np.log1p(actions[i, week - 2 : week]).mean()
            level = int(np.clip(round(x + generator.normal()), 0, 5))
            answers[f"s{i:02d}", week] = [level] * 5
            cells.append((i, week, x, 20.0 * level))
    made = cohort(students, answers)
    return made, activity({f"s{i:02d}": list(actions[i]) for i in range(students)}), np.array(cells).T


def test_findings_carry_the_slopes_of_the_panel(protocol, cohort, activity):
    made, indicators, (unit, week, x, y) = campus(cohort, activity)
    found = validate_indicators(protocol(), made, indicators, NO_MODEL)
    expected = associations(Panel(unit, unit, np.zeros(len(unit)), week, x, y))
    for hypothesis, kind in (("H1", "between"), ("H2", "within")):
        finding = found[hypothesis]
        assert finding.id == f"validation.{kind}.{hypothesis.lower()}"
        assert finding.confirmatory
        assert finding.estimate.value == pytest.approx(expected.of(kind).value, abs=1e-9)
        assert (finding.estimate.unit, finding.estimate.n) == ("SD per SD", 60)
        plain = finding.rows[0]
        assert plain.keys == {"what": "plain 95 % interval"}
        assert (plain.estimate.lower, plain.estimate.upper) == pytest.approx(expected.of(kind).interval(0.95))


def test_intervals_are_shown_at_the_level_that_holm_reached(protocol, cohort, activity):
    made, indicators, _ = campus(cohort, activity)
    found = validate_indicators(protocol(), made, indicators, NO_MODEL)
    assert sorted(found[name].estimate.level for name in ("H1", "H2")) == [1 - 0.05, 1 - 0.05 / 2]
    apart = protocol(("kind: within,", "kind: within, family: other,"))
    found = validate_indicators(apart, made, indicators, NO_MODEL)
    assert [found[name].estimate.level for name in ("H1", "H2")] == [0.95, 0.95]


def test_a_low_mood_questionnaire_keeps_its_sign_and_says_so_in_the_question(protocol, cohort, activity):
    made, indicators, _ = campus(cohort, activity)
    study = protocol(("outcome: wellbeing, direction: positive, smallest_effect: 0.05}\n  - {id: H2",
                      "outcome: low_mood, direction: negative, smallest_effect: 0.05}\n  - {id: H2"))  # fmt: skip
    finding = validate_indicators(study, made, indicators, NO_MODEL)["H1"]
    assert "more low mood (PHQ-8)" in finding.question
    assert finding.reason == "fewer than 10 students answered PHQ-8 in a week with data"


def test_cells_need_every_week_of_the_window_and_silence_is_a_zero(protocol, cohort, activity):
    answers = {("s00", 1): [3] * 5, ("s00", 2): [3] * 5, ("s01", 4): [2] * 5, ("s02", 4): [1] * 4}
    weeks = {
        "s00": [0.0, 0.0, 3.0, 5.0],
        "s01": [1.0, None, 0.0, 0.0],
        "s02": [1.0, 1.0, None, 4.0],
    }
    panel = panel_of(protocol(), cohort(3, answers), activity(weeks), "weekly_activity", "WHO-5")
    # asked in weeks 1, 2 and 4; week 1 has no week before it; s01 lacks week 2, s02 lacks week 3
    assert list(zip(panel.unit, panel.week, strict=True)) == [(0, 2), (0, 4), (1, 4), (2, 2)]
    assert panel.x == pytest.approx([0.0, (np.log(4) + np.log(6)) / 2, 0.0, np.log(2)])
    assert panel.y[[0, 2]].tolist() == [5 * 3 * 4.0, 5 * 2 * 4.0]
    assert np.isnan(panel.y[[1, 3]]).all()
    assert (panel.students, panel.answered) == (2, 2)


def test_a_questionnaire_answered_in_part_is_asked_but_not_answered(protocol, cohort, activity):
    answers = {("s00", 4): [3] * 5, ("s01", 4): [3] * 4}
    panel = panel_of(
        protocol(), cohort(2, answers), activity({"s00": [1.0] * 4, "s01": [1.0] * 4}), "weekly_activity", "WHO-5"
    )
    assert panel.y[0] == 60.0
    assert np.isnan(panel.y[1])


def test_without_a_questionnaire_every_hypothesis_is_not_analysed(protocol, cohort, activity):
    found = validate_indicators(protocol(), cohort(20, {}), activity({"s00": [1.0] * 6}), NO_MODEL)
    for key in ("H1", "H2", "validation.wellbeing"):
        assert (found[key].verdict, found[key].reason) == ("not analysed", NO_INSTRUMENT)
    assert found["H1"].confirmatory


def test_below_fifty_students_chance_is_not_told_from_an_association(protocol, cohort, activity):
    made, indicators, _ = campus(cohort, activity, students=49)
    finding = validate_indicators(protocol(), made, indicators, NO_MODEL)["H1"]
    assert (finding.verdict, finding.estimate, finding.confirmatory) == ("not analysed", None, True)
    assert finding.reason == "fewer than 50 students answered WHO-5: chance would be taken for an association"
    made, indicators, _ = campus(cohort, activity, students=50)
    assert validate_indicators(protocol(), made, indicators, NO_MODEL)["H1"].estimate.n == 50


@pytest.mark.parametrize("modules, waves", [(6, 6), (1, 2)])
def test_chance_is_seldom_taken_for_an_association_at_the_floor(modules, waves):
    """Nothing planted, 50 students who each answer 6 times in 10; 400 draws rejected at 5 %, or up to 7 %."""
    unit, week = np.repeat(np.arange(50), waves), np.tile(np.arange(waves), 50)
    rejected = {"between": 0, "within": 0}
    for number in range(400):
        generator = stream(number, "tests", "floor", modules)
        trait, mood = generator.normal(size=(2, 50))
        x, y = trait[unit] + generator.normal(size=unit.size), mood[unit] + generator.normal(size=unit.size)
        silent = generator.random(unit.size) > 0.6
        silent[week == generator.integers(waves, size=50)[unit]] = False
        found = associations(Panel(unit, unit, unit % modules, week, x, np.where(silent, np.nan, y)))
        for kind in rejected:
            rejected[kind] += found.of(kind).p < 0.05
    assert max(rejected.values()) <= stats.binom.ppf(0.9995, 400, 0.07), rejected


def test_too_few_students_are_not_analysed(protocol, cohort, activity):
    made, indicators, _ = campus(cohort, activity, students=9)
    finding = validate_indicators(protocol(), made, indicators, NO_MODEL)["H2"]
    assert (finding.verdict, finding.estimate) == ("not analysed", None)
    assert finding.reason == "fewer than 10 students answered WHO-5 in a week with data"


def test_a_single_wave_says_nothing_of_the_weeks_of_a_student(protocol, cohort, activity):
    made, indicators, _ = campus(cohort, activity, waves=(4,))
    found = validate_indicators(protocol(), made, indicators, NO_MODEL)
    assert found["H1"].estimate is not None
    assert found["H1"].estimate.level == 1 - 0.05 / 2  # the family still counts the one that could not be answered
    assert "only one week" in found["H2"].reason


def test_an_indicator_that_never_varies_is_named(protocol, cohort, activity):
    made, _, _ = campus(cohort, activity)
    still = activity({f"s{i:02d}": [4.0] * 6 for i in range(60)})
    assert "does not vary between students" in validate_indicators(protocol(), made, still, NO_MODEL)["H1"].reason


def test_an_event_is_no_questionnaire(protocol, cohort, activity):
    made, indicators, _ = campus(cohort, activity)
    study = protocol(
        (
            "kind: within, indicator: weekly_activity, outcome: wellbeing",
            "kind: within, indicator: weekly_activity, outcome: left",
        )
    )
    assert "event of the record" in validate_indicators(study, made, indicators, NO_MODEL)["H2"].reason


def test_the_response_rate_stands_beside_the_assumption_that_can_not_be_checked(protocol, cohort, activity):
    made, indicators, _ = campus(cohort, activity)
    first = validate_indicators(protocol(), made, indicators, NO_MODEL)["H1"].assumptions[0]
    assert first.holds is None
    assert first.evidence.startswith("100.0 % of the questionnaires asked were answered in full")
