"""Whether outcomes are known as often in every arm: one rule, for the gate and for what is told beside the effect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from la_research.finding import Estimate
from la_research.statistics.clustered import least_squares
from la_research.statistics.intervals import newcombe_difference

STATEMENT = "Outcomes are known as often in every arm"
SOME = "the outcomes of some, but of fewer than {minimum} students of an arm, are missing"
"""Said in place of numbers that would tell of a few."""
LEVEL = 0.99


@dataclass(frozen=True)
class Answered:
    """The arm whose share of known outcomes lies furthest from that of the control.

    Parameters
    ----------
    estimate
        Its share less that of the control, with a 99 % interval; by CR2 where groups were drawn.
    limit
        Difference that would matter.

    Examples
    --------
    250 of 300 answered in one arm and 225 of 300 in the other: more than 5 points, and no more than chance makes.

    >>> known, arm = np.repeat([1, 0, 1, 0], [250, 50, 225, 75]) == 1, np.repeat([1, 0], 300)
    >>> found = Answered.of(known, arm, None, 0.05)
    >>> found.alike, found.beyond_limit
    (True, True)
    """

    estimate: Estimate
    limit: float

    @classmethod
    def of(
        cls, known: npt.NDArray[np.bool_], arm: npt.NDArray[np.intp], cluster: npt.NDArray[np.intp] | None, limit: float
    ) -> Answered:
        """From whether each student's outcome is known, their arm (0 the control), and the group drawn, if any.

        Without an interval where an arm holds one group.
        """
        others = range(1, int(arm.max()) + 1)
        if cluster is not None and min(len(np.unique(cluster[arm == one])) for one in (0, *others)) < 2:
            gap = max((float(known[arm == one].mean() - known[arm == 0].mean()) for one in others), key=abs)
            return cls(Estimate(gap, None, None, None, "share", len(arm), "difference"), limit)
        gaps = [_gap(known, arm, one, cluster) for one in others]
        value, lower, upper = max(gaps, key=lambda gap: abs(gap[0]))
        method = "newcombe" if cluster is None else "cr2-satterthwaite"
        return cls(Estimate(value, lower, upper, LEVEL, "share", len(arm), method), limit)

    @property
    def beyond_limit(self) -> bool:
        """Whether the difference is larger than the limit."""
        return abs(self.estimate.value or 0.0) > self.limit

    @property
    def alike(self) -> bool | None:
        """False where the difference is both larger than the limit and more than chance (99 %).

        Alone, the first would stop every small trial, and the second any large one. None where an arm holds one
        group, so that chance can not be told.
        """
        lower, upper = self.estimate.lower, self.estimate.upper
        if lower is None or upper is None:
            return None
        return not self.beyond_limit or lower <= 0 <= upper

    @property
    def evidence(self) -> str:
        """The difference beside its limit."""
        seen = f"difference of the shares known: {self.estimate}, limit {100 * self.limit:g} % and beyond chance"
        few = "; it is larger than the limit, and so few students could differ so by chance"
        return f"{seen}{few if self.alike and self.beyond_limit else ''}"


def _gap(
    known: npt.NDArray[np.bool_], arm: npt.NDArray[np.intp], one: int, cluster: npt.NDArray[np.intp] | None
) -> tuple[float, float, float]:
    if cluster is None:
        ones, zeros = known[arm == one], known[arm == 0]
        return newcombe_difference(int(ones.sum()), len(ones), int(zeros.sum()), len(zeros), LEVEL)
    here = (arm == one) | (arm == 0)
    design = np.column_stack([np.ones(int(here.sum())), arm[here] == one])
    groups = np.unique(cluster[here], return_inverse=True)[1]
    found = least_squares(design, known[here].astype(float), groups).of(np.array([0.0, 1.0]))
    return (found.value, *found.interval(LEVEL))
