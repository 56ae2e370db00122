"""How closely two numbers of the same students go together, alone and given others."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr
from scipy.stats import rankdata

from la_research.finding import Estimate
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.intervals import Floats, z_value

NOTHING_LEFT = 1e-9
"""A column whose residuals are this small beside it is explained in full."""


@dataclass(frozen=True, slots=True)
class Correlation:
    """A correlation from -1 to 1, and how sure it is.

    Parameters
    ----------
    value
        The correlation.
    error
        Standard error of its inverse hyperbolic tangent.
    n
        Students it rests on.
    """

    value: float
    error: float
    n: int

    def interval(self, level: float) -> tuple[float, float]:
        """Fisher's interval at a level from 0 to 1; inside -1 and 1.

        >>> [round(bound, 3) for bound in Correlation(0.5, 1 / math.sqrt(100), 103).interval(0.95)]
        [0.339, 0.632]
        """
        middle, reach = math.atanh(self.value), z_value(level) * self.error
        return math.tanh(middle - reach), math.tanh(middle + reach)

    @property
    def p(self) -> float:
        """Two-sided p-value against zero, of the same interval."""
        return float(2 * ndtr(-abs(math.atanh(self.value)) / self.error))

    def estimate(self, unit: str, method: str, level: float) -> Estimate:
        """The correlation as a finding shows it."""
        return Estimate(self.value, *self.interval(level), level, unit, self.n, method)


def correlation(
    x: ArrayLike, y: ArrayLike, given: Floats | None = None, stratum: ArrayLike | None = None, *, ranks: bool = False
) -> Correlation | None:
    """Pearson's or, of ranks, Spearman's correlation; partial where columns are given.

    The partial correlation is that of the residuals of either column from least squares on the
    given columns and a constant a stratum.

    Parameters
    ----------
    x, y
        (n,) numbers, none missing.
    given
        (n, k) columns that are taken out of both; they may depend on one another. None where
        nothing is.
    stratum
        (n,) of any sortable type, within which students are compared; None where all are.
    ranks
        Whether ranks, ties at their mean, stand for the numbers of ``x`` and ``y``.

    Returns
    -------
    Correlation or None
        None where x or y does not vary or is explained by what is given, where it is 1 or -1,
        or where fewer than four students are left after what is given.

    References
    ----------
    Fisher (1921), On the probable error of a coefficient of correlation, Metron 1:3-32: n - 3, less
    the rank of what is given (Fisher 1924, Metron 3:329-332). Bonett & Wright (2000),
    doi:10.1007/BF02294183: the error of Spearman's.

    Examples
    --------
    >>> x, y = [1, 2, 3, 4, 5], [2, 1, 4, 3, 5]
    >>> correlation(x, y).value
    0.8
    >>> correlation(x, [7, 7, 7, 7, 7]) is None
    True
    """
    columns = np.column_stack([rankdata(v) if ranks else np.asarray(v, dtype=float) for v in (x, y)])
    left, taken = residuals(columns, given, stratum)
    free = len(columns) - 2 - taken
    if free < 1 or explained(left, columns):
        return None
    value = float(left[:, 0] @ left[:, 1] / math.sqrt((left[:, 0] @ left[:, 0]) * (left[:, 1] @ left[:, 1])))
    if abs(value) > 1 - NOTHING_LEFT:
        return None
    return Correlation(value, math.sqrt((1 + value**2 / 2 if ranks else 1) / free), len(columns))


def residuals(columns: Floats, given: Floats | None = None, stratum: ArrayLike | None = None) -> tuple[Floats, int]:
    """What least squares on the given columns and a constant a stratum leaves, and the rank of what was taken out.

    >>> residuals(np.array([[1.0], [2.0], [6.0]]))[0].ravel().tolist()
    [-2.0, -1.0, 3.0]
    """
    centred, strata = _centred(columns, stratum)
    basis = _basis(given, stratum, len(columns))
    return centred - basis @ (basis.T @ centred), strata + basis.shape[1]


def _basis(given: Floats | None, stratum: ArrayLike | None, n: int) -> Floats:
    """Orthonormal columns, (n, rank), that span what is given less the mean of each stratum."""
    if given is None or not given.size:
        return np.empty((n, 0))
    centred, _ = _centred(given, stratum)
    length = np.sqrt((centred**2).sum(axis=0))
    keep = length > NOTHING_LEFT * np.abs(given).max(axis=0)
    left, size, _ = np.linalg.svd(centred[:, keep] / length[keep], full_matrices=False)
    return np.asarray(left[:, size > NOTHING_LEFT])


def _centred(columns: Floats, stratum: ArrayLike | None) -> tuple[Floats, int]:
    """Columns less their mean in each stratum, and how many strata there are."""
    code = _codes(len(columns), stratum)
    means = np.column_stack([np.bincount(code, column) for column in columns.T]) / np.bincount(code)[:, None]
    return columns - means[code], len(means)


def explained(left: Floats, columns: Floats) -> bool:
    """Whether any column varies by nothing but what was taken out of it."""
    whole = np.abs(columns).max(axis=0)
    return bool((np.abs(left).max(axis=0) <= NOTHING_LEFT * np.where(whole > 0, whole, 1)).any())


def slope_per_sd(
    x: ArrayLike, y: ArrayLike, given: Floats | None = None, stratum: ArrayLike | None = None
) -> Coefficient | None:
    """What y changes by for one standard deviation of x, both less what is given.

    For y of 0 and 1 it is the change of a share. The standard deviation is taken as known; the
    error is that of MacKinnon and White's HC3, which holds where the spread of y differs with x.

    Returns
    -------
    Coefficient or None
        None where ``correlation`` is, or where a single student makes the slope.

    References
    ----------
    MacKinnon & White (1985), doi:10.1016/0304-4076(85)90158-7.

    Examples
    --------
    >>> round(slope_per_sd([1, 2, 3, 4, 5], [0, 0, 1, 0, 1]).value, 3)
    0.316
    """
    columns = np.column_stack([np.asarray(v, dtype=float) for v in (x, y)])
    left, taken = residuals(columns, given, stratum)
    free = len(columns) - 1 - taken
    if free < 1 or explained(left, columns):
        return None
    own, outcome = left.T
    square = float(own @ own)
    code, pull = _codes(len(own), stratum), own**2 / square
    unseen = 1 - 1 / np.bincount(code)[code] - (_basis(given, stratum, len(own)) ** 2).sum(axis=1) - pull
    alone = unseen < NOTHING_LEFT  # the line passes through such a student, whatever the others say
    if pull[alone].sum() > NOTHING_LEFT:
        return None
    value, sd = float(own @ outcome) / square, math.sqrt(square / (free + 1))
    each = own * (outcome - value * own) / np.where(alone, 1, unseen) / square
    return Coefficient(value * sd, float(np.sqrt((each**2).sum())) * sd, free, len(columns))


def _codes(n: int, stratum: ArrayLike | None) -> NDArray[np.int64]:
    return np.zeros(n, dtype=np.int64) if stratum is None else np.unique(stratum, return_inverse=True)[1]
