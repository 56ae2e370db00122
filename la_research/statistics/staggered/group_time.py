"""The effect in each group of units that start together, at each time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from la_research.statistics.staggered.panel import Floats, Ints, Panel
from la_research.statistics.staggered.two_by_two import Estimator, chance_of_treatment, change_against

Comparison = Literal["never", "not_yet"]
Base = Literal["varying", "universal"]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Cells:
    """Group-time effects.

    Parameters
    ----------
    panel
        The units that they were made of.
    group, time, since
        Numbers of the times at which the group starts, at which it is looked at, and since which its change
        is counted, shape (cells,).
    value
        The effects, in the unit of the outcome.
    influence
        What each unit adds to the error of each, shape (cells, units).
    lost
        How many cells could not be estimated.
    """

    panel: Panel
    group: Ints
    time: Ints
    since: Ints
    value: Floats
    influence: Floats
    lost: int = 0

    @property
    def event(self) -> Floats:
        """Time since the start, in the unit of time."""
        return self.panel.times[self.time] - self.panel.times[self.group]

    @property
    def after(self) -> Bools:
        """Whether a cell is at or after its start."""
        return self.time >= self.group

    @property
    def share(self) -> Floats:
        """Share of all units that start with the cell's group."""
        return np.asarray(self.panel.shares[self.group])


def group_time_effects(
    panel: Panel,
    comparison: Comparison = "never",
    estimator: Estimator = "doubly_robust",
    base: Base = "varying",
    anticipation: int = 0,
    *,
    before: bool = False,
) -> Cells:
    """The average effect on each group of units that start together, at each time: ATT(g, t).

    Each is a difference in differences: the change of the group since the last time before its start, less that of
    units which never start, or have not yet. Before the start the change is since the time before (``varying``), or
    since the same last time before the start (``universal``), where nothing is estimated at that time itself. Units
    that start at the first time are left out; without units that never start, the last group is what the others are
    compared with, at the times before its own start.

    Parameters
    ----------
    panel
        Balanced; see ``Panel``.
    comparison
        Units that never start, or also those that have not yet.
    estimator
        How covariates enter; without any all agree. They are taken from the earlier of the two times.
    anticipation
        How many times before its start a group may already respond.
    before
        Whether only cells are asked for in which no outcome after a start is read.

    References
    ----------
    Callaway and Sant'Anna (2021), Difference-in-differences with multiple time periods,
    doi:10.1016/j.jeconom.2020.12.001.

    Examples
    --------
    Two units start at time 2 and rise by 3; two never start and rise by 1.

    >>> rise = np.array([[0.0, 3.0], [1.0, 4.0], [0.0, 1.0], [2.0, 3.0]])
    >>> found = group_time_effects(Panel.plain(rise, np.array([1.0, 2.0]), np.array([2.0, 2.0, np.inf, np.inf])))
    >>> found.value.tolist(), found.event.tolist()
    ([2.0], [0.0])
    """
    panel = comparable(panel, anticipation)
    designs = _Designs(panel)
    found: list[tuple[int, int, int, float]] = []
    influence: list[Floats] = []
    lost = 0
    for group, time, since in _asked(panel, base, anticipation):
        if before and time >= group - anticipation:
            continue
        mine = panel.start == group
        free = panel.never
        if comparison == "not_yet":
            free = (panel.start > max(time, since) + anticipation) & ~mine
        here = mine | free
        change = (panel.outcome[:, time] - panel.outcome[:, since])[here]
        design, chance = designs.of(group, min(time, since), mine, here, estimator)
        cell = change_against(change, mine[here], design, estimator, chance) if free.any() else None
        if cell is None:
            lost += 1
            continue
        found.append((group, time, since, cell[0]))
        spread = np.zeros(len(here))
        spread[here] = cell[1] * (len(here) / here.sum())
        influence.append(spread)
    stacked = np.stack(influence) if influence else np.empty((0, len(panel.start)))
    where = np.array([cell[:3] for cell in found], dtype=np.intp).reshape(-1, 3).T
    value = np.array([cell[3] for cell in found])
    return Cells(panel, where[0], where[1], where[2], value, stacked, lost)


def comparable(panel: Panel, anticipation: int = 0) -> Panel:
    """The panel without units that had started by its first time, and, where all start, before its last start.

    Examples
    --------
    >>> all_start = Panel.plain(np.zeros((3, 4)), np.arange(1.0, 5), np.array([1.0, 2.0, 4.0]))
    >>> kept = comparable(all_start)
    >>> kept.times.tolist(), kept.never.tolist()
    ([1.0, 2.0, 3.0], [False, True])
    """
    if (panel.start <= anticipation).any():
        panel = panel.of(panel.start > anticipation)
    if len(panel.groups) and not panel.never.any():
        panel = panel.until(int(panel.groups[-1]) - anticipation)
    return panel


def _asked(panel: Panel, base: Base, anticipation: int) -> Iterator[tuple[int, int, int]]:
    """Group, time, and the time since which the change is counted."""
    for group in panel.groups:
        last = int(group) - 1 - anticipation
        for time in range(len(panel.times)):
            if time > last or (base == "universal" and time < last):
                yield int(group), time, last
            elif base == "varying" and time > 0:
                yield int(group), time, time - 1


class _Designs:
    """Covariates of the units of a cell; chances of starting are worked out once for the same units and values."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        covariates = panel.covariates
        self._constant = bool((covariates == covariates[:, :1]).all())
        self._known: dict[tuple[int, int, bytes], tuple[Floats, Floats | None]] = {}

    def of(self, group: int, time: int, mine: Bools, here: Bools, estimator: Estimator) -> tuple[Floats, Floats | None]:
        if not self._panel.covariates.shape[2]:
            return np.ones((int(here.sum()), 1)), None
        key = (group, 0 if self._constant else time, np.packbits(here).tobytes())
        if key not in self._known:
            design = np.column_stack([np.ones(int(here.sum())), self._panel.covariates[here, key[1]]])
            chance = None if estimator == "regression" else chance_of_treatment(mine[here], design)
            self._known[key] = (design, chance)
        return self._known[key]
