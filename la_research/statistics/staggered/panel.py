"""Units seen at the same times, each with the time at which its support starts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Panel:
    """A balanced panel.

    Parameters
    ----------
    outcome
        One value a unit and time, shape (units, times), none missing.
    times
        When, increasing, shape (times,).
    first
        The time at which a unit starts, shape (units,); infinite where it never does. One that lies
        between two times counts from the later, one after the last counts as never.
    covariates
        Measured at each time, shape (units, times, k), none missing; k may be 0.
    cluster
        Group whose units share their fate, as numbers from 0, shape (units,).

    Examples
    --------
    >>> panel = Panel.plain(np.zeros((3, 2)), np.array([1.0, 2.0]), np.array([2.0, 9.0, np.inf]))
    >>> panel.start.tolist(), panel.groups.tolist()
    ([1, 2, 2], [1])
    """

    outcome: Floats
    times: Floats
    first: Floats
    covariates: Floats
    cluster: Ints

    @classmethod
    def plain(cls, outcome: Floats, times: Floats, first: Floats) -> Panel:
        """A panel without covariates, whose units are their own clusters."""
        return cls(outcome, times, first, np.empty((*outcome.shape, 0)), np.arange(len(outcome)))

    @cached_property
    def start(self) -> Ints:
        """Number of the time at which each unit starts; the number of times where it never does."""
        return np.searchsorted(self.times, self.first)

    @cached_property
    def groups(self) -> Ints:
        """The starts that there are, as numbers of times; without never."""
        return np.unique(self.start[self.start < len(self.times)])

    @cached_property
    def never(self) -> npt.NDArray[np.bool_]:
        """Whether a unit never starts."""
        return np.asarray(self.start == len(self.times))

    @cached_property
    def shares(self) -> Floats:
        """Share of all units that start at each time, and last that never do, shape (times + 1,)."""
        return np.asarray(np.bincount(self.start, minlength=len(self.times) + 1) / len(self.start))

    def until(self, time: int) -> Panel:
        """The panel before the time of that number."""
        kept = slice(None, time)
        return Panel(self.outcome[:, kept], self.times[kept], self.first, self.covariates[:, kept], self.cluster)

    def of(self, units: npt.NDArray[np.bool_]) -> Panel:
        """Some of its units."""
        return Panel(
            self.outcome[units], self.times, self.first[units], self.covariates[units],
            np.unique(self.cluster[units], return_inverse=True)[1],
        )  # fmt: skip
