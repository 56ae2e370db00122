"""The rows of a plain table as the questions about it read them: as a panel, or as units by week."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from la_research.statistics.association import Panel
from la_research.statistics.cells import Cells
from la_research.statistics.correlation import explained, residuals
from la_research.statistics.intervals import Floats
from la_research.validation.table import AssociationPlan

LEVEL = 0.95
NO_WEEKS = "no column of weeks was named"
ON_A_LINE = "the two lie on one straight line, or what is compared within explains one of them in full"
YES_OR_NO = "the outcome is yes or no; this is of outcomes that are numbers"


@dataclass(frozen=True)
class Asked:
    """The plan, all rows, and the covariates of all rows.

    Parameters
    ----------
    rows
        student, cluster, week (numbers), x, y (not a number where missing) by their largest size, raw (x as given).
    covariates
        (rows, k) numbers, not a number where missing.
    """

    plan: AssociationPlan
    rows: pd.DataFrame
    covariates: Floats

    @property
    def both(self) -> np.ndarray:
        """Which rows hold both numbers."""
        return np.asarray(self.rows[["x", "y"]].notna().all(axis=1))

    @property
    def repeated(self) -> bool:
        """Whether a student has several rows."""
        return bool(self.rows["student"].duplicated().any())

    @property
    def stratum(self) -> np.ndarray:
        """Number of the module and week of each row."""
        return np.asarray(self.rows.groupby(["cluster", "week"], sort=True).ngroup(), dtype=np.int64)

    def panel(self, *, given: bool = False) -> Panel:
        """Rows in which the indicator, and what is given, was observed."""
        use = self.rows["x"].notna().to_numpy()
        if given:
            use &= ~np.isnan(self.covariates).any(axis=1)
        rows = self.rows[use]
        return Panel(
            student=rows["student"].to_numpy(),
            unit=rows.groupby(["student", "cluster"], sort=True).ngroup().to_numpy(),
            group=rows["cluster"].to_numpy(),
            week=rows["week"].to_numpy(),
            x=rows["x"].to_numpy(),
            y=rows["y"].to_numpy(),
            covariates=self.covariates[use] if given else None,
        )

    def wide(self, name: str) -> pd.DataFrame:
        """A column as units (index: student, cluster) by week; a student stands once in a week of a module."""
        return self.rows.pivot(index=["student", "cluster"], columns="week", values=name)

    @cached_property
    def units(self) -> str:
        """What a unit is: a student, or an enrolment where a student stands in several modules."""
        whose = self.rows[["student", "cluster"]].drop_duplicates()["student"]
        return "enrolments" if whose.duplicated().any() else "students"


def on_a_line(panel: Panel) -> bool:
    """Whether the indicator, what is given, module and week leave nothing of the answers."""
    here = ~np.isnan(panel.y)
    answers, given = panel.y[here, None], np.empty((here.size, 0)) if panel.covariates is None else panel.covariates
    stratum = Cells.of(panel).stratum[here]
    return explained(residuals(answers, np.column_stack([panel.x, given])[here], stratum)[0], answers)
