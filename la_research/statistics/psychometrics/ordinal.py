"""Confirmatory factor analysis of ordered answers: weighted least squares, a test with the right mean and variance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from la_research.statistics.intervals import Floats
from la_research.statistics.psychometrics.confirmatory import Solution, asked, proper, start_values
from la_research.statistics.psychometrics.fit import Chisq, fit_indices, residual_root
from la_research.statistics.psychometrics.likelihood import climb
from la_research.statistics.psychometrics.measurement import measurement_model
from la_research.statistics.psychometrics.polychoric import polychoric
from la_research.statistics.psychometrics.reliability import complete
from la_research.statistics.psychometrics.unfit import Unfit


def confirmatory_ordinal(
    items: ArrayLike, factors: Sequence[Sequence[int]], *, names: Sequence[str] | None = None
) -> Solution:
    """Do these ordered items measure these factors? From polychoric correlations (WLSMV).

    The variables behind the items have variance 1, so loadings are standardised and residual variances follow from
    them. The test statistic is moved and stretched to the mean and variance of a chi-square; ``fit.scaling`` is 1,
    as ``fit.chisq`` is the result. Rows with a missing cell are left out.

    Raises
    ------
    Unfit
        What ``polychoric`` and ``confirmatory`` raise.

    References
    ----------
    Muthén, du Toit & Spisic (1997), Robust inference using weighted least squares; the shifted test: Asparouhov &
    Muthén (2010), Simple second order chi-square correction, Mplus technical appendix.

    Examples
    --------
    >>> true = np.random.Generator(np.random.Philox(3)).normal(size=(500, 1))
    >>> noise = np.random.Generator(np.random.Philox(4)).normal(size=(500, 4))
    >>> found = confirmatory_ordinal(np.digitize(true + noise, [-1, 0, 1]), [(0, 1, 2, 3)])
    >>> found.fit.df, bool(abs(found.loadings()[0] - 0.5**0.5).max() < 0.1)
    (2, True)
    """
    held = complete(asked(items, factors, names), names=names)
    behind = polychoric(held, names)
    p, (rows, columns) = held.shape[1], behind.pairs
    model = measurement_model(factors, p, unit=True)
    sample, weight = behind.correlations[behind.pairs], 1 / np.diag(behind.spread)

    def residual(values: Floats) -> Floats:
        return np.asarray(sample - model.implied(values).cov[rows, columns])

    def slopes(values: Floats) -> Floats:
        by_cov, _ = model.slopes(model.implied(values))
        return np.asarray(by_cov[:, rows, columns])

    def climbing(values: Floats) -> tuple[Floats, Floats]:
        by = slopes(values)
        return by @ (weight * residual(values)), (by * weight) @ by.T

    values, information = climb(
        lambda at: float(-(weight * residual(at) ** 2).sum() / 2),
        climbing,
        start_values(model, [behind.correlations], [np.zeros(p)]),
    )
    proper(model, values, names)
    n, df = behind.n, len(rows) - model.free
    if df < 0:
        raise Unfit("not_identified", f"the model has more parameters than {p} items have correlations")
    by, bread = slopes(values), np.linalg.inv(information)
    pull = bread @ (by * weight)
    left = np.diag(weight) - (by * weight).T @ pull
    test = _shifted(residual(values), weight, left @ behind.spread, n, df)
    baseline = _shifted(sample, weight, weight[:, None] * behind.spread, n, len(rows))
    srmr = residual_root(behind.correlations, model.implied(values).cov)
    fit = fit_indices(test, baseline, n=n - 1, srmr=srmr, rows=n)
    return Solution("WLSMV", model, values, pull @ behind.spread @ pull.T / n, fit, None, n)


def _shifted(residual: Floats, weight: Floats, left: Floats, n: int, df: int) -> Chisq:
    """The statistic stretched and moved to the mean and variance of a chi-square with these degrees of freedom."""
    if not df:
        return Chisq(0.0, 0)
    plain = (n - 1) * float((weight * residual**2).sum())
    stretch = float(np.sqrt(df / np.sum(left * left.T)))
    return Chisq(plain * stretch + df - stretch * float(np.trace(left)), df)
