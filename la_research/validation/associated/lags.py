"""Which comes first within a student, the indicator of a table or its outcome?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from la_research.finding import Assumption, Finding, not_analysed
from la_research.statistics.lagged.cross_lagged import cross_lagged
from la_research.statistics.psychometrics.unfit import Unfit
from la_research.validation.associated.rows import LEVEL, NO_WEEKS, YES_OR_NO, Asked
from la_research.validation.lagged import ORDER, SCALE, fits, lag_rows

NAME, QUESTION = "validation.associate.lagged", "Within a student, which comes first: the indicator or the outcome?"
MOST_WAVES = 8
"""Waves that are used: with more of them, and outcomes missing in many ways, a fit could take minutes."""
LIMITATIONS = (
    ORDER,
    "The lag is the time from one wave to the next; what passes on faster or slower is not seen.",
    SCALE,
    "Where the two go together in the same week, one can seem to follow the other though nothing passes on.",
)
LAST = f"Only the last {MOST_WAVES} of {{waves}} weeks are used, as more take long to fit."
OVERLAP = Assumption(
    "No week of the indicator, and nothing the outcome asks about, belongs to two waves",
    None,
    "the table does not say which days a row is about",
)


def lagged_finding(asked: Asked, why: str) -> Finding:
    """``validation.associate.lagged``: both lags, their difference, and what goes together; see ``cross_lagged``.

    Parameters
    ----------
    why
        Why the table answers nothing; empty where it may.
    """
    why = why or ("" if asked.plan.by_week else NO_WEEKS) or (YES_OR_NO if asked.plan.binary else "")
    if why:
        return not_analysed(NAME, QUESTION, why)
    waves = np.unique(asked.rows["week"])
    used = asked.rows["week"].isin(waves[-MOST_WAVES:])
    try:
        found = cross_lagged(replace(asked, rows=asked.rows[used], covariates=asked.covariates[used]).panel())
    except Unfit as reason:
        return not_analysed(NAME, QUESTION, str(reason))
    first, *rows = lag_rows(found, LEVEL, "indicator", "outcome")
    last = (LAST.format(waves=len(waves)),) if len(waves) > MOST_WAVES else ()
    held = OVERLAP, fits(found.misfit)
    return Finding(NAME, QUESTION, "described", first.estimate, tuple(rows), held, LIMITATIONS + last)
