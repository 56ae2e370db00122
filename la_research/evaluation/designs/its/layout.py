"""From rows to one series that starts and one that does not: one value a time each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.evaluation.sample import Sample
from la_research.protocol.designs.its import Series

Bools = npt.NDArray[np.bool_]
LAID = "people"
"""Column of a sample that is laid out: students, or where rows are already sums or means, times."""
NO_START = "nothing says when the support starts: set start, or name a treatment that is 0 before and 1 after"


def laid_out(sample: Sample, settings: Series) -> Sample | str:
    """One row a series and time: ``first`` is the start for the series that starts and infinite for the control.

    Rows of one series and time are averaged, counts and exposures summed. A mean of fewer students than the
    minimum is left out as not known; so is what lies within ``lag`` after the start.

    Returns
    -------
    Sample or str
        Or why there is no such series.
    """
    started, start = _started(sample, settings)
    if start is None:
        return NO_START
    if not started.any():
        return "no series starts"
    fault = _fault(sample, settings, started, start)
    if fault:
        return fault
    rows = _joined(sample, settings, started)
    if "unit" in sample and sample.units < len(sample.rows) and sample.units > 1:
        rows.loc[rows["size"] < sample.minimum, "outcome"] = np.nan
        people = sample.units
    else:
        people = rows["time"].nunique()
    rows["first"] = np.where(rows["started"], start, np.inf)
    inside = (rows["time"] >= start) & (rows["time"] < start + settings.lag)
    rows = rows[~inside].reset_index(drop=True).assign(people=people)
    unit = "log ratio" if settings.family == "poisson" else sample.unit
    return replace(sample, rows=rows.assign(known=rows["outcome"].notna()), unit=unit)


def _started(sample: Sample, settings: Series) -> tuple[Bools, float | None]:
    """Rows of the series that starts, and when it does."""
    everywhere = np.ones(len(sample.rows), dtype=bool)
    if "first" in sample:
        first = sample["first"]
        began = np.isfinite(first)
        start = float(first[began].min()) if began.any() else None
        return began, settings.start if settings.start is not None else start
    if "treatment" not in sample:
        return everywhere, settings.start
    treated = sample["treatment"] == 1
    if "cluster" in sample:
        clusters = sample.rows["cluster"]
        began = np.asarray(clusters.isin(clusters[treated].unique()))
    else:
        began = treated if settings.start is not None and _side_by_side(sample, treated) else everywhere
    if settings.start is not None:
        return began, settings.start
    times = sample["time"]
    if not treated.any() or times[treated].min() <= times[began].min():
        return began, None
    return began, float(times[treated].min())


def _side_by_side(sample: Sample, treated: Bools) -> bool:
    """Whether some time has rows of both kinds: the treatment then names a group."""
    return bool(set(sample["time"][treated]) & set(sample["time"][~treated]))


def _fault(sample: Sample, settings: Series, started: Bools, start: float) -> str:
    if "first" in sample and len(np.unique(sample["first"][started])) > 1:
        return "the support starts at more than one time: use the design 'did'"
    if "treatment" in sample and settings.start is None and "first" not in sample:
        treated, after = sample["treatment"] == 1, sample["time"] >= start
        if (treated != after)[started].any():
            return "the support does not start once and stay: the treatment has to be 0 before and 1 from the start on"
    if settings.family == "poisson":
        counts = sample["outcome"][~np.isnan(sample["outcome"])]
        if (counts < 0).any() or (counts != np.round(counts)).any():
            return "the outcome does not hold counts: it has values that are negative or not whole"
        if "exposure" in sample and not (sample["exposure"] > 0).all():
            return "the exposure is not above 0 at every time"
    return ""


def _joined(sample: Sample, settings: Series, started: Bools) -> pd.DataFrame:
    """Each series at each time; ``size`` counts the rows with a known outcome."""
    rows = sample.rows.assign(started=started)
    by = rows.groupby(["started", "time"], sort=True)
    counts = settings.family == "poisson"
    held = by["outcome"].sum(min_count=1) if counts else by["outcome"].mean()
    parts = {"outcome": held, "size": by["outcome"].count()}
    if "exposure" in sample:
        parts["exposure"] = by["exposure"].sum()
    parts |= {name: by[name].mean() for name in sample.covariates}
    return pd.DataFrame(parts).reset_index()
