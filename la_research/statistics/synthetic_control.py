"""One unit that starts, against the weighted mean of others that was like it before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

from la_research.statistics.coefficient import Inverted

Floats = npt.NDArray[np.float64]
HEAVY = 1e4
"""How much more the sum of the weights counts than the outcomes, in SDs, before weights are scaled to 1."""
LEAST = 0.01
"""Least distance before the start, in SDs between units: a closer fit is one by chance."""


def simplex_weights(own: Floats, others: Floats) -> Floats:
    """Weights of the others, none below 0 and all adding to 1, whose mean is nearest to the unit's own outcomes.

    Least squares by an active set, which is deterministic; where several weights fit as well, one of them.

    Parameters
    ----------
    own
        Outcomes of the unit before its start, shape (times,).
    others
        Outcomes of the others at these times, shape (units, times).

    References
    ----------
    Abadie, Diamond and Hainmueller (2010), Synthetic control methods for comparative case studies,
    doi:10.1198/jasa.2009.ap08746; Lawson and Hanson (1974), Solving least squares problems, for the active set.

    Examples
    --------
    >>> simplex_weights(np.array([2.0, 4.0, 3.0]), np.array([[1.0, 3.0, 2.0], [3.0, 5.0, 4.0]])).round(6).tolist()
    [0.5, 0.5]
    """
    centre, spread = others.mean(), others.std() or 1.0
    heavy = HEAVY * np.sqrt(len(own))
    columns = np.vstack([((others - centre) / spread).T, np.full(len(others), heavy)])
    weights, _ = nnls(columns, np.append((own - centre) / spread, heavy))
    return np.asarray(weights / weights.sum())


@dataclass(frozen=True)
class SyntheticControl:
    """A unit and its synthetic control; each other unit in the same way, as a placebo.

    Parameters
    ----------
    own
        Outcomes of the unit that starts, shape (times,).
    others
        Outcomes of units that never start, shape (units, times), two or more.
    start
        Number of the time at which the unit starts, 1 or more.

    Examples
    --------
    >>> others = np.array([[1.0, 3.0, 2.0, 4.0], [3.0, 5.0, 4.0, 6.0], [9.0, 2.0, 7.0, 1.0]])
    >>> found = SyntheticControl(np.array([2.0, 4.0, 3.0, 8.0]), others, 3)
    >>> found.weights.round(3).tolist(), (found.gaps.round(3) + 0).tolist()
    ([0.5, 0.5, 0.0], [0.0, 0.0, 0.0, 3.0])
    """

    own: Floats
    others: Floats
    start: int

    @cached_property
    def weights(self) -> Floats:
        """Weights of the others, shape (units,)."""
        return simplex_weights(self.own[: self.start], self.others[:, : self.start])

    @cached_property
    def gaps(self) -> Floats:
        """The unit less its synthetic control, shape (times,)."""
        return np.asarray(self.own - self.weights @ self.others)

    @property
    def spread(self) -> float:
        """SD between all units at the same time before the start."""
        before = np.vstack([self.own, self.others])[:, : self.start]
        return float(np.sqrt(before.var(axis=0, ddof=1).mean()))

    @cached_property
    def placebos(self) -> Floats:
        """Gaps of each other unit against those that remain, without the unit that starts, shape (units, times)."""
        rows = []
        for j, one in enumerate(self.others):
            rest = np.delete(self.others, j, axis=0)
            rows.append(one - simplex_weights(one[: self.start], rest[:, : self.start]) @ rest)
        return np.stack(rows)

    def distance(self, gaps: Floats) -> Floats:
        """Root mean square of gaps before the start, by row."""
        return np.asarray(np.sqrt((gaps[..., : self.start] ** 2).mean(axis=-1)))

    def _least(self, gaps: Floats) -> Floats:
        return np.maximum(self.distance(gaps), LEAST * self.spread)

    @property
    def ratios(self) -> Floats:
        """Root mean square after the start over before, of the unit and then of each other, shape (1 + units,)."""
        gaps = np.vstack([self.gaps, self.placebos])
        return np.asarray(np.sqrt((gaps[:, self.start :] ** 2).mean(axis=1)) / self._least(gaps))

    def mean_gap(self, times: slice | None = None) -> Inverted:
        """The mean gap over times, from the start on where none are named, with its interval from the placebos.

        A size is rejected where, once it is taken off, the mean gap over the distance before is among the largest of
        all units. The rank over units gives the p-value: with m units none lies below 1/m, and where that is above
        1 - level, the interval is the widest that the placebos give, and holds at 1 - 1/m.

        References
        ----------
        Abadie, Diamond and Hainmueller (2010), section 3.4; Firpo and Possebom (2018), doi:10.1515/jci-2016-0026, for
        the inversion.
        """
        over = slice(self.start, None) if times is None else times
        value, own = float(self.gaps[over].mean()), float(self._least(self.gaps))
        chance = np.sort(np.abs(self.placebos[:, over].mean(axis=1)) / self._least(self.placebos))[::-1]
        units = len(chance) + 1
        p = float((1 + (chance >= abs(value) / own).sum()) / units)

        def ends(level: float) -> tuple[float, float]:
            rank = max(1, int((1 - level) * units + 1e-9))
            half = float(chance[rank - 1]) * own
            return value - half, value + half

        return Inverted(value, units, p, ends)
