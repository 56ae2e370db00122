"""Slopes, calibration and Brier score in every sample of a bootstrap over students, from sums that are made once.

Each replicate weighs students by how often they were drawn, as ``student_weights`` gives it. Nothing is
fitted row by row: slopes need sums by module and week, and those are one matrix product a module.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from la_research.statistics.cells import Codes, Panel
from la_research.statistics.influence import NEAREST
from la_research.statistics.intervals import Floats

PART = 100
"""Replicates of a calibration that are worked out together."""


def weighted_slopes(panel: Panel, weights: ArrayLike) -> Floats:
    """Between- and within-student slope of each replicate, as ``associations`` gives them.

    A student drawn twice counts as two students with the same answers. Covariates are not read.

    Parameters
    ----------
    panel
        Cells of the design, one a unit and week.
    weights
        Replicates x students, in the sorted order of ``panel.student``.

    Returns
    -------
    numpy.ndarray
        Replicates x 2: SD per SD, between and within; not a number where the slopes do not exist.

    References
    ----------
    Field & Welsh (2007), doi:10.1111/j.1467-9868.2007.00593.x.

    Examples
    --------
    >>> from la_research.statistics.association import associations
    >>> who, week = np.array([1, 1, 2, 2, 3, 3]), np.array([2, 4, 2, 4, 2, 4])
    >>> x, y = np.array([0.0, 2.0, 3.0, 3.0, 6.0, 4.0]), np.array([1.0, 3.0, 6.0, 6.0, 11.0, 9.0])
    >>> panel = Panel(who, who, np.ones(6), week, x, y)
    >>> found = weighted_slopes(panel, [[1, 1, 1]])[0]
    >>> bool(abs(found[0] - associations(panel).of("between").value) < 1e-9)
    True
    """
    drawn = np.asarray(weights, dtype=float)
    column = np.unique(panel.student, return_inverse=True)[1]
    sums = [_sums(panel, panel.group == group, column, drawn) for group in np.unique(panel.group)]
    units, cells = (np.concatenate([part[i] for part in sums], axis=1) for i in (0, 1))
    between = _square(units[:, :, 0], units[:, :, 1], units[:, :, 1], units[:, :, 2])
    n, m, d, y = (cells[:, :, i] for i in range(4))
    products = {"mm": (m, m), "md": (m, d), "dd": (d, d), "my": (m, y), "dy": (d, y), "yy": (y, y)}
    s = {name: _square(n, *pair, cells[:, :, 4 + i]) for i, (name, pair) in enumerate(products.items())}
    every, gone = cells[:, :, 10], cells[:, :, 11]
    within = _square(every, gone, gone, cells[:, :, 12])
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = np.sqrt(s["yy"] / _free(n))
        bread = s["mm"] * s["dd"] - s["md"] ** 2
        first = (s["dd"] * s["my"] - s["md"] * s["dy"]) / bread * np.sqrt(between / _free(units[:, :, 0]))
        second = (s["mm"] * s["dy"] - s["md"] * s["my"]) / bread * np.sqrt(within / _free(every))
        return np.column_stack([first / noise, second / noise])


def _sums(panel: Panel, here: npt.NDArray[np.bool_], column: Codes, weights: Floats) -> tuple[Floats, Floats]:
    """Weighted sums of a module's units (replicates, 1, 3), and of its cells by week (replicates, weeks, 13)."""
    names, unit = np.unique(panel.unit[here], return_inverse=True)
    weeks, week = np.unique(panel.week[here], return_inverse=True)
    first = np.unique(unit, return_index=True)[1]
    drawn = weights[:, column[here][first]]
    x, y = panel.x[here], panel.y[here]
    mean = np.bincount(unit, x) / np.bincount(unit)
    m, d, seen = mean[unit], x - mean[unit], ~np.isnan(y)
    answered = np.stack([np.ones(len(x)), m, d, y, m * m, m * d, d * d, m * y, d * y, y * y], axis=1)
    wide = np.zeros((len(names), len(weeks), 13))
    wide[unit, week] = np.column_stack([np.where(seen[:, None], answered, 0.0), np.ones(len(x)), d, d * d])
    cells = (drawn @ wide.reshape(len(names), -1)).reshape(len(drawn), len(weeks), 13)
    return (drawn @ np.column_stack([np.ones(len(mean)), mean, mean**2]))[:, None, :], cells


