"""Confirmatory factor analysis by maximum likelihood: cells whole or missing, one or more groups, plain or robust."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from la_research.statistics.intervals import Floats, z_value
from la_research.statistics.psychometrics.fit import Chisq, Fit, fit_indices, residual_root
from la_research.statistics.psychometrics.likelihood import (
    NOT_IDENTIFIED,
    Block,
    blocks_of,
    climb,
    log_likelihood,
    model_log_likelihood,
    observed_information,
    score_and_information,
)
from la_research.statistics.psychometrics.measurement import ZERO, Model, Moments, measurement_model
from la_research.statistics.psychometrics.robust import row_scores, sandwich, yuan_bentler
from la_research.statistics.psychometrics.saturated import answered_moments, saturated_moments
from la_research.statistics.psychometrics.unfit import Unfit, checked, named


@dataclass(frozen=True, slots=True)
class Solution:
    """A model that was fitted, with everything that is read from it.

    Parameters
    ----------
    estimator
        "ML", "FIML" where cells were missing, "MLR" where errors and test are robust, or "WLSMV".
    model, values, covariance
        What was free, its estimates (q), and their covariance (q x q).
    fit
        How far it lies from the data.
    log_likelihood
        At the maximum; None for a least-squares estimator.
    n
        Rows.
    """

    estimator: str
    model: Model
    values: Floats
    covariance: Floats
    fit: Fit
    log_likelihood: float | None
    n: int

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return -2 * self._height + 2 * self.model.free

    @property
    def bic(self) -> float:
        """Schwarz's criterion."""
        return float(-2 * self._height + np.log(self.n) * self.model.free)

    @property
    def _height(self) -> float:
        if self.log_likelihood is None:
            raise ValueError(f"{self.estimator} has no likelihood")
        return self.log_likelihood

    def moments(self, group: int = 0) -> Moments:
        """What the model implies of a group."""
        return self.model.implied(self.values, group)

    def loadings(self, level: float = 0.95, group: int = 0) -> tuple[Floats, Floats, Floats]:
        """Standardised loadings with their intervals, each p x k; 0 where an item does not belong to a factor.

        By the delta method.
        """
        held, cells = self.moments(group), self.model.groups[group]
        by_cov, _ = self.model.slopes(held, group)
        spread, scale = np.sqrt(np.diag(held.cov)), np.sqrt(np.diag(held.factor))
        value = held.loading * scale / spread[:, None]
        error = np.zeros_like(value)
        for i, j in np.argwhere(cells.loading != ZERO):
            slope = -value[i, j] / (2 * held.cov[i, i]) * by_cov[:, i, i]
            if cells.loading[i, j] >= 0:
                slope[cells.loading[i, j]] += scale[j] / spread[i]
            if cells.factor[j, j] >= 0:
                slope[cells.factor[j, j]] += value[i, j] / (2 * held.factor[j, j])
            error[i, j] = np.sqrt(slope @ self.covariance @ slope)
        reach = z_value(level) * error
        return value, value - reach, value + reach

    def correlations(self, group: int = 0) -> Floats:
        """Correlations of the factors, k x k."""
        factor = self.moments(group).factor
        scale = np.sqrt(np.diag(factor))
        return np.asarray(factor / np.outer(scale, scale))


def confirmatory(
    items: ArrayLike,
    factors: Sequence[Sequence[int]],
    *,
    robust: bool = False,
    names: Sequence[str] | None = None,
) -> Solution:
    """Do these items measure these factors? By maximum likelihood, over every row with an answer.

    Where cells are missing their rows stay in (full information; missing at random), means are part of the model
    and errors come from the observed information. Otherwise covariances alone are modelled.

    Parameters
    ----------
    items
        Rows x items; not a number where missing.
    factors
        Columns of each factor's items, from 0.
    robust
        Whether test and errors hold for items that are not normal (MLR); needs whole rows.
    names
        What a reason calls the items.

    Raises
    ------
    Unfit
        What ``checked`` and ``climb`` raise; ``few_items`` (a factor of one item), ``heywood``,
        ``not_positive_definite``; ``not_identified`` where a robust test is asked of missing cells.

    References
    ----------
    Jöreskog (1969), doi:10.1007/BF02289343. Numbers are those of lavaan: Rosseel (2012), doi:10.18637/jss.v048.i02.

    Examples
    --------
    >>> true = np.random.Generator(np.random.Philox(3)).normal(size=(400, 1))
    >>> noise = np.random.Generator(np.random.Philox(4)).normal(size=(400, 4))
    >>> found = confirmatory(true + noise, [(0, 1, 2, 3)])
    >>> found.fit.df, found.estimator, bool(abs(found.loadings()[0] - 0.5**0.5).max() < 0.1)
    (2, 'ML', True)
    """
    held = asked(items, factors, names)
    missing = bool(np.isnan(held).any())
    if robust and missing:
        raise Unfit("not_identified", "the robust test needs rows without missing cells")
    model = measurement_model(factors, held.shape[1], means=missing)
    blocks = blocks_of(held, means=missing)
    return solved(model, blocks, held, robust=robust, names=names)


def asked(items: ArrayLike, factors: Sequence[Sequence[int]], names: Sequence[str] | None) -> Floats:
    """The items as numbers, if every factor has two or more of them and every item a factor."""
    held = checked(items, least=3, names=names)
    alone = [positions for positions in factors if len(set(positions)) < 2]
    if alone:
        raise Unfit("few_items", f"a factor of one item ({named(alone[0], names)}) can not be told from its error")
    homeless = sorted(set(range(held.shape[1])) - {i for positions in factors for i in positions})
    if homeless:
        raise Unfit("few_items", f"{named(homeless, names)} belong{'s' if len(homeless) == 1 else ''} to no factor")
    return held


