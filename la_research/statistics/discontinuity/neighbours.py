"""How far each row lies from its nearest neighbours: the error of a curve without a model of the curve."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
MATCHES = 3


def neighbour_residuals(x: Floats, y: Floats, matches: int = MATCHES) -> Floats:
    """Each value less the mean of its nearest neighbours, scaled so that its square estimates the variance.

    Rows at the same place are neighbours all together; from there the nearer place on either
    side is added, or both where they are as near, until there are ``matches`` neighbours.

    Parameters
    ----------
    x
        Places, ascending, shape (n,).
    y
        Values, shape (n,).

    Returns
    -------
    Shape (n,): sqrt(J / (J + 1)) times the difference, J the number of neighbours; 0 for a row alone.

    References
    ----------
    Abadie and Imbens (2006), doi:10.1111/j.1468-0262.2006.00655.x; Calonico, Cattaneo and
    Titiunik (2014), doi:10.3982/ECTA11757, section 5.

    Examples
    --------
    >>> neighbour_residuals(np.array([0.0, 1.0, 2.0, 10.0]), np.array([1.0, 1.0, 1.0, 5.0])).round(3).tolist()
    [-1.155, -1.155, -1.155, 3.464]
    """
    places, counts = _runs(x)
    last = len(places) - 1
    before = np.concatenate([[0], np.cumsum(counts)])
    sums = np.concatenate([[0.0], np.cumsum(y - y.mean())])
    low, high = np.arange(last + 1), np.arange(last + 1)
    wanted = min(matches, len(x) - 1)
    while (few := before[high + 1] - before[low] - 1 < wanted).any():
        down = np.where(low > 0, places - places[np.maximum(low - 1, 0)], np.inf)
        up = np.where(high < last, places[np.minimum(high + 1, last)] - places, np.inf)
        low, high = low - (few & (down <= up) & (low > 0)), high + (few & (up <= down) & (high < last))
    count = np.repeat(before[high + 1] - before[low] - 1, counts)
    total = np.repeat(sums[before[high + 1]] - sums[before[low]], counts)
    own = y - y.mean()
    return np.asarray((own - (total - own) / np.maximum(count, 1)) * np.sqrt(count / (count + 1)))


def _runs(x: Floats) -> tuple[Floats, npt.NDArray[np.intp]]:
    """The different places of sorted rows, and how many rows stand at each."""
    starts = np.flatnonzero(np.concatenate([[True], x[1:] != x[:-1]]))
    return x[starts], np.diff(np.append(starts, len(x)))
