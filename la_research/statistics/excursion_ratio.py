"""Effects of support that is drawn anew at every time, as a ratio: how many times as often an outcome is yes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import root

from la_research.statistics.excursion import Draws, Excursion, numerator_of
from la_research.statistics.leverage import corrected_covariance, group_products, group_sums

Floats = npt.NDArray[np.float64]


def excursion_ratio(
    draws: Draws, moderators: Floats, controls: Floats, numerator: float | None = None, corrected_to: int = 50
) -> Excursion:
    """The excursion effect on the logarithm of the share: its exponential is the ratio of shares.

    Solves the equations of the estimator for the marginal excursion effect, whose controls describe
    the logarithm of the share without support and may do so badly. Errors as in ``excursion``.

    Parameters
    ----------
    draws
        Its outcome is 0 or 1.
    moderators, controls, numerator, corrected_to
        As in ``excursion``.

    Raises
    ------
    ValueError
        Fewer students than columns and one, or no solution.

    References
    ----------
    Qian, Yoo, Klasnja, Almirall and Murphy (2021), Estimating time-varying causal excursion effects in mobile health
    with binary outcomes, doi:10.1093/biomet/asaa070.

    Examples
    --------
    Without controls and with an even draw it is the ratio of the two shares, here of 3/4 and 1/4.

    >>> draws = Draws(np.tile([1.0, 1, 1, 0, 1, 0, 0, 0], 5), np.tile(np.repeat([1.0, 0.0], 4), 5), np.full(40, 0.5),
    ...     np.repeat(np.arange(10), 4))
    >>> found = excursion_ratio(draws, np.ones((40, 1)), np.ones((40, 1)))
    >>> round(float(np.exp(found.value[0])), 6)
    3.0
    """
    centre = numerator_of(draws.probability) if numerator is None else numerator
    weight, q, n = draws.weighted_to(centre)[:, None], controls.shape[1], draws.units
    pull = weight * np.hstack([controls, (draws.drawn - centre)[:, None] * moderators])
    if n <= pull.shape[1]:
        raise ValueError("there are fewer students than columns")

    def parts(at: Floats) -> tuple[Floats, Floats]:
        """Residuals, and how they fall with each coefficient."""
        share = np.exp(np.minimum(controls @ at[:q], 50.0))
        turned = np.exp(np.clip(-draws.drawn * (moderators @ at[q:]), -50.0, 50.0)) * draws.outcome
        falls = np.hstack([share[:, None] * controls, (draws.drawn * turned)[:, None] * moderators])
        return turned - share, falls

    start = np.zeros(pull.shape[1])
    start[0] = np.log(max(float(draws.outcome.mean()), 1e-6))
    found = root(lambda at: pull.T @ parts(at)[0], start, jac=lambda at: -pull.T @ parts(at)[1])
    residual, falls = parts(found.x)
    if not found.success or np.abs(pull.T @ residual).max() > 1e-6 * len(residual):
        raise ValueError("the equations of the ratio have no solution here")
    covariance = corrected_covariance(
        group_products(pull, falls, draws.unit, n),
        group_sums(pull * residual[:, None], draws.unit, n),
        corrected=n <= corrected_to,
    )
    return Excursion(found.x[q:], covariance[q:, q:], n - pull.shape[1], n)
