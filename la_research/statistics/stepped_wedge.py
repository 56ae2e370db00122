"""Columns of a stepped wedge: periods as a factor, the support, and for how long it has been there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from la_research.statistics.cluster_blocks import Layout

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Wedge:
    """Which cluster had the support in which period.

    Parameters
    ----------
    layout
        Cluster, period and student of each row.
    treated
        1 where the row's cluster has the support, else 0; shape (rows,). Alike within a cluster and period.

    Examples
    --------
    >>> layout = Layout(np.repeat([0, 1, 2], 3), np.tile([0, 1, 2], 3), np.arange(9))
    >>> wedge = Wedge(layout, np.array([0.0, 1, 1, 0, 0, 1, 0, 0, 0]))
    >>> wedge.starts.tolist(), wedge.exposure.tolist(), wedge.fault
    ([1.0, 2.0, inf], [0.0, 1.0, 2.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0], '')
    """

    layout: Layout
    treated: Floats

    @cached_property
    def cells(self) -> Floats:
        """Whether a cluster has the support in a period, (clusters, periods); not a number where it has no row."""
        found = np.full((self.layout.clusters, self.layout.periods), np.nan)
        found[self.layout.cluster, self.layout.period] = self.treated
        return found

    @cached_property
    def starts(self) -> Floats:
        """Period from which each cluster has the support, from 0; infinite where never."""
        had = self.cells == 1
        return np.where(had.any(axis=1), had.argmax(axis=1), np.inf)

    @cached_property
    def exposure(self) -> Floats:
        """Periods since the support started, 1 in the first; 0 before."""
        since = self.layout.period - self.starts[self.layout.cluster] + 1
        return np.where(self.treated == 1, since, 0.0)

    @property
    def fault(self) -> str:
        """Why nothing can be compared; "" where something can."""
        if self.layout.clusters < 3:
            return "there are fewer than three clusters: nothing tells the support from what a cluster is like"
        if (self.cells[self.layout.cluster, self.layout.period] != self.treated).any():
            return "the support varies within a cluster and period"
        filled = np.where(np.isnan(self.cells), -1, self.cells)
        if any((np.diff(row[row >= 0]) < 0).any() for row in filled):
            return "a cluster goes back off the support: a stepped wedge never does"
        if self.layout.periods < 2:
            return "there is one period only"
        both = [set(column[~np.isnan(column)]) == {0.0, 1.0} for column in self.cells.T]
        if not any(both):
            return "in no period do some clusters have the support and others not: nothing is compared at the same time"
        return ""

    @property
    def periods(self) -> Floats:
        """One column a period, shape (rows, periods)."""
        return np.eye(self.layout.periods)[self.layout.period]

    @property
    def exposures(self) -> tuple[Floats, Floats]:
        """Lengths of exposure that occur, and one column for each, shape (rows, lengths)."""
        lengths = np.unique(self.exposure[self.exposure > 0])
        return lengths, (self.exposure[:, None] == lengths).astype(float)
