"""Approximate invariance over many groups: factor means and spreads under which most items agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from la_research.statistics.intervals import Floats
from la_research.statistics.psychometrics.confirmatory import Solution
from la_research.statistics.psychometrics.unfit import Unfit

ROUNDED = (1.0, 0.1, 0.01, 0.001)
"""How far the tip of the loss is rounded off, the last one counts; those before lead to it."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """Groups on one scale, in standard deviations of the items and of the first group's factor.

    Parameters
    ----------
    mean, spread
        Of the factor in every group; 0 and 1 in the first.
    loading, intercept
        Groups x items, as they are at those means and spreads.
    apart_loading, apart_intercept
        Of every item: standard deviation over groups, larger groups counting more.
    n
        Rows.
    """

    mean: Floats
    spread: Floats
    loading: Floats
    intercept: Floats
    apart_loading: Floats
    apart_intercept: Floats
    n: int


def aligned(loading: Floats, intercept: Floats, sizes: Floats) -> Aligned:
    """The alignment of one factor over groups.

    Every group's loadings are divided by its factor's spread, and its intercepts lowered by its mean times those.
    Means and spreads are those under which the fourth root of squared differences, over all pairs of groups and items,
    is least: many items that agree and a few that do not, rather than all that agree a little.

    Parameters
    ----------
    loading, intercept
        Groups x items, of a model in which every group's factor has mean 0 and variance 1; in units in which items
        are alike, such as their standard deviations.
    sizes
        Rows of each group.

    Raises
    ------
    Unfit
        ``few_items`` with one group, ``not_converged``.

    References
    ----------
    Asparouhov & Muthén (2014), doi:10.1080/10705511.2014.919210, "fixed"; the first group sets the scale.

    Examples
    --------
    The second group has the higher mean, and one item besides that it answers lower.

    >>> loading = np.full((2, 4), 0.8)
    >>> intercept = np.array([[0.0] * 4, [0.4, 0.4, 0.4, -0.1]])
    >>> found = aligned(loading, intercept, np.array([100, 100]))
    >>> round(float(found.mean[1]), 2), (found.apart_intercept > 0.1).tolist()
    (0.5, [False, False, False, True])
    """
    groups = len(loading)
    if groups < 2:
        raise Unfit("few_items", "one group alone can not be compared")
    first, second = np.triu_indices(groups, 1)
    weight = np.sqrt(np.asarray(sizes, dtype=float)[first] * np.asarray(sizes, dtype=float)[second])
    weight = (weight / weight.sum())[:, None]
    at = np.zeros(2 * (groups - 1))

    def moved(values: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        mean, spread = np.append(0.0, values[: groups - 1]), np.exp(np.append(0.0, values[groups - 1 :]))
        scaled = loading / spread[:, None]
        return mean, spread, scaled, intercept - mean[:, None] * scaled

    def loss(values: Floats, tip: float) -> tuple[float, Floats]:
        mean, _, scaled, lowered = moved(values)
        total, slope = 0.0, np.zeros((2, groups))
        for held, by_mean, by_spread in (
            (scaled, np.zeros_like(scaled), -scaled),
            (lowered, -scaled, mean[:, None] * scaled),
        ):
            gap = held[first] - held[second]
            total += float((weight * (gap**2 + tip) ** 0.25).sum())
            pull = weight * gap * (gap**2 + tip) ** -0.75 / 2
            for row, by in enumerate((by_mean, by_spread)):
                np.add.at(slope[row], first, (pull * by[first]).sum(axis=1))
                np.add.at(slope[row], second, -(pull * by[second]).sum(axis=1))
        return total, np.concatenate([slope[0, 1:], slope[1, 1:]])

    for tip in ROUNDED:
        found = minimize(loss, at, (tip,), jac=True, method="BFGS")
        at = found.x
    if not np.isfinite(at).all() or np.abs(found.jac).max() > 1e-3:
        raise Unfit("not_converged", "groups could not be brought onto one scale")
    mean, spread, scaled, lowered = moved(at)
    return Aligned(mean, spread, scaled, lowered, _apart(scaled, sizes), _apart(lowered, sizes), int(np.sum(sizes)))


def aligned_solution(solution: Solution, sizes: Floats) -> Aligned:
    """The alignment of a configural model of one factor, items in their standard deviations over all groups."""
    cells = solution.model.groups
    moments = [solution.moments(group) for group in range(len(cells))]
    share = np.asarray(sizes, dtype=float) / np.sum(sizes)
    scale = np.sqrt(share @ np.stack([np.diag(one.cov) for one in moments]))
    loading = np.stack([one.loading[:, 0] for one in moments]) / scale
    intercept = np.stack([solution.values[one.intercept] for one in cells]) / scale
    return aligned(loading, intercept, sizes)


def _apart(held: Floats, sizes: Floats) -> Floats:
    share = (np.asarray(sizes, dtype=float) / np.sum(sizes))[:, None]
    middle = (share * held).sum(axis=0)
    return np.asarray(np.sqrt((share * (held - middle) ** 2).sum(axis=0)))
