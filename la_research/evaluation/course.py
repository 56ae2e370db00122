"""An indicator of the students of the study week by week, on the scale on which it is compared."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from la_research.evaluation.trial import Trial
from la_research.statistics.weeks import by_week, log_scale


def by_student(trial: Trial, indicators: pa.Table, name: str) -> pd.DataFrame:
    """An indicator on the logarithmic scale, students (index) by week; the mean over a student's units."""
    wide = by_week(indicators, name)
    logs = pd.DataFrame(log_scale(wide.to_numpy(dtype=float)), index=wide.index, columns=wide.columns)
    student = trial.units.set_index("unit_id")["student_id"]
    return logs.groupby(student.reindex(logs.index).to_numpy()).mean()


def in_week(values: pd.DataFrame, weeks: pd.Series) -> npt.NDArray[np.float64]:
    """The value of each student (index of ``weeks``) in a week of their own; NaN where there is none.

    >>> in_week(pd.DataFrame({1: [5.0, 6.0], 2: [7.0, 8.0]}, index=["a", "b"]), pd.Series({"a": 1, "b": 3})).tolist()
    [5.0, nan]
    """
    found: npt.NDArray[np.float64] = (
        values.stack().reindex(pd.MultiIndex.from_arrays([weeks.index, weeks])).to_numpy(dtype=float)
    )
    return found
