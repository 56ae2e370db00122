"""Why a sample holds nothing that could be compared over time."""

from __future__ import annotations

import numpy as np

from la_research.evaluation.design import Asked
from la_research.evaluation.panels import of_starts, panel_of
from la_research.evaluation.sample import Sample
from la_research.statistics.staggered import Panel, comparable

ALONE = 0.1
"""Share of the units that start, or that never do, whose error may be unknown as one cluster holds them."""


def reason(sample: Sample, asked: Asked) -> str:
    """Why there is nothing to compare; "" where there is."""
    return of_starts(sample) or _of_panel(sample, asked)


def _of_panel(sample: Sample, asked: Asked) -> str:
    whole, _ = panel_of(sample)
    if len(whole.start) < 2 * sample.minimum:
        return f"fewer than {2 * sample.minimum} units are known at every time"
    if not (whole.start < len(whole.times)).any():
        return "no unit starts between the first and the last time"
    if (whole.start <= asked.settings.anticipation).sum() == (~whole.never).sum():
        return "all units that start have done so by the first time: there is no time before"
    if len(whole.groups) == 1 and not whole.never.any():
        return "all units start at the same time: there is nobody to compare them with"
    panel = comparable(whole, asked.settings.anticipation)
    if min(int(panel.never.sum()), int((~panel.never).sum())) < sample.minimum:
        return f"fewer than {sample.minimum} units start, or are there to be compared with"
    if np.ptp(panel.outcome) == 0:
        return "the outcome is the same for all units at all times"
    if _shared(panel):
        return (
            "the units of a start, or those without one, are one cluster: what a cluster shares can not be told apart"
        )
    return ""


def _shared(panel: Panel) -> bool:
    """Whether starts of one cluster alone, or never starting, hold more than ``ALONE`` of the units on their side."""
    kinds = np.unique(panel.start)
    clusters = np.array([len(np.unique(panel.cluster[panel.start == start])) for start in kinds])
    units = np.array([np.sum(panel.start == start) for start in kinds])
    alone, never = (clusters == 1) & (units > 1), kinds == len(panel.times)
    return any(units[side & alone].sum() > ALONE * units[side].sum() for side in (never, ~never))
