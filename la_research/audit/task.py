"""One metric on one grouping: the rows it reads, its value by group, and their comparison."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from la_research.audit.disparity import Comparison, compare
from la_research.audit.groups import Codes, Grouping, groupings
from la_research.audit.metrics import METRICS, ByGroup, Measured, by_group, measured, point_values
from la_research.protocol import Protocol
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
    """

    id: str
    grouping: Grouping
    measure: Measured
    code: Codes
    groups: ByGroup | None
    comparison: Comparison
    missing: str | None
    without: int

    @property
    def metric(self) -> str:
        """Id of the metric."""
        return self.measure.metric

    @property
    def unit(self) -> str:
        """Unit of the metric and its gaps."""
        return "AUC" if self.measure.ranks else "share"

    def students(self, groups: tuple[int, ...]) -> int:
        """Students of these groups that the metric reads."""
        return len(np.unique(self.measure.student[np.isin(self.code, groups)]))


def tasks_of(protocol: Protocol, rows: pd.DataFrame, prefix: str) -> list[Task]:
    """Every registered grouping on every registered metric, in that order.

    Parameters
    ----------
    rows
        Scored rows of one population, as ``with_attributes`` gives them.
    prefix
        What ids begin with.
    """
    asked = groupings(protocol, rows)
    measures = [measured(metric, rows) for metric in protocol.fairness.metrics]
    values = [point_values(measure, asked) for measure in measures]
    return [
        _task(protocol, grouping, measure, value[place], rows, prefix)
        for place, grouping in enumerate(asked)
        for measure, value in zip(measures, values, strict=True)
    ]


def _task(
    protocol: Protocol, grouping: Grouping, measure: Measured, values: Floats, rows: pd.DataFrame, prefix: str
) -> Task:
    fairness, minimum = protocol.fairness, protocol.disclosure.minimum_group_size
    code, student = grouping.code[measure.keep], pd.factorize(rows["student_id"])[0]
    missing = _missing(grouping, measure)
    groups, comparison = None, Comparison((), 0, (), None, 1.0, False)
    if missing is None:
        count = len(grouping.values)
        sizes = np.array([len(np.unique(student[grouping.code == group])) for group in range(count)])
        groups = by_group(measure, code, values, 1 - fairness.alpha)
        comparison = compare(
            measure, groups, code, sizes, margin=grouping.margin, alpha=fairness.alpha, minimum=minimum
        )
    without = len(np.unique(student[grouping.code < 0]))
    name = f"{prefix}.{measure.metric}.{grouping.name}"
    return Task(name, grouping, measure, code, groups, comparison, missing, without)


def _missing(grouping: Grouping, measure: Measured) -> str | None:
    if not grouping.values:
        return f"the data hold no {grouping.words}"
    if not measure.keep.any():
        return f"there are no {METRICS[measure.metric].reads} among those scored"
    if measure.ranks and len(np.unique(measure.truth)) < 2:
        return "all students scored have the same label"
    return None
