"""Numbers of many settings of one page that count the same students, and how the counts hang together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from la_research.disclosure.recovery import Counts, Release
from la_research.disclosure.small import Mask

ALL, NEED, OTHER, REST = range(4)
"""Whom the four numbers of a setting count: all, those in need, those not in need, and the rest of all."""
Bools = NDArray[np.bool_]
Weighted = tuple[list[int], list[float]]


@dataclass(frozen=True)
class Settings:
    """Settings that read one thing, as a rule's cut-offs and weeks, those first that are to be kept first.

    Parameters
    ----------
    counted
        Settings x 4 x units: whom each number counts. A setting's first is its other three together.
    among
        4 x units: of whom.
    student
        By unit: whose it is, as a code.
    within
        Pairs of settings of which the first is known to count some of those that the second counts.
    most
        Settings, and others whom every student is known to be counted in at least as often: any week beside all weeks.
    sums
        Settings whose first numbers are told as a sum.
    beside
        Pairs of settings that stand side by side.
    """

    counted: Bools
    among: Bools
    student: Counts
    within: tuple[tuple[int, int], ...] = ()
    most: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = ()
    sums: tuple[tuple[int, ...], ...] = ()
    beside: tuple[tuple[int, int], ...] = ()

    def __len__(self) -> int:
        return len(self.counted)

    @cached_property
    def single(self) -> bool:
        """Whether every unit is a student of its own."""
        return len(np.unique(self.student)) == len(self.student)

    @cached_property
    def every(self) -> Bools:
        """Settings and, last, everyone x 4 x units."""
        return np.concatenate([self.counted, self.among[None]])

    @cached_property
    def parts(self) -> list[tuple[int, int, int]]:
        """(number, setting, setting): the first counts some of the second, as is known, and as it is in truth."""
        pairs = {*self.within, *((one, len(self)) for one in range(len(self)))}
        kinds = ((kind, a, b) for a, b in sorted(pairs) for kind in range(4))
        return [(kind, a, b) for kind, a, b in kinds if not (self.every[a, kind] & ~self.every[b, kind]).any()]

    @cached_property
    def reach(self) -> Bools:
        """4 x settings and everyone x the same: whether the one is a part of the other, however many steps between."""
        found = np.zeros((4, len(self) + 1, len(self) + 1), dtype=bool)
        for kind, a, b in self.parts:
            found[kind, a, b] = True
        return _closed(found)

    def part(self, places: NDArray[np.int64]) -> Settings:
        """Some of the settings, in their order, as if the page had no others."""
        new = {int(old): place for place, old in enumerate(places)}
        size = len(self)
        known = np.zeros((size, size), dtype=bool)
        for a, b in self.within:
            known[a, b] = True
        held = _closed(known)[np.ix_(places, places)]
        strict = held & ~held.T
        next_to = held & ~(strict.astype(np.int64) @ strict > 0) & ~np.eye(len(places), dtype=bool)

        def all_in(*several: tuple[int, ...]) -> bool:
            return all(place in new for some in several for place in some)

        return Settings(
            self.counted[places],
            self.among,
            self.student,
            tuple((int(a), int(b)) for a, b in np.argwhere(next_to)),
            tuple(
                (tuple(new[i] for i in few), tuple(new[i] for i in many))
                for few, many in self.most
                if all_in(few, many)
            ),
            tuple(tuple(new[i] for i in some) for some in self.sums if all_in(some)),
            tuple((new[a], new[b]) for a, b in self.beside if all_in((a, b))),
        )

    def tallies(self, code: Counts, groups: int) -> Counts:
        """Units that each number counts: groups and, last, all of them x 4 x settings and, last, everyone.

        A unit whose code is -1 is in no group.
        """
        inside = np.column_stack([code[:, None] == np.arange(groups), np.ones(len(code), dtype=bool)])
        counts = self.every.astype(np.float64) @ inside.astype(np.float64)
        return np.rint(counts.transpose(2, 1, 0)).astype(np.int64)

    def release(self, tallies: Counts) -> Release:
        """All counts, and the sums that are told of them, as one release in which no setting is told yet.

        Parameters
        ----------
        tallies
            As ``tallies`` gives them; the cells of the release stand in their order, and then the sums.
        """
        sums = np.array([tallies[-1, ALL, list(parts)].sum() for parts in self.sums], dtype=np.int64)
        cell = np.arange(tallies.size).reshape(tallies.shape)
        alike = np.repeat(np.arange(tallies.shape[0] * 4), len(self) + 1)
        return Release(
            np.r_[tallies.ravel(), sums],
            np.r_[np.zeros(tallies.size, dtype=bool), np.ones(len(sums), dtype=bool)],
            _matrix([*self._totals(cell), *self._sums(cell)], tallies.size + len(sums)),
            _matrix([*self._nested(cell)], tallies.size + len(sums)),
            np.r_[alike, np.full(len(sums), alike[-1] + 1)],
        )

    def _totals(self, cell: Counts) -> Iterator[Weighted]:
        """A setting's first number is its other three, and a total is its groups."""
        for place in range(len(self) + 1):
            yield from ((one[:, place].tolist(), [1.0, -1.0, -1.0, -1.0]) for one in cell)
            if len(cell) > 1:
                yield from ((one[:, place].tolist(), [-1.0] * (len(cell) - 1) + [1.0]) for one in cell.swapaxes(0, 1))

    def _sums(self, cell: Counts) -> Iterator[Weighted]:
        for place, parts in enumerate(self.sums):
            yield [*cell[-1, ALL, list(parts)].tolist(), cell.size + place], [1.0] * len(parts) + [-1.0]

    def _nested(self, cell: Counts) -> Iterator[Weighted]:
        """A part is no more than its whole, and settings no more than those that count everyone of them as often."""
        yield from (([int(one[kind, a]), int(one[kind, b])], [1.0, -1.0]) for one in cell for kind, a, b in self.parts)
        for few, many in self.most:
            weights = [1.0] * len(few) + [-1.0] * len(many)
            for kind in range(4):
                often = (self.every[list(places), kind].sum(axis=0) for places in (few, many))
                if (next(often) <= next(often)).all():
                    yield from ((one[kind, [*few, *many]].tolist(), weights) for one in cell)


def _closed(links: Bools) -> Bools:
    """From steps to ways of any number of steps."""
    for _ in range(int(np.ceil(np.log2(links.shape[-1] + 1)))):
        links = links | (links.astype(np.int64) @ links.astype(np.int64) > 0)
    return links


def known(told: Bools) -> Mask:
    """By cell of the tallies: whether it is told.

    How many students a group holds, in need, not in need and the rest, is taken as told: it does not go by the setting,
    so settings of other rules tell it, and other findings.

    Parameters
    ----------
    told
        2 x settings x groups and, last, all: whether a setting's first number is told, and whether the others are.
    """
    first, others = told.swapaxes(1, 2)
    shown = np.stack([first, others, others, others], axis=1)
    return np.concatenate([shown, np.ones((*shown.shape[:2], 1), dtype=bool)], axis=2)


def _matrix(rows: list[Weighted], size: int) -> Any:
    """Rows of cells and weights as a sparse matrix."""
    from scipy.sparse import csr_array

    ends = np.cumsum([0, *(len(cells) for cells, _ in rows)])
    cells = [cell for row, _ in rows for cell in row]
    return csr_array(([weight for _, row in rows for weight in row], cells, ends), shape=(len(rows), size))
