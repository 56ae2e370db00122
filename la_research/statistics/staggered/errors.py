"""Errors of averages of group-time effects: from what each unit, or each cluster of units, adds to them."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from la_research.statistics.coefficient import Coefficient
from la_research.statistics.staggered.aggregation import Effect
from la_research.statistics.staggered.panel import Floats, Ints, Panel


class Errors:
    """How sure effects of one panel are.

    The influences of a cluster's units are added up. Where all units of a cluster start together the variance
    is added over starts, each multiplied by m/(m - 1) for its m clusters, and the degrees of freedom are
    Satterthwaite's, which for two groups and two times is Welch's test of the changes. Otherwise the factor is that of
    all clusters, and the degrees of freedom are their number less 1.

    Parameters
    ----------
    panel
        The units.

    References
    ----------
    Callaway and Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001, for the influence functions;
    Satterthwaite (1946), doi:10.2307/3002019.

    Examples
    --------
    >>> from la_research.statistics.staggered.aggregation import simple
    >>> from la_research.statistics.staggered.group_time import group_time_effects
    >>> rise = np.array([[0.0, 3.0], [0.0, 5.0], [0.0, 1.0], [0.0, 2.0], [0.0, 0.0]])
    >>> panel = Panel.plain(rise, np.array([1.0, 2.0]), np.array([2.0, 2.0, np.inf, np.inf, np.inf]))
    >>> found = Errors(panel).of(simple(group_time_effects(panel)))
    >>> found.value, round(found.se**2, 6) == round(2 / 2 + 1 / 3, 6), round(found.df, 2)
    (3.0, True, 1.68)
    """

    def __init__(self, panel: Panel) -> None:
        self.panel = panel

    @cached_property
    def stratum(self) -> Ints:
        """By cluster, the number of its start; 0 for all where a cluster's units start at different times."""
        first = np.zeros(self.clusters, dtype=np.intp)
        first[self.panel.cluster] = self.panel.start
        shared = bool((first[self.panel.cluster] == self.panel.start).all())
        return np.unique(first, return_inverse=True)[1] if shared else np.zeros_like(first)

    @property
    def clusters(self) -> int:
        """How many clusters there are."""
        return int(self.panel.cluster.max()) + 1

    @cached_property
    def sizes(self) -> Ints:
        """Clusters by stratum."""
        return np.bincount(self.stratum)

    def parts(self, influence: Floats) -> Floats:
        """What each cluster adds to each estimate, (estimates, clusters); a row's squares sum to its variance."""
        units = len(self.panel.start)
        if self.clusters == units:
            sums = np.empty_like(influence)
            sums[:, self.panel.cluster] = influence
        else:
            sums = np.stack([np.bincount(self.panel.cluster, row, self.clusters) for row in influence])
        factor = np.sqrt(self.sizes / np.maximum(self.sizes - 1, 1))
        return np.asarray(sums * (factor[self.stratum] / units))

    def of(self, effect: Effect) -> Coefficient:
        """The effect with its standard error; ``n`` is all units."""
        squares = np.bincount(self.stratum, self.parts(effect.influence[None])[0] ** 2, len(self.sizes))
        spent = float((squares**2 / np.maximum(self.sizes - 1, 1)).sum())
        df = squares.sum() ** 2 / spent if spent else self.clusters - 1
        return Coefficient(effect.value, float(np.sqrt(squares.sum())), float(df), len(self.panel.start))
