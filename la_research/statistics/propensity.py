"""Who had the support, by what was known before: chances, weights, and how like the arms are made by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from la_research.statistics.fitted import Fitted, fitted

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Whom = Literal["ate", "att"]
"""Whose effect: of all students, or of those who had the support."""


@dataclass(frozen=True)
class Propensity:
    """The chance of the support, and what each student stands for.

    Parameters
    ----------
    treated
        Whether the student had the support, shape (students,).
    columns
        What it was fitted to, shape (students, 1 + k), the first constant.
    model
        The logistic regression.
    chance
        Of each student, held between ``trim`` and 1 - ``trim``.
    whom
        Whose effect the weights are for.
    trim
        Least chance, and least chance of none.
    """

    treated: Bools
    columns: Floats
    model: Fitted
    chance: Floats
    whom: Whom
    trim: float

    @property
    def raw(self) -> Floats:
        """The chances as the model has them."""
        return self.model.at(self.columns)

    def weights(self, treated: bool) -> Floats:
        """What each student of an arm stands for, 0 for those of the other arm."""
        if treated:
            return np.where(self.treated, 1.0 if self.whom == "att" else 1 / self.chance, 0.0)
        return np.where(self.treated, 0.0, (self.chance if self.whom == "att" else 1.0) / (1 - self.chance))

    def slopes(self, treated: bool) -> Floats:
        """How the weights follow the linear predictor; 0 where the chance is held."""
        moves = (self.raw == self.chance).astype(float) * self.weights(treated)
        if treated:
            return np.asarray(moves * (0.0 if self.whom == "att" else self.chance - 1))
        return np.asarray(moves * (1.0 if self.whom == "att" else self.chance))

    def outside(self, limit: float) -> float:
        """Share of those whom the effect is of with a chance, or a chance of none, below the limit."""
        among = self.treated if self.whom == "att" else np.ones(len(self.treated), dtype=bool)
        low = (self.raw < limit) & (self.whom == "ate")
        return float((low | (self.raw > 1 - limit))[among].mean())


def propensity(treated: Bools, covariates: Floats, *, whom: Whom = "ate", trim: float = 0.01) -> Propensity:
    """The chance of the support by logistic regression.

    Parameters
    ----------
    treated
        Whether the student had the support, shape (students,); some did, some did not.
    covariates
        Shape (students, k), none missing, of about one scale.
    trim
        Chances below it, or above 1 less it, are held there; 0 or more, under .5.

    References
    ----------
    Rosenbaum and Rubin (1983), doi:10.1093/biomet/70.1.41. Holding chances: Cole and Hernán (2008),
    doi:10.1093/aje/kwn164.

    Examples
    --------
    >>> had, before = np.array([True, True, False, True, False, False]), np.array([1.0, 1, 1, 0, 0, 0])
    >>> found = propensity(had, before[:, None])
    >>> found.chance.round(3).tolist()
    [0.667, 0.667, 0.667, 0.333, 0.333, 0.333]
    >>> found.weights(True).round(2).tolist()
    [1.5, 1.5, 0.0, 3.0, 0.0, 0.0]
    """
    columns = np.column_stack([np.ones(len(treated)), covariates])
    model = fitted(treated.astype(float), columns, logistic=True)
    return Propensity(treated, columns, model, np.clip(model.at(columns), trim, 1 - trim), whom, trim)


def effective_size(weights: Floats) -> float:
    """How many equally weighted students would tell as much (Kish 1965, Survey Sampling).

    >>> effective_size(np.array([1.0, 1.0, 0.0])), round(effective_size(np.array([3.0, 1.0])), 2)
    (2.0, 1.6)
    """
    return float(weights.sum() ** 2 / (weights @ weights))


def standardised_differences(treated: Bools, covariates: Floats, weights: Floats) -> Floats:
    """Weighted mean of those with the support less that of the others, in SDs, one a covariate.

    The SD is that before weighting, the mean of both arms' variances; a covariate without any spread differs by 0.

    References
    ----------
    Austin (2009), doi:10.1002/sim.3697.

    Examples
    --------
    >>> had, before = np.array([True, True, False, False]), np.array([[3.0], [5.0], [1.0], [3.0]])
    >>> standardised_differences(had, before, np.ones(4)).tolist()  # 4 less 2, by the square root of (2 + 2) / 2
    [1.414213562373095]
    """
    arms = treated, ~treated
    spread = np.sqrt(sum(covariates[arm].var(axis=0, ddof=1) for arm in arms) / 2)
    means = [np.average(covariates[arm], axis=0, weights=weights[arm]) for arm in arms]
    gap = means[0] - means[1]
    return np.asarray(np.divide(gap, spread, out=np.zeros_like(gap), where=spread > 1e-12))


def largest_by_chance(sizes: tuple[float, float], covariates: int, level: float = 0.99) -> float:
    """What the largest of the standardised differences stays under by chance alone, at a level (Šidák 1967).

    Parameters
    ----------
    sizes
        Effective number of students of either arm.
    covariates
        How many are compared, 1 or more; that they go together makes the limit too wide, never too narrow.

    Examples
    --------
    >>> round(largest_by_chance((100, 100), 1), 3), round(largest_by_chance((100, 100), 20), 3)
    (0.364, 0.492)
    """
    z = float(ndtri((1 + level ** (1 / covariates)) / 2))
    return z * float(np.sqrt(1 / sizes[0] + 1 / sizes[1]))
