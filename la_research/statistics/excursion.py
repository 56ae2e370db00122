"""Effects of support that is drawn anew at every time: weighted and centred least squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from la_research.statistics.coefficient import Coefficient
from la_research.statistics.leverage import corrected_covariance, group_products, group_sums

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Draws:
    """The times at which a draw was possible and the outcome after it is known.

    Parameters
    ----------
    outcome
        Measured after the draw and before the next, shape (rows,), none missing.
    drawn
        1 where the support was drawn, else 0.
    probability
        Chance of the support at that row, above 0 and under 1, whichever was drawn.
    unit
        Number of the student, from 0; each from 0 to the largest has a row.

    Examples
    --------
    Three students at two times each; the support adds 2.

    >>> draws = Draws(*np.array([[3.0, 1, 4, 2, 2, 0], [1, 0] * 3, [0.5] * 6]), np.array([0, 0, 1, 1, 2, 2]))
    >>> excursion(draws, np.ones((6, 1)), np.ones((6, 1))).value.round(6).tolist()
    [2.0]
    """

    outcome: Floats
    drawn: Floats
    probability: Floats
    unit: npt.NDArray[np.intp]

    def weighted_to(self, centre: float) -> Floats:
        """How much likelier each draw would have been under a constant chance of the support."""
        return np.where(self.drawn == 1, centre / self.probability, (1 - centre) / (1 - self.probability))

    @property
    def units(self) -> int:
        """How many students there are."""
        return int(self.unit.max()) + 1 if len(self.unit) else 0


@dataclass(frozen=True)
class Excursion:
    """Coefficients of the excursion effect in its moderators.

    Parameters
    ----------
    value, covariance
        Shapes (p,) and (p, p).
    df
        Students less all columns, controls counted.
    n
        Students.
    """

    value: Floats
    covariance: Floats
    df: int
    n: int

    def at(self, moderators: npt.ArrayLike) -> Coefficient:
        """The effect where the moderators have these values, shape (p,)."""
        here = np.asarray(moderators, dtype=float)
        return Coefficient(float(here @ self.value), float(np.sqrt(here @ self.covariance @ here)), self.df, self.n)


def numerator_of(probability: Floats) -> float:
    """The constant that draws are centred at: the chance itself where it is one and the same, else one half.

    >>> numerator_of(np.array([0.3, 0.3])), numerator_of(np.array([0.3, 0.6]))
    (0.3, 0.5)
    """
    return float(probability[0]) if np.ptp(probability) < 1e-12 else 0.5


def excursion(
    draws: Draws, moderators: Floats, controls: Floats, numerator: float | None = None, corrected_to: int = 50
) -> Excursion:
    """The causal excursion effect: what the support changes at a time, over what was drawn before and comes later.

    Least squares of the outcome on the controls and on the moderators times (draw - numerator),
    each row weighted by how much likelier its draw was under the numerator than as it was
    drawn. Right whether or not the controls describe the outcome, as the draw does not depend on
    more than the chance says. Errors are by student; up to ``corrected_to`` students they are
    corrected for leverage. Set against t with students less columns.

    Parameters
    ----------
    moderators
        What the effect may depend on, known before each draw; a column of ones first. Shape (rows, p).
    controls
        What describes the outcome without the support, known before each draw; a column of ones first.
        Shape (rows, q), none missing, no column repeating the others.
    numerator
        Chance to which rows are weighted, a constant; None as ``numerator_of`` says.
    corrected_to
        The field's software corrects up to 50 students.

    Raises
    ------
    ValueError
        Fewer students than columns and one, or columns that repeat one another.

    References
    ----------
    Boruvka, Almirall, Witkiewitz and Murphy (2018), Assessing time-varying causal effect moderation in mobile
    health, doi:10.1080/01621459.2017.1305274. Liao, Klasnja, Tewari and Murphy (2016), doi:10.1002/sim.6847 (the
    correction). Same numbers as ``wcls`` of the R package MRTAnalysis.
    """
    centre = numerator_of(draws.probability) if numerator is None else numerator
    weight = draws.weighted_to(centre)
    design = np.hstack([controls, (draws.drawn - centre)[:, None] * moderators])
    n, k = draws.units, design.shape[1]
    if n <= k or np.linalg.matrix_rank(design / np.sqrt((design**2).mean(axis=0) + 1e-300)) < k:
        raise ValueError("fewer students than columns, or columns that repeat one another")
    weighted = design * weight[:, None]
    fit = np.asarray(np.linalg.solve(weighted.T @ design, weighted.T @ draws.outcome), dtype=np.float64)
    residual = draws.outcome - design @ fit
    covariance = corrected_covariance(
        group_products(weighted, design, draws.unit, n),
        group_sums(weighted * residual[:, None], draws.unit, n),
        corrected=n <= corrected_to,
    )
    first = controls.shape[1]
    return Excursion(fit[first:], covariance[first:, first:], n - k, n)


def predicted_draws(drawn: Floats, probability: Floats, history: Floats) -> tuple[float, int]:
    """Whether what was known before a draw foretells it beyond its chance: chi-square, and its degrees of freedom.

    Given the chance, a draw less its chance has mean 0 whatever went before, so its products
    with the history add up to a martingale. Columns that repeat others count once.

    Parameters
    ----------
    drawn, probability
        As in ``Draws``.
    history
        Known before each draw, shape (rows, k), none missing.

    Examples
    --------
    Support is always drawn after a bad week.

    >>> drawn, bad = np.tile([1.0, 0.0], 50), np.tile([1.0, -1.0], 50)
    >>> predicted_draws(drawn, np.full(100, 0.5), bad[:, None])
    (100.0, 1)
    """
    spread = probability * (1 - probability)
    pull = history.T @ (drawn - probability)
    noise = (history * spread[:, None]).T @ history
    rank = int(np.linalg.matrix_rank(noise)) if history.shape[1] else 0
    return (float(pull @ np.linalg.pinv(noise, hermitian=True) @ pull), rank) if rank else (0.0, 0)
