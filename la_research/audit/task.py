"""One metric on one grouping: the rows it reads, its value by group, and their comparison."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from la_research.audit.disparity import Comparison, compare, differing, verdicts
from la_research.audit.groups import Codes, Grouping, groupings
from la_research.audit.hidden import Scored, hidden_groups, level_of
from la_research.audit.measured import Measured, measured
from la_research.audit.metrics import METRICS
from la_research.audit.odds import ODDS, RATES, together
from la_research.audit.plan import AuditPlan
from la_research.audit.values import ByGroup, by_group, point_values
from la_research.finding import Verdict
from la_research.statistics.intervals import Floats


@dataclass(frozen=True, slots=True)
class Ground:
    """What every metric on one grouping shares.

    Parameters
    ----------
    scored
        All rows, whether or not a metric reads them.
    sizes
        Students of each group.
    without
        Students with no recorded value of the attribute.
    hidden
        By level of metric, groups whose numbers are not shown, and whose students no n counts.
    """

    grouping: Grouping
    scored: Scored
    sizes: Codes
    without: int
    hidden: Sequence[frozenset[int]]


@dataclass(frozen=True, slots=True)
class Task:
    """Everything that findings of one metric on one grouping are told from.

    Parameters
    ----------
    id
        Id of its pooled finding.
    measure, code
        The rows that the metric reads, and the group of each; -1 for none.
    groups, comparison
        Its value by group and the largest gap; without a gap where nothing can be compared.
    missing
        Why there is no group or no row to compare, or None.
    parts
        For several rates judged together, the task of each.
    told
        The metric that a sentence about the widest gap speaks of: for several rates the one
        with that gap.
    """

    id: str
    ground: Ground
    measure: Measured
    code: Codes
    groups: ByGroup | None
    comparison: Comparison
    missing: str | None
    parts: tuple[Task, ...] = ()
    told: str = ""

    @property
    def metric(self) -> str:
        """Id of the metric."""
        return self.measure.metric

    @property
    def grouping(self) -> Grouping:
        """The groups it compares."""
        return self.ground.grouping

    @property
    def scored(self) -> Scored:
        """All rows, whether or not the metric reads them."""
        return self.ground.scored

    @property
    def hidden(self) -> frozenset[int]:
        """Groups whose numbers are not shown."""
        return self.ground.hidden[level_of(self.metric)]

    @property
    def without(self) -> int:
        """Students with no recorded value of the attribute."""
        return self.ground.without

    @property
    def unit(self) -> str:
        """Unit of the metric and its gaps."""
        return self.measure.card.unit

    @property
    def unlabelled(self) -> bool:
        """Whether some scored row has no label."""
        return bool(np.isnan(self.scored.label).any())

    def students(self, groups: Collection[int], inside: NDArray[np.bool_] | None = None) -> int:
        """Students of these groups that the metric reads, in all of its rows or some."""
        if self.groups is not None and inside is None and not self.measure.clustered:
            return int(self.groups.students[list(groups)].sum())
        rows = np.isin(self.code, list(groups))
        return int(np.count_nonzero(np.bincount(self.measure.student[rows if inside is None else rows & inside])))

    def shown(self, groups: Collection[int]) -> tuple[int, ...]:
        """Those of the groups whose numbers are shown."""
        return tuple(sorted(set(groups) - self.hidden))


def tasks_of(plan: AuditPlan, rows: pd.DataFrame, prefix: str) -> list[Task]:
    """Every grouping of a plan on every metric, in that order.

    A metric without a card in ``metrics.METRICS``, as "abroca", compares curves, not values
    by group, and has findings of its own.

    Parameters
    ----------
    rows
        Scored rows of one population: unit_id, student_id, fold, score, decision, label (may be
        missing), stratum, and a column for each attribute (missing where it is not recorded);
        minutes and escalated where contacts are recorded.
    prefix
        What ids begin with.
    """
    asked = groupings(plan, rows)
    grounds = grounds_of(plan, rows, asked)
    metrics = [metric for metric in plan.metrics if metric in METRICS]
    wanted = dict.fromkeys([*metrics, *(RATES if ODDS in metrics else ())])
    measures = {metric: measured(metric, rows) for metric in wanted}
    values = {metric: point_values(measure, asked) for metric, measure in measures.items() if metric != ODDS}
    tests = len(asked) * sum(METRICS[metric].judged for metric in metrics)
    found = []
    for place, ground in enumerate(grounds):
        here = {metric: value[place] for metric, value in values.items()}
        for metric in metrics:
            if metric == ODDS:
                found.append(_together(plan, ground, measures, here, prefix, tests))
            else:
                found.append(_task(plan, ground, measures[metric], here[metric], prefix, tests))
    return _differing(plan, found)


def _differing(plan: AuditPlan, tasks: list[Task]) -> list[Task]:
    """The tasks, each told whether its groups differ at all: those that are judged are one family."""
    held = [task for task in tasks if task.measure.card.judged]
    told = differing([task.comparison for task in held], plan.alpha)
    family = dict(zip((task.id for task in held), told, strict=True))
    return [replace(task, comparison=family.get(task.id, task.comparison)) for task in tasks]


def grounds_of(plan: AuditPlan, rows: pd.DataFrame, asked: Sequence[Grouping]) -> list[Ground]:
    """What the metrics on each grouping share."""
    scored = Scored(
        rows["label"].to_numpy(dtype=float),
        rows["decision"].to_numpy(dtype=float),
        pd.factorize(rows["student_id"])[0],
        pd.factorize(rows["stratum"], sort=True)[0],
    )
    found = []
    for grouping in asked:
        tallies = scored.tallies(grouping.code, len(grouping.values))
        kept = hidden_groups(scored, grouping, tallies, plan.minimum, plan.metrics)
        found.append(Ground(grouping, scored, tallies[:, 0], scored.count(grouping.code < 0), kept))
    return found


def judged(plan: AuditPlan, tasks: Sequence[Task]) -> list[Verdict]:
    """The verdict of each task of one population, in their order.

    Those held against a margin are one family; one that could not be made counts in it. The
    others are "described".
    """
    held = [task for task in tasks if task.measure.card.judged]
    family = dict(zip((task.id for task in held), verdicts([t.comparison for t in held], plan.alpha), strict=True))
    return [family.get(task.id, "described" if task.comparison.gap else "not analysed") for task in tasks]


def _task(
    plan: AuditPlan, ground: Ground, measure: Measured, values: Floats, prefix: str, tests: int, judged_as: str = ""
) -> Task:
    grouping, code = ground.grouping, ground.grouping.code[measure.keep]
    hidden = ground.hidden[level_of(judged_as or measure.metric)]
    missing = f"the data hold no {grouping.words}" if not grouping.values else measure.missing
    groups, comparison = None, Comparison((), 0, (), None, 1.0, False)
    if missing is None:
        groups = by_group(measure, code, values, 1 - plan.alpha)
        comparison = compare(
            measure,
            groups,
            code,
            ground.sizes,
            margin=grouping.margin,
            alpha=plan.alpha,
            minimum=plan.minimum,
            tests=tests,
            seed=plan.seed,
            hidden=hidden,
        )
    name = f"{prefix}.{measure.metric}.{grouping.name}"
    return Task(name, ground, measure, code, groups, comparison, missing, told=measure.metric)


def _together(
    plan: AuditPlan,
    ground: Ground,
    measures: Mapping[str, Measured],
    values: Mapping[str, Floats],
    prefix: str,
    tests: int,
) -> Task:
    """The rates of equalised odds, each at its own place in the family, and their joint gap."""
    parts = tuple(_task(plan, ground, measures[m], values[m], prefix, tests * len(RATES), ODDS) for m in RATES)
    measure, grouping = measures[ODDS], ground.grouping
    missing = measure.missing or next((part.missing for part in parts if part.missing), None)
    comparison, widest = together(
        [part.comparison for part in parts], grouping.margin, plan.alpha, ground.hidden[level_of(ODDS)]
    )
    name, code = f"{prefix}.{ODDS}.{grouping.name}", grouping.code[measure.keep]
    return Task(name, ground, measure, code, None, comparison, missing, parts, RATES[widest])
