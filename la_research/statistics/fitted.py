"""A regression with the influence of each row on its coefficients, so that what is made of them has honest errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

Floats = npt.NDArray[np.float64]
PENALTY = 1e-6
"""Ridge of the logistic regression: next to none, but what is always or never there keeps a finite chance."""


@dataclass(frozen=True)
class Fitted:
    """A linear or a logistic regression.

    Parameters
    ----------
    coefficients
        One a column.
    influence
        Shape (rows, columns): the mean over the rows is what the coefficients differ from the truth by.
    logistic
        Whether what is fitted is a chance.
    """

    coefficients: Floats
    influence: Floats
    logistic: bool

    def at(self, columns: Floats) -> Floats:
        """What is expected at these values of the columns."""
        line = columns @ self.coefficients
        return np.asarray(expit(line)) if self.logistic else line

    def slopes(self, columns: Floats) -> Floats:
        """How what is expected follows each coefficient, shape of the columns."""
        if not self.logistic:
            return columns
        chance = self.at(columns)
        return columns * (chance * (1 - chance))[:, None]


def fitted(outcome: Floats, columns: Floats, *, logistic: bool = False) -> Fitted:
    """Least squares, or a logistic regression, with the influence of each row.

    Columns that repeat others share their coefficient; what is fitted does not hang on how.

    Parameters
    ----------
    outcome
        One value a row, none missing; 0 or 1 for a logistic regression.
    columns
        Shape (rows, columns), one of them constant; of about one scale.

    References
    ----------
    Stefanski and Boos (2002), doi:10.1198/000313002753631330: estimates that solve an equation, and their errors.

    Examples
    --------
    >>> x = np.column_stack([np.ones(4), [0.0, 0.0, 1.0, 1.0]])
    >>> found = fitted(np.array([1.0, 3.0, 4.0, 6.0]), x)
    >>> found.coefficients.round(6).tolist(), found.influence[:, 1].round(6).tolist()
    ([2.0, 3.0], [2.0, -2.0, -2.0, 2.0])
    >>> fitted(np.array([0.0, 0.0, 0.0, 1.0]), x[:, :1], logistic=True).at(x[:1, :1]).round(4).tolist()
    [0.25]
    """
    if logistic and len(set(outcome)) > 1:
        return _logistic(outcome, columns)
    inverse = np.linalg.pinv(columns.T @ columns / len(columns), rcond=1e-10, hermitian=True)
    coefficients = inverse @ (columns.T @ outcome) / len(columns)
    influence = (columns * (outcome - columns @ coefficients)[:, None]) @ inverse
    return Fitted(coefficients, influence, False)


def _logistic(outcome: Floats, columns: Floats) -> Fitted:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1 / PENALTY, fit_intercept=False, solver="newton-cholesky", tol=1e-8, max_iter=200)
    model.fit(columns, outcome)
    coefficients = np.asarray(model.coef_[0], dtype=float)
    chance = expit(columns @ coefficients)
    curvature = (columns * (chance * (1 - chance))[:, None]).T @ columns / len(columns)
    curvature += np.eye(columns.shape[1]) * PENALTY / len(columns)
    inverse = np.linalg.pinv(curvature, rcond=1e-10, hermitian=True)
    return Fitted(coefficients, (columns * (outcome - chance)[:, None]) @ inverse, True)
