"""Does activity come before how students are, or after? Lags within students, by the RI-CLPM."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from la_research.statistics.association import Panel
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.correlation import Correlation, residuals
from la_research.statistics.intervals import Floats
from la_research.statistics.lagged.maximum import Best, Misfit, best, misfit
from la_research.statistics.lagged.moments import Waves, start_of
from la_research.statistics.lagged.observed import Observed
from la_research.statistics.psychometrics.unfit import Unfit

LEAST_STUDENTS, LEAST_WAVES = 100, 3
"""Students with two answers or more, and waves, below which nothing is fitted.

With 150 students in six or four waves, or 200 in three, 95 % intervals of the two lags held what was planted in 91 to
96 of 100 of 200 draws, and up to 3 of 100 draws had no proper solution.
"""
IMPROPER = 1e-6
"""Least eigenvalue of a covariance, in the scale of series of variance 1, that a population could have."""
REASONS = {
    "not_converged": "the estimation did not settle: no lags fit these waves best",
    "not_identified": "these waves do not settle every part of the model",
}


@dataclass(frozen=True, slots=True)
class Lagged:
    """Lags from one wave to the next within students, in SD per SD, and what goes together in a wave and over all.

    Parameters
    ----------
    x_to_y, y_to_x
        What a departure of one series adds to the other's departure a wave later, given the other's own.
    difference
        The first less the second.
    x_to_x, y_to_y
        What a departure leaves of itself a wave later, given the other's.
    same_wave
        Correlation of what is fresh in the two series, over the second wave and later ones.
    between
        Correlation of the random intercepts.
    waves, students
        Waves, and students who answered at least once.
    misfit
        Test of the model against means and covariances without any; None where those can not be fitted.
    """

    x_to_y: Coefficient
    y_to_x: Coefficient
    difference: Coefficient
    x_to_x: Coefficient
    y_to_y: Coefficient
    same_wave: Correlation
    between: Correlation
    waves: int
    students: int
    misfit: Misfit | None


def cross_lagged(panel: Panel) -> Lagged:
    """Lags of the random intercept cross-lagged panel model, by maximum likelihood over every cell that is there.

    Effects of module, presentation and week are taken out first; a module-week with one cell of a series says
    nothing of it. What a student always has is their random intercept, so that a lag is of departures from it; see
    ``Waves`` for what is free. A departure's SD is the root of its variance's mean over the waves, the same for all
    four lags. Missing answers are missing at random given activity and the other answers. Standard errors are a
    sandwich of the observed information and of scores added up by student: they hold for departures that are not
    normal, and a student with two units counts once. Correlations have Fisher's interval.

    Departures from a student's own observed mean are never used: with them what a departure leaves of itself comes
    out too low by about (1 + lag) / (waves - 1), however many students there are, and the lags across with it
    (Nickell 1981).

    Parameters
    ----------
    panel
        Cells of the design; its covariates are not read.

    Raises
    ------
    Unfit
        ``few_waves``; ``unequal_waves`` (not equally far apart); ``few_rows`` (students with two answers);
        ``constant_item``; ``not_converged``; ``not_identified``; ``heywood``, ``not_positive_definite``
        and ``not_stationary``, where the best parameters are those of no population.

    References
    ----------
    Hamaker, Kuiper & Grasman (2015), doi:10.1037/a0038889; Mulder & Hamaker (2021),
    doi:10.1080/10705511.2020.1784738: lags held equal over waves. Nickell (1981), doi:10.2307/1911408. Yuan &
    Bentler (2000), doi:10.1111/0081-1750.00078: robust errors with missing cells.

    Examples
    --------
    >>> from la_research.seeds import stream
    >>> draw = stream(1, "statistics", "lagged", "example").normal
    >>> x, y = draw(size=(500, 1)) + draw(size=(500, 5)), draw(size=(500, 5))
    >>> y[:, 1:] += 0.5 * (x - x.mean(axis=1, keepdims=True))[:, :-1]
    >>> who, week = np.repeat(np.arange(500), 5), np.tile([2, 4, 6, 8, 10], 500)
    >>> found = cross_lagged(Panel(who, who, 0 * who, week, x.ravel(), y.ravel()))
    >>> found.x_to_y.interval(0.95)[0] > 0.3, abs(found.y_to_x.value) < 0.1
    (True, True)
    """
    rows, student, answered = _wide(panel)
    waves = rows.shape[1] // 2
    held = Observed.of(rows)
    found = _best(held, waves, student)
    _proper(Waves(found.values, waves))

    lags = [Coefficient(value, error, answered - 1, answered) for value, error in found.told(_lags(waves))]
    same_wave, between = (
        Correlation(value, error / (1 - value**2), answered) for value, error in found.told(_together(waves))
    )
    x_to_y, y_to_x, difference, x_to_x, y_to_y = lags
    tested = misfit(held, found, student)
    return Lagged(x_to_y, y_to_x, difference, x_to_x, y_to_y, same_wave, between, waves, answered, tested)


def _wide(panel: Panel) -> tuple[Floats, NDArray[np.intp], int]:
    """Units x (x, y of each wave), each of SD 1 and less its module-week's mean; codes of students; who answered."""
    weeks, wave = np.unique(panel.week, return_inverse=True)
    if len(weeks) < LEAST_WAVES:
        raise Unfit("few_waves", f"fewer than {LEAST_WAVES} waves: lags are not told from what a student always has")
    if len(set(np.diff(weeks))) > 1:
        raise Unfit("unequal_waves", "the waves are not equally far apart, so that one lag does not stand for all")
    _, unit = np.unique(panel.unit, return_inverse=True)
    _, group = np.unique(panel.group, return_inverse=True)
    made = np.full((unit.max() + 1, len(weeks), 2), np.nan)
    for series, column in enumerate((panel.x, panel.y)):
        made[unit, wave, series] = _centred(column, group * len(weeks) + wave)
    _, first = np.unique(unit, return_index=True)
    _, student = np.unique(panel.student[first], return_inverse=True)
    twice = np.unique(student[(~np.isnan(made[:, :, 1])).sum(axis=1) > 1]).size
    if twice < LEAST_STUDENTS:
        raise Unfit("few_rows", f"fewer than {LEAST_STUDENTS} students answered twice or more")
    spread = np.nanstd(made.reshape(-1, 2), axis=0)
    if not (np.abs(np.nan_to_num(made)).max(axis=0) > 1e-9 * spread).all():
        raise Unfit("constant_item", "in a wave there is no difference between students")
    return (made / spread).reshape(len(made), -1), student, panel.students


