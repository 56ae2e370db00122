"""What can not be measured with these items, and why: a reason instead of a number that looks fine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from la_research.statistics.intervals import Floats


class Unfit(ValueError):
    """A model or coefficient that these items do not carry; the message says why.

    ``word`` is stable: constant_item, few_items, few_rows, duplicate_item, not_positive_definite, not_identified,
    not_converged, heywood, few_categories; of lags between waves also few_waves, unequal_waves, not_stationary.

    Examples
    --------
    >>> raise Unfit("few_items", "a scale of one item has no internal consistency")
    Traceback (most recent call last):
    ...
    la_research.statistics.psychometrics.unfit.Unfit: a scale of one item has no internal consistency
    """

    def __init__(self, word: str, reason: str) -> None:
        super().__init__(reason)
        self.word = word


def named(positions: Sequence[int] | np.ndarray, names: Sequence[str] | None = None) -> str:
    """Items in words: by their names, or counted from 1 where they have none.

    >>> named([0, 2]), named([1], ("calm", "rested"))
    ('items 1, 3', "item 'rested'")
    """
    words = [str(int(i) + 1) if names is None else f"'{names[int(i)]}'" for i in positions]
    return f"item{'s' if len(words) > 1 else ''} {', '.join(words)}"


def checked(items: ArrayLike, least: int = 2, names: Sequence[str] | None = None) -> Floats:
    """Items as numbers, rows x items, if there is something to measure.

    Parameters
    ----------
    items
        One row a student, one column an item; not a number where it was not answered. Rows without any
        answer are left out.
    least
        Items that are needed.
    names
        What the reason calls the items.

    Raises
    ------
    Unfit
        ``few_items``, ``few_rows`` (no more rows than items), ``constant_item``, ``duplicate_item``.

    Examples
    --------
    >>> checked([[1.0, 2.0], [2.0, 2.0], [3.0, 2.0]])
    Traceback (most recent call last):
    ...
    la_research.statistics.psychometrics.unfit.Unfit: item 2 has the same answer in every row
    """
    rows = np.atleast_2d(np.asarray(items, dtype=float))
    held: Floats = rows[~np.isnan(rows).all(axis=1)]
    n, p = held.shape
    if p < least:
        raise Unfit("few_items", f"{p} item{'s are' if p != 1 else ' is'} too few: {least} or more are needed")
    if n <= p:
        raise Unfit("few_rows", f"too few rows are answered for {p} items: more rows than items are needed")
    seen = ~np.isnan(held)
    spread = np.array([np.ptp(held[there, j]) if there.any() else 0.0 for j, there in enumerate(seen.T)])
    if (spread == 0).any():
        alike = np.flatnonzero(spread == 0)
        has = "has" if len(alike) == 1 else "have"
        raise Unfit("constant_item", f"{named(alike, names)} {has} the same answer in every row")
    for i in range(p):
        for j in range(i):
            both = seen[:, i] & seen[:, j]
            if both.sum() > 1 and np.array_equal(held[both, i], held[both, j]):
                raise Unfit("duplicate_item", f"{named((j, i), names)} are answered alike in every row")
    return held
