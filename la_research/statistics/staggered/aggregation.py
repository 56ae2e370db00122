"""Group-time effects made into few numbers: over all, by time since the start, by group, by time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from la_research.statistics.staggered.group_time import Cells
from la_research.statistics.staggered.panel import Floats

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Effect:
    """An average of group-time effects.

    Parameters
    ----------
    value
        In the unit of the outcome.
    influence
        What each unit adds to its error, shape (units,); that the sizes of the groups are estimated is in it.
    treated
        Units whose start it rests on.
    steps
        Times over which the change is counted, on average: the first with the support counts as 1.
    """

    value: float
    influence: Floats
    treated: int
    steps: float


def simple(cells: Cells) -> Effect:
    """The average over all groups and times from the start on, weighted by the sizes of groups.

    References
    ----------
    Callaway and Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001, section 3, for this and the other averages.

    Examples
    --------
    >>> from la_research.statistics.staggered.group_time import group_time_effects
    >>> from la_research.statistics.staggered.panel import Panel
    >>> outcome = np.array([[0.0, 3.0, 5.0], [0.0, 3.0, 5.0], [0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [0.0, 1.0, 1.0]])
    >>> start = np.array([2.0, 2.0, 3.0, np.inf, np.inf])
    >>> cells = group_time_effects(Panel.plain(outcome, np.array([1.0, 2.0, 3.0]), start))
    >>> [round(effect.value, 2) for effect in (simple(cells), dynamic(cells), grouped(cells)[0], calendar(cells))]
    [2.6, 2.83, 2.33, 2.5]
    """
    return _by_size(cells, cells.after)


def events(cells: Cells) -> dict[float, Effect]:
    """The average over groups by time since the start (in the unit of time), below 0 before it."""
    return {float(event): _by_size(cells, cells.event == event) for event in np.unique(cells.event)}


def dynamic(cells: Cells) -> Effect:
    """The plain average over the times since the start, each of which averages over its groups."""
    after = [effect for event, effect in events(cells).items() if event >= 0]
    return _mean(after, np.full(len(after), 1 / len(after)))


def grouped(cells: Cells) -> tuple[Effect, dict[float, Effect]]:
    """The average over groups of each group's mean from its start on; and these means, by the time of the start."""
    groups = np.unique(cells.group[cells.after])
    means = {}
    for group in groups:
        own = np.flatnonzero(cells.after & (cells.group == group))
        treated, steps = int((cells.panel.start == group).sum()), float((cells.time - cells.since)[own].mean())
        means[float(cells.panel.times[group])] = Effect(
            float(cells.value[own].mean()), cells.influence[own].mean(axis=0), treated, steps
        )
    size = np.array([effect.treated for effect in means.values()], dtype=float)
    weights = size / size.sum()
    whole = _mean(list(means.values()), weights)
    drawn = _of_sizes(cells, groups, np.array([effect.value for effect in means.values()]), weights)
    return Effect(whole.value, whole.influence + drawn, int(size.sum()), whole.steps), means


def calendar(cells: Cells) -> Effect:
    """The plain average over times from the first start on, each an average over groups that have started."""
    times = np.unique(cells.time[cells.after])
    each = [_by_size(cells, cells.after & (cells.time == time)) for time in times]
    return _mean(each, np.full(len(each), 1 / len(each)))


def _by_size(cells: Cells, chosen: Bools) -> Effect:
    share = cells.share[chosen]
    weights = share / share.sum()
    value = cells.value[chosen]
    influence = weights @ cells.influence[chosen] + _of_sizes(cells, cells.group[chosen], value, weights)
    treated = int(np.isin(cells.panel.start, cells.group[chosen]).sum())
    return Effect(float(weights @ value), influence, treated, float(weights @ (cells.time - cells.since)[chosen]))


def _of_sizes(cells: Cells, groups: npt.NDArray[np.intp], value: Floats, weights: Floats) -> Floats:
    """What the sizes of the groups, being estimated, add to the error: nothing where one group stands alone."""
    pull = value - weights @ value
    total = cells.panel.shares[groups].sum()
    by_start = np.zeros(len(cells.panel.times) + 1)
    np.add.at(by_start, groups, pull / total)
    return np.asarray(by_start[cells.panel.start])


def _mean(effects: list[Effect], weights: Floats) -> Effect:
    return Effect(
        float(weights @ [effect.value for effect in effects]),
        weights @ np.stack([effect.influence for effect in effects]),
        max(effect.treated for effect in effects),
        float(weights @ [effect.steps for effect in effects]),
    )
