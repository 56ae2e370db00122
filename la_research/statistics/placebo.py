"""An indicator that can tell nothing: shuffled, shifted along a student's weeks, or beside the answers of others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from la_research.statistics.intervals import Floats

Codes = npt.NDArray[np.int64]


def shuffled(x: Floats, stratum: Codes, rng: np.random.Generator) -> Floats:
    """The same values in every stratum, handed to its rows at random.

    Parameters
    ----------
    x
        (rows,) values.
    stratum
        The module and week of each row; what differs between strata stays as it is.

    References
    ----------
    Good (2005), Permutation, parametric and bootstrap tests of hypotheses, chapter 3.

    Examples
    --------
    >>> from la_research.seeds import stream
    >>> moved = shuffled(np.array([1.0, 5.0, 2.0, 6.0]), np.array([0, 1, 0, 1]), stream(1, "statistics", "example"))
    >>> sorted(moved[[0, 2]].tolist()), sorted(moved[[1, 3]].tolist())
    ([1.0, 2.0], [5.0, 6.0])
    """
    found = np.empty_like(x)
    found[np.argsort(stratum, kind="stable")] = x[np.lexsort((rng.random(x.size), stratum))]
    return found


def shifted(x: Floats, unit: Codes, week: npt.ArrayLike, rng: np.random.Generator) -> Floats:
    """Each unit's values in their order, begun at a week drawn at random; what falls off the end comes first.

    A unit keeps its mean and how one week follows another, and loses the week each value stood
    in. Every start is as likely, its own too, so that chance is not overstated with two weeks.

    Parameters
    ----------
    x
        (rows,) values.
    unit
        Whose row it is, from 0.
    week
        (rows,) numbers to order by; rows of one week stay as they are.

    References
    ----------
    Harris (2021), A shift test for independence in generic time series, arXiv:2012.06862.

    Examples
    --------
    >>> from la_research.seeds import stream
    >>> shifted(np.arange(4.0), np.zeros(4, dtype=int), [1, 2, 3, 4], stream(3, "statistics", "example")).tolist()
    [2.0, 3.0, 0.0, 1.0]
    """
    if not x.size:
        return x
    order = np.lexsort((np.asarray(week), unit))
    held = np.bincount(unit)
    first = np.cumsum(held) - held
    start = np.floor(rng.random(held.size) * held).astype(np.int64)
    place = np.arange(x.size) - first[unit[order]]
    found = np.empty_like(x)
    found[order] = x[order][first[unit[order]] + (place + start[unit[order]]) % held[unit[order]]]
    return found


def exchanged(y: Floats, unit: Codes, week: npt.ArrayLike, group: Codes, rng: np.random.Generator) -> Floats:
    """Each unit's values of all weeks, handed to a unit of the same group drawn at random.

    How one week's value follows another stays, and so does the calendar; whose values they are is
    lost. A week that the other unit does not hold is not a number.

    Parameters
    ----------
    y
        (rows,) values, one a unit and week.
    unit
        Whose row it is, from 0.
    week
        (rows,) which week it is.
    group
        (units,) the group of each unit.

    References
    ----------
    Good (2005), as in ``shuffled``: whole units are what may be exchanged.

    Examples
    --------
    >>> from la_research.seeds import stream
    >>> who, week = np.array([0, 0, 1, 1]), [2, 4, 2, 4]
    >>> rng = stream(2, "statistics", "example")
    >>> exchanged(np.array([1.0, 2.0, 5.0, 6.0]), who, week, np.array([0, 0]), rng).tolist()
    [5.0, 6.0, 1.0, 2.0]
    """
    weeks, place = np.unique(np.asarray(week), return_inverse=True)
    wide = np.full((group.size, weeks.size), np.nan)
    wide[unit, place] = y
    other = shuffled(np.arange(group.size, dtype=float), group, rng).astype(np.int64)
    return np.asarray(wide[other[unit], place])
