"""Several arms against one control: each adjusted for what was known before, intervals good for all at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from la_research.statistics.clustered import Fit, least_squares
from la_research.statistics.coefficient import Coefficient, Inverted
from la_research.statistics.randomised import estimable

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
DRAWS = 100_000
"""Draws of the largest of several t statistics; their error of a 5 % point is about a thousandth of its size."""


def arm_effects(outcome: Floats, arm: Codes, covariates: Floats, cluster: Codes | None = None) -> Fit:
    """Least squares on the arms, the centred covariates and, without clusters, their products with the arms.

    Coefficient 1 is that of arm 1 against arm 0, and so on. Covariates are dropped from the
    last on until no student is fitted exactly.

    Parameters
    ----------
    outcome, covariates
        None missing; no covariate is the same for all.
    arm
        0 for the control, 1 and on for the others.

    References
    ----------
    Lin (2013), doi:10.1214/12-AOAS583, for several arms.
    """
    arms = (arm[:, None] == np.arange(1, int(arm.max()) + 1)).astype(float)
    for kept in range(covariates.shape[1], -1, -1):
        centred = covariates[:, :kept] - covariates[:, :kept].mean(axis=0)
        products = [] if cluster is not None else [one[:, None] * centred for one in arms.T]
        design = np.hstack([np.ones((len(arm), 1)), arms, centred, *products])
        if not kept or estimable(design):
            break
    return least_squares(design, outcome - outcome.mean(), cluster)


def together(found: Fit, arms: int, rng: np.random.Generator) -> list[Inverted]:
    """Every arm against the control, with simultaneous intervals and p-values adjusted for one another.

    The largest of the t statistics is drawn from a multivariate t distribution with the
    correlations estimated, as in Dunnett's procedure but for unlike spreads.

    References
    ----------
    Dunnett (1955), doi:10.1080/01621459.1955.10501294; Hothorn, Bretz and Westfall (2008), Simultaneous inference in
    general parametric models, doi:10.1002/bimj.200810425.

    Examples
    --------
    >>> arm, outcome = np.repeat([0, 1, 2], 30), np.tile([1.0, 2.0, 3.0], 30) + np.repeat([0.0, 0.0, 1.0], 30)
    >>> first, second = together(arm_effects(outcome, arm, np.empty((90, 0))), 2, np.random.default_rng(1))
    >>> first.p > 0.99, second.p < 0.001, [round(end, 1) for end in second.interval(0.95)]
    (True, True, [0.5, 1.5])
    """
    contrasts = np.eye(len(found.values))[1 : arms + 1]
    each = [found.of(one) for one in contrasts]
    covariance = np.array([[found.covariance(one, other) for other in contrasts] for one in contrasts])
    errors = np.sqrt(np.diag(covariance))
    if not errors.all():
        return [Inverted(one.value, one.n, one.p, one.interval) for one in each]
    df = min(one.df for one in each)
    normal = rng.multivariate_normal(np.zeros(arms), covariance / np.outer(errors, errors), DRAWS, method="eigh")
    largest = np.abs(normal / np.sqrt(rng.chisquare(df, DRAWS) / df)[:, None]).max(axis=1)
    return [_adjusted(one, largest) for one in each]


def _adjusted(one: Coefficient, largest: Floats) -> Inverted:
    def ends(level: float) -> tuple[float, float]:
        reach = float(np.quantile(largest, level)) * one.se
        return one.value - reach, one.value + reach

    return Inverted(one.value, one.n, float((largest >= abs(one.value) / one.se).mean()), ends)
