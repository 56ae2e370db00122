"""A linear mixed model of students in clusters over periods, its errors good for few clusters (Kenward and Roger)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from la_research.statistics.cluster_blocks import COMPONENTS, Blocks, Layout, Moments
from la_research.statistics.coefficient import Coefficient

Floats = npt.NDArray[np.float64]
LARGEST = 0.9999
"""Largest share of a variance in its sum with that of noise: rows are then all but equal."""
POLISH = 4
"""Steps of Fisher's scoring after the search, each about as good as doubling the digits."""


@dataclass(frozen=True)
class MixedFit:
    """Coefficients of the mixed model.

    Parameters
    ----------
    value
        Shape (p,).
    plain, covariance
        As if the variances were known, and with what it costs that they are not; shape (p, p).
    variances
        By component, and "noise".
    n, clusters
        Students and clusters.
    """

    value: Floats
    plain: Floats
    covariance: Floats
    variances: dict[str, float]
    n: int
    clusters: int
    _pull: Floats
    _spread: Floats

    def at(self, contrast: npt.ArrayLike, df: float | None = None) -> Coefficient:
        """A combination of the coefficients, shape (p,), df Satterthwaite's unless others are given."""
        c = np.asarray(contrast, dtype=float)
        if df is None:
            to = self.plain @ c
            moved = np.einsum("i,rij,j->r", to, self._pull, to) / float(c @ to)
            df = 2 / float(moved @ self._spread @ moved)
        return Coefficient(float(c @ self.value), float(np.sqrt(c @ self.covariance @ c)), df, self.n)


def mixed_effects(outcome: Floats, design: Floats, layout: Layout, components: Sequence[str] = COMPONENTS) -> MixedFit:
    """The linear mixed model by restricted maximum likelihood.

    Rows of a cluster share an effect, those of a cluster in a period another, those of a student a
    third. Variances that would be below 0 are 0. The covariance of the coefficients allows for
    variances being estimated, and so do the degrees of freedom. No matrix of the size of a cluster
    is made.

    Parameters
    ----------
    outcome
        Shape (rows,), none missing.
    design
        Shape (rows, p), of full rank.
    components
        Those of ``COMPONENTS`` that are wanted; one that the rows can not tell from noise is left out.

    Raises
    ------
    ValueError
        The columns and what rows share leave no spread of the outcome.

    References
    ----------
    Kenward and Roger (1997), Small sample inference for fixed effects from restricted maximum likelihood,
    doi:10.2307/2533558 (with the expected information; one coefficient at a time, where their degrees of freedom are
    Satterthwaite's). Hussey and Hughes (2007), doi:10.1016/j.cct.2006.05.007; Hooper, Teerenstra, de Hoop and
    Eldridge (2016), doi:10.1002/sim.7028 (the components).

    Examples
    --------
    Two clusters of two periods of two students: the mean, and what clusters share of the spread.

    >>> layout = Layout(np.repeat([0, 1], 4), np.tile([0, 0, 1, 1], 2), np.arange(8))
    >>> fit = mixed_effects(np.array([1.0, 2, 2, 3, 5, 6, 6, 7]), np.ones((8, 1)), layout, ["cluster"])
    >>> fit.value.round(6).tolist(), {name: round(value, 3) for name, value in fit.variances.items()}
    ([4.0], {'cluster': 7.833, 'noise': 0.667})
    """
    blocks = Blocks.of(outcome, design, layout)
    free = [COMPONENTS.index(name) for name in layout.told_apart if name in components]
    found = _searched(blocks, free)
    found, free = _polished(blocks, found, free)
    moments = Moments.of(blocks, found, free)
    kept = {COMPONENTS[j]: float(found[j]) if j in free else 0.0 for j in range(3) if COMPONENTS[j] in components}
    return MixedFit(
        moments.value,
        moments.bread,
        moments.adjusted,
        {**{name: value for name, value in kept.items() if name in layout.told_apart}, "noise": float(found[-1])},
        layout.students,
        layout.clusters,
        moments.pull,
        moments.information_inverse,
    )


def _searched(blocks: Blocks, free: list[int]) -> Floats:
    """Variances of the three components and of noise, those not free at 0."""

    def ratios(at: Floats) -> Floats:
        found = np.zeros(3)
        found[free] = at / (1 - at)
        return found

    def criterion(at: Floats) -> float:
        return blocks.fit(ratios(at))[0]

    at = np.empty(0)
    if free:
        at = minimize(criterion, np.full(len(free), 0.1), method="L-BFGS-B", bounds=[(0.0, LARGEST)] * len(free)).x
    noise = blocks.fit(ratios(at))[1]
    if (at > 0.999).any() or noise < 1e-10 * float(blocks.cross[:, blocks.p, blocks.p].sum()) / blocks.rows:
        raise ValueError("the columns and what rows share leave no spread of the outcome")
    return np.append(ratios(at) * noise, noise)


def _polished(blocks: Blocks, found: Floats, free: list[int]) -> tuple[Floats, list[int]]:
    """Variances after some steps of Fisher's scoring, and the components that are not 0.

    A component goes to 0 where the likelihood is as good without it.
    """
    for _ in range(POLISH):
        for j in list(free):
            without = np.where(np.arange(4) == j, 0.0, found)
            if blocks.fit(without[:3] / found[3])[0] <= blocks.fit(found[:3] / found[3])[0]:
                found, free = without, [other for other in free if other != j]
        moments = Moments.of(blocks, found, free)
        step = moments.information_inverse @ moments.score
        better = found[[*free, 3]] + step
        if not (better > 0).all():
            break
        found[[*free, 3]] = better
        if (np.abs(step) < 1e-9 * better).all():
            break
    return found, free
