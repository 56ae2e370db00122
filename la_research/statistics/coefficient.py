"""What an estimator gives: a value, an interval at any level, and a p-value; by Student's t, or by inverting a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import special

from la_research.finding import Estimate


class Inference(Protocol):
    """A value, how sure it is at any level, and its p-value against zero."""

    @property
    def value(self) -> float:
        """The point estimate."""

    @property
    def n(self) -> int:
        """Students it rests on."""

    @property
    def p(self) -> float:
        """Two-sided p-value against zero."""

    def interval(self, level: float) -> tuple[float, float]:
        """The two-sided interval at a level from 0 to 1."""

    def estimate(self, unit: str, method: str, level: float) -> Estimate:
        """As a finding shows it."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A slope or a difference, and how sure it is.

    Parameters
    ----------
    value, se
        The estimate and its standard error, in the same unit.
    df
        Degrees of freedom of the t distribution that ``value / se`` is set against.
    n
        Students it rests on.

    Examples
    --------
    >>> slope = Coefficient(0.10, 0.04, 99, 100)
    >>> [round(end, 3) for end in slope.interval(0.95)], round(slope.p, 3)
    ([0.021, 0.179], 0.014)
    >>> print(slope.estimate("SD per SD", "t", 0.95))
    0.10 (95% CI 0.02 to 0.18) SD per SD, n = 100
    """

    value: float
    se: float
    df: float
    n: int

    def interval(self, level: float) -> tuple[float, float]:
        """The two-sided t interval at a level from 0 to 1."""
        reach = float(special.stdtrit(self.df, (1 + level) / 2)) * self.se
        return self.value - reach, self.value + reach

    @property
    def p(self) -> float:
        """Two-sided p-value against zero; 1 where value and error are both zero."""
        if self.se == 0:
            return 1.0 if self.value == 0 else 0.0
        return float(2 * special.stdtr(self.df, -np.abs(self.value / self.se)))

    def estimate(self, unit: str, method: str, level: float) -> Estimate:
        """The coefficient as a finding shows it."""
        return Estimate(self.value, *self.interval(level), level, unit, self.n, method)


@dataclass(frozen=True, slots=True)
class Inverted:
    """A value whose interval holds all that a test would not reject.

    Parameters
    ----------
    value, n
        The estimate, and students it rests on.
    p
        Two-sided p-value against zero.
    ends
        The interval at a level; both ends finite.

    Examples
    --------
    >>> found = Inverted(1.0, 40, 0.02, lambda level: (0.2, 1.9))
    >>> found.interval(0.95), str(found.estimate("SD", "permutation", 0.95))
    ((0.2, 1.9), '1.00 (95% CI 0.20 to 1.90) SD, n = 40')
    """

    value: float
    n: int
    p: float
    ends: Callable[[float], tuple[float, float]]

    def interval(self, level: float) -> tuple[float, float]:
        """All values that the test at 1 - ``level`` does not reject."""
        return self.ends(level)

    def estimate(self, unit: str, method: str, level: float) -> Estimate:
        """The value and its interval as a finding shows them."""
        return Estimate(self.value, *self.interval(level), level, unit, self.n, method)


def independent_difference(first: Coefficient, second: Coefficient) -> Coefficient:
    """The first less the second, where they rest on different rows; Welch and Satterthwaite's degrees of freedom.

    References
    ----------
    Satterthwaite (1946), doi:10.2307/3002019.

    Examples
    --------
    >>> found = independent_difference(Coefficient(2.0, 0.3, 10, 12), Coefficient(1.5, 0.4, 10, 12))
    >>> round(found.value, 6), round(found.se, 6), round(found.df, 2), found.n
    (0.5, 0.5, 18.55, 24)
    """
    parts = first.se**2, second.se**2
    doubt = parts[0] ** 2 / first.df + parts[1] ** 2 / second.df
    df = sum(parts) ** 2 / doubt if doubt > 0 else first.df + second.df
    return Coefficient(first.value - second.value, float(np.sqrt(sum(parts))), df, first.n + second.n)
