"""Few groups: the wild cluster bootstrap, which turns each group's residuals round together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from la_research.statistics.coefficient import Inverted
from la_research.statistics.permutation import inverted_ends

Floats = npt.NDArray[np.float64]
WEBB = np.array([-np.sqrt(1.5), -1.0, -np.sqrt(0.5), np.sqrt(0.5), 1.0, np.sqrt(1.5)])
"""Six weights of mean 0 and variance 1, for fewer than ``FEW`` groups, of which two signs give too few samples."""
FEW = 12


def wild_effect(
    outcome: Floats,
    drawn: npt.NDArray[np.bool_],
    covariates: Floats,
    cluster: npt.NDArray[np.intp],
    count: int,
    rng: np.random.Generator,
) -> Inverted:
    """The effect of the draw, its interval by inverting the restricted wild cluster bootstrap's test.

    Parameters
    ----------
    outcome, drawn, covariates
        As in ``permuted_effect``; the covariates of full rank.
    cluster
        Group of each row, whole numbers from 0 without gaps.
    count
        Bootstrap samples.

    References
    ----------
    Cameron, Gelbach and Miller (2008), doi:10.1162/rest.90.3.414; Webb (2023), Reworking wild bootstrap-based
    inference for clustered errors, doi:10.1111/caje.12661; MacKinnon, Nielsen and Webb (2023), Fast and reliable
    jackknife and bootstrap methods for cluster-robust inference, doi:10.1002/jae.2969.

    Examples
    --------
    >>> group, drawn = np.repeat(np.arange(12), 5), np.repeat(np.arange(12) % 2 == 0, 5)
    >>> outcome = 3.0 * drawn + np.sin(group) + np.cos(np.arange(60))
    >>> found = wild_effect(outcome, drawn, np.empty((60, 0)), group, 499, np.random.default_rng(1))
    >>> round(found.value, 2), found.p < 0.05
    (2.99, True)
    """
    groups = int(cluster.max()) + 1
    fixed = np.column_stack([np.ones(len(outcome)), covariates - covariates.mean(axis=0)])
    inverse = np.linalg.inv(fixed.T @ fixed)
    y, z = (c - fixed @ (inverse @ (fixed.T @ c)) for c in (outcome, drawn.astype(float)))
    length = float(z @ z)
    value = float(z @ y) / length
    weights = rng.choice(WEBB, (count, groups)) if groups < FEW else rng.choice([-1.0, 1.0], (count, groups))
    weights = np.vstack([np.ones(groups), weights])
    fit = _sums(fixed * z[:, None], cluster) @ inverse
    own = _sums(z[:, None] ** 2, cluster) / length

    def turned(residual: Floats) -> tuple[Floats, Floats]:
        """Of each sample the slope, and what each group adds to its error, linear in the residuals."""
        pushes = _sums((z * residual)[:, None], cluster)[:, 0]
        held = np.diag(pushes) - fit @ _sums(fixed * residual[:, None], cluster).T - own @ pushes[None, :]
        return weights @ pushes, weights @ held.T

    slope_y, added_y = turned(y)
    slope_z, added_z = turned(z)

    def p(effect: float) -> float:
        of, off = (0.0, 1.0) if np.isinf(effect) else (1.0, effect)
        slope, added = of * slope_y - off * slope_z, of * added_y - off * added_z
        with np.errstate(divide="ignore", invalid="ignore"):
            far = np.nan_to_num(np.abs(slope) / np.sqrt((added**2).sum(axis=1)), nan=np.inf, posinf=np.inf)
        return float((far >= far[0] * (1 - 1e-9)).mean())

    step = float(np.sqrt((added_y[0] - value * added_z[0]) @ (added_y[0] - value * added_z[0]))) / length or 1.0
    return Inverted(value, len(outcome), p(0.0), lambda level: inverted_ends(p, value, step, level))


def _sums(rows: Floats, cluster: npt.NDArray[np.intp]) -> Floats:
    """Sums of rows by group, shape (groups, columns)."""
    return np.column_stack([np.bincount(cluster, weights=column) for column in rows.T])
