"""What a mixed model of clusters over periods needs of its rows: products within clusters, made once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from la_research.statistics.leverage import group_products, group_sums

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
COMPONENTS = ("cluster", "period", "student")
"""Random effects: of a cluster, of a cluster in a period, of a student over all periods."""


@dataclass(frozen=True)
class Layout:
    """Who is measured when and where.

    Parameters
    ----------
    cluster, period, student
        Numbers of each row's cluster, period and student, from 0 and without gaps; shape (rows,). A student belongs to
        one cluster.

    Examples
    --------
    >>> Layout(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.arange(4)).told_apart
    ('cluster',)
    """

    cluster: Codes
    period: Codes
    student: Codes

    @property
    def clusters(self) -> int:
        """How many clusters there are."""
        return int(self.cluster.max()) + 1

    @property
    def periods(self) -> int:
        """How many periods there are."""
        return int(self.period.max()) + 1

    @property
    def students(self) -> int:
        """How many students there are."""
        return int(self.student.max()) + 1

    @property
    def told_apart(self) -> tuple[str, ...]:
        """Components that the rows can tell from noise: some cluster-period, or some student, has several rows."""
        cells = len(np.unique(self.cluster * self.periods + self.period))
        seen = {"cluster": True, "period": cells < len(self.cluster), "student": self.students < len(self.student)}
        return tuple(name for name in COMPONENTS if seen[name])


class Whitened(NamedTuple):
    """Products through the inverse of V over the noise's variance.

    Of each cluster W'V^-1 W; the same with nothing but students let go; what lets clusters and periods go; and log |V|.
    """

    whole: Floats
    within: Floats
    middle: Floats
    logdet: float


@dataclass(frozen=True)
class Blocks:
    """Products of the columns within clusters, and sums by student; the columns are design, outcome, cluster, periods.

    Parameters
    ----------
    cross
        Shape (clusters, m, m).
    sums, counts, home
        By student: sums of the columns (students, m), rows, and the number of the cluster.
    p, rows
        Columns of the design; rows.
    """

    cross: Floats
    sums: Floats
    counts: Floats
    home: Codes
    p: int
    rows: int

    @classmethod
    def of(cls, outcome: Floats, design: Floats, layout: Layout) -> Blocks:
        """The products of a table."""
        period = np.eye(layout.periods)[layout.period]
        columns = np.column_stack([design, outcome, np.ones(len(outcome)), period])
        counts = np.bincount(layout.student).astype(float)
        home = np.zeros(layout.students, dtype=np.intp)
        home[layout.student] = layout.cluster
        return cls(
            group_products(columns, columns, layout.cluster, layout.clusters),
            group_sums(columns, layout.student, layout.students),
            counts,
            home,
            design.shape[1],
            len(outcome),
        )

    def whitened(self, ratio: Floats) -> Whitened:
        """The products through the inverse of the covariance, over the noise's variance."""
        within = self.cross
        if ratio[2] > 0:
            taken = ratio[2] / (1 + ratio[2] * self.counts)
            within = within - group_products(self.sums * taken[:, None], self.sums, self.home, len(self.cross))
        z = slice(self.p + 1, None)
        scale = np.sqrt(np.append(ratio[0], np.full(within.shape[1] - self.p - 2, ratio[1])))
        inner = np.eye(len(scale)) + scale[:, None] * within[:, z, z] * scale
        middle = scale[:, None] * np.linalg.inv(inner) * scale
        logdet = float(np.linalg.slogdet(inner)[1].sum() + np.log1p(ratio[2] * self.counts).sum())
        return Whitened(within - within[:, :, z] @ middle @ within[:, z, :], within, middle, logdet)

    def fit(self, ratio: Floats) -> tuple[float, float]:
        """The REML criterion, and the variance of noise that goes with the ratios."""
        p, parts = self.p, self.whitened(ratio)
        sums = parts.whole.sum(axis=0)
        left, right = sums[:p, :p], sums[:p, p]
        free = self.rows - p
        noise = max(float(sums[p, p] - right @ np.linalg.solve(left, right)) / free, 1e-300)
        return free * float(np.log(noise)) + parts.logdet + float(np.linalg.slogdet(left)[1]), noise


