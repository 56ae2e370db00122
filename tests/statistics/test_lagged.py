"""Lags within students: planted ones are found, a plain lag of departures is not trusted, bad waves have a reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from la_research.seeds import stream
from la_research.statistics.association import Panel
from la_research.statistics.lagged.cross_lagged import cross_lagged
from la_research.statistics.psychometrics.unfit import Unfit

LAG = np.array([[0.4, 0.1], [0.2, 0.3]])
"""Row arrives, column departs: y gets 0.2 of x, x gets 0.1 of y."""
LAGS = ("x_to_y", "y_to_x", "difference", "x_to_x", "y_to_y", "same_wave", "between")


def series(draw, n=500, waves=5, lag=LAG, usual=0.3, fresh=0.2):
    """Students x waves x (x, y): departures as spread in the first wave as in all later ones, and a usual level.

    ``usual`` is the correlation of the usual levels and ``fresh`` that of what is new in a wave, both of variance 1.
    """
    new = np.array([[1.0, fresh], [fresh, 1.0]])
    spread = np.linalg.solve(np.eye(4) - np.kron(lag, lag), new.ravel()).reshape(2, 2)
    made = np.empty((n, waves, 2))
    made[:, 0] = draw.multivariate_normal([0, 0], spread, size=n)
    for wave in range(1, waves):
        made[:, wave] = made[:, wave - 1] @ lag.T + draw.multivariate_normal([0, 0], new, size=n)
    made += draw.multivariate_normal([0, 0], [[1, usual], [usual, 1]], size=n)[:, None]
    return made, np.sqrt(np.diag(spread))


def panel(made, answered=None):
    """All cells of one module, asked every two weeks; ``answered`` says which y is there."""
    n, waves, _ = made.shape
    y = made[:, :, 1] if answered is None else np.where(answered, made[:, :, 1], np.nan)
    who, week = np.repeat(np.arange(n), waves), np.tile(2 * np.arange(1, waves + 1), n)
    return Panel(who, who, np.zeros(n * waves, dtype=int), week, made[:, :, 0].ravel(), y.ravel())


def drawn(*name, **changes):
    draw = stream(4, "tests", "lagged", *name)
    made, _ = series(draw, **changes)
    return panel(made, draw.random(made.shape[:2]) < 0.7)


def numbers(found):
    return [getattr(found, name).value for name in LAGS]


def test_planted_lags_are_covered_as_often_as_promised():
    """30 cohorts, four answers in ten missing; inside the 99.9 % band of 95 %, and without bias."""
    hits, away = dict.fromkeys(LAGS, 0), []
    for number in range(30):
        draw = stream(number, "tests", "lagged", "planted")
        made, sd = series(draw, waves=4)
        found = cross_lagged(panel(made, draw.random((500, 4)) < 0.6))
        (xx, xy), (yx, yy) = LAG * sd / sd[:, None]
        planted = dict(zip(LAGS, (yx, xy, yx - xy, xx, yy, 0.2, 0.3), strict=True))
        away.append([(getattr(found, name).value - planted[name]) for name in ("x_to_y", "y_to_x")])
        for name in LAGS:
            lower, upper = getattr(found, name).interval(0.95)
            hits[name] += lower <= planted[name] <= upper
    assert min(hits.values()) >= binom.ppf(0.001, 30, 0.95)
    bias, error = np.mean(away, axis=0), np.std(away, axis=0) / 30**0.5
    assert (np.abs(bias) < 3.3 * error).all()


def plain_lag(made):
    """Departures from each student's own mean on those of the wave before, by least squares: y's lags."""
    away = made - made.mean(axis=1, keepdims=True)
    before, after = away[:, :-1].reshape(-1, 2), away[:, 1:, 1].ravel()
    return np.linalg.lstsq(before, after, rcond=None)[0]


def test_a_plain_lag_of_departures_is_biased_where_this_one_is_not():
    """Four waves, 2,000 students, y keeps 0.6 of itself and gets nothing of x; more students do not help."""
    lag = np.array([[0.6, 0.0], [0.0, 0.6]])
    plain, ours = [], []
    for number in range(10):
        made, _ = series(stream(number, "tests", "lagged", "nickell"), n=2000, waves=4, lag=lag, fresh=0.5)
        plain.append(plain_lag(made))
        found = cross_lagged(panel(made))
        ours.append([found.x_to_y.value, found.y_to_y.value])
    error = np.std(ours, axis=0, ddof=1) / 10**0.5
    assert np.mean(ours, axis=0) == pytest.approx([0.0, 0.6], abs=4 * max(error))
    assert np.mean(plain, axis=0)[1] < 0.6 - 0.4


def test_answers_missing_by_what_was_answered_before_do_not_move_the_lags():
    draw = stream(5, "tests", "lagged", "at random")
    made, sd = series(draw, n=4000, waves=4)
    answered = np.ones((4000, 4), dtype=bool)
    answered[:, 1:] = draw.random((4000, 3)) < np.where(made[:, :1, 1] > 0, 0.9, 0.3)
    found = cross_lagged(panel(made, answered))
    assert found.x_to_y.value == pytest.approx(0.2 * sd[0] / sd[1], abs=3.3 * found.x_to_y.se)
    assert found.y_to_x.value == pytest.approx(0.1 * sd[1] / sd[0], abs=3.3 * found.y_to_x.se)


def test_a_student_on_two_units_counts_once():
    once = drawn("twice")
    twice = Panel(
        np.tile(once.student, 2), np.r_[once.unit, once.unit + 500], np.tile(once.group, 2), np.tile(once.week, 2),
        np.tile(once.x, 2), np.tile(once.y, 2),
    )  # fmt: skip
    one, two = cross_lagged(once), cross_lagged(twice)
    assert numbers(two) == pytest.approx(numbers(one), abs=1e-6)
    assert two.x_to_y.se == pytest.approx(one.x_to_y.se, rel=1e-5)
    assert two.x_to_y.n == one.x_to_y.n == once.students


def test_calendars_of_modules_and_units_of_measurement_explain_nothing():
    plain = replace(drawn("calendar"), group=np.repeat(np.arange(500) % 2, 5))
    calendar = stream(6, "tests", "lagged", "effects").normal(size=(2, 2, 11))
    moved = replace(
        plain,
        x=3 + 10 * plain.x + calendar[0, plain.group, plain.week],
        y=-(5 * plain.y) + calendar[1, plain.group, plain.week],
    )
    sign = np.array([-1, -1, -1, 1, 1, -1, -1])
    assert sign * numbers(cross_lagged(moved)) == pytest.approx(numbers(cross_lagged(plain)), abs=1e-5)


def test_a_model_that_holds_is_seldom_said_not_to_and_one_that_does_not_is():
    draw = stream(7, "tests", "lagged", "misfit")
    made, _ = series(draw, n=2000)
    assert cross_lagged(panel(made)).misfit.p > 0.01
    made[:, 4] = made[:, 3] + 0.1 * draw.normal(size=(2000, 2))  # the last wave only repeats the one before
    assert cross_lagged(panel(made)).misfit.p < 0.001


def one_more(lag):
    made = np.zeros((500, 4, 2))
    draw = stream(8, "tests", "lagged", "grows")
    for wave in range(4):
        made[:, wave] = lag * made[:, wave - 1] + draw.normal(size=(500, 2))
    return made + draw.normal(size=(500, 1, 2))


def apart():
    made = series(stream(9, "tests", "lagged", "apart"))[0]
    made -= 0.6 * made.mean(axis=1, keepdims=True)  # who was high once is low later: less than no level of their own
    return panel(made)


def level_once():
    made, _ = series(stream(9, "tests", "lagged", "level"))
    made[:, 2, 1] = 3.0
    return panel(made)


def alike():
    made, _ = series(stream(9, "tests", "lagged", "alike"))
    made[:, :, 1] = made[:, :, 0]
    return panel(made)


@pytest.mark.parametrize(
    "bad, words",
    [
        pytest.param(lambda: drawn("few", waves=2), ("few_waves",), id="two waves"),
        pytest.param(lambda: drawn("few", n=100), ("few_rows",), id="few who answered twice"),
        pytest.param(
            lambda: replace(drawn("uneven"), week=np.tile([2, 4, 6, 9, 11], 500)), ("unequal_waves",), id="unequal"
        ),
        pytest.param(level_once, ("constant_item",), id="a wave in which all say the same"),
        pytest.param(apart, ("heywood", "not_positive_definite"), id="nothing usual about a student"),
        pytest.param(lambda: panel(one_more(1.4)), ("not_stationary",), id="departures that grow"),
        pytest.param(
            alike, ("not_identified", "not_converged", "not_positive_definite"), id="one series twice"
        ),
        pytest.param(
            lambda: replace(drawn("silent"), y=np.full(2500, np.nan)), ("few_rows",), id="nobody answered"
        ),
    ],
)  # fmt: skip
def test_what_can_not_be_told_has_a_reason_instead_of_a_number(bad, words):
    with pytest.raises(Unfit) as caught:
        cross_lagged(bad())
    assert caught.value.word in words
