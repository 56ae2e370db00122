"""Answers that are not there, drawn from what is known of the student; and what many such draws say together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import cho_solve, solve_triangular

from la_research.statistics.cells import Cells, Codes, Panel, codes
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.intervals import Floats

Bools = NDArray[np.bool_]
GRID, ROUNDS = 7, 4
"""Shares of variance at which the posterior is worked out, along each of two axes; each round looks closer."""


def imputed_answers(panel: Panel, beside: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Completed scores (cells, draws): answers as they are, and each answer that is missing drawn anew.

    The model is that of ``associations``, with what that leaves to the error taken apart: an effect of every module
    and week, the unit's mean of the indicator and the week's departure from it, the columns ``beside``, a level of
    the student, by which answers in other weeks count, a slope of the student on the departure, as some do more when
    they are well and others less, and an error. Level and slope are independent. Every draw has parameters of its
    own, from their posterior: the shares of variance of level and slope from a grid (flat prior), the variance given
    them (prior 1 / variance), the coefficients given all. Effects of module and week have a flat prior, the others,
    for columns in SD, one worth a single answer: columns that can not be told apart do not run away.

    Answers are taken for normal and are neither rounded nor cut at the ends of the scale, as von Hippel advises. A
    module and week without any answer keeps none.

    Parameters
    ----------
    panel
        A student stands once in a week; ``y`` holds at least three answers more than there are modules and weeks.
    beside
        (cells, k) numbers, e.g. the activity of the weeks before and after; never missing.
    draws
        How often.
    rng
        Draws are the same for the same generator.

    References
    ----------
    Rubin (1987), Multiple imputation for nonresponse in surveys, doi:10.1002/9780470316696. Schafer & Yucel (2002),
    doi:10.1198/106186002760180608: the multilevel normal model; here drawn directly, without a chain. Meng (1994),
    doi:10.1214/ss/1177010269: the model has to hold all that the analysis holds. von Hippel (2013),
    doi:10.1177/0049124112464866.

    Examples
    --------
    >>> from la_research.seeds import stream
    >>> who, week, rng = np.repeat(np.arange(40), 2), np.tile([2, 4], 40), stream(1, "statistics", "example")
    >>> x = rng.normal(size=80)
    >>> y = np.where(np.arange(80) % 4 == 3, np.nan, 50 + 10 * x)
    >>> whole = imputed_answers(Panel(who, who, np.zeros(80), week, x, y), np.empty((80, 0)), 5, rng)
    >>> whole.shape, bool(np.abs(whole[3] - (50 + 10 * x[3])).max() < 5), bool((whole[0] == y[0]).all())
    ((80, 5), True, True)
    """
    known, stratum = ~np.isnan(panel.y), Cells.of(panel).stratum
    told = np.bincount(stratum, known)[stratum] > 0
    model = _Multilevel.of(panel, beside, stratum, known, told)
    whole = np.repeat(panel.y[:, None], draws, axis=1)
    missing = told & ~known
    for column, answers in zip(whole.T, model.drawn(draws, rng), strict=True):
        column[missing] = answers[missing[told]]
    return whole


