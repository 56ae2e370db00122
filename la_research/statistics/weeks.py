"""An indicator as a table of units by week, and the scale on which it is compared."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def by_week(indicators: pa.Table, indicator: str) -> pd.DataFrame:
    """One indicator as units (index, sorted) by week (columns); NaN where it was not observed.

    Parameters
    ----------
    indicators
        unit_id, week, indicator, value, as ``compute_indicators`` returns.
    indicator
        Its id.
    """
    rows = indicators.filter(pc.equal(indicators["indicator"], indicator))
    table = rows.select(["unit_id", "week", "value"]).to_pandas()
    wide: pd.DataFrame = table.pivot(index="unit_id", columns="week", values="value").astype(float).sort_index()
    return wide


def log_scale(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The logarithm of one plus the value, so that doubling counts alike for quiet and busy students.

    A negative value keeps its sign: -(log of one plus its size).

    >>> log_scale(np.array([0.0, np.e - 1, 1 - np.e])).round(6).tolist()
    [0.0, 1.0, -1.0]
    """
    return np.sign(values) * np.log1p(np.abs(values))


def less_calendar(weekly: pd.DataFrame, group: pd.Series) -> npt.NDArray[np.float64]:
    """An indicator on its logarithmic scale less the mean of each module and week; (units, weeks).

    A week in which only one unit of a module was observed has nobody to compare it with, and is not a number.

    Parameters
    ----------
    weekly
        Units (index) by week (columns), not a number where not observed.
    group
        Module and presentation of each unit, on the same index.

    Examples
    --------
    >>> weeks = pd.DataFrame({1: [0.0, np.e - 1, 5.0]}, index=["a", "b", "c"])
    >>> less_calendar(weeks, pd.Series(["m", "m", "n"], index=weeks.index)).round(2).ravel().tolist()
    [-0.5, 0.5, nan]
    """
    return less_means(pd.DataFrame(log_scale(weekly.to_numpy(dtype=float)), index=weekly.index), group)


def less_means(weekly: pd.DataFrame, group: pd.Series) -> npt.NDArray[np.float64]:
    """The same on the scale that the values have.

    >>> less_means(pd.DataFrame({1: [0.0, 1.0, 5.0]}), pd.Series(["m", "m", "n"])).ravel().tolist()
    [-0.5, 0.5, nan]
    """
    modules = weekly.groupby(group)
    return (weekly - modules.transform("mean")).where(modules.transform("count") > 1).to_numpy(dtype=float)
