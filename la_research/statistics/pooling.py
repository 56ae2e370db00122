"""Estimates of several sites joined to one: how large on average, how different, and what a further site may see."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike
from scipy.optimize import brentq, minimize_scalar
from scipy.special import chdtrc, chdtri, stdtrit

from la_research.statistics.coefficient import Coefficient

Floats = npt.NDArray[np.float64]
FEW = 5
"""Sites below which how different they are can not be estimated: they are joined as if they were alike."""
LARGE = 1e9
"""Degrees of freedom of an estimate whose distribution is taken as normal."""


@dataclass(frozen=True)
class Pooled:
    """Several sites as one.

    Parameters
    ----------
    mean
        Their mean effect; ``n`` is the number of sites.
    tau2
        Variance of the true effects between sites; zero where it was not estimated.
    q, sites
        Cochran's statistic, and how many sites there are.
    typical
        Typical variance of a site's estimate (Higgins and Thompson).
    random
        Whether sites were allowed to differ.
    """

    mean: Coefficient
    tau2: float
    q: float
    sites: int
    typical: float
    random: bool

    @property
    def i2(self) -> float:
        """Share of the variance of estimates that is between sites: from tau2, or q where that was not estimated."""
        if self.random:
            return self.tau2 / (self.tau2 + self.typical)
        return max(0.0, 1 - (self.sites - 1) / self.q) if self.q > 0 else 0.0

    @property
    def p_alike(self) -> float:
        """P-value of sites being alike."""
        return float(chdtrc(self.sites - 1, self.q))

    def further(self, level: float = 0.95) -> tuple[float, float]:
        """Where the true effect of one more such site would lie; t with sites - 2 degrees of freedom.

        Asked only of sites that were allowed to differ.

        References
        ----------
        Higgins, Thompson & Spiegelhalter (2009), doi:10.1111/j.1467-985X.2008.00552.x.
        """
        reach = float(stdtrit(self.sites - 2, (1 + level) / 2)) * math.sqrt(self.tau2 + self.mean.se**2)
        return self.mean.value - reach, self.mean.value + reach


def pooled_effect(estimates: ArrayLike, errors: ArrayLike) -> Pooled:
    """The mean effect over sites.

    With 5 sites or more: random effects by restricted maximum likelihood, with Hartung, Knapp, Sidik and Jonkman's
    error on a t distribution with sites - 1 degrees of freedom, never smaller than without their factor. With fewer:
    weights by precision alone, normal, and it is about these sites only.

    Parameters
    ----------
    estimates, errors
        One a site, and its standard error above 0, shape (sites,); at least 2.

    References
    ----------
    Hartung & Knapp (2001), doi:10.1002/sim.1009; Sidik & Jonkman (2002), doi:10.1002/sim.1262; the factor held at 1
    or more: Knapp & Hartung (2003), doi:10.1002/sim.1482, and Röver, Knapp & Friede (2015),
    doi:10.1186/s12874-015-0091-1; restricted likelihood: Viechtbauer (2005), doi:10.3102/10769986030003261.

    Examples
    --------
    >>> found = pooled_effect([0.1, 0.3, 0.2], [0.1, 0.1, 0.1])
    >>> round(found.mean.value, 3), round(found.mean.se, 4), found.random
    (0.2, 0.0577, False)
    >>> pooled_effect([0.1, 0.3, 0.2, 0.9, -0.4], [0.1] * 5).random
    True
    """
    values, variances = np.asarray(estimates, dtype=float), np.asarray(errors, dtype=float) ** 2
    sites, plain = len(values), 1 / variances
    q = _spread(0.0, values, variances)
    typical = (sites - 1) * plain.sum() / (plain.sum() ** 2 - (plain**2).sum())
    if sites < FEW:
        mean = Coefficient(float(plain @ values / plain.sum()), float(plain.sum() ** -0.5), LARGE, sites)
        return Pooled(mean, 0.0, q, sites, float(typical), False)
    tau2 = _restricted(values, variances)
    weight = 1 / (variances + tau2)
    factor = max(1.0, _spread(tau2, values, variances) / (sites - 1))
    mean = Coefficient(float(weight @ values / weight.sum()), math.sqrt(factor / weight.sum()), sites - 1, sites)
    return Pooled(mean, tau2, q, sites, float(typical), True)


def tau2_interval(estimates: ArrayLike, errors: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """The variances between sites at which Cochran's statistic is not unusual (Q-profile); may be 0 to 0.

    References
    ----------
    Viechtbauer (2007), doi:10.1002/sim.2514.

    Examples
    --------
    >>> lower, upper = tau2_interval([0.1, 0.3, 0.2, 0.9, -0.4], [0.1] * 5)
    >>> 0 < lower < 0.23 < upper
    True
    """
    values, variances = np.asarray(estimates, dtype=float), np.asarray(errors, dtype=float) ** 2
    low, high = (
        _at(float(chdtri(len(values) - 1, tail)), values, variances) for tail in ((1 - level) / 2, (1 + level) / 2)
    )
    return low, high


def _at(target: float, values: Floats, variances: Floats) -> float:
    """The variance between sites at which the statistic is this; 0 where it is smaller everywhere."""
    if _spread(0.0, values, variances) <= target:
        return 0.0
    most = float(variances.max() + values.var())
    while _spread(most, values, variances) > target:
        most *= 2
    return float(brentq(lambda tau2: _spread(tau2, values, variances) - target, 0.0, most, xtol=1e-14, rtol=1e-12))


def _spread(tau2: float, values: Floats, variances: Floats) -> float:
    weight = 1 / (variances + tau2)
    return float(weight @ (values - weight @ values / weight.sum()) ** 2)


def _restricted(values: Floats, variances: Floats) -> float:
    """The variance between sites of the largest restricted likelihood, 0 or more; looked for on the scale of an SD."""

    def misfit(tau: float) -> float:
        weight = 1 / (variances + tau**2)
        return float(_spread(tau**2, values, variances) - np.log(weight).sum() + math.log(weight.sum()))

    most = float(np.ptp(values)) + float(np.sqrt(variances.max()))
    grid = np.linspace(0, most, 60)
    best = int(np.argmin([misfit(tau) for tau in grid]))
    ends = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    found = minimize_scalar(misfit, None, ends, method="bounded", options={"xatol": 1e-10 * most})
    return float(found.x) ** 2 if found.fun < misfit(0.0) else 0.0
