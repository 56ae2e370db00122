"""The associations against the textbook: dummies for every module-week, and leaving out one student at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from la_research.seeds import stream
from la_research.statistics.association import Answers, Panel, associations


def drawn(students: int = 60) -> Panel:
    """Students on one or two modules over four waves; about a third of the answers and some weeks are missing."""
    generator = stream(11, "twins", "association")
    enrolled = np.concatenate([np.arange(students), np.arange(0, students, 5)])
    trait, mood = generator.normal(size=(2, students))
    unit, week = np.repeat(np.arange(len(enrolled)), 4), np.tile([2, 4, 6, 8], len(enrolled))
    student, group = enrolled[unit], np.where(unit < students, unit % 3, (unit + 1) % 3)
    x = trait[student] + generator.normal(size=unit.size) + 0.1 * week
    y = 50 + 5 * mood[student] + 3 * trait[student] + 1.5 * x - week + 4 * generator.normal(size=unit.size)
    y[generator.random(unit.size) < 0.35] = np.nan
    seen = generator.random(unit.size) > 0.1
    return Panel(*(v[seen] for v in (student, unit, group, week, x, y)))


def textbook(panel: Panel) -> tuple[float, float]:
    """Least squares with a dummy for every module-week; spreads as residual errors on the same dummies."""

    def spread(values, labels):
        dummies = (labels[:, None] == np.unique(labels)[None, :]).astype(float)
        residual = values - dummies @ np.linalg.lstsq(dummies, values, rcond=None)[0]
        return np.sqrt((residual**2).sum() / (len(values) - dummies.shape[1]))

    units = np.unique(panel.unit)
    own = {unit: panel.x[panel.unit == unit].mean() for unit in units}
    mean = np.array([own[unit] for unit in panel.unit])
    module_week = panel.group * 100 + panel.week
    here = ~np.isnan(panel.y)
    dummies = (module_week[here, None] == np.unique(module_week[here])[None, :]).astype(float)
    design = np.column_stack([mean[here], (panel.x - mean)[here], dummies])
    slopes = np.linalg.lstsq(design, panel.y[here], rcond=None)[0][:2]
    group_of_unit = np.array([panel.group[panel.unit == unit][0] for unit in units])
    spread_between = spread(np.array([own[unit] for unit in units]), group_of_unit)
    spread_within = spread(panel.x - mean, module_week)
    noise = spread(panel.y[here], module_week[here])
    return slopes[0] * spread_between / noise, slopes[1] * spread_within / noise


def without(panel: Panel, student: int) -> Panel:
    keep = panel.student != student
    return Panel(*(v[keep] for v in (panel.student, panel.unit, panel.group, panel.week, panel.x, panel.y)))


@pytest.mark.parametrize("kind, place", [("between", 0), ("within", 1)])
def test_slopes_equal_least_squares_with_dummies(kind, place):
    panel = drawn()
    assert associations(panel).of(kind).value == pytest.approx(textbook(panel)[place], abs=1e-9)


@pytest.mark.parametrize("kind, place", [("between", 0), ("within", 1)])
def test_standard_errors_agree_with_leaving_out_one_student_at_a_time(kind, place):
    panel = drawn(students=400)
    who = np.unique(panel.student)
    left_out = np.array([associations(without(panel, student)).of(kind).value for student in who])
    jackknife = np.sqrt((len(who) - 1) / len(who) * ((left_out - left_out.mean()) ** 2).sum())
    assert associations(panel).of(kind).se == pytest.approx(jackknife, rel=0.03)


@pytest.mark.parametrize("students", [15, 60])
def test_what_a_student_adds_to_the_slopes_is_what_leaving_the_student_out_takes_away(students):
    panel = drawn(students)
    here = ~np.isnan(panel.y)
    means = {unit: panel.x[panel.unit == unit].mean() for unit in np.unique(panel.unit)}
    mean = np.array([means[unit] for unit in panel.unit])
    columns, score = np.column_stack([mean, panel.x - mean])[here], panel.y[here]
    stratum = np.unique(panel.group * 100 + panel.week, return_inverse=True)[1][here]
    who, group = panel.student[here], panel.group[here]

    def slopes(rows):
        dummies = (stratum[rows, None] == np.unique(stratum[rows])[None, :]).astype(float)
        return np.linalg.lstsq(np.column_stack([columns[rows], dummies]), score[rows], rcond=None)[0][:2]

    means_of_score = np.array([score[stratum == s].mean() if (stratum == s).any() else 0 for s in range(12)])
    answers = Answers(score - means_of_score[stratum], columns, stratum, who, group)
    fitted, added = answers.fit(columns, students)
    everyone = slopes(np.full(len(who), True))
    assert fitted == pytest.approx(everyone, abs=1e-9)
    for student in np.unique(who):
        assert added[student] == pytest.approx(everyone - slopes(who != student), abs=1e-9)


def test_rows_in_another_order_give_the_same_slopes():
    panel = drawn()
    order = stream(1, "twins", "order").permutation(len(panel.x))
    turned = Panel(*(v[order] for v in (panel.student, panel.unit, panel.group, panel.week, panel.x, panel.y)))
    for kind in ("between", "within"):
        assert associations(turned).of(kind).value == pytest.approx(associations(panel).of(kind).value, abs=1e-12)


def test_covariates_stand_beside_both_slopes_as_in_least_squares():
    panel = drawn()
    given = stream(11, "twins", "given").normal(size=(len(panel.y), 2)) + panel.x[:, None]
    found, plain, here = associations(replace(panel, covariates=given)), associations(panel), ~np.isnan(panel.y)
    own = {unit: panel.x[panel.unit == unit].mean() for unit in np.unique(panel.unit)}
    mean = np.array([own[unit] for unit in panel.unit])
    module_week = panel.group * 100 + panel.week
    dummies = (module_week[here, None] == np.unique(module_week[here])[None, :]).astype(float)
    bare = [np.column_stack([mean, panel.x - mean])[here], dummies]
    alone, beside = (
        np.linalg.lstsq(np.column_stack(columns), panel.y[here], rcond=None)[0][:2]
        for columns in (bare, [*bare, given[here]])
    )
    for kind, ratio in zip(("between", "within"), beside / alone, strict=True):
        assert found.of(kind).value / plain.of(kind).value == pytest.approx(ratio, rel=1e-9)
        assert found.of(kind).df == plain.of(kind).df - 2


def test_a_covariate_that_is_the_indicator_leaves_neither_slope():
    panel = drawn()
    found = associations(replace(panel, covariates=panel.x[:, None]))
    assert found.slopes == {}
    assert set(found.reasons.values()) == {"the covariates can not be told apart from the indicator"}
