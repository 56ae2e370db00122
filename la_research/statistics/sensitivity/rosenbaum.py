"""Rosenbaum's bounds: how far two alike students' chances of the support may differ before chance could explain it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import rankdata

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
CALIPER = 0.2
"""SDs of the logit of the chance by which two students of a pair may differ (Austin 2011, doi:10.1002/pst.433)."""
MOST = 100.0
"""Largest ratio of odds that is tried."""


def matched_pairs(chance: Floats, treated: Bools) -> npt.NDArray[np.intp]:
    """Pairs of a student with the support and the nearest one without, by the logit of the chance.

    Each student is used once; those hardest to match, with the highest chance, choose first.
    Whoever has nobody within ``CALIPER`` stays alone.

    Parameters
    ----------
    chance
        Of the support, above 0, below 1.

    Returns
    -------
    numpy.ndarray
        Shape (pairs, 2): the row of the one with the support, and of the other.

    Examples
    --------
    >>> chance = np.array([0.50, 0.20, 0.51, 0.80])
    >>> matched_pairs(chance, np.array([True, False, False, False])).tolist()
    [[0, 2]]
    """
    logit = np.log(chance / (1 - chance))
    widest = CALIPER * float(logit.std())
    free = np.flatnonzero(~treated)
    free = free[np.argsort(logit[free], kind="stable")]
    places, taken, pairs = logit[free], np.zeros(len(free), dtype=bool), []
    for row in sorted(np.flatnonzero(treated), key=lambda row: -logit[row]):
        first, last = np.searchsorted(places, (logit[row] - widest, logit[row] + widest), side="left")
        near = np.flatnonzero(~taken[first:last]) + first
        if len(near):
            chosen = near[np.abs(places[near] - logit[row]).argmin()]
            taken[chosen] = True
            pairs.append((int(row), int(free[chosen])))
    return np.array(pairs, dtype=np.intp).reshape(-1, 2)


def largest_p(differences: Floats, gamma: float) -> float:
    """The largest one-sided p-value of the signed-rank test that a hidden difference in odds could make.

    Parameters
    ----------
    differences
        Of pairs, in the direction of the effect; zeros count for neither side.
    gamma
        How many times the odds of the support may differ between two students of a pair, 1 or more.

    References
    ----------
    Rosenbaum (2002), Observational Studies, section 4.3, doi:10.1007/978-1-4757-3692-2.

    Examples
    --------
    >>> gaps = np.arange(1.0, 31.0)
    >>> largest_p(gaps, 1.0) < largest_p(gaps, 5.0) < 0.05 < largest_p(gaps, 30.0)
    True
    """
    if not differences.any():
        return 1.0
    ranks = np.where(differences != 0, rankdata(np.abs(differences)), 0.0)
    chance = gamma / (1 + gamma)
    expected, variance = chance * ranks.sum(), chance * (1 - chance) * (ranks**2).sum()
    return float(ndtr(-(ranks[differences > 0].sum() - expected) / np.sqrt(variance)))


def breaking_gamma(differences: Floats, alpha: float = 0.05) -> float:
    """The ratio of odds from which on the test could no longer tell; 1 where it never could, at most 100.

    ``alpha`` is that of both sides: each has half of it.

    Examples
    --------
    >>> gaps = np.arange(-3.0, 31.0)
    >>> gamma = breaking_gamma(gaps)
    >>> gamma > 1, round(largest_p(gaps, gamma), 4)
    (True, 0.025)
    """
    if largest_p(differences, 1.0) >= alpha / 2:
        return 1.0
    if largest_p(differences, MOST) < alpha / 2:
        return MOST
    return float(brentq(lambda gamma: largest_p(differences, gamma) - alpha / 2, 1.0, MOST, xtol=1e-6))
