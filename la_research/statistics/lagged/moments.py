"""What the random intercept cross-lagged panel model says of means and covariances, and how they move with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from la_research.statistics.intervals import Floats

LAGS, INTERCEPTS = slice(0, 4), slice(4, 7)
"""Places of x on x, y on x, x on y, y on y (by what they arrive at), and of the intercepts' covariance."""
HALVES = np.array([[[1.0, 0.0], [0.0, 0.0]], [[0.0, 1.0], [1.0, 0.0]], [[0.0, 0.0], [0.0, 1.0]]])
"""What variance of x, covariance and variance of y each add to a symmetric 2 x 2 matrix."""


@dataclass(frozen=True)
class Waves:
    """The model at some parameters, for columns x1, y1, x2, y2 … of ``waves`` waves.

    Each series is a mean of the wave, a random intercept of the student and a departure from both; departures of a
    wave are ``lag`` times those of the wave before and something fresh. Lags are the same between all waves; the
    first wave's departures and what is fresh in each later wave are free, so that no wave has to vary as much as
    another, and nothing is said of what was before the first.

    Parameters
    ----------
    values
        (7 + 5 waves,): four lags, row by row of [[x on x, x on y], [y on x, y on y]]; variance of x's intercept,
        covariance, variance of y's; the same three of what is fresh in each wave; the means.
    waves
        How many, two or more.

    References
    ----------
    Hamaker, Kuiper & Grasman (2015), A critique of the cross-lagged panel model, doi:10.1037/a0038889.

    Examples
    --------
    >>> model = Waves(np.r_[0.5, 0, 0, 0, 1, 0, 1, np.tile([1, 0, 1], 3), np.zeros(6)], 3)
    >>> model.cov[0, [0, 2, 4]].tolist()  # x over three waves: 1 of the intercept and 1, 0.5 and 0.25 of the departure
    [2.0, 1.5, 1.25]
    """

    values: Floats
    waves: int

    @property
    def lag(self) -> Floats:
        """2 x 2: row arrives, column departs."""
        return self.values[LAGS].reshape(2, 2)

    @property
    def intercepts(self) -> Floats:
        """Covariance of the random intercepts, 2 x 2."""
        return np.tensordot(self.values[INTERCEPTS], HALVES, 1)

    @cached_property
    def fresh(self) -> Floats:
        """Covariances of the first wave's departures and of what is fresh in later ones, waves x 2 x 2."""
        return np.tensordot(self.values[7 : 7 + 3 * self.waves].reshape(-1, 3), HALVES, 1)

    @property
    def mean(self) -> Floats:
        """Means of the columns."""
        return self.values[7 + 3 * self.waves :]

    @cached_property
    def within(self) -> Floats:
        """Covariance of the departures, 2 waves x 2 waves."""
        spread = np.zeros((2 * self.waves, 2 * self.waves))
        for wave, held in enumerate(self.fresh):
            spread[2 * wave : 2 * wave + 2, 2 * wave : 2 * wave + 2] = held
        return self._passed_on @ spread @ self._passed_on.T

    @property
    def cov(self) -> Floats:
        """Covariance of the columns."""
        return np.asarray(self.within + np.tile(self.intercepts, (self.waves, self.waves)))

    @cached_property
    def _passed_on(self) -> Floats:
        """What each departure is made of: its own wave's fresh part and, by powers of the lag, those before."""
        before = np.eye(self.waves, k=-1)
        return np.asarray(np.linalg.inv(np.eye(2 * self.waves) - np.kron(before, self.lag)))

    @property
    def slopes(self) -> Floats:
        """Derivatives of the covariance by lags, intercepts and fresh parts, (7 + 3 waves) x columns x columns."""
        before, made = np.eye(self.waves, k=-1), self._passed_on
        moved = np.array([made @ np.kron(before, one) @ self.within for one in np.eye(4).reshape(4, 2, 2)])
        parts = made.reshape(2 * self.waves, self.waves, 2).transpose(1, 0, 2)[:, None]
        fresh = (parts @ HALVES @ parts.swapaxes(-1, -2)).reshape(-1, 2 * self.waves, 2 * self.waves)
        tiled = np.array([np.tile(half, (self.waves, self.waves)) for half in HALVES])
        return np.concatenate([moved + moved.swapaxes(1, 2), tiled, fresh])


def start_of(waves: int) -> Floats:
    """Where to begin for columns of variance 1: half of it between students, small lags, nothing across.

    >>> float(Waves(start_of(3), 3).cov[0, 0])
    1.0
    """
    fresh = np.tile([0.5, 0.0, 0.5], waves)
    return np.asarray(np.r_[0.2, 0.0, 0.0, 0.2, 0.5, 0.0, 0.5, fresh, np.zeros(2 * waves)])
