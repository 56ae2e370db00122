"""Before and after: what a study without a comparison would have shown, and why that is no effect."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from la_research.evaluation.course import by_student, in_week
from la_research.evaluation.trial import Trial
from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.statistics.intervals import mean_interval

QUESTION = "How much did activity change from before to after the contact?"
AFTER = (1, 2)
"""Weeks after the draw whose mean is the "after"."""
LIMITATION = (
    "The students were chosen in a low week, so a rise is expected without any effect; the change of those who were "
    "not contacted shows its size. This is never the effect of the contact."
)


def before_and_after(trial: Trial, indicators: pa.Table, name: str) -> Finding:
    """Change of an indicator from the week of the draw to the mean of the two weeks after, by arm.

    On the logarithmic scale, in standard deviations of all students of the study in the
    weeks of a draw. A later week that is not observed is left out; a student without the
    week of the draw, or without both later weeks, is left out.

    Parameters
    ----------
    trial
        Who was drawn.
    indicators
        Values of the indicator for all units of the study.
    name
        Its id, ``support.change_of``.

    References
    ----------
    Galton (1886), Regression towards mediocrity in hereditary stature, doi:10.2307/2841583.
    Barnett, van der Pols & Dobson (2005), doi:10.1093/ije/dyh299.
    """
    values = by_student(trial, indicators, name)
    weeks = trial.students["week"]
    drawn = values.reindex(columns=sorted(set(weeks))).stack().dropna().to_numpy(dtype=float)
    spread = float(drawn.std()) if len(drawn) else 0.0
    if not spread > 0:
        return not_analysed("evaluation.prepost", QUESTION, "the indicator does not vary in the week of the draw")
    later = np.column_stack([in_week(values, weeks + step) for step in AFTER])
    seen = ~np.isnan(later)
    after = np.where(seen, later, 0).sum(axis=1) / np.where(seen.any(axis=1), seen.sum(axis=1), np.nan)
    change = (after - in_week(values, weeks)) / spread
    rows = tuple(
        _row(arm, change[(trial.students["arm"] == arm).to_numpy()]) for arm in (*trial.supported, trial.control)
    )
    if rows[0].estimate is None:
        return not_analysed("evaluation.prepost", QUESTION, rows[0].reason or "")
    return Finding("evaluation.prepost", QUESTION, "described", rows[0].estimate, rows, limitations=(LIMITATION,))


def _row(arm: str, change: npt.NDArray[np.float64]) -> Row:
    n = int((~np.isnan(change)).sum())
    if n < 2:
        return Row({"arm": arm}, None, "not analysed", "fewer than two students were observed before and after")
    return Row({"arm": arm}, Estimate(*mean_interval(change), 0.95, "SD", n, "mean-t"))
