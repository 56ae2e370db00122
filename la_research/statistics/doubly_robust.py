"""The effect of support that nobody drew: by regression, by weighting, and by both, right where either model is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from la_research.statistics.coefficient import Coefficient
from la_research.statistics.fitted import Fitted, fitted
from la_research.statistics.propensity import Propensity

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Outcomes:
    """The outcome as a regression expects it, with the support and without.

    Parameters
    ----------
    model
        Of the outcome on the arm, the covariates and their products with the arm.
    sides
        Its columns were everyone without the support, and with it.
    """

    model: Fitted
    sides: tuple[Floats, Floats]

    def expected(self, treated: bool) -> Floats:
        """The outcome of each student, had they been in that arm."""
        return self.model.at(self.sides[treated])

    def slopes(self, treated: bool) -> Floats:
        """How that follows the coefficients."""
        return self.model.slopes(self.sides[treated])


def outcomes(outcome: Floats, treated: Bools, covariates: Floats, differing: Bools, *, binary: bool) -> Outcomes:
    """Fit the outcome, by least squares or as a chance.

    Parameters
    ----------
    covariates
        Shape (students, k), none missing, of about one scale.
    differing
        Which of them may go with the outcome differently in the two arms, shape (k,); all of them is
        a regression of its own in each arm.
    binary
        Whether the outcome is 0 or 1.
    """
    alone = np.column_stack([np.ones(len(outcome)), covariates])
    off, on = (np.column_stack([alone, arm * alone[:, np.r_[True, differing]]]) for arm in (0.0, 1.0))
    model = fitted(outcome, np.where(treated[:, None], on, off), logistic=binary)
    return Outcomes(model, (off, on))


@dataclass(frozen=True)
class Comparison:
    """What is compared, and the two models; each estimator is a property.

    Their errors allow for the models having been estimated: each student's influence on the effect
    holds that on the coefficients.

    Parameters
    ----------
    outcome
        One value a student, none missing.
    chances
        The propensity of the same students; it says whose effect it is.
    expected
        The outcome as a regression expects it.
    clusters
        Students who share their fate have the same code; errors are by cluster.

    References
    ----------
    Robins, Rotnitzky and Zhao (1994), doi:10.1080/01621459.1994.10476818; Lunceford and Davidian (2004),
    doi:10.1002/sim.1903, for errors with estimated chances; Hájek (1971) for weights by their sum.

    Examples
    --------
    The support goes to students of group 1, whose outcome is 2 higher; it adds 1.

    >>> from la_research.statistics.propensity import propensity
    >>> group = np.repeat([0.0, 1.0], 12)
    >>> had = np.array(([1] * 4 + [0] * 8) + ([1] * 8 + [0] * 4)) == 1
    >>> y = 2 * group + had + np.tile([-0.1, 0.1], 12)
    >>> model = outcomes(y, had, group[:, None], np.array([True]), binary=False)
    >>> found = Comparison(y, propensity(had, group[:, None]), model, np.arange(24))
    >>> [round(one.value, 2) for one in (found.crude, found.regression, found.ipw, found.aipw)]
    [1.67, 1.0, 1.0, 1.0]
    """

    outcome: Floats
    chances: Propensity
    expected: Outcomes
    clusters: Codes

    @property
    def crude(self) -> Coefficient:
        """The plain difference of the arms' means."""
        arms = (_weighted(arm.astype(float), self.outcome) for arm in (self.chances.treated, ~self.chances.treated))
        return self._less(*arms, spent=2)

    @property
    def regression(self) -> Coefficient:
        """Standardisation: what the regression expects with the support less what it expects without."""
        return self._less(*(self._standardised(arm) for arm in (True, False)), spent=self._columns)

    @property
    def ipw(self) -> Coefficient:
        """Inverse-probability weighting, weights divided by their sum."""
        return self._less(*(self._reweighted(arm) for arm in (True, False)), spent=self.chances.columns.shape[1] + 1)

    @property
    def ipw_known(self) -> Coefficient:
        """The same with errors as if the chances were known: wider, and what robust errors of a weighted mean give."""
        arms = (_weighted(self.chances.weights(arm), self.outcome) for arm in (True, False))
        return self._less(*arms, spent=2, correct=False)

    @property
    def aipw(self) -> Coefficient:
        """The regression, put right by the weighted errors it makes in each arm."""
        found = []
        for arm in (True, False):
            (value, influence), (error, more) = self._standardised(arm), self._errors(arm)
            found.append((value + error, influence + more))
        return self._less(*found, spent=self._columns)

    @property
    def _columns(self) -> int:
        return int(self.expected.sides[0].shape[1])

    @property
    def _among(self) -> Floats:
        """1 for those whom the effect is of."""
        return self.chances.treated.astype(float) if self.chances.whom == "att" else np.ones(len(self.outcome))

    def _standardised(self, arm: bool) -> tuple[float, Floats]:
        """The mean of what the regression expects in an arm, and each student's influence on it."""
        value, influence = _weighted(self._among, self.expected.expected(arm))
        slope = self._among @ self.expected.slopes(arm) / self._among.sum()
        return value, influence + self.expected.model.influence @ slope

    def _reweighted(self, arm: bool) -> tuple[float, Floats]:
        """The weighted mean of an arm."""
        weights = self.chances.weights(arm)
        value, influence = _weighted(weights, self.outcome)
        follows = (self.chances.slopes(arm) * (self.outcome - value)) @ self.chances.columns / weights.sum()
        return value, influence + self.chances.model.influence @ follows

    def _errors(self, arm: bool) -> tuple[float, Floats]:
        """The weighted errors of the regression in an arm, over all whom the effect is of."""
        weights, left = self.chances.weights(arm), self.outcome - self.expected.expected(arm)
        size, share = self._among.sum(), self._among.mean()
        value = float(weights @ left / size)
        influence = (weights * left - self._among * value) / share
        follows = (self.chances.slopes(arm) * left) @ self.chances.columns / size
        slope = weights @ self.expected.slopes(arm) / size
        return value, influence + self.chances.model.influence @ follows - self.expected.model.influence @ slope

    def _less(
        self, first: tuple[float, Floats], second: tuple[float, Floats], *, spent: int, correct: bool = True
    ) -> Coefficient:
        return from_influence(first[0] - second[0], first[1] - second[1], self.clusters, spent if correct else 0)