def solved(
    model: Model,
    blocks: Sequence[Block],
    items: Floats,
    *,
    robust: bool = False,
    names: Sequence[str] | None = None,
) -> Solution:
    """A model fitted to blocks of rows, and tested against no model and against independent items."""
    try:
        return _solved(model, blocks, items, robust, names)
    except np.linalg.LinAlgError:
        raise Unfit("not_identified", NOT_IDENTIFIED) from None


def _solved(
    model: Model, blocks: Sequence[Block], items: Floats, robust: bool, names: Sequence[str] | None
) -> Solution:
    p, groups = items.shape[1], len(model.groups)
    own = [[block for block in blocks if block.group == group] for group in range(groups)]
    free = [saturated_moments(part, p) for part in own]
    values, information = climb(
        lambda at: model_log_likelihood(model, at, blocks),
        lambda at: score_and_information(model, at, blocks),
        start_values(model, [cov for _, cov in free], [mean for mean, _ in free]),
    )
    proper(model, values, names)
    height = model_log_likelihood(model, values, blocks)
    top, bottom = ends(own, free, p)
    df = groups * (p * (p + 1) // 2 + p * model.means) - model.free
    if df < 0:
        raise Unfit("not_identified", f"the model has more parameters than {p} items have covariances")
    test, baseline = max(2 * (top - height), 0.0), 2 * (top - bottom)
    baseline_df = groups * p * (p - 1) // 2
    stretch = apart = 1.0
    missing = bool(np.isnan(items).any())
    if missing or robust:
        information = observed_information(model, values, blocks)
    covariance = np.asarray(np.linalg.inv(information), dtype=float)
    if robust:
        scores = row_scores(model, values, items)
        covariance = sandwich(information, scores)
        if df:
            stretch, apart = yuan_bentler(items, information, scores, df)
    n = sum(block.n for block in blocks)
    implied = [model.implied(values, group) for group in range(groups)]
    weights = [sum(block.n for block in part) / n for part in own]
    roots = [
        residual_root(cov, one.cov, *((mean, one.mean) if model.means else ()))
        for (mean, cov), one in zip(free, implied, strict=True)
    ]
    fit = fit_indices(
        Chisq(test, df, stretch), Chisq(baseline, baseline_df, apart), n=n, srmr=float(np.dot(weights, roots)),
        rows=n, groups=groups,
    )  # fmt: skip
    estimator = "MLR" if robust else "FIML" if missing else "ML"
    return Solution(estimator, model, values, covariance, fit, height, n)


def ends(own: Sequence[Sequence[Block]], free: Sequence[tuple[Floats, Floats]], p: int) -> tuple[float, float]:
    """Log-likelihoods with no model, and with independent items.

    Parameters
    ----------
    own
        Blocks of each group.
    free
        Means and covariances of each group without a model.
    p
        How many items there are.
    """
    top = sum(log_likelihood(cov, mean, block) for part, (mean, cov) in zip(own, free, strict=True) for block in part)
    bottom = 0.0
    for part in own:
        mean, variance = answered_moments(part, p)
        bottom += sum(log_likelihood(np.diag(variance), mean, block) for block in part)
    return top, bottom


def start_values(model: Model, covs: Sequence[Floats], means: Sequence[Floats]) -> Floats:
    """Half of each item's variance to its factor, signs as the items of a factor go together."""
    values = np.zeros(model.free + 2)
    for cells, cov, mean in reversed(list(zip(model.groups, covs, means, strict=True))):
        spread = np.sqrt(np.diag(cov))
        for column in range(cells.loading.shape[1]):
            inside = np.flatnonzero(cells.loading[:, column] != ZERO)
            sign = np.sign(np.linalg.eigh((cov / np.outer(spread, spread))[np.ix_(inside, inside)])[1][:, -1])
            sign *= 1 if sign.sum() >= 0 else -1
            values[cells.loading[inside, column]] = np.where(sign == 0, 1, sign) * spread[inside] * np.sqrt(0.5)
        values[cells.residual] = spread**2 / 2
        values[np.diag(cells.factor)] = 1.0
        values[cells.intercept] = mean
    return values[: model.free]


def proper(model: Model, values: Floats, names: Sequence[str] | None = None) -> None:
    """Refuse a solution that no population could have.

    Raises
    ------
    Unfit
        ``heywood`` (a residual variance that is not positive), ``not_positive_definite`` (factors that correlate
        by 1 or more).
    """
    for group in range(len(model.groups)):
        held = model.implied(values, group)
        below = np.flatnonzero(held.residual <= 1e-8 * np.diag(held.cov))
        if len(below):
            what = f"the residual variance of {named(below, names)} came out at zero or below (a Heywood case)"
            raise Unfit("heywood", f"{what}: too few rows, or a model that does not hold")
        if np.linalg.eigvalsh(held.factor)[0] <= 1e-8:
            raise Unfit("not_positive_definite", "factors came out correlated by 1 or more: they are not told apart")


def codes_of(groups: ArrayLike) -> tuple[NDArray[np.intp], list[str]]:
    """Groups as numbers from 0 in the order of their names, and the names."""
    names, codes = np.unique(np.asarray(groups).astype(str), return_inverse=True)
    return codes.ravel().astype(np.intp), [str(name) for name in names]