@dataclass(frozen=True)
class _Multilevel:
    """The normal model with a level and a slope of the student, by sums over each student's answers."""

    design: sparse.csr_array  # of every cell that is told of
    student: Codes
    departure: Floats  # in SD
    flat: int  # columns with a flat prior
    centre: float
    scale: float
    size: tuple[Floats, Floats, Floats]  # answers of a student; their departures summed; and squared and summed
    sums: sparse.csr_array  # design of the answers summed by student, below it the same times the departure
    totals: Floats  # scores of the answers likewise
    squares: Floats
    products: Floats
    whole: float

    @classmethod
    def of(cls, panel: Panel, beside: Floats, stratum: Codes, known: Bools, told: Bools) -> _Multilevel:
        cells = Cells.of(panel)
        student, columns = cells.student, np.column_stack([cells.mean, cells.departure, beside])[told]
        spread = columns.std(axis=0)
        columns = (columns - columns.mean(axis=0)) / np.where(spread > 1e-12, spread, 1.0)
        dummies = _indicator(codes(stratum[told]))
        design, here = sparse.csr_array(sparse.hstack([dummies, sparse.csr_array(columns)])), known[told]
        centre, scale = float(panel.y[known].mean()), float(panel.y[known].std()) or 1.0
        y, x, departure = (panel.y[known] - centre) / scale, design[here], columns[here, 1]
        own = _indicator(student[known], int(student.max()) + 1)
        effects = sparse.csr_array(sparse.hstack([own, own.multiply(departure[:, None])]))
        prior = np.diag(np.r_[np.zeros(dummies.shape[1]), np.ones(columns.shape[1])])
        size = own.sum(axis=0), own.T @ departure, own.T @ departure**2
        return cls(
            design, student[told], columns[:, 1], dummies.shape[1], centre, scale, size, (effects.T @ x).tocsr(),
            effects.T @ y, (x.T @ x).toarray() + prior, x.T @ y, float(y @ y),
        )  # fmt: skip

    def drawn(self, draws: int, rng: np.random.Generator) -> Iterator[Floats]:
        """Answers of every cell that is told of, as the model draws them."""
        shares, chance = self._posterior()
        width = np.ptp(shares, axis=0) / (GRID - 1)
        for at in rng.choice(len(shares), draws, p=chance):
            fit = self._given(*(shares[at] + width * (rng.random(2) - 0.5)))
            error = np.sqrt(fit.rest / rng.chisquare(self._freedom))
            lean = solve_triangular(fit.factor, rng.standard_normal(len(fit.best)), lower=True, trans="T")
            slopes = fit.best + error * lean
            level, slope = self._effects(fit.shrunk, slopes, error, rng)
            noise = error * rng.standard_normal(len(self.student))
            own = level[self.student] + slope[self.student] * self.departure
            yield self.centre + self.scale * (self.design @ slopes + own + noise)

    def _effects(
        self, shrunk: tuple[Floats, Floats, Floats], slopes: Floats, error: float, rng: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """Level and slope of each student, given the coefficients and the student's answers."""
        level, both, slope = shrunk
        first, second = np.split(self.totals - self.sums @ slopes, 2)
        one, two = error * rng.standard_normal((2, len(level)))
        root = np.sqrt(level)
        lean = both / root
        return (
            level * first + both * second + root * one,
            both * first + slope * second + lean * one + np.sqrt(np.maximum(slope - lean**2, 0)) * two,
        )

    @property
    def _freedom(self) -> int:
        return max(int(self.size[0].sum()) - self.flat, 1)

    def _posterior(self) -> tuple[Floats, Floats]:
        """Shares of variance of level and slope (points, 2), evenly apart, and the chance of each."""
        low, high = np.zeros(2), np.ones(2)
        for _ in range(ROUNDS):
            axes = low + (high - low) * (np.arange(GRID)[:, None] + 0.5) / GRID
            shares = np.array([(one, two) for one in axes[:, 0] for two in axes[:, 1]])
            log = np.array([self._given(one, two).log for one, two in shares])
            chance, step = np.exp(log - log.max()), (high - low) / GRID
            near = shares[chance > 1e-4]
            low, high = np.maximum(near.min(axis=0) - step, 0), np.minimum(near.max(axis=0) + step, 1)
        return shares, chance / chance.sum()

    def _given(self, level: float, slope: float) -> _Fit:
        """The fit where level and slope of the student have these shares of variance, each beside the error's."""
        one, two = level / (1 - level), slope / (1 - slope)
        n, s, q = self.size
        volume = (1 + one * n) * (1 + two * q) - one * two * s**2
        shrunk = one * (1 + two * q) / volume, -one * two * s / volume, two * (1 + one * n) / volume
        parts = [sparse.diags_array(part) for part in shrunk]
        pulled = sparse.csr_array(sparse.block_array([[parts[0], parts[1]], [parts[1], parts[2]]])) @ self.sums
        factor = np.linalg.cholesky(self.squares - (self.sums.T @ pulled).toarray())
        products = self.products - pulled.T @ self.totals
        best = cho_solve((factor, True), products)
        first, second = np.split(self.totals, 2)
        own = float(shrunk[0] @ first**2 + 2 * (shrunk[1] * first) @ second + shrunk[2] @ second**2)
        rest = max(self.whole - own - float(best @ products), 1e-12 * self.whole)
        log = -np.log(volume).sum() / 2 - np.log(np.diag(factor)).sum() - self._freedom / 2 * np.log(rest)
        return _Fit(factor, best, rest, float(log), shrunk)


@dataclass(frozen=True, slots=True)
class _Fit:
    """Factor of the information, best coefficients, sum of squares, log posterior; how students' effects shrink."""

    factor: Floats
    best: Floats
    rest: float
    log: float
    shrunk: tuple[Floats, Floats, Floats]


@dataclass(frozen=True, slots=True)
class Pooled:
    """What several completed data sets say of one slope.

    Parameters
    ----------
    slope
        The mean of their slopes; its error holds that of each and the spread between them.
    missing
        Fraction of missing information, 0 to 1: how much of what all answers would have told is not known.
    efficiency
        Precision against that of endlessly many draws, 0 to 1.
    chance
        Monte Carlo error of the slope: its standard deviation over sets of as many draws of the same answers.
    """

    slope: Coefficient
    missing: float
    efficiency: float
    chance: float


def pooled(slopes: Sequence[Coefficient]) -> Pooled:
    """Rubin's rules, with the degrees of freedom of Barnard and Rubin.

    Parameters
    ----------
    slopes
        One for each completed data set, two or more; their degrees of freedom are those of complete data.

    References
    ----------
    Rubin (1987), doi:10.1002/9780470316696, chapter 3. Barnard & Rubin (1999), Small-sample degrees of freedom with
    multiple imputation, doi:10.1093/biomet/86.4.948.

    Examples
    --------
    >>> found = pooled([Coefficient(0.08, 0.03, 90, 100), Coefficient(0.12, 0.03, 90, 100)])
    >>> round(found.slope.value, 2), round(found.slope.se**2, 6) == round(0.03**2 + (1 + 1 / 2) * 0.0008, 6)
    (0.1, True)
    >>> round(found.chance**2, 6) == 0.0008 / 2
    True
    >>> alike = pooled([Coefficient(0.10, 0.03, 90, 100)] * 5)
    >>> alike.slope.se, round(alike.missing, 3), round(alike.efficiency, 3)
    (0.03, 0.022, 0.996)
    """
    m, first = len(slopes), slopes[0]
    values = np.array([slope.value for slope in slopes])
    within = float(np.mean([slope.se**2 for slope in slopes]))
    between = (1 + 1 / m) * float(np.var(values, ddof=1))
    whole = within + between
    share = between / whole if whole > 0 else 0.0
    observed = (first.df + 1) / (first.df + 3) * first.df * (1 - share)
    df = observed if share < 1e-12 else 1 / (1 / ((m - 1) / share**2) + 1 / max(observed, 1e-12))
    increase = between / within if within > 0 else 0.0
    missing = min((increase + 2 / (df + 3)) / (increase + 1), 1.0)
    slope, chance = Coefficient(float(values.mean()), whole**0.5, df, first.n), (between / (m + 1)) ** 0.5
    return Pooled(slope, missing, 1 / (1 + missing / m), chance)


def _indicator(code: Codes, kinds: int | None = None) -> sparse.csr_array:
    """(rows, kinds), 1 where a row is of a kind."""
    rows = len(code)
    return sparse.csr_array((np.ones(rows), (np.arange(rows), code)), shape=(rows, kinds or int(code.max()) + 1))
