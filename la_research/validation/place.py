"""A window of activity at a place in time beside a questionnaire: in the weeks asked about, before them, or after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from la_research.statistics.intervals import Floats
from la_research.statistics.weeks import log_scale

Side = Literal["before", "after"]
WHEN = {
    "before": "ends {lag} week{s} before the recall period",
    "after": "begins {lag} week{s} after the questionnaire",
}
AT_ONCE = {"before": "ends just before the recall period", "after": "begins just after the questionnaire"}


@dataclass(frozen=True)
class Place:
    """A window of activity, by the week it ends in beside that of the questionnaire (0: the same week), and its length.

    Examples
    --------
    Two weeks asked about; the window before them ends two weeks before the questionnaire's own week.

    >>> Place.of("before", 0, recall=2), Place.of("after", 1, recall=2)
    (Place(end=-2, length=2), Place(end=3, length=2))
    """

    end: int
    length: int

    @classmethod
    def of(cls, side: Side, lag: int, recall: int) -> Place:
        """As long as the recall period, ``lag`` weeks before it begins or after it ends; it never overlaps it."""
        return cls(-recall - lag if side == "before" else recall + lag, recall)

    def logs(self, weekly: pd.DataFrame, asked: np.ndarray) -> Floats:
        """Weeks of the window, the last first, on the logarithmic scale: (units, weeks asked, weeks of it)."""
        weeks = (asked + self.end)[:, None] - np.arange(self.length)
        columns = np.unique(weeks)
        logs = log_scale(weekly.reindex(columns=columns).to_numpy(dtype=float))
        return np.asarray(logs[:, np.searchsorted(columns, weeks)])

    def means(self, weekly: pd.DataFrame, asked: np.ndarray) -> Floats:
        """Mean of the window on the logarithmic scale, (units, weeks asked); not a number where a week of it is."""
        return np.asarray(self.logs(weekly, asked).mean(axis=2))


def placed(side: Side, lag: int) -> str:
    """Where a window is, in words.

    >>> placed("before", 0), placed("after", 2)
    ('ends just before the recall period', 'begins 2 weeks after the questionnaire')
    """
    return WHEN[side].format(lag=lag, s="" if lag == 1 else "s") if lag else AT_ONCE[side]
