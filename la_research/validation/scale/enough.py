"""How many students a number needs that has no interval to warn of few: below them a reason stands in its place."""

from __future__ import annotations

import numpy as np

from la_research.statistics.intervals import Floats
from la_research.statistics.psychometrics.unfit import Unfit

LEAST, EACH = 100, 10
"""Students in all, and for every item."""


def enough(answers: Floats, what: str, *, whole: bool = True) -> Floats:
    """The answers, if fit, dimensions or correlations behind ordered answers can be told from so many rows.

    One factor fitted to five items of two (correlated .3) has an RMSEA under .05 in 1 of 4 draws of 13 rows and in
    none of 50; parallel analysis finds both in 1 of 5 draws of 13 or 20, in 3 of 4 of 100. Omega's interval covers
    from 13 rows on (92 of 100 draws), so it needs no floor; that of ordinal alpha only from 100 (78 of 100 draws of
    13, 92 of 100).

    Parameters
    ----------
    answers
        Rows x items, not a number where missing.
    what
        Is said to be not told.
    whole
        Whether only rows without a missing answer count.

    Raises
    ------
    Unfit
        ``few_rows``.

    Examples
    --------
    >>> enough(np.ones((40, 5)), "fit")
    Traceback (most recent call last):
    ...
    la_research.statistics.psychometrics.unfit.Unfit: fewer than 100 rows of 5 items: from so few, fit says nothing sure
    """
    seen = ~np.isnan(answers)
    rows, items = int((seen.all(axis=1) if whole else seen.any(axis=1)).sum()), answers.shape[1]
    needed = max(LEAST, EACH * items)
    if rows < needed:
        raise Unfit("few_rows", f"fewer than {needed} rows of {items} items: from so few, {what} says nothing sure")
    return answers
