"""The cells of a panel, one a unit and week of the questionnaire: means of units, departures from them, spreads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from la_research.statistics.intervals import Floats

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Panel:
    """One row per unit and week in which the questionnaire was asked and the indicator observed.

    All arrays are of shape (cells,), in any order; identifiers may be of any sortable type.

    Parameters
    ----------
    student
        The person; several units of one person are never taken for independent.
    unit
        The student, or the student on one module, whose own average is the reference.
    group
        Module and presentation of the unit: always the same for one unit.
    week
        Teaching week of the questionnaire.
    x
        The indicator; never missing, a cell without it is not in the panel.
    y
        The questionnaire's score; NaN where it was not answered.
    covariates
        (cells, k) numbers that the slopes are given; never missing. None where there are none.
    weights
        (cells,) how much each cell counts in the slopes, above 0; the spreads stay those of the cells. None: all alike.
    """

    student: npt.NDArray[Any]
    unit: npt.NDArray[Any]
    group: npt.NDArray[Any]
    week: npt.NDArray[Any]
    x: Floats
    y: Floats
    covariates: Floats | None = None
    weights: Floats | None = None

    @property
    def students(self) -> int:
        """Students who answered at least once."""
        return int(np.unique(self.student[~np.isnan(self.y)]).size)

    @property
    def answered(self) -> int:
        """Cells with an answer."""
        return int(np.count_nonzero(~np.isnan(self.y)))


@dataclass(frozen=True)
class Cells:
    """The panel with identifiers as codes, and each cell's mean and departure.

    ``stratum`` is the module-week; ``student_of_unit``, ``group_of_unit`` and ``unit_mean`` are (units,),
    all else is (cells,).

    Examples
    --------
    >>> who, week = np.array(["a", "a", "b"]), np.array([2, 4, 2])
    >>> cells = Cells.of(Panel(who, who, np.ones(3), week, np.array([1.0, 3.0, 4.0]), np.full(3, np.nan)))
    >>> cells.mean.tolist(), cells.departure.tolist(), cells.stratum.tolist()
    ([2.0, 2.0, 4.0], [-1.0, 1.0, 0.0], [0, 1, 0])
    """

    student: Codes
    unit: Codes
    group: Codes
    stratum: Codes
    student_of_unit: Codes
    group_of_unit: Codes
    unit_mean: Floats
    mean: Floats
    departure: Floats

    @classmethod
    def of(cls, panel: Panel) -> Cells:
        """The cells of a panel, in its order."""
        student, unit, group, week = (codes(v) for v in (panel.student, panel.unit, panel.group, panel.week))
        first = np.unique(unit, return_index=True)[1]
        stratum = codes(group * (week.max(initial=0) + 1) + week)
        empty = np.empty(0)
        return cls(student, unit, group, stratum, student[first], group[first], empty, empty, empty).told(panel.x)

    def told(self, x: Floats) -> Cells:
        """The same cells with other values of the indicator."""
        unit_mean = means(x, self.unit)
        mean = unit_mean[self.unit]
        return replace(self, unit_mean=unit_mean, mean=mean, departure=x - mean)

    @property
    def students(self) -> int:
        """Students of the panel, answered or not."""
        return int(self.student.max(initial=-1)) + 1

    def spread(self, kind: str) -> tuple[float, Floats]:
        """Spread of the mean within modules or of the departure within module-weeks, and its influence by student.

        The influence is that of each student on the logarithm of the spread, (students,).
        """
        if kind == "between":
            return spread_of(self.unit_mean, self.group_of_unit, self.student_of_unit, self.students)
        return spread_of(self.departure, self.stratum, self.student, self.students)


def codes(values: npt.NDArray[Any]) -> Codes:
    """Each value's place among the different values, sorted.

    >>> codes(np.array(["b", "a", "b"])).tolist()
    [1, 0, 1]
    """
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def means(values: Floats, stratum: Codes) -> Floats:
    """Mean of each stratum, (strata,); 0 where a code is not used.

    >>> means(np.array([1.0, 3.0, 5.0]), np.array([0, 0, 2])).tolist()
    [2.0, 0.0, 5.0]
    """
    return np.bincount(stratum, values) / np.maximum(np.bincount(stratum), 1)


def centred(values: Floats, stratum: Codes) -> Floats:
    """Values less the mean of their stratum; columns one by one.

    >>> centred(np.array([1.0, 3.0, 5.0]), np.array([0, 0, 1])).tolist()
    [-1.0, 1.0, 0.0]
    """
    if values.ndim == 2:
        return np.column_stack([centred(column, stratum) for column in values.T])
    return values - means(values, stratum)[stratum] if values.size else values


def spread_of(values: Floats, stratum: Codes, student: Codes, students: int) -> tuple[float, Floats]:
    """Root mean square within strata, each of which costs a degree of freedom, and its influence by student.

    The influence is that of each student on the logarithm of the spread, (students,).

    >>> spread_of(np.array([0.0, 2.0, 5.0, 5.0]), np.array([0, 0, 1, 1]), np.array([0, 1, 2, 2]), 3)
    (1.0, array([ 0.125,  0.125, -0.25 ]))
    """
    residuals = centred(values, stratum)
    spread = float(np.sqrt((residuals**2).sum() / max(residuals.size - np.count_nonzero(np.bincount(stratum)), 1)))
    square = residuals**2 / np.mean(residuals**2)
    return spread, np.bincount(student, square - 1, students) / (2 * residuals.size)
