"""Columns of a regression that can stand together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
REPEATED = 1e-8
"""Share of a column's length, after the others are taken out, below which it repeats them."""


def independent_columns(columns: Floats) -> list[int]:
    """Numbers of the columns that add something to those before them; a column of zeros adds nothing.

    Parameters
    ----------
    columns
        Shape (rows, k), none missing.

    Examples
    --------
    >>> independent_columns(np.array([[1.0, 2.0, 0.0, 1.0], [1.0, 2.0, 0.0, 3.0]]))
    [0, 3]
    """
    basis: Floats = np.empty((len(columns), 0))
    kept: list[int] = []
    for j, column in enumerate(columns.T):
        rest = column - basis @ (basis.T @ column)
        rest = rest - basis @ (basis.T @ rest)
        length = float(np.linalg.norm(rest))
        if length > REPEATED * float(np.linalg.norm(column)):
            basis = np.column_stack([basis, rest / length])
            kept.append(j)
    return kept
