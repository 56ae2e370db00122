"""A measurement model: which loadings, residuals and factor moments are free, and which groups share them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from la_research.statistics.intervals import Floats

Ints = NDArray[np.intp]
ZERO, ONE = -2, -1
"""Positions of a cell that is fixed at 0, or at 1: the parameters are followed by these two numbers."""
SHARED = ("loading", "intercept", "residual")
"""What groups can have in common, from metric to strict invariance."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Positions of one group's parameters: loading p x k, residual p, factor k x k, intercept p, mean k.

    ``crossed`` holds residuals that go together, one a column: item, other item, position (3 x m).
    """

    loading: Ints
    residual: Ints
    factor: Ints
    intercept: Ints
    mean: Ints
    crossed: Ints = field(default_factory=lambda: np.empty((3, 0), dtype=np.intp))


@dataclass(frozen=True, slots=True)
class Moments:
    """What a model implies of one group: covariances p x p, means p, and the matrices behind them."""

    cov: Floats
    mean: Floats
    loading: Floats
    residual: Floats
    factor: Floats
    latent: Floats


@dataclass(frozen=True, slots=True)
class Model:
    """The cells of every group, how many parameters are free, and whether means are modelled.

    With ``unit`` every item has variance 1, so that residual variances follow from the loadings.
    """

    groups: tuple[Cells, ...]
    free: int
    means: bool
    unit: bool = False

    def implied(self, values: Floats, group: int = 0) -> Moments:
        """Moments of a group at these parameters: loadings x factor covariances x loadings' + residuals."""
        cells, padded = self.groups[group], np.concatenate([values, (0.0, 1.0)])
        loading, factor, residual = padded[cells.loading], padded[cells.factor], padded[cells.residual]
        latent = padded[cells.mean]
        cov = loading @ factor @ loading.T
        if self.unit:
            residual = 1 - np.diag(cov)
        cov = cov + np.diag(residual)
        first, second, at = cells.crossed
        cov[first, second] += padded[at]
        cov[second, first] += padded[at]
        return Moments(cov, padded[cells.intercept] + loading @ latent, loading, residual, factor, latent)

    def slopes(self, moments: Moments, group: int = 0) -> tuple[Floats, Floats]:
        """Derivatives of covariances (free x p x p) and means (free x p) by every parameter."""
        cells, p = self.groups[group], len(moments.mean)
        cov, mean = np.zeros((self.free + 2, p, p)), np.zeros((self.free + 2, p))
        item, factor = np.nonzero(cells.loading != ZERO)
        at = cells.loading[item, factor]
        across = (moments.factor @ moments.loading.T)[factor]
        np.add.at(cov, (at, item), across)
        np.add.at(cov.transpose(0, 2, 1), (at, item), across)
        np.add.at(mean, (at, item), moments.latent[factor])
        every = np.arange(p)
        np.add.at(cov, (cells.residual, every, every), 1.0)
        np.add.at(mean, (cells.intercept, every), 1.0)
        first, second, crossing = cells.crossed
        np.add.at(cov, (crossing, first, second), 1.0)
        np.add.at(cov, (crossing, second, first), 1.0)
        a, b = np.indices(cells.factor.shape).reshape(2, -1)
        np.add.at(cov, cells.factor[a, b], moments.loading.T[a][:, :, None] * moments.loading.T[b][:, None, :])
        np.add.at(mean, cells.mean, moments.loading.T)
        if self.unit:
            cov[:, every, every] = 0.0
        return cov[: self.free], mean[: self.free]


def carried(before: Model, values: Floats, after: Model) -> Floats:
    """Parameters of another model of the same cells, taken from this one; where it shares one, the first group's.

    Examples
    --------
    >>> apart, same = (measurement_model([(0, 1, 2)], 3, 2, equal=equal) for equal in ((), ("loading",)))
    >>> found = carried(apart, np.arange(12.0), same)
    >>> found.tolist()  # loadings and residuals of the first group; a variance that was 1; residuals of the second
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 1.0, 9.0, 10.0, 11.0]
    """
    padded, found = np.concatenate([values, (0.0, 1.0)]), np.zeros(after.free + 2)
    for old, new in zip(reversed(before.groups), reversed(after.groups), strict=True):
        for what in ("loading", "residual", "factor", "intercept", "mean"):
            to, at = getattr(new, what).ravel(), getattr(old, what).ravel()
            found[to[::-1]] = padded[at[::-1]]
        found[new.crossed[2]] = padded[old.crossed[2]]
    return found[: after.free]


def measurement_model(
    factors: Sequence[Sequence[int]],
    items: int,
    groups: int = 1,
    *,
    means: bool = False,
    unit: bool = False,
    correlated: bool = True,
    equal: Collection[str] = (),
    apart: Mapping[str, Collection[int]] | None = None,
) -> Model:
    """Factors, correlated or not, each with its items; residuals never are.

    Factors have variance 1 (and mean 0, where means are modelled) in the first group; where loadings are shared
    the variances of the other groups are free, and where intercepts are shared their means are.

    Parameters
    ----------
    factors
        Columns of each factor's items, counted from 0.
    items
        How many columns there are.
    groups
        How many groups.
    means
        Whether intercepts and factor means are part of the model.
    unit
        Whether every item has variance 1.
    correlated
        Whether factors correlate.
    equal
        Some of ``SHARED``.
    apart
        Items whose parameter of that name is free in every group all the same (partial invariance).

    Examples
    --------
    >>> model = measurement_model([(0, 1, 2), (3, 4, 5)], 6)
    >>> model.free == 6 + 6 + 1
    True
    >>> two = measurement_model([(0, 1, 2)], 3, 2, means=True, equal=("loading", "intercept"))
    >>> two.free == 3 + 2 * 3 + 1 + 3 + 1  # loadings; residuals; a variance; intercepts; a mean
    True
    """
    pattern = np.zeros((items, len(factors)), dtype=bool)
    for column, positions in enumerate(factors):
        pattern[list(positions), column] = True
    built: list[Cells] = []
    taken = 0

    def fresh(mask: NDArray[np.bool_]) -> Ints:
        nonlocal taken
        cells = np.full(mask.shape, ZERO, dtype=np.intp)
        cells[mask] = taken + np.arange(mask.sum())
        taken += int(mask.sum())
        return cells

    def of_items(what: str, mask: NDArray[np.bool_]) -> Ints:
        if not built or what not in equal:
            return fresh(mask)
        own = np.zeros(items, dtype=bool)
        own[list((apart or {}).get(what, ()))] = True
        alone = (mask.T & own).T
        return np.where(mask & ~alone, getattr(built[0], what), fresh(alone))

    k = len(factors)
    for _ in range(groups):
        scaled = bool(built) and "loading" in equal
        moved = means and bool(built) and "intercept" in equal
        factor = fresh(np.tri(k, k=-1, dtype=bool) & correlated)
        factor = np.maximum(factor, factor.T)
        factor[np.diag_indices(k)] = fresh(np.ones(k, bool)) if scaled else ONE
        built.append(
            Cells(
                of_items("loading", pattern),
                of_items("residual", np.full(items, not unit)),
                factor,
                of_items("intercept", np.full(items, means)),
                fresh(np.full(k, moved)),
            )
        )
    return Model(tuple(built), taken, means, unit)
