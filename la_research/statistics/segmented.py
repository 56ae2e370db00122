"""A series that is interrupted: its course before, what changes at the start, and what would have been expected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike

from la_research.statistics.autoregressive import Autoregressive, autoregressive
from la_research.statistics.coefficient import Coefficient

Floats = npt.NDArray[np.float64]
STEADY = 2
"""Columns of the course without any change: level at the start, and slope."""


@dataclass(frozen=True)
class Segments:
    """What a series may do.

    Parameters
    ----------
    start
        Time of the interruption: the first time that belongs to what comes after.
    level, slope
        Whether each may change there.
    season, harmonics
        Times after which a season comes again, and pairs of sine and cosine that draw it; None for no season.
    """

    start: float
    level: bool = True
    slope: bool = True
    season: float | None = None
    harmonics: int = 1

    def effect(self, times: ArrayLike) -> Floats:
        """Weights of the changes at each time, shape (times, changes): 1 for the level, time since for the slope."""
        since = np.asarray(times, dtype=float) - self.start
        after = since >= 0
        return np.column_stack([after, after * since])[:, [self.level, self.slope]].astype(float)

    def steady(self, times: ArrayLike) -> Floats:
        """Level and slope before, shape (times, 2)."""
        since = np.asarray(times, dtype=float) - self.start
        return np.column_stack([np.ones_like(since), since])

    def seasonal(self, times: ArrayLike) -> Floats:
        """Sine and cosine of the season, shape (times, 2 harmonics or less)."""
        turns = np.asarray(times, dtype=float)
        if self.season is None:
            return np.empty((len(turns), 0))
        waves = [turns * 2 * np.pi * k / self.season for k in range(1, self.harmonics + 1)]
        pairs = [wave for angle in waves for wave in (np.sin(angle), np.cos(angle))]
        return np.column_stack(pairs[: int(self.season) - 1])


@dataclass(frozen=True)
class Interrupted:
    """A fitted series.

    Parameters
    ----------
    fitted
        The regression: level, slope, changes, season, covariates.
    segments
        What it was allowed to do.
    times, given
        The times that were read, and covariates at them.
    """

    fitted: Autoregressive
    segments: Segments
    times: Floats
    given: Floats

    @property
    def changes(self) -> int:
        """How many things may change at the start."""
        return self.segments.level + self.segments.slope

    def effect_at(self, times: ArrayLike) -> Coefficient:
        """The change against what would have been expected, its mean over these times."""
        weights = self.segments.effect(np.atleast_1d(np.asarray(times, dtype=float))).mean(axis=0)
        rest = len(self.fitted.beta) - STEADY - self.changes
        return self.fitted.of(np.concatenate([np.zeros(STEADY), weights, np.zeros(rest)]))

    def slope(self) -> Coefficient:
        """The change of the slope; asked only where it may change."""
        return self._one(STEADY + self.changes - 1)

    def before(self) -> Coefficient:
        """The slope before the start."""
        return self._one(1)

    def expected(self, row: int) -> Coefficient:
        """What would have been expected at one of its times without any change; ``row`` is its place in ``times``."""
        at = self.times[row : row + 1]
        parts = (self.segments.steady(at)[0], np.zeros(self.changes), self.segments.seasonal(at)[0], self.given[row])
        return self.fitted.of(np.concatenate(parts))

    def _one(self, column: int) -> Coefficient:
        return self.fitted.of(np.eye(len(self.fitted.beta))[column])


def places(times: ArrayLike) -> Floats:
    """Whole numbers from 0, the smallest step between two times being 1.

    >>> places([2, 4, 6, 10]).tolist()
    [0.0, 1.0, 2.0, 4.0]
    """
    held = np.asarray(times, dtype=float)
    return np.asarray(np.floor((held - held[0]) / np.diff(held).min() + 0.5), dtype=float)


def columns(segments: Segments, times: ArrayLike, given: Floats) -> Floats:
    """The regression's columns at these times, shape (times, k)."""
    parts = (segments.steady(times), segments.effect(times), segments.seasonal(times), given)
    return np.hstack(parts)


def interrupted(
    y: ArrayLike,
    times: ArrayLike,
    segments: Segments,
    *,
    given: ArrayLike | None = None,
    exposure: ArrayLike | None = None,
    counts: bool = False,
    independent: bool = False,
) -> Interrupted:
    """Segmented regression of one series.

    Linear: generalised least squares with a first-order autoregression by restricted maximum likelihood.
    Counts: quasi-Poisson, whose estimates are those of a Poisson regression with a log link; its errors allow for
    overdispersion and for an autoregression of the Pearson residuals, both by restricted likelihood of the
    working response. Effects are then logarithms of ratios.

    Parameters
    ----------
    y
        One value a time, shape (n,); counts 0 or more.
    times
        Rising, shape (n,); some may be left out.
    segments
        What may change, and when.
    given
        Covariates, shape (n, k); none missing.
    exposure
        Of counts: students, or hours, above 0, shape (n,).
    counts
        Whether y are counts.
    independent
        Whether errors are taken as independent.

    References
    ----------
    Bernal, Cummins & Gasparrini (2017), doi:10.1093/ije/dyw098; Turner et al. (2021),
    doi:10.1186/s12874-021-01306-w; for the working response Breslow & Clayton (1993), doi:10.2307/2290687.

    Examples
    --------
    >>> times = np.arange(12)
    >>> y = 2 + 0.5 * times + 3 * (times >= 6) + np.tile([0.1, -0.1, 0.0, 0.0, -0.1, 0.1], 2)
    >>> found = interrupted(y, times, Segments(6), independent=True)
    >>> round(found.effect_at(6).value, 1), round(abs(found.slope().value), 1), round(found.expected(11).value, 1)
    (3.0, 0.0, 7.5)
    """
    outcome, when = np.asarray(y, dtype=float), np.asarray(times, dtype=float)
    held = np.empty((len(when), 0)) if given is None else np.asarray(given, dtype=float)
    x = columns(segments, when, held)
    if counts:
        outcome, x = _working(outcome, x, np.ones(len(when)) if exposure is None else np.asarray(exposure, float))
    fitted = autoregressive(outcome, x, places(when), independent=independent, weigh=not counts)
    return Interrupted(fitted, segments, when, held)


def _working(counts: Floats, x: Floats, exposure: Floats) -> tuple[Floats, Floats]:
    """Response and columns of the last step of a Poisson regression, their errors of one variance."""
    import statsmodels.api as sm

    found = sm.GLM(counts, x, family=sm.families.Poisson(), offset=np.log(exposure)).fit()
    mean = np.asarray(found.mu, dtype=float)
    root = np.sqrt(mean)
    response = x @ np.asarray(found.params, dtype=float) + (counts - mean) / mean
    return root * response, root[:, None] * x
