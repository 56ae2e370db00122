"""One change of one group against the change of others: by outcome regression, by weighting, or by both."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Estimator = Literal["regression", "ipw", "doubly_robust"]
ROUNDS, CLOSE = 50, 1e-10
CERTAIN, TRIMMED = 0.999, 0.995
"""A chance of starting from which on no like unit exists; comparison units above the second count for nothing."""


def change_against(
    change: Floats, treated: Bools, design: Floats, estimator: Estimator, chance: Floats | None = None
) -> tuple[float, Floats] | None:
    """Effect on the treated, and what each unit adds to its error; None where it can not be had.

    The effect is the mean change of the treated less the change that they would have made. That is the
    change of the others as a line in the covariates (``regression``), their change weighted by the odds of
    being treated (``ipw``), or the line with its weighted error taken off (``doubly_robust``), which holds
    where one of the two models does. It is None where the covariates of the others determine each other or
    tell the treated for certain.

    Parameters
    ----------
    change
        Outcome after less outcome before, shape (units,).
    treated
        Whether a unit is treated, shape (units,).
    design
        Ones, then covariates before, shape (units, 1 + k).
    chance
        Chance of being treated as ``chance_of_treatment`` gives it, where it is known already.

    Returns
    -------
    The effect; and its influence function, shape (units,), whose mean is 0 and whose variance over the number of
    units is the variance of the effect.

    References
    ----------
    Sant'Anna and Zhao (2020), Doubly robust difference-in-differences estimators,
    doi:10.1016/j.jeconom.2020.06.003: their estimators for panels, by least squares and logit.

    Examples
    --------
    >>> change, treated = np.array([3.0, 5.0, 1.0, 2.0]), np.array([True, True, False, False])
    >>> effect, influence = change_against(change, treated, np.ones((4, 1)), "regression")
    >>> effect, influence.tolist()
    (2.5, [-2.0, 2.0, 1.0, -1.0])
    """
    if design.shape[1] == 1:
        return _difference(change, treated)
    others = ~treated
    if others.sum() <= design.shape[1] or np.linalg.matrix_rank(design[others]) < design.shape[1]:
        return None
    if estimator == "regression":
        return _by_line(change, treated, design)
    if chance is None:
        chance = chance_of_treatment(treated, design)
    if chance is None or chance[treated].max() > CERTAIN:
        return None
    return _by_weight(change, treated, design, chance, line=estimator == "doubly_robust")


def _difference(change: Floats, treated: Bools) -> tuple[float, Floats]:
    share = treated.mean()
    with_it, without = change[treated].mean(), change[~treated].mean()
    return float(with_it - without), np.where(treated, (change - with_it) / share, (without - change) / (1 - share))


def _line(change: Floats, treated: Bools, design: Floats) -> tuple[Floats, Floats]:
    """Change expected without treatment, and the influence of each unit on the coefficients."""
    free = np.where(treated, 0.0, 1.0)[:, None] * design
    inverse = np.linalg.inv(free.T @ design / len(change))
    expected = design @ (inverse @ (free.T @ change) / len(change))
    return expected, (free * (change - expected)[:, None]) @ inverse


def _by_line(change: Floats, treated: Bools, design: Floats) -> tuple[float, Floats]:
    expected, coefficients = _line(change, treated, design)
    gap = change - expected
    effect = float(gap[treated].mean())
    own = np.where(treated, gap - effect, 0.0) - coefficients @ (treated @ design / len(change))
    return effect, own / treated.mean()


def _by_weight(change: Floats, treated: Bools, design: Floats, chance: Floats, *, line: bool) -> tuple[float, Floats]:
    n = len(change)
    had = treated.astype(float)
    odds = np.where(treated | (chance >= TRIMMED), 0.0, chance / (1 - chance))
    expected, coefficients = _line(change, treated, design) if line else (np.zeros(n), np.zeros_like(design))
    gap = change - expected
    mine, theirs = gap @ had / had.sum(), gap @ odds / odds.sum()
    information = (design * (chance * (1 - chance))[:, None]).T @ design / n
    model = ((had - chance)[:, None] * design) @ np.linalg.inv(information)
    own = had * (gap - mine) - coefficients @ (had @ design / n)
    other = odds * (gap - theirs)
    other += model @ (other @ design / n) - coefficients @ (odds @ design / n)
    return float(mine - theirs), own / had.mean() - other / odds.mean()


def chance_of_treatment(treated: Bools, design: Floats) -> Floats | None:
    """Chance of being treated by a logistic line in the covariates; None where it does not settle.

    Examples
    --------
    >>> treated = np.array([True, False, True, False, False, False])
    >>> x = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    >>> chance_of_treatment(treated, np.column_stack([np.ones(6), x])) is None
    True
    >>> chance_of_treatment(treated, np.ones((6, 1))).round(3).tolist()[:2]
    [0.333, 0.333]
    """
    centre, spread = design[:, 1:].mean(axis=0), design[:, 1:].std(axis=0)
    scaled = np.column_stack([design[:, :1], (design[:, 1:] - centre) / np.where(spread > 0, spread, 1)])
    slopes = np.zeros(design.shape[1])
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(scaled @ slopes, -30, 30)))
        information = (scaled * (chance * (1 - chance))[:, None]).T @ scaled
        if np.linalg.cond(information) > 1e12:
            return None
        step = np.linalg.solve(information, (treated - chance) @ scaled)
        slopes += step
        if np.abs(step).max() < CLOSE:
            return np.asarray(1 / (1 + np.exp(-scaled @ slopes)))
    return None
