"""One metric on one grouping: the rows it reads, its value by group, and their comparison."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from la_research.audit.disparity import Comparison, compare
from la_research.audit.groups import Codes, Grouping, groupings
from la_research.audit.hidden import Cell, Scored, hidden
from la_research.audit.metrics import METRICS, ByGroup, Measured, by_group, measured, point_values
from la_research.audit.plan import AuditPlan
from la_research.statistics.intervals import Floats


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
    without
        Students with no recorded value of the attribute.
    scored
        All rows, whether or not the metric reads them.
    hidden
        Groups whose numbers are not shown, and whose students no n counts.
    """

    id: str
    grouping: Grouping
    measure: Measured
    code: Codes
    groups: ByGroup | None
    comparison: Comparison
    missing: str | None
    without: int
    scored: Scored
    hidden: frozenset[int]

    @property
    def metric(self) -> str:
        """Id of the metric."""
        return self.measure.metric

    @property
    def unit(self) -> str:
        """Unit of the metric and its gaps."""
        return "AUC" if self.measure.ranks else "share"

    @property
    def unlabelled(self) -> bool:
        """Whether some scored row has no label."""
        return bool(np.isnan(self.scored.label).any())

    def students(self, groups: Collection[int], inside: NDArray[np.bool_] | None = None) -> int:
        """Students of these groups that the metric reads, in all of its rows or some."""
        rows = np.isin(self.code, list(groups))
        return len(np.unique(self.measure.student[rows if inside is None else rows & inside]))

    def shown(self, groups: Collection[int]) -> tuple[int, ...]:
        """Those of the groups whose numbers are shown."""
        return tuple(sorted(set(groups) - self.hidden))


def tasks_of(plan: AuditPlan, rows: pd.DataFrame, prefix: str) -> list[Task]:
    """Every grouping of a plan on every metric, in that order.

    Parameters
    ----------
    rows
        Scored rows of one population: unit_id, student_id, fold, score, decision, label (may be
        missing), stratum, and a column for each attribute (missing where it is not recorded).
    prefix
        What ids begin with.
    """
    asked = groupings(plan, rows)
    measures = [measured(metric, rows) for metric in plan.metrics if metric in METRICS]
    scored = Scored(
        rows["label"].to_numpy(dtype=float),
        pd.factorize(rows["student_id"])[0],
        pd.factorize(rows["stratum"], sort=True)[0],
    )
    values = [point_values(measure, asked) for measure in measures]
    return [
        _task(plan, grouping, measure, value[place], rows, scored, prefix)
        for place, grouping in enumerate(asked)
        for measure, value in zip(measures, values, strict=True)
    ]


def _task(
    plan: AuditPlan,
    grouping: Grouping,
    measure: Measured,
    values: Floats,
    rows: pd.DataFrame,
    scored: Scored,
    prefix: str,
) -> Task:
    code, missing = grouping.code[measure.keep], _missing(grouping, measure, rows)
    groups, comparison = None, Comparison((), 0, (), None, 1.0, False)
    if missing is None:
        sizes = np.array([scored.count(grouping.code == group) for group in range(len(grouping.values))])
        groups = by_group(measure, code, values, 1 - plan.alpha)
        comparison = compare(
            measure, groups, code, sizes, margin=grouping.margin, alpha=plan.alpha, minimum=plan.minimum
        )
    cells = [Cell({"what": "group", **grouping.keys(i)}, [grouping.code == i]) for i in range(len(grouping.values))]
    kept = hidden(measure.metric, scored, cells, plan.minimum)
    without = scored.count(grouping.code < 0)
    name = f"{prefix}.{measure.metric}.{grouping.name}"
    return Task(name, grouping, measure, code, groups, comparison, missing, without, scored, kept)


def _missing(grouping: Grouping, measure: Measured, rows: pd.DataFrame) -> str | None:
    if not grouping.values:
        return f"the data hold no {grouping.words}"
    if not measure.keep.any():
        return f"there are no {METRICS[measure.metric].reads} among those scored"
    if measure.ranks and len(np.unique(measure.truth)) < 2:
        return "all students scored have the same label"
    if measure.ranks and rows[measure.keep].groupby("fold")["score"].nunique().max() == 1:
        return "within each fold every student has the same score"
    return None