def _centred(values: Floats, stratum: NDArray[np.intp]) -> Floats:
    """Values less the mean of their stratum; missing where a stratum has no other."""
    there = ~np.isnan(values)
    left = np.full(len(values), np.nan)
    left[there] = residuals(values[there, None], stratum=stratum[there])[0][:, 0]
    left[np.bincount(stratum[there], minlength=stratum.max() + 1)[stratum] < 2] = np.nan
    return left


def _best(held: Observed, waves: int, student: NDArray[np.intp]) -> Best:
    """The parameters at the maximum, with a reason in the words of waves."""
    try:
        return best(held, lambda values: Waves(values, waves), start_of(waves), student)
    except Unfit as reason:
        raise Unfit(reason.word, REASONS[reason.word]) from None


def _proper(at: Waves) -> None:
    """Refuse parameters that no population could have."""
    spread = np.diag(at.intercepts)
    if (spread <= IMPROPER).any():
        raise Unfit("heywood", "what a student always has came out with no variance: it is not told from the lags")
    if np.linalg.eigvalsh(at.intercepts)[0] <= IMPROPER:
        raise Unfit("not_positive_definite", "what a student always has came out correlated by 1 or more")
    if (np.linalg.eigvalsh(at.fresh)[:, 0] <= IMPROPER).any():
        raise Unfit("heywood", "what is new in a wave came out with no variance: the model does not hold")
    if np.abs(np.linalg.eigvals(at.lag)).max() >= 1:
        raise Unfit("not_stationary", "the lags came out so large that departures would grow from wave to wave")


def _lags(waves: int) -> Callable[[Floats], Floats]:
    """Lags at some parameters, in SD per SD: y on x, x on y, their difference, x on x, y on y."""

    def found(values: Floats) -> Floats:
        at = Waves(values, waves)
        sd = np.sqrt(np.diag(at.within).reshape(-1, 2).mean(axis=0))
        (xx, xy), (yx, yy) = at.lag * sd / sd[:, None]
        return np.array([yx, xy, yx - xy, xx, yy])

    return found


def _together(waves: int) -> Callable[[Floats], Floats]:
    """Correlations at some parameters: of what is fresh after the first wave, and of the intercepts."""

    def found(values: Floats) -> Floats:
        at = Waves(values, waves)
        pair = np.array([at.fresh[1:].mean(axis=0), at.intercepts])
        return np.asarray(pair[:, 0, 1] / np.sqrt(pair[:, 0, 0] * pair[:, 1, 1]))

    return found
