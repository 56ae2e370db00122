"""How an analysis did over many simulated studies: each measure with its Monte Carlo error as an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from la_research.finding import Estimate
from la_research.statistics.intervals import Floats, normal_interval, wilson

LEVEL = 0.95
"""Level of every Monte Carlo interval."""


@dataclass(frozen=True)
class Simulated:
    """Estimates of one size, one a simulated study, with their 95 % intervals.

    Parameters
    ----------
    value, lower, upper
        Shape (studies,), in ``unit``; a study that gave no number is left out beforehand.
    errors
        Standard errors, shape (studies,).
    unit
        Unit of the estimates.

    References
    ----------
    Morris, White and Crowther (2019), Using simulation studies to evaluate statistical
    methods, doi:10.1002/sim.8086, table 6: the measures and their Monte Carlo errors. Rates
    have Wilson's interval instead, which holds near 0 and 1; the error of the RMSE is that of
    the mean squared error by the delta method.

    Examples
    --------
    >>> value = np.array([1.0, 2.0, 3.0])
    >>> seen = Simulated(value, value - 2, value + 2, np.ones(3), "WHO-5 points")
    >>> print(seen.bias(1.5))
    0.50 (95% CI -0.63 to 1.63) WHO-5 points, n = 3
    >>> seen.empirical_se().value, seen.model_se().value, seen.coverage(0.5).value
    (1.0, 1.0, 0.6666666666666666)
    """

    value: Floats
    lower: Floats
    upper: Floats
    errors: Floats
    unit: str

    @property
    def n(self) -> int:
        """Studies that gave a number."""
        return len(self.value)

    def bias(self, planted: float) -> Estimate:
        """Mean of the estimates less the planted size."""
        error = self._spread() / math.sqrt(self.n) if self.n > 1 else math.nan
        return self._measure(float(self.value.mean()) - planted, error, "mc-bias")

    def empirical_se(self) -> Estimate:
        """Standard deviation of the estimates: the error that they really have."""
        spread = self._spread()
        return self._measure(spread, spread / math.sqrt(2 * (self.n - 1)) if self.n > 1 else math.nan, "mc-empirical")

    def model_se(self) -> Estimate:
        """Root mean square of the standard errors: the error that the analysis believes to have."""
        squared = self.errors**2
        mean = math.sqrt(float(squared.mean()))
        error = float(squared.std(ddof=1)) / (2 * mean * math.sqrt(self.n)) if self.n > 1 and mean else math.nan
        return self._measure(mean, error, "mc-model")

    def rmse(self, planted: float) -> Estimate:
        """Root of the mean squared distance from the planted size."""
        squared = (self.value - planted) ** 2
        root = math.sqrt(float(squared.mean()))
        error = float(squared.std(ddof=1)) / (2 * root * math.sqrt(self.n)) if self.n > 1 and root else math.nan
        return self._measure(root, error, "mc-rmse")

    def coverage(self, planted: float) -> Estimate:
        """Share of the intervals that hold the planted size."""
        return share((self.lower <= planted) & (planted <= self.upper))

    def exaggeration(self, planted: float) -> Estimate:
        """Type M: mean size of the estimates whose interval excludes zero, in multiples of the planted size (not 0).

        Not a number where no interval excludes zero. Gelman and Carlin (2014), Beyond power
        calculations, doi:10.1177/1745691614551642.
        """
        ratios = np.abs(self.value[self.above_zero() | self.below_zero()] / planted)
        n = len(ratios)
        if n < 2:
            return Estimate(float(ratios[0]) if n else None, None, None, None, "times", n, "mc-exaggeration")
        mean, error = float(ratios.mean()), float(ratios.std(ddof=1)) / math.sqrt(n)
        lower, upper = normal_interval(mean, error, LEVEL)
        return Estimate(mean, max(lower, 0.0), upper, LEVEL, "times", n, "mc-exaggeration")

    def above_zero(self) -> npt.NDArray[np.bool_]:
        """Which intervals lie wholly above zero."""
        return self.lower > 0

    def below_zero(self) -> npt.NDArray[np.bool_]:
        """Which intervals lie wholly below zero."""
        return self.upper < 0

    def _spread(self) -> float:
        return float(self.value.std(ddof=1)) if self.n > 1 else math.nan

    def _measure(self, value: float, error: float, method: str) -> Estimate:
        """A measure with its Monte Carlo interval; one study has a value and no interval, or nothing at all."""
        if math.isnan(value) or math.isnan(error):
            held = None if math.isnan(value) else value
            return Estimate(held, None, None, None, self.unit, self.n, method)
        lower, upper = normal_interval(value, error, LEVEL)
        return Estimate(
            value, lower if method == "mc-bias" else max(lower, 0.0), upper, LEVEL, self.unit, self.n, method
        )


def share(happened: npt.NDArray[np.bool_], of: int | None = None) -> Estimate:
    """The share of simulated studies in which something happened, with Wilson's interval.

    ``of`` counts all studies, where those without a number are left out of ``happened``.

    >>> print(share(np.array([True] * 8 + [False] * 2)))
    80.0 % (95% CI 49.0 % to 94.3 %), n = 10
    >>> share(np.array([True] * 8), of=10).value
    0.8
    """
    n, k = len(happened) if of is None else of, int(happened.sum())
    lower, upper = wilson(k, n, LEVEL)
    return Estimate(k / n, lower, upper, LEVEL, "share", n, "wilson")
