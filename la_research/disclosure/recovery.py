"""Which hidden counts could be worked out, near enough, from all that is told beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from la_research.disclosure.small import Mask

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
FEWEST = 5
"""Whole numbers that a hidden count has to leave open."""
NEAR = 1e-6


@dataclass(frozen=True)
class Release:
    """Counts that are told or hidden, and what anybody knows of how they hang together.

    Parameters
    ----------
    counts, told
        By cell: the count, and whether it is told.
    equal, below
        Sparse matrices, rows x cells: the counts of a row of ``equal``, so weighted, come to nothing, as a total less
        its parts; those of ``below`` to nothing or less, as a part less its whole.
    alike
        By cell: a label. Cells that share it are likely to be high or low together; it saves time, and changes nothing.
    """

    counts: Counts
    told: Mask
    equal: Any
    below: Any
    alike: Counts


def narrowed(release: Release, asked: Mask, fewest: int | Counts = FEWEST) -> Mask:
    """Cells that are hidden and that what is told leaves fewer than so many whole numbers.

    Parameters
    ----------
    release
        All that stands side by side; nothing else is known.
    asked
        By cell: whether it is looked at. Cells that are told are not.
    fewest
        Whole numbers that have to be left open; of all cells, or by cell.

    Returns
    -------
    numpy.ndarray
        By cell. Every count that is taken for open stands in a table of whole numbers that fits all that is told.

    References
    ----------
    Fischetti & Salazar (2001), Solving the cell suppression problem, doi:10.1287/mnsc.47.7.1008.9805: the attacker's
    two linear programmes for each cell.

    Examples
    --------
    Of 20 students 12 are told, and 3 and 5 are hidden: each of these may be 0 to 8. With the 5 told the 3 is plain.

    >>> from scipy.sparse import csr_array
    >>> total, none = csr_array([[1.0, -1, -1, -1]]), csr_array((0, 4))
    >>> counts, hidden = np.array([20, 12, 3, 5]), np.array([False, False, True, True])
    >>> bool(narrowed(Release(counts, ~hidden, total, none, np.arange(4)), hidden).any())
    False
    >>> hidden[3] = False
    >>> narrowed(Release(counts, ~hidden, total, none, np.arange(4)), hidden).tolist()
    [False, False, True, False]
    """
    found = np.zeros(len(release.counts), dtype=bool)
    asked, open_ = asked & ~release.told, np.broadcast_to(fewest, asked.shape)
    for part in _parts(release):
        if asked[part.cells].any():
            found[part.cells] = part.narrowed(asked[part.cells], open_[part.cells])
    return found


@dataclass(frozen=True)
class _Part:
    """Hidden cells that hang together, with the told ones put in: ``equal`` x = ``sums``, ``below`` x <= ``most``."""

    cells: Counts
    counts: Counts
    alike: Counts
    equal: Any
    sums: Floats
    below: Any
    most: Floats
    cap: float

    def narrowed(self, asked: Mask, fewest: Counts) -> Mask:
        """Cells asked for that no table found reaches beyond; every table found is one that could be the true one."""
        low, high = self.counts.astype(float), self.counts.astype(float)

        def narrow() -> Mask:
            return asked & (np.floor(high + NEAR) - np.ceil(low - NEAR) + 1 < fewest)

        def look(cells: Mask, *, whole: bool) -> float:
            """Add the tables in which these are lowest and highest, if of whole numbers; how far these lie apart."""
            ends = []
            for sign in (1.0, -1.0):
                table = self._solved(sign * cells.astype(np.float64), whole=whole)
                ends.append(float(table @ cells))
                if np.abs(table - np.rint(table)).max() < NEAR:
                    np.minimum(low, table, out=low)
                    np.maximum(high, table, out=high)
            return ends[1] - ends[0]

        for label in np.unique(self.alike[narrow()]):
            together = self.alike == label
            if (narrow() & together).any():
                look(together, whole=False)
        for cell in np.flatnonzero(narrow()):
            alone = np.arange(len(self.cells)) == cell
            if narrow()[cell] and look(alone, whole=False) >= fewest[cell] - 1 - NEAR and narrow()[cell]:
                look(alone, whole=True)
        return narrow()

    def _solved(self, cost: Floats, *, whole: bool) -> Floats:
        """The table of least cost; the true one where none is found, so that what is not shown to be safe is not."""
        from scipy.optimize import linprog

        found = linprog(
            cost,
            A_ub=self.below if self.below.shape[0] else None,
            b_ub=self.most if self.below.shape[0] else None,
            A_eq=self.equal if self.equal.shape[0] else None,
            b_eq=self.sums if self.equal.shape[0] else None,
            bounds=(0, self.cap),
            integrality=np.full(len(cost), int(whole)),
            method="highs",
        )
        return np.asarray(found.x, dtype=float) if found.status == 0 else self.counts.astype(float)


def _parts(release: Release) -> Iterator[_Part]:
    """Hidden cells sorted into those that bear on one another."""
    from scipy.sparse import csr_array, vstack
    from scipy.sparse.csgraph import connected_components

    hidden = np.flatnonzero(~release.told)
    if not len(hidden):
        return
    put_in = np.where(release.told, release.counts, 0).astype(float)
    equal, below = csr_array(release.equal), csr_array(release.below)
    sums, most = -(equal @ put_in), -(below @ put_in)
    equal, below = equal[:, hidden], below[:, hidden]
    links = abs(vstack([equal, below])).tocsr()
    _, part = connected_components(links.T @ links, directed=False)
    cap = 10.0 * (math.fsum(release.counts) + FEWEST)
    for label in np.unique(part):
        inside = np.flatnonzero(part == label)
        cells, kept = hidden[inside], []
        for rows, ends in ((equal, sums), (below, most)):
            some = rows[:, inside]
            used = np.flatnonzero(np.diff(some.tocsr().indptr))
            kept.append((some.tocsr()[used], ends[used]))
        (same, of), (less, than) = kept
        yield _Part(cells, release.counts[cells], release.alike[cells], same, of, less, than, cap)
