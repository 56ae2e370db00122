"""How far a student's values lie from those of other students, where some values are missing."""

from __future__ import annotations

import numpy as np

from la_research.statistics.conformal import Codes, conformal_p
from la_research.statistics.intervals import Floats

NEAREST = 10
"""Students of the reference to whom the distance is taken."""
MOST = 2_000
"""Students of the reference, and of the calibration, at most; more would say the same more slowly."""


def mean_distance(reference: Floats, rows: Floats, nearest: int = NEAREST) -> Floats:
    """Mean distance of each row to its nearest rows of the reference.

    A column is centred at the reference's median and divided by the distance between its quartiles
    (its standard deviation where they are one; 1 where all are). A missing value stands at the median, and a
    column of its own, 0 or 1, says that it is missing. Distance is Euclid's.

    Parameters
    ----------
    reference, rows
        Shapes (m, columns) and (n, columns); NaN where not observed. With m below ``nearest``, all m count.

    References
    ----------
    Angiulli & Pizzuti (2002), Fast outlier detection in high dimensional spaces, doi:10.1007/3-540-45681-3_2.

    Examples
    --------
    Quartiles of 0, 1, 2, 3, 4 are 1 and 3: 8 is (8 - 4) / 2 and (8 - 3) / 2 from the nearest two.

    >>> mean_distance(np.arange(5.0)[:, None], np.array([[8.0]]), 2).tolist()
    [2.25]
    """
    from scipy.spatial import cKDTree

    middle, scale = _scale(reference)
    tree = cKDTree(_scaled(reference, middle, scale))
    found, _ = tree.query(_scaled(rows, middle, scale), k=list(range(1, min(nearest, len(reference)) + 1)))
    return np.asarray(found.mean(axis=1))


def _scale(reference: Floats) -> tuple[Floats, Floats]:
    filled = np.where(np.isnan(reference).all(axis=0), 0.0, reference)
    low, middle, high = np.nanquantile(filled, [0.25, 0.5, 0.75], axis=0)
    spread = np.nanstd(filled, axis=0)
    return middle, np.where(high > low, high - low, np.where(spread > 0, spread, 1.0))


def _scaled(rows: Floats, middle: Floats, scale: Floats) -> Floats:
    missing = np.isnan(rows)
    return np.hstack([np.where(missing, 0.0, (rows - middle) / scale), missing])


def unlike_p(features: Floats, tested: Codes, others: Codes, rng: np.random.Generator) -> Floats:
    """Conformal p-values of being like the others: one half of them is the reference, the other the calibration.

    Parameters
    ----------
    features
        Shape (rows, columns); NaN where not observed.
    tested
        Positions of the rows asked about.
    others
        Positions of rows of other students, one a student; with fewer than two nothing is unlike: 1.

    Returns
    -------
    numpy.ndarray
        One a tested row, above 0 and at most 1.

    Examples
    --------
    >>> rows = np.append(np.arange(100.0) % 10, 50.0)[:, None]
    >>> found = unlike_p(rows, np.array([0, 100]), np.arange(1, 100), np.random.Generator(np.random.Philox(1)))
    >>> bool(found[0] > 0.1), float(found[1]) == 1 / (50 + 1)
    (True, True)
    """
    if len(others) < 2:
        return np.ones(len(tested))
    order = rng.permutation(others)
    half = len(order) // 2
    reference, calibration = order[:half][:MOST], order[half:][:MOST]
    distance = mean_distance(features[reference], features[np.concatenate([calibration, tested])])
    return conformal_p(distance[: len(calibration)], distance[len(calibration) :])