@dataclass(frozen=True)
class Moments:
    """What the likelihood says at given variances: coefficients, score and information of the variances."""

    value: Floats
    bread: Floats
    pull: Floats
    cross: Floats
    information: Floats
    score: Floats

    @cached_property
    def information_inverse(self) -> Floats:
        """Covariance of the variances."""
        return np.asarray(np.linalg.pinv(self.information, hermitian=True))

    @property
    def adjusted(self) -> Floats:
        """Covariance of the coefficients that allows for the variances being estimated."""
        twice = np.einsum("rij,jk,skl->rsil", self.pull, self.bread, self.pull)
        inner = np.einsum("rs,rsij->ij", self.information_inverse, self.cross - twice)
        return np.asarray(self.bread + 2 * self.bread @ inner @ self.bread)

    @classmethod
    def of(cls, blocks: Blocks, variances: Floats, free: list[int]) -> Moments:
        """At the variances of the three components and of noise."""
        noise, p, r = variances[-1], blocks.p, len(free)
        parts = blocks.whitened(variances[:3] / noise)
        sums = parts.whole.sum(axis=0) / noise
        bread = np.linalg.inv(sums[:p, :p])
        value = bread @ sums[:p, p]
        pull, cross = np.zeros((r + 1, p, p)), np.zeros((r + 1, r + 1, p, p))
        trace, squares, hits = np.zeros(r + 1), np.zeros((r + 1, r + 1)), np.zeros(r + 1)
        for own, among in _parts(blocks, parts, variances, free):
            for a in range(r):
                x = own[a][..., :p]
                pull[a] -= np.einsum("czi,czj->ij", x, x)
                hits[a] += float(((own[a][..., p] - x @ value) ** 2).sum())
                trace[a] += float(np.trace(among[a][a], axis1=1, axis2=2).sum())
                for b in range(r):
                    squares[a, b] += float((among[a][b] ** 2).sum())
                    cross[a, b] += (np.swapaxes(x, 1, 2) @ (among[a][b] @ own[b][..., :p])).sum(axis=0)
        known = variances[free]
        # The whole V is the sum of its parts, so what noise adds follows from what the others add.
        pull[r] = (-sums[:p, :p] - np.einsum("r,rij->ij", known, pull[:r])) / noise
        squares[:r, r] = squares[r, :r] = (trace[:r] - squares[:r, :r] @ known) / noise
        trace[r] = (blocks.rows - known @ trace[:r]) / noise
        squares[r, r] = (trace[r] - known @ squares[:r, r]) / noise
        cross[:r, r] = (-pull[:r] - np.einsum("s,rsij->rij", known, cross[:r, :r])) / noise
        cross[r, :r] = np.swapaxes(cross[:r, r], 1, 2)
        cross[r, r] = (-pull[r] - np.einsum("s,sij->ij", known, cross[r, :r])) / noise
        hits[r] = (float(sums[p, p] - value @ sums[:p, p]) - known @ hits[:r]) / noise
        spent = np.einsum("ij,rji->r", bread, pull)
        information = 0.5 * (
            squares
            - 2 * np.einsum("ij,rsji->rs", bread, cross)
            + np.einsum("ij,rjk,kl,sli->rs", bread, pull, bread, pull)
        )
        return cls(value, bread, pull, cross, information, 0.5 * (hits - trace - spent))


Parts = tuple[list[Floats], list[list[Floats]]]


def _parts(blocks: Blocks, parts: Whitened, variances: Floats, free: list[int]) -> Iterator[Parts]:
    """Z'V^-1 (design, outcome) of each free component, and Z'V^-1 Z of each two; all clusters at once, or each."""
    z, noise = blocks.p + 1, variances[-1]
    periods = parts.whole.shape[1] - z
    rows = [(slice(0, 1), slice(1, periods), slice(periods, None))[name] for name in free]
    for clusters in range(len(blocks.cross)) if 2 in free else [slice(None)]:
        left, among = parts.whole[clusters][..., z:, :z], parts.whole[clusters][..., z:, z:]
        if isinstance(clusters, int):
            left, among = (one[None] for one in _with_students(blocks, clusters, parts, variances))
        yield [left[:, a] / noise for a in rows], [[among[:, a, b] / noise for b in rows] for a in rows]


def _with_students(blocks: Blocks, i: int, parts: Whitened, variances: Floats) -> tuple[Floats, Floats]:
    """Both products of cluster i, times the variance of noise: rows of the cluster, its periods and its students."""
    z, here = blocks.p + 1, blocks.home == i
    left, among = parts.whole[i][z:, :z], parts.whole[i][z:, z:]
    shrunk = 1 + variances[2] / variances[-1] * blocks.counts[here]
    sums = blocks.sums[here] / shrunk[:, None]
    student = sums - sums[:, z:] @ parts.middle[i] @ parts.within[i][z:]
    corner = np.diag(blocks.counts[here] / shrunk) - sums[:, z:] @ parts.middle[i] @ sums[:, z:].T
    return np.vstack([left, student[:, :z]]), np.block([[among, student[:, z:].T], [student[:, z:], corner]])
