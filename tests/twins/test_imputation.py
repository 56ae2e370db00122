"""Filling in once more from the textbook: Rubin's rules, the multilevel model with whole matrices, weighted slopes."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from la_research.seeds import stream
from la_research.statistics.association import KINDS, Panel, associations
from la_research.statistics.cells import Cells
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.imputation import _Multilevel, imputed_answers, pooled
from la_research.statistics.repeated import Repeated


def drawn(students: int = 40, answered: float = 0.6) -> Panel:
    """Students of two modules over four waves, with a level and a slope of their own."""
    rng = stream(4, "twins", "imputation")
    unit, week = np.repeat(np.arange(students), 4), np.tile([2, 4, 6, 8], students)
    level, own = rng.normal(size=(2, students))
    x = rng.normal(size=unit.size) + rng.normal(size=students)[unit]
    y = 50 + 6 * level[unit] + (2 + 2 * own[unit]) * x + week + 4 * rng.normal(size=unit.size)
    return Panel(unit, unit, unit % 2, week, x, np.where(rng.random(unit.size) < answered, y, np.nan))


def test_pooling_follows_rubin_and_barnard():
    slopes = [Coefficient(value, se, 60, 62) for value, se in ((0.10, 0.04), (0.16, 0.05), (0.13, 0.03))]
    found = pooled(slopes)
    within, between = (0.04**2 + 0.05**2 + 0.03**2) / 3, ((0.10 - 0.13) ** 2 + (0.16 - 0.13) ** 2) / 2
    total = within + (1 + 1 / 3) * between
    share = (1 + 1 / 3) * between / total
    old, seen = (3 - 1) / share**2, (60 + 1) / (60 + 3) * 60 * (1 - share)
    df = old * seen / (old + seen)
    r = (1 + 1 / 3) * between / within
    assert (found.slope.value, found.slope.se) == pytest.approx((0.13, math.sqrt(total)))
    assert found.slope.df == pytest.approx(df)
    assert found.missing == pytest.approx((r + 2 / (df + 3)) / (r + 1))
    assert found.efficiency == pytest.approx(1 / (1 + found.missing / 3))


@pytest.mark.parametrize("shares", [(0.3, 0.1), (0.6, 0.02)])
def test_the_model_by_sums_is_the_model_with_whole_matrices(shares):
    panel = drawn()
    known = ~np.isnan(panel.y)
    stratum = Cells.of(panel).stratum
    model = _Multilevel.of(panel, np.empty((len(panel.y), 0)), stratum, known, np.full(len(known), True))
    fit = model._given(*shares)
    x = model.design.toarray()[known]
    y = (panel.y[known] - panel.y[known].mean()) / panel.y[known].std()
    same, d = panel.student[known][:, None] == panel.student[known][None, :], model.departure[known]
    level, slope = (share / (1 - share) for share in shares)
    v = np.eye(len(y)) + same * (level + slope * np.outer(d, d))
    prior = np.diag(np.r_[np.zeros(8), np.ones(2)])
    information = x.T @ np.linalg.solve(v, x) + prior
    best = np.linalg.solve(information, x.T @ np.linalg.solve(v, y))
    rest = y @ np.linalg.solve(v, y) - best @ information @ best
    log = -(np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1] + (len(y) - 8) * np.log(rest)) / 2
    assert fit.best == pytest.approx(best, abs=1e-9)
    assert (fit.rest, fit.log) == pytest.approx((rest, log))
    own = np.linalg.solve(v, y - x @ best)
    levels = np.array([level * own[panel.student[known] == student].sum() for student in range(40)])
    slopes = np.array([slope * (own * d)[panel.student[known] == student].sum() for student in range(40)])
    found = model._effects(fit.shrunk, fit.best, 0.0, stream(1, "twins", "still"))  # without error: as expected
    assert found[0] == pytest.approx(levels, abs=1e-9)
    assert found[1] == pytest.approx(slopes, abs=1e-9)


def test_what_was_answered_stays_and_the_same_seed_fills_in_the_same():
    panel = drawn()
    known = ~np.isnan(panel.y)
    one, two = (imputed_answers(panel, panel.x[:, None] ** 2, 5, stream(9, "twins", "fill")) for _ in range(2))
    assert np.array_equal(one, two)
    assert not np.isnan(one).any()
    assert (one[known] == panel.y[known, None]).all()
    assert (np.ptp(one[~known], axis=1) > 0).all()


def test_a_module_and_week_without_an_answer_keeps_none():
    panel = drawn()
    silent = (panel.group == 1) & (panel.week == 6)
    found = imputed_answers(replace(panel, y=np.where(silent, np.nan, panel.y)), np.empty((160, 0)), 5, stream(9, "t"))
    assert np.array_equal(np.isnan(found).all(axis=1), silent)


def test_slopes_of_many_answers_at_once_are_those_of_one_at_a_time():
    panel = drawn()
    rng = stream(4, "twins", "repeated")
    scores = np.where(np.isnan(panel.y)[:, None], np.nan, rng.normal(50, 10, (len(panel.y), 3)))
    found = Repeated(panel).slopes(scores)
    for j in range(3):
        one = associations(replace(panel, y=scores[:, j]))
        for kind in KINDS:
            assert found[kind][j].value == pytest.approx(one.of(kind).value, abs=1e-12)
            assert found[kind][j].se == pytest.approx(one.of(kind).se, rel=1e-9)
            assert (found[kind][j].df, found[kind][j].n) == (one.of(kind).df, one.of(kind).n)


def test_a_weight_counts_as_that_many_rows():
    panel = drawn(answered=1.0)
    twice = np.arange(len(panel.y)) % 3 == 0
    rows = np.r_[np.arange(len(panel.y)), np.flatnonzero(twice)]
    mean = np.array([panel.x[panel.unit == unit].mean() for unit in panel.unit])
    stratum = panel.group * 100 + panel.week
    dummies = (stratum[:, None] == np.unique(stratum)[None, :]).astype(float)
    design = np.column_stack([mean, panel.x - mean, dummies])

    def ratio(rows):
        slopes = np.linalg.lstsq(design[rows], panel.y[rows], rcond=None)[0]
        return slopes[0], slopes[1]

    plain, weighted = associations(panel), associations(replace(panel, weights=1.0 + twice))
    for place, kind in enumerate(KINDS):
        expected = ratio(rows)[place] / ratio(np.arange(len(panel.y)))[place]
        assert weighted.of(kind).value / plain.of(kind).value == pytest.approx(expected, rel=1e-9)


def test_equal_weights_change_neither_slope_nor_error():
    panel = drawn()
    plain, weighted = associations(panel), associations(replace(panel, weights=np.full(len(panel.y), 2.5)))
    for kind in KINDS:
        assert weighted.of(kind).value == pytest.approx(plain.of(kind).value, abs=1e-12)
        assert weighted.of(kind).se == pytest.approx(plain.of(kind).se, rel=1e-9)