def from_influence(value: float, influence: Floats, clusters: Codes, spent: int = 0) -> Coefficient:
    """A value with the error that the influences of students, summed by cluster, give it.

    Parameters
    ----------
    influence
        One a student; its mean is what the value differs from the truth by.
    clusters
        Codes from 0; every student of its own where there are none.
    spent
        Coefficients that were fitted: the variance is multiplied by n / (n - spent), or by G / (G - 1)
        where students share clusters, and as many degrees of freedom are left; 0 corrects nothing.

    Examples
    --------
    >>> found = from_influence(1.0, np.array([1.0, -1.0, 1.0, -1.0]), np.arange(4), 1)
    >>> round(found.se**2, 6) == round(4 / 3 / 4, 6), found.df
    (True, 3)
    """
    n, groups = len(influence), int(clusters.max()) + 1
    sums = np.bincount(clusters, influence) if groups < n else influence
    left = groups - 1 if groups < n else max(n - spent, 1)
    factor = 1.0 if spent == 0 else groups / left if groups < n else n / left
    return Coefficient(value, float(np.sqrt(factor * (sums @ sums)) / n), left, n)


def _weighted(weights: Floats, values: Floats) -> tuple[float, Floats]:
    """A weighted mean, and the influence of each row on it."""
    value = float(weights @ values / weights.sum())
    return value, weights * (values - value) / weights.mean()
