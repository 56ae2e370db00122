"""Robustness value: the share of what is left to explain, of support and outcome, that would change the answer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from la_research.statistics.coefficient import Coefficient

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def partial_r2(t: float, df: float) -> float:
    """Share of what the others leave unexplained that a regression's column explains.

    >>> round(partial_r2(4.18, 783), 4)
    0.0218
    """
    return t**2 / (t**2 + df)


def robustness_value(t: float, df: float, alpha: float | None = None) -> float:
    """The robustness value, 0 to 1.

    Something not measured that explains at least this share of what is left of both support and
    outcome would bring the estimate to zero, or with ``alpha`` would make zero lie in the interval.

    Parameters
    ----------
    t, df
        Of the support in a least-squares regression of the outcome on it and the covariates.
    alpha
        One less the level of the interval; None for the estimate itself.

    References
    ----------
    Cinelli and Hazlett (2020), doi:10.1111/rssb.12348, and sensemakr.

    Examples
    --------
    Their Darfur study: 0.0973, standard error 0.0232, 783 degrees of freedom.

    >>> round(robustness_value(4.18445, 783), 3), round(robustness_value(4.18445, 783, 0.05), 3)
    (0.139, 0.076)
    """
    f = abs(t) / math.sqrt(df)
    if alpha is not None:
        f -= abs(float(stdtrit(df - 1, alpha / 2))) / math.sqrt(df - 1)
    if f <= 0:
        return 0.0
    return (math.sqrt(f**4 + 4 * f**2) - f**2) / 2


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What something as strong as one covariate would leave of the effect.

    Parameters
    ----------
    support, outcome
        Share of what is left of the support, and of the outcome, that it would explain.
    adjusted
        The effect that would be found had it been adjusted for.
    """

    support: float
    outcome: float
    adjusted: Coefficient


@dataclass(frozen=True)
class Regression:
    """Least squares of the outcome on the support and the covariates, as the robustness value reads it.

    Parameters
    ----------
    found
        The support's coefficient, with classical errors.
    design
        Constant, support, covariates: shape (students, 2 + k).
    outcome
        One value a student.
    """

    found: Coefficient
    design: Floats
    outcome: Floats

    @classmethod
    def of(cls, outcome: Floats, treated: Bools, covariates: Floats) -> Regression:
        """Fit it; columns of full rank, fewer than students.

        Examples
        --------
        >>> had = np.array([False, False, True, True])
        >>> fit = Regression.of(np.array([0.0, 2.0, 3.0, 5.0]), had, np.empty((4, 0)))
        >>> round(fit.found.value, 6), round(fit.found.se, 6), fit.found.df
        (3.0, 1.414214, 2)
        """
        design = np.column_stack([np.ones(len(outcome)), treated, covariates])
        return cls(_slope(outcome, design, 1), design, outcome)

    def as_strong_as(self, columns: list[int], times: float = 1.0) -> Benchmark | None:
        """Something not measured, ``times`` as strong as some of the covariates (by number) beyond the others.

        None where that would explain all that is left.

        References
        ----------
        Cinelli and Hazlett (2020), section 4.4: bounds by a benchmark covariate.
        """
        held = [2 + j for j in columns]
        rest = [j for j in range(self.design.shape[1]) if j not in held]
        support = self.design[:, 1]
        r_support = _explained(support, self.design[:, [j for j in rest if j != 1]], self.design[:, held])
        r_outcome = _explained(self.outcome, self.design[:, rest], self.design[:, held])
        of_support = times * r_support / (1 - r_support)
        shared = times * r_support**2 / ((1 - times * r_support) * (1 - r_support)) if times * r_support < 1 else 1.0
        if of_support >= 1 or shared >= 1:
            return None
        of_outcome = ((math.sqrt(times) + math.sqrt(shared)) / math.sqrt(1 - shared)) ** 2 * r_outcome / (1 - r_outcome)
        return Benchmark(of_support, min(of_outcome, 1.0), self.adjusted(of_support, min(of_outcome, 1.0)))

    def adjusted(self, support: float, outcome: float) -> Coefficient:
        """The effect, had something been adjusted for that explains these shares of what is left; nearer to zero."""
        found = self.found
        bias = found.se * math.sqrt(found.df) * math.sqrt(outcome * support / (1 - support))
        error = found.se * math.sqrt((1 - outcome) / (1 - support) * found.df / (found.df - 1))
        value = math.copysign(abs(found.value) - bias, found.value)
        return Coefficient(value, error, found.df - 1, found.n)


def _slope(outcome: Floats, design: Floats, column: int) -> Coefficient:
    inverse = np.linalg.pinv(design.T @ design, hermitian=True)
    coefficients = inverse @ (design.T @ outcome)
    left = outcome - design @ coefficients
    df = len(outcome) - design.shape[1]
    se = math.sqrt(float(left @ left) / df * float(inverse[column, column]))
    return Coefficient(float(coefficients[column]), se, df, len(outcome))


def _explained(target: Floats, others: Floats, columns: Floats) -> float:
    """Share of the sum of squares that the others leave, which the columns explain."""

    def left(design: Floats) -> float:
        error = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
        return float(error @ error)

    alone = left(others)
    return min(max(1 - left(np.column_stack([others, columns])) / alone, 0.0), 1 - 1e-12) if alone > 0 else 0.0
