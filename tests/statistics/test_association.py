"""What the associations promise: calendars explain nothing, missing answers move no mean, silence has a reason."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from la_research.seeds import stream
from la_research.statistics.association import Panel, associations
from la_research.statistics.coefficient import Coefficient


def panel(unit, week, x, y, student=None, group=None) -> Panel:
    unit = np.array(unit)
    return Panel(
        unit if student is None else np.array(student),
        unit,
        np.zeros(len(unit), dtype=int) if group is None else np.array(group),
        np.array(week),
        np.array(x, dtype=float),
        np.array(y, dtype=float),
    )


def test_slopes_are_worked_by_hand_in_standard_deviations():
    # own means 1, 3, 5; departures -1, 0, 1 in week 2 and 1, 0, -1 in week 4; scores are 2 * mean + 1 * departure
    found = associations(panel([1, 1, 2, 2, 3, 3], [2, 4] * 3, [0, 2, 3, 3, 6, 4], [1, 3, 6, 6, 11, 9]))
    # each spread is divided by its rows less the means taken out: six cells, two weeks; three students, one module
    spread_of_scores = np.sqrt((5**2 + 0 + 5**2 + 3**2 + 0 + 3**2) / (6 - 2))
    assert found.of("between").value == pytest.approx(2 * np.sqrt((4 + 0 + 4) / (3 - 1)) / spread_of_scores)
    assert found.of("within").value == pytest.approx(1 * np.sqrt(4 / (6 - 2)) / spread_of_scores)
    assert found.of("between").df == 3 - 1 - 1
    assert found.of("between").se == pytest.approx(0, abs=1e-12)


def test_a_common_calendar_is_no_association():
    # everyone does more and feels worse in week 4: alike for all, so that nothing is left to explain
    mean, calm = np.array([1.0, 2.0, 3.0, 4.0]), np.array([60.0, 55.0, 61.0, 58.0])
    unit, week = np.repeat(range(4), 2), np.tile([2, 4], 4)
    found = associations(panel(unit, week, mean[unit] + 5 * (week == 4), calm[unit] - 20 * (week == 4)))
    assert "within" not in found.slopes
    assert found.reasons["within"].startswith("the indicator does not vary within students")
    plain = associations(panel(unit, week, mean[unit] + 0.0 * week, calm[unit]))
    assert found.of("between").value == pytest.approx(plain.of("between").value)


def test_a_missing_answer_leaves_the_own_mean_of_the_student_as_it_was():
    x = [0, 4, 1, 1, 5, 3, 2, 8]
    y = np.array([1.0, 3.0, 6.0, 6.5, 11.0, 9.0, 4.0, 5.0])
    unit, week = [1, 1, 2, 2, 3, 3, 4, 4], [2, 4] * 4
    gone = y.copy()
    gone[0] = np.nan
    found = associations(panel(unit, week, x, gone))
    kept = np.array([False] + [True] * 7)
    means = np.repeat([2.0, 1.0, 4.0, 5.0], 2)
    stratum = np.array(week)[kept, None] == np.array([2, 4])[None, :]
    design = np.column_stack([means[kept], (np.array(x) - means)[kept], stratum])
    slope = np.linalg.lstsq(design, y[kept], rcond=None)[0][0]
    residual = y[kept] - stratum @ [y[kept][stratum[:, k]].mean() for k in (0, 1)]
    spread = np.sqrt(((np.array([2.0, 1.0, 4.0, 5.0]) - 3) ** 2).sum() / (4 - 1))
    noise = np.sqrt((residual**2).sum() / (7 - 2))
    assert found.of("between").value == pytest.approx(slope * spread / noise)
    assert found.of("between").n == 4


def test_one_week_each_speaks_for_between_alone():
    found = associations(panel([1, 2, 3, 4], [2] * 4, [1, 2, 3, 4], [1, 3, 2, 5]))
    assert found.of("between").value == pytest.approx(stats.pearsonr([1, 2, 3, 4], [1, 3, 2, 5]).statistic)
    assert found.reasons == {
        "within": "each student was observed in only one week in which the questionnaire was asked"
    }


@pytest.mark.parametrize(
    "x, y, words",
    [
        ([3.0] * 6, [1, 2, 3, 4, 5, 6], "does not vary between students"),
        ([1, 2, 3, 4, 5, 6], [7.0] * 6, "the answers do not vary"),
        ([1, 2, 3, 4, 5, 6], [np.nan] * 6, "the answers do not vary"),
        ([], [], "the answers do not vary"),
    ],
)
def test_what_can_not_be_estimated_has_a_reason(x, y, words):
    found = associations(panel([1, 1, 2, 2, 3, 3][: len(x)], [2, 4, 2, 4, 2, 4][: len(x)], x, y))
    assert found.slopes == {}
    assert words in found.reasons["between"]


def test_a_bent_line_is_noticed_and_a_straight_one_is_not():
    generator = stream(2, "tests", "bent")
    unit, week = np.repeat(np.arange(200), 3), np.tile([2, 4, 6], 200)
    x = generator.normal(size=200)[unit] + generator.normal(size=600)
    noise = generator.normal(size=600)
    assert associations(panel(unit, week, x, x + noise)).curvature["within"] > 0.05
    assert associations(panel(unit, week, x, x + x**2 + noise)).curvature["within"] < 0.001


def test_several_enrolments_of_a_student_are_one_student():
    generator = stream(4, "tests", "twice")
    x, y = generator.normal(size=(2, 40, 2))
    unit, week = np.repeat(np.arange(40), 2), np.tile([2, 4], 40)
    once = associations(panel(unit, week, x.ravel(), y.ravel()))
    twice = associations(
        panel(
            np.concatenate([unit, unit + 40]), np.tile(week, 2), np.tile(x.ravel(), 2), np.tile(y.ravel(), 2),
            student=np.tile(unit, 2), group=np.repeat([0, 1], 80),
        )
    )  # fmt: skip
    for kind in ("between", "within"):
        assert twice.of(kind).se == pytest.approx(once.of(kind).se)
        assert twice.of(kind).n == 40


def test_intervals_cover_what_was_planted_at_their_rate():
    """Score = 3 * own mean + 1 * departure + student + noise over three waves; 400 draws of 150 students."""
    covered = {"between": 0, "within": 0}
    scale = np.sqrt(9 * (1 + 1 / 3) + 2 / 3 + 4 + 9)  # SD of the score: mean, departure, student, noise
    planted = {"between": 3 * np.sqrt(1 + 1 / 3) / scale, "within": 1 * np.sqrt(2 / 3) / scale}
    unit, week = np.repeat(np.arange(150), 3), np.tile([2, 4, 6], 150)
    for number in range(400):
        generator = stream(number, "tests", "coverage")
        trait, student = generator.normal(size=(2, 150))
        x = trait[unit] + generator.normal(size=450)
        mean = np.bincount(unit, x)[unit] / 3
        y = 3 * mean + (x - mean) + 2 * student[unit] + 3 * generator.normal(size=450) + 4 * week
        y[generator.random(450) < 0.3] = np.nan
        found = associations(panel(unit, week, x, y))
        for kind, value in planted.items():
            lower, upper = found.of(kind).interval(0.95)
            covered[kind] += lower <= value <= upper
    low, high = stats.binom.ppf([0.0005, 0.9995], 400, 0.95)
    assert all(low <= count <= high for count in covered.values()), covered


def test_a_coefficient_without_error_is_certain_and_zero_is_not_significant():
    assert Coefficient(1.0, 0.0, 9, 10).p == 0.0
    assert Coefficient(0.0, 0.0, 9, 10).p == 1.0
