"""Which comes first within a student, the indicator of a table or its outcome?"""

from __future__ import annotations

import numpy as np

from la_research.finding import Assumption, Finding, not_analysed
from la_research.statistics.lagged.cross_lagged import cross_lagged
from la_research.statistics.psychometrics.unfit import Unfit
from la_research.validation.associated.rows import LEVEL, NO_WEEKS, YES_OR_NO, Asked
from la_research.validation.lagged import ORDER, SCALE, fits, lag_rows

NAME, QUESTION = "validation.associate.lagged", "Within a student, which comes first: the indicator or the outcome?"
MOST_WAVES = 12
"""Waves beyond which the model is not fitted: they would take minutes."""
MOST_TESTED = 8
"""Waves beyond which free means and covariances, which the model is tested against, would take far longer than it."""
LIMITATIONS = (
    ORDER,
    "The lag is the time from one wave to the next; what passes on faster or slower is not seen.",
    SCALE,
    "Where the two go together in the same week, one can seem to follow the other though nothing passes on.",
)
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
    panel = asked.panel()
    waves = len(np.unique(panel.week))
    if not why and waves > MOST_WAVES:
        why = f"{waves} waves: the model of lags is fitted to {MOST_WAVES} at most"
    if why:
        return not_analysed(NAME, QUESTION, why)
    try:
        found = cross_lagged(panel, tested=waves <= MOST_TESTED)
    except Unfit as reason:
        return not_analysed(NAME, QUESTION, str(reason))
    rows = lag_rows(found, LEVEL, "indicator", "outcome")
    held = fits(found.misfit) if waves <= MOST_TESTED else _untested(waves)
    return Finding(NAME, QUESTION, "described", rows[0].estimate, tuple(rows[1:]), (OVERLAP, held), LIMITATIONS)


def _untested(waves: int) -> Assumption:
    return Assumption(fits(None).statement, None, f"not tested with {waves} waves, only with up to {MOST_TESTED}")
