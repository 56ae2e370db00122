"""Who gets one of a given number of places, where equal values share what is left."""

from __future__ import annotations

import numpy as np

from la_research.statistics.intervals import Floats


def places(values: Floats, share: float) -> Floats:
    """Chance of a place for each value (n,), the highest first; the chances sum to ``share`` of those with a value.

    Equal values at the edge share the places that are left, so that no lot is drawn. What is not a number is not
    considered, and stays so.

    Parameters
    ----------
    values
        Higher comes first; in any unit.
    share
        Of all values that are numbers, 0 to 1; the number of places need not be whole.

    Examples
    --------
    Two places for four: one for the highest, one for two that are alike.

    >>> places(np.array([5.0, 3.0, 3.0, 1.0, np.nan]), 0.5).tolist()
    [1.0, 0.5, 0.5, 0.0, nan]
    """
    chances = np.full(len(values), np.nan)
    seen = ~np.isnan(values)
    if seen.any():
        _, codes, sizes = np.unique(-values[seen], return_inverse=True, return_counts=True)
        before = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        chances[seen] = np.clip((share * seen.sum() - before) / sizes, 0, 1)[codes]
    return chances
