"""Which looks at a student count: the first one eligible, or all until the support; and what forbids any."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.evaluation.design import Asked
from la_research.evaluation.designs.rdd.cut import Cut, cut_of
from la_research.evaluation.sample import Sample
from la_research.protocol.designs.rdd import Discontinuity

LEAST = 50
"""Students with a known outcome on each side, within the bandwidth, below whom nothing is estimated."""
GAP = 0.5
"""Standard deviations of the running variable without anybody around the cut-off that are too many."""
NEIGHBOURS = 10


def main_cut(sample: Sample, settings: Discontinuity) -> Cut:
    """One row a student: the look that is registered, else the first at which a contact was possible."""
    eligible = _eligible(sample)
    if settings.look is not None and "time" in sample:
        return cut_of(sample.where(eligible & (sample["time"] == settings.look)), settings)
    if {"unit", "time"} <= set(sample.rows):
        time = pd.Series(np.where(eligible, sample["time"], np.nan))
        eligible &= (time == time.groupby(sample.codes("unit")).transform("min")).to_numpy()
    return cut_of(sample.where(eligible), settings)


def all_looks(sample: Sample, settings: Discontinuity) -> Cut:
    """Every look at which a contact was possible, up to the first after which the student had the support."""
    cut = cut_of(sample.where(_eligible(sample)), settings)
    time, unit = cut.sample["time"], cut.sample.codes("unit")
    had = pd.Series(np.where((cut.had == 1) | cut.treated, time, np.inf)).groupby(unit).transform("min")
    return cut.where(time <= had.to_numpy())


def known(cut: Cut) -> Cut:
    """The rows whose outcome is known."""
    return cut.where(~np.isnan(cut.sample["outcome"]))


def _eligible(sample: Sample) -> npt.NDArray[np.bool_]:
    places = ~np.isnan(sample["running"])
    return places & (sample["available"] == 1) if "available" in sample else places


def reason(sample: Sample, asked: Asked) -> str:
    """Why nothing can be estimated; "" where something can."""
    if not len(sample.rows):
        return "there is no student"
    cut = known(main_cut(sample, asked.settings))
    if not len(cut.x):
        return "no student has both a value of the running variable and an outcome"
    if np.ptp(cut.x) == 0:
        return "the running variable is the same for all students"
    for side, kept in (("below", ~cut.above), ("above", cut.above)):
        if not kept.any():
            return f"nobody lies {side} the cut-off"
        if kept.sum() < LEAST:
            return f"fewer than {LEAST} students with a known outcome lie {side} the cut-off"
    if _nobody_near(cut):
        return "nobody lies near the cut-off"
    if np.ptp(cut.sample["outcome"]) == 0:
        return "the outcome is the same for all students"
    return "all students had the support, or none" if cut.fuzzy and np.ptp(cut.had) == 0 else ""


def _nobody_near(cut: Cut) -> bool:
    """Whether the gap around the cut-off is far wider than those between the places on either side."""
    below, above = np.unique(cut.x[~cut.above]), np.unique(cut.x[cut.above])
    gap, usual = above[0] - below[-1], [np.diff(below[-NEIGHBOURS:]), np.diff(above[:NEIGHBOURS])]
    spacing = np.concatenate(usual)
    return bool(gap > GAP * cut.x.std() and (not len(spacing) or gap > 2 * np.median(spacing)))
