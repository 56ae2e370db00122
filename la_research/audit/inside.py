"""A metric's groups inside strata: their cells, who enters a comparison, and how it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from la_research.audit.hidden import Cell, hidden
from la_research.audit.metrics import METRICS
from la_research.audit.plan import AuditPlan
from la_research.audit.standardised import Cells, Contrast, bonferroni_z, cells_of
from la_research.audit.task import Task
from la_research.finding import Estimate, Key
from la_research.statistics.gaps import Gap
from la_research.statistics.intervals import z_value

LEAST = 0.5
"""Share of the weight that strata holding both groups of a pair have to stand for."""


@dataclass(frozen=True, slots=True)
class Inside:
    """The cells of a task's groups, their pooled gap, and how they are told."""

    task: Task
    cells: Cells
    pooled: Gap
    strata: Sequence[Key]
    plan: AuditPlan

    @property
    def stratum(self) -> str:
        """What a stratum is called."""
        return self.plan.stratum

    @property
    def minimum(self) -> int:
        """Students below whom no group is shown."""
        return self.plan.minimum

    @property
    def alpha(self) -> float:
        """Chance that some interval of all pairs misses."""
        return self.plan.alpha

    def named(self, pair: tuple[int, int]) -> tuple[int, int]:
        """A pair of entering groups as positions among all groups."""
        entering = self.task.comparison.entering
        return entering[pair[0]], entering[pair[1]]

    @property
    def widest(self) -> tuple[int, int]:
        """The pooled widest pair as positions among the entering groups."""
        entering = self.task.comparison.entering
        return entering.index(self.pooled.pair[0]), entering.index(self.pooled.pair[1])

    @property
    def z(self) -> float:
        """Critical value for all pairs at once (Bonferroni)."""
        k = self.cells.groups
        return bonferroni_z(k * (k - 1) // 2, self.alpha)

    def plain(self, contrast: Contrast, n: int) -> Estimate:
        """A gap with its own interval at the audit's level, for no other pair to share."""
        lower, upper = contrast.bounds(self.cells, z_value(1 - self.alpha))
        bounds = (max(lower, -1.0), min(upper, 1.0))
        return Estimate(contrast.value, *bounds, 1 - self.alpha, self.task.unit, n, "plain")

    def entered(self, pair: tuple[int, int]) -> NDArray[np.bool_]:
        """The rows in strata that hold both groups of a pair."""
        return np.asarray(self.cells.share(pair)[self.task.measure.stratum] > 0)

    def absent(self, pair: tuple[int, int]) -> list[int]:
        """Strata that weigh something, but lack one of the groups."""
        return np.flatnonzero((self.cells.share(pair) == 0) & (self.cells.mix > 0)).tolist()

    def enough(self, pair: tuple[int, int]) -> bool:
        """Whether the strata that hold both groups hold enough of either, and most of the weight."""
        rows, mix = self.entered(pair), self.cells.mix
        students = min(self.task.students((group,), rows) for group in self.named(pair))
        return students >= self.minimum and bool(mix[self.absent(pair)].sum() <= (1 - LEAST) * mix.sum())

    def students(self, pair: tuple[int, int]) -> int:
        """Students in strata that hold both groups, of those groups that are shown.

        Where fewer than the minimum group size are elsewhere, the fewest that can remain.
        """
        everywhere = self.task.students(self.task.shown(self.named(pair)))
        return everywhere - (self.minimum - 1 if self.few_elsewhere(pair) else self.elsewhere(pair))

    def elsewhere(self, pair: tuple[int, int]) -> int:
        """Students of those groups that are shown, in no stratum that holds both."""
        shown = self.task.shown(self.named(pair))
        return self.task.students(shown) - self.task.students(shown, self.entered(pair))

    def few_elsewhere(self, pair: tuple[int, int]) -> bool:
        """Whether these are some, but fewer than the minimum group size."""
        return 0 < self.elsewhere(pair) < self.minimum

    def hidden(self, pair: tuple[int, int]) -> frozenset[int]:
        """Strata in which the numbers of a pair are not shown."""
        groups = [self.task.grouping.code == group for group in self.named(pair)]
        strata = (self.task.scored.stratum == i for i in range(len(self.strata)))
        cells = [Cell(self.keys(i), [group & here for group in groups]) for i, here in enumerate(strata)]
        return hidden(self.task.metric, self.task.scored, cells, self.minimum)

    def keys(self, stratum: int) -> dict[str, Key]:
        """A stratum as the keys of a row."""
        return {"what": self.stratum, self.stratum: self.strata[stratum]}

    def held(self, pair: tuple[int, int], stratum: int) -> int:
        """Students of a pair in one stratum, of those groups that are shown."""
        return self.task.students(self.task.shown(self.named(pair)), self.task.measure.stratum == stratum)


def inside_of(plan: AuditPlan, task: Task, strata: Sequence[Key]) -> Inside | str:
    """The groups that enter a task's gap, inside its strata; or why they can not be compared there.

    Groups that stay out of the pooled gap stay out here; they count in the mix of strata.
    """
    gap, entering = task.comparison.gap, task.comparison.entering
    if task.missing is not None:
        return task.missing
    if gap is None:
        return f"fewer than two groups hold {plan.minimum} {METRICS[task.metric].reads}"
    if len(strata) < 2:
        return f"all students are on one {plan.stratum}"
    place = np.full(len(task.grouping.values) + 1, -1)  # the last one is for rows in no group
    place[list(entering)] = range(len(entering))
    return Inside(task, cells_of(task.measure, place[task.code], len(entering)), gap, strata, plan)
