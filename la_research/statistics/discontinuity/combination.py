"""Which combination of columns jumps: the outcome, per student who took it up, less what covariates explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from la_research.statistics.discontinuity.local_polynomial import Floats, LocalPolynomial, kernel_weights


@dataclass(frozen=True)
class Combine:
    """How columns (outcome, perhaps treatment, then covariates) make one number.

    Parameters
    ----------
    fuzzy
        Whether the second column is the treatment, and the jump of the first is divided by its jump.
    covariates
        How many of the last columns are taken out.
    """

    fuzzy: bool = False
    covariates: int = 0

    @property
    def first(self) -> int:
        """Columns before the covariates."""
        return 1 + self.fuzzy

    def alone(self, fit: LocalPolynomial, power: int) -> Floats:
        """The combination as one side alone suggests it, shape (columns,)."""
        plain = self.taken_out(fit)
        if not self.fuzzy:
            return np.asarray(plain[:, 0])
        outcome, treated = fit.derivatives(power) @ plain
        return np.asarray(plain @ np.array([1 / treated, -outcome / treated**2]))

    def taken_out(self, *fits: LocalPolynomial) -> Floats:
        """Outcome and treatment less what the covariates explain, shape (columns, 1 or 2).

        The covariates count as much on both sides: their coefficients are those of one weighted
        least squares with a polynomial of its own on each side.

        References
        ----------
        Calonico, Cattaneo, Farrell and Titiunik (2019), doi:10.1162/rest_a_00760.
        """
        plain = np.eye(self.first + self.covariates, self.first)
        if self.covariates:
            inner = sum(_residual_products(fit) for fit in fits)
            assert isinstance(inner, np.ndarray)
            given = slice(self.first, None)
            plain[given] = -np.linalg.pinv(inner[given, given]) @ inner[given, : self.first]
        return plain


def _residual_products(fit: LocalPolynomial) -> Floats:
    """Weighted products of the columns after the polynomial is taken out."""
    columns = fit.rows.columns
    left = columns - fit.powers @ (fit.smoother @ columns)
    weights = kernel_weights(fit.rows.x / fit.bandwidth, fit.kernel) / fit.bandwidth
    return np.asarray((left.T * weights) @ left)