def _square(n: Floats, a: Floats, b: Floats, ab: Floats) -> Floats:
    """Sum over strata of products about the stratum's means, (replicates,)."""
    return np.asarray((ab - a * b / np.maximum(n, 1)).sum(axis=1))


def _free(n: Floats) -> Floats:
    """Rows less strata that have any."""
    return np.asarray(np.maximum(n.sum(axis=1) - (n > 0).sum(axis=1), 1))


def weighted_brier(label: ArrayLike, probability: ArrayLike, weights: ArrayLike) -> Floats:
    """Brier score of each replicate.

    >>> weighted_brier([1, 0], [0.8, 0.4], [[1, 1], [2, 0]]).round(6).tolist()
    [0.1, 0.04]
    """
    loss = (np.asarray(probability, dtype=float) - np.asarray(label, dtype=float)) ** 2
    drawn = np.asarray(weights)
    return np.asarray(drawn @ loss / drawn.sum(axis=1))


def weighted_calibration(label: ArrayLike, probability: ArrayLike, weights: ArrayLike) -> Floats:
    """Calibration intercept and slope of each replicate, as ``calibration`` gives them without folds.

    Parameters
    ----------
    label, probability
        One a row.
    weights
        Replicates x rows, 0 or more.

    Returns
    -------
    numpy.ndarray
        Replicates x 2; not a number where a fit does not exist.

    References
    ----------
    Cox (1958), doi:10.1093/biomet/45.3-4.562.

    Examples
    --------
    >>> label, probability = [1, 0, 0, 0, 1, 1, 1, 0], [0.25] * 4 + [0.75] * 4
    >>> (weighted_calibration(label, probability, [[1] * 8]) + 0.0).round(6).tolist()
    [[0.0, 1.0]]
    """
    truth, drawn = np.asarray(label, dtype=float), np.asarray(weights)
    x = np.asarray(logit(np.clip(np.asarray(probability, dtype=float), NEAREST, 1 - NEAREST)))
    parts = [drawn[start : start + PART].astype(float) for start in range(0, len(drawn), PART)]
    return np.concatenate([np.column_stack([_shift(truth, x, part), _slope(truth, x, part)]) for part in parts])


def _shift(truth: Floats, x: Floats, weights: Floats) -> Floats:
    """Log odds by which the scores are too low, by Newton's steps from none."""
    found, cases = np.zeros(len(weights)), weights @ truth
    for _ in range(30):
        fitted = expit(x + found[:, None])
        step = (cases - (weights * fitted).sum(axis=1)) / np.maximum(
            (weights * fitted * (1 - fitted)).sum(axis=1), 1e-9
        )
        found += np.clip(step, -3, 3)
        if np.abs(step).max(initial=0.0) < 1e-8:
            break
    return np.where(np.abs(step) < 1e-6, found, np.nan)


def _slope(truth: Floats, x: Floats, weights: Floats) -> Floats:
    """Coefficient of the logit beside an intercept, by Newton's steps from a slope of 1."""
    beta, design = np.tile([0.0, 1.0], (len(weights), 1)), np.stack([np.ones(len(x)), x])
    squares, cases = np.stack([np.ones(len(x)), x, x * x]).T, (weights * truth) @ design.T
    for _ in range(30):
        fitted = expit(beta @ design)
        fitted_sums = (weights * fitted) @ design.T
        a, b, c = ((weights * fitted * (1 - fitted)) @ squares).T
        pull, det = cases - fitted_sums, a * c - b * b
        safe = np.where(det > 1e-12 * np.maximum(a, 1e-300) ** 2, det, np.nan)
        step = np.column_stack([c * pull[:, 0] - b * pull[:, 1], a * pull[:, 1] - b * pull[:, 0]]) / safe[:, None]
        beta += np.clip(step, -3, 3)
        if not np.nanmax(np.abs(step), initial=0.0) >= 1e-8:
            break
    return np.where(np.abs(step).max(axis=1) < 1e-6, beta[:, 1], np.nan)
