"""A metric's groups inside strata: their cells, who enters a comparison, and how it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from la_research.audit.groups import Codes
from la_research.audit.hidden import deepest, hidden, level_of
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
    """The cells of a task's groups that are shown, their pooled gap, and how they are told.

    ``counts`` has the rows read of each entering group in each stratum; ``tallies`` the students
    of all scored rows there, as ``Scored.tallies`` gives them.
    """

    task: Task
    cells: Cells
    pooled: Gap
    strata: Sequence[Key]
    plan: AuditPlan
    counts: Codes
    tallies: Codes

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
        """Strata that hold both groups of a pair."""
        return self.cells.share(pair) > 0

    def reads(self, groups: Sequence[int], strata: NDArray[np.bool_] | None = None) -> int:
        """Students of entering groups that the metric reads, in some strata or all."""
        inside = np.ones(len(self.strata), dtype=bool) if strata is None else strata
        if not self.task.measure.clustered:
            return int(self.counts[list(groups)][:, inside].sum())
        return self.task.students([self.task.comparison.entering[i] for i in groups], inside[self.task.measure.stratum])

    def absent(self, pair: tuple[int, int]) -> list[int]:
        """Strata that weigh something, but lack one of the groups."""
        return np.flatnonzero((self.cells.share(pair) == 0) & (self.cells.mix > 0)).tolist()

    def enough(self, pair: tuple[int, int]) -> bool:
        """Whether the strata that hold both groups hold enough of either, and most of the weight."""
        return pair in self.compared([pair])

    def compared(self, pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Those pairs of which there is ``enough``; each group's students in the same strata are counted once."""
        mix = self.cells.mix
        held = ~np.isnan(self.cells.value) & (mix > 0)

        @cache
        def reads(group: int, strata: bytes) -> int:
            return self.reads((group,), np.frombuffer(strata, dtype=bool))

        def is_enough(pair: tuple[int, int], inside: NDArray[np.bool_]) -> bool:
            strata = inside.tobytes()
            return min(reads(group, strata) for group in pair) >= self.minimum

        first, second = np.array(pairs).T
        inside = held[first] & held[second]
        weighs = inside @ mix >= LEAST * mix.sum()
        return [pairs[i] for i in np.flatnonzero(weighs).tolist() if is_enough(pairs[i], inside[i])]

    def students(self, pair: tuple[int, int]) -> int:
        """Students of both groups in strata that hold both.

        Where fewer than the minimum group size are elsewhere, the fewest that can remain.
        """
        return self.reads(pair) - (self.minimum - 1 if self.few_elsewhere(pair) else self.elsewhere(pair))

    def elsewhere(self, pair: tuple[int, int]) -> int:
        """Students of both groups in no stratum that holds both."""
        return self.reads(pair) - self.reads(pair, self.entered(pair))

    def few_elsewhere(self, pair: tuple[int, int]) -> bool:
        """Whether these are some, but fewer than the minimum group size."""
        return 0 < self.elsewhere(pair) < self.minimum

    def hidden(self, pair: tuple[int, int]) -> frozenset[int]:
        """Strata in which the numbers of a pair are not shown."""
        task, level = self.task, max(level_of(self.task.metric), 3 * (deepest(self.plan.metrics) == 3))
        tallies = self.tallies[list(pair)].swapaxes(0, 1)
        return hidden(task.scored, [self.keys(i) for i in range(len(self.strata))], tallies, self.minimum, level)[level]

    def keys(self, stratum: int) -> dict[str, Key]:
        """A stratum as the keys of a row."""
        return {"what": self.stratum, self.stratum: self.strata[stratum]}

    def held(self, pair: tuple[int, int], strata: Sequence[int]) -> int:
        """Students of a pair in some strata."""
        return self.reads(pair, np.isin(np.arange(len(self.strata)), strata))


def inside_of(plan: AuditPlan, task: Task, strata: Sequence[Key]) -> Inside | str:
    """The groups of a task that enter and are shown, inside its strata; or why they can not be compared there.

    Groups that stay out count in the mix of strata. One that is not shown stays out, as its share would follow
    from a gap beside the share of the other group.
    """
    gap, entering = task.comparison.shown, task.shown(task.comparison.entering)
    if task.missing is not None:
        return task.missing
    if gap is None and task.comparison.gap is not None:
        return "fewer than two of the groups that are compared can be shown"
    if gap is None:
        return f"fewer than two groups hold {plan.minimum} {METRICS[task.metric].reads}"
    if len(strata) < 2:
        return f"all students are on one {plan.stratum}"
    place = np.full(len(task.grouping.values) + 1, -1)  # the last one is for rows in no group
    place[list(entering)] = range(len(entering))
    code, m = place[task.code], len(strata)
    counts = np.bincount(_joint(code, task.measure.stratum, m) + 1, minlength=len(entering) * m + 1)[1:]
    tallies = task.scored.tallies(_joint(place[task.grouping.code], task.scored.stratum, m), len(entering) * m)
    return Inside(
        replace(task, comparison=replace(task.comparison, entering=entering, gap=gap)),
        cells_of(task.measure, code, len(entering)),
        gap,
        strata,
        plan,
        counts.reshape(len(entering), m),
        tallies.reshape(len(entering), m, -1),
    )


def _joint(code: Codes, stratum: Codes, strata: int) -> Codes:
    """Group and stratum as one code; -1 for rows in no group."""
    return np.where(code < 0, -1, code * strata + stratum)
