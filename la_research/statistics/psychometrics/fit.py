"""How far a model lies from the covariances it describes: chi-square and the indices made of it, none a verdict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, chndtr

from la_research.statistics.intervals import Floats

RMSEA_LEVEL = 0.90
"""Level of the customary interval of RMSEA."""


@dataclass(frozen=True, slots=True)
class Chisq:
    """A test of a model: its statistic, degrees of freedom, and the factor its mean is stretched by (1 if exact)."""

    value: float
    df: int
    stretch: float = 1.0

    @property
    def p(self) -> float:
        """Chance of at least this value if the model holds; 1 with no degree of freedom."""
        return float(chdtrc(self.df, self.value / self.stretch)) if self.df else 1.0

    @property
    def excess(self) -> float:
        """By how much it lies above what a true model is expected to give; 0 or more."""
        return max(self.value - self.stretch * self.df, 0.0)


@dataclass(frozen=True, slots=True)
class Fit:
    """Descriptive fit of a model.

    Parameters
    ----------
    chisq, df, p
        Of the model against no model; scaled where ``scaling`` is not 1.
    scaling
        What the plain statistic was divided by.
    cfi, tli
        1 is as good as no model at all; 0 as bad as independent items.
    rmsea, rmsea_lower, rmsea_upper
        Misfit per degree of freedom, and its 90 % interval.
    srmr
        Root mean square of the residual correlations.
    n
        Rows.

    References
    ----------
    CFI: Bentler (1990), doi:10.1037/0033-2909.107.2.238; RMSEA: Steiger (1990), doi:10.1207/s15327906mbr2502_4; with
    a scaled test: Brosseau-Liard & Savalei (2014), doi:10.1080/00273171.2014.933697, and Brosseau-Liard, Savalei & Li
    (2012), doi:10.1080/00273171.2012.715252. Cut-offs do not travel between models: McNeish & Wolf (2023),
    doi:10.1037/met0000425.
    """

    chisq: float
    df: int
    p: float
    scaling: float
    cfi: float
    tli: float
    rmsea: float
    rmsea_lower: float
    rmsea_upper: float
    srmr: float
    n: int


def fit_indices(model: Chisq, baseline: Chisq, *, n: float, srmr: float, rows: int, groups: int = 1) -> Fit:
    """Indices from the test of a model and that of independent items.

    Parameters
    ----------
    n
        By which the misfit is divided: rows, or one less for a least-squares estimator.
    groups
        RMSEA is multiplied by its root (Steiger 1998, doi:10.1080/10705519809540115).

    Examples
    --------
    >>> found = fit_indices(Chisq(85.306, 24), Chisq(918.852, 36), n=301, srmr=0.065, rows=301)
    >>> [round(number, 3) for number in (found.cfi, found.tli, found.rmsea, found.rmsea_lower, found.rmsea_upper)]
    [0.931, 0.896, 0.092, 0.071, 0.114]
    """
    worst = max(model.excess, baseline.excess)
    cfi = 1.0 if worst == 0 else 1 - model.excess / worst
    per_df = baseline.value / baseline.df / baseline.stretch if baseline.df else 1.0
    tli = 1.0
    if model.df and baseline.df and baseline.value > baseline.stretch * baseline.df:
        least = (baseline.value - baseline.stretch * baseline.df) / baseline.df
        tli = 1 - (model.value - model.stretch * model.df) / model.df / least if per_df > 1 else 1.0
    rmsea, lower, upper = _rmsea(model, n, groups)
    return Fit(
        model.value / model.stretch, model.df, model.p, model.stretch, cfi, tli, rmsea, lower, upper, srmr, rows
    )  # fmt: skip


def _rmsea(model: Chisq, n: float, groups: int) -> tuple[float, float, float]:
    """RMSEA and its interval, from the noncentralities under which the statistic lies at either tail."""
    if not model.df:
        return 0.0, 0.0, 0.0
    scaled = model.value / model.stretch

    def size(noncentrality: float) -> float:
        return float(np.sqrt(groups * model.stretch * noncentrality / (n * model.df)))

    def at(tail: float) -> float:
        if chndtr(scaled, model.df, 0.0) < tail:
            return 0.0
        return float(brentq(lambda nc: chndtr(scaled, model.df, nc) - tail, 0.0, 4 * scaled + 100, xtol=1e-10))

    tail = (1 - RMSEA_LEVEL) / 2
    return size(max(scaled - model.df, 0.0)), size(at(1 - tail)), size(at(tail))


def residual_root(
    cov: Floats, implied: Floats, mean: Floats | None = None, implied_mean: Floats | None = None
) -> float:
    """SRMR: differences of covariances, and of means where they are modelled, in the items' standard deviations."""
    scale = np.sqrt(np.diag(cov))
    apart = ((cov - implied) / np.outer(scale, scale))[np.tril_indices(len(cov))]
    if mean is not None and implied_mean is not None:
        apart = np.concatenate([apart, (mean - implied_mean) / scale])
    return float(np.sqrt(np.mean(apart**2)))
