"""The rows of a sample as a balanced panel: units that are known at every time, each with its start."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from la_research.evaluation.design import Asked
from la_research.evaluation.sample import Sample
from la_research.statistics.staggered import Panel


def prepared(sample: Sample, asked: Asked) -> Sample:
    """The sample with each unit's start: where none is given, the first time at which it was treated.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"unit": ["a", "a", "b"], "time": [1, 2, 1], "treatment": [0, 1, 0], "outcome": 0.0})
    >>> prepared(Sample(rows), Asked(None))["first"].tolist()
    [2.0, 2.0, inf]
    """
    if "first" in sample or "treatment" not in sample:
        return sample
    since = sample.rows["time"].where(sample.rows["treatment"] == 1).groupby(sample.rows["unit"]).min()
    first = sample.rows["unit"].map(since).fillna(np.inf).astype(float)
    return replace(sample, rows=sample.rows.assign(first=first))


def panel_of(sample: Sample) -> tuple[Panel, int]:
    """The units that are known at every time, and how many others were left out.

    A unit counts as known at a time where its outcome and all covariates are; in a blinded sample outcomes
    may be missing all the same. Covariates that are the same for all are not read.
    """
    unit, times = sample.codes("unit"), np.unique(sample["time"])
    when = np.searchsorted(times, sample["time"])
    held, units, given = sample["known"] == 1, sample.units, sample.given
    given = given[:, (sample.rows[list(sample.covariates)].nunique() != 1).to_numpy()]
    if given.size:
        held &= ~np.isnan(given).any(axis=1)
    seen = np.zeros((units, len(times)), dtype=bool)
    seen[unit, when] = held
    outcome = np.full(seen.shape, np.nan)
    outcome[unit, when] = sample["outcome"]
    covariates = np.zeros((*seen.shape, given.shape[1]))
    covariates[unit, when] = given
    first, cluster = np.full(units, np.inf), np.arange(units)
    first[unit] = sample["first"]
    if "cluster" in sample:
        cluster[unit] = sample.codes("cluster")
    whole = np.asarray(seen.all(axis=1))
    return Panel(outcome, times, first, covariates, cluster).of(whole), int(units - whole.sum())


def of_starts(sample: Sample) -> str:
    """Why the starts of a sample can not be read; "" where they can."""
    if "first" not in sample:
        return "neither the time of the start nor the treatment by time is known"
    by_unit = sample.rows.groupby("unit")
    if (by_unit["first"].nunique() > 1).any():
        return "a unit has more than one start"
    if "cluster" in sample and (by_unit["cluster"].nunique() > 1).any():
        return "a unit lies in one cluster at one time and in another at a different one"
    never_off = not (np.isfinite(sample["first"]) & (sample["first"] > sample["time"].min())).any()
    if "treatment" in sample and never_off and (by_unit["treatment"].nunique() == 1).all():
        return "the treatment of no unit changes over time: it has to be 1 from a unit's start on, or name the start"
    if "treatment" in sample and (sample["treatment"][sample["time"] >= sample["first"]] == 0).any():
        return "a unit that had started was without the support later; only lasting starts can be compared"
    if by_unit.size().max() == 1:
        return (
            "each unit is seen at one time only, so its change is not known (repeated cross-sections are not analysed)"
        )
    return ""
