"""The effect of what was given by lot: a difference of means, plain and adjusted for what was known before."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from la_research.statistics.coefficient import Coefficient, Inverted
from la_research.statistics.intervals import newcombe_difference

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
LEAST_P = 1e-15
"""Below which a p-value is not told apart."""


def difference_in_means(outcome: Floats, treated: Bools) -> Coefficient:
    """Mean of the treated less mean of the others, with Welch's interval.

    Its standard error is that of least squares with HC2 errors; the degrees of freedom are
    Satterthwaite's, which allow the arms to differ in size and spread.

    Parameters
    ----------
    outcome
        One value a student, shape (students,), none missing; two or more in each arm.
    treated
        Whether the student was drawn for the support, shape (students,).

    References
    ----------
    Welch (1947), doi:10.1093/biomet/34.1-2.28.

    Examples
    --------
    >>> found = difference_in_means(np.array([3.0, 5.0, 1.0, 1.0, 4.0]), np.array([True, True, False, False, False]))
    >>> found.value, round(found.se**2, 6) == 2 / 2 + 3 / 3, round(found.df, 2)
    (2.0, True, 2.67)
    """
    arms = outcome[treated], outcome[~treated]
    parts = [float(arm.var(ddof=1)) / len(arm) for arm in arms]
    variance = sum(parts)
    spent = sum(part**2 / (len(arm) - 1) for part, arm in zip(parts, arms, strict=True))
    df = variance**2 / spent if spent else len(outcome) - 2
    return Coefficient(float(arms[0].mean() - arms[1].mean()), float(np.sqrt(variance)), df, len(outcome))


def plain_errors(outcome: Floats, treated: Bools) -> tuple[Coefficient, Coefficient, Coefficient]:
    """The difference of means with the errors that are commonly printed: least squares', HC2 and HC3.

    Examples
    --------
    >>> each = plain_errors(np.array([3.0, 5.0, 1.0, 1.0, 4.0]), np.array([True, True, False, False, False]))
    >>> [round(found.se**2, 3) for found in each]
    [2.222, 2.0, 3.5]
    """
    arms = outcome[treated], outcome[~treated]
    sizes = np.array([len(arm) for arm in arms], dtype=float)
    squares = np.array([float(((arm - arm.mean()) ** 2).sum()) for arm in arms])
    value, n = float(arms[0].mean() - arms[1].mean()), len(outcome)
    pooled = squares.sum() / (n - 2) * (1 / sizes).sum()
    variances = pooled, (squares / sizes / (sizes - 1)).sum(), (squares / (sizes - 1) ** 2).sum()
    least, second, third = (Coefficient(value, float(np.sqrt(variance)), n - 2, n) for variance in variances)
    return least, second, third


def adjusted_difference(outcome: Floats, treated: Bools, covariates: Floats) -> Coefficient:
    """The difference of means, less what the covariates explain in each arm.

    Least squares of the outcome on the arm, the centred covariates and their products with
    the arm, with HC2 errors and as many degrees of freedom as rows less columns. Chance
    differences between the arms in what was known before are taken out; that the model is
    right is not assumed. Covariates that describe one student alone are left out; see
    ``kept_covariates``.

    Parameters
    ----------
    outcome, treated
        As in ``difference_in_means``.
    covariates
        Measured before the draw, shape (students, k), none missing; k may be 0.

    References
    ----------
    Lin (2013), Agnostic notes on regression adjustments to experimental data,
    doi:10.1214/12-AOAS583.

    Examples
    --------
    The outcome is the covariate plus 2 for the treated; the arms differ by chance in the covariate.

    >>> before = np.array([1.0, 2.0, 4.0, 1.0, 3.0, 2.0])
    >>> drawn = np.array([True, True, True, False, False, False])
    >>> found = adjusted_difference(before + 2 * drawn, drawn, before[:, None])
    >>> round(found.value, 6), round(difference_in_means(before + 2 * drawn, drawn).value, 6)
    (2.0, 2.333333)
    """
    return interacted_difference(outcome, treated, covariates[:, kept_covariates(treated, covariates)])


def interacted_difference(outcome: Floats, treated: Bools, covariates: Floats) -> Coefficient:
    """The same, of covariates that ``kept_covariates`` has kept already.

    >>> before, drawn = np.array([1.0, 2.0, 4.0, 1.0, 3.0, 2.0]), np.array([True, True, True, False, False, False])
    >>> round(interacted_difference(before + 2 * drawn, drawn, before[:, None]).value, 6)
    2.0
    """
    from statsmodels.regression.linear_model import OLS

    design = _design(treated, covariates)
    fit = OLS(outcome - outcome.mean(), design).fit(cov_type="HC2")
    return Coefficient(float(fit.params[1]), float(fit.bse[1]), len(outcome) - design.shape[1], len(outcome))


def shares_apart(outcome: Floats, treated: Bools) -> Inverted:
    """The difference of two shares by Newcombe's interval, which has a width where all of an arm say the same.

    Parameters
    ----------
    outcome
        0 or 1, one a student; not the same for all.
    treated
        As in ``difference_in_means``.

    References
    ----------
    Newcombe (1998), as in ``newcombe_difference``. The p-value is that at which its interval ends at zero.

    Examples
    --------
    >>> found = shares_apart(np.repeat([1.0, 0.0], 12), np.repeat([True, False], 12))
    >>> found.value, [round(end, 2) for end in found.interval(0.95)], found.p < 0.001
    (1.0, [0.66, 1.0], True)
    """
    from scipy.optimize import brentq

    arms = outcome[treated], outcome[~treated]
    counts = [float(part) for arm in arms for part in (arm.sum(), len(arm))]
    value = float(arms[0].mean() - arms[1].mean())

    def ends(level: float) -> tuple[float, float]:
        _, low, high = newcombe_difference(counts[0], counts[1], counts[2], counts[3], level)
        return low, high

    def clear(alpha: float) -> float:
        low, high = ends(1 - alpha)
        return low if value > 0 else -high

    p = LEAST_P if clear(LEAST_P) > 0 else float(brentq(clear, LEAST_P, 1.0))
    return Inverted(value, len(outcome), p, ends)


def kept_covariates(treated: Bools, covariates: Floats) -> list[int]:
    """Which columns ``adjusted_difference`` uses, as their numbers from 0.

    A column with one value for all but one student of an arm goes first; then columns go
    from the last on until none repeats the others and no student of an arm is fitted
    exactly. Such a student has leverage 1, and no error can be had from it.

    Examples
    --------
    Only one student of each arm answered before: the filled column and the mark of the gap describe that student.

    >>> drawn = np.array([True, True, True, False, False, False])
    >>> kept_covariates(drawn, with_missing(np.array([4.0, np.nan, np.nan, 8.0, np.nan, np.nan])))
    []
    """
    kept = [j for j, column in enumerate(covariates.T) if min(_others(column[treated]), _others(column[~treated])) > 1]
    while kept and not estimable(_design(treated, covariates[:, kept])):
        kept.pop()
    return kept


LEVERAGE = 1 - 1e-6
"""From this leverage on, a student counts as fitted exactly."""


def estimable(design: Floats) -> bool:
    """Whether the columns have full rank and leave every row some residual."""
    scaled = design / np.sqrt((design**2).sum(axis=0))
    if np.linalg.matrix_rank(scaled) < design.shape[1]:
        return False
    rows = (np.linalg.qr(scaled)[0] ** 2).sum(axis=1)
    return bool(rows.max() < LEVERAGE)


def _design(treated: Bools, covariates: Floats) -> Floats:
    arm, centred = treated.astype(float)[:, None], covariates - covariates.mean(axis=0)
    return np.hstack([np.ones_like(arm), arm, centred, arm * centred])


def _others(values: Floats) -> int:
    """How many values differ from the most frequent one."""
    return len(values) - int(np.unique(values, return_counts=True)[1].max())


def with_missing(values: Floats) -> Floats:
    """A covariate without gaps: the mean where it is missing, and a column that says where.

    Shape (students, 1), or (students, 2) where some but not all values are missing. Adding
    both leaves the comparison of the arms unbiased, because neither depends on the draw.
    A covariate that nobody has is a column of zeros.

    References
    ----------
    Zhao and Ding (2024), To adjust or not to adjust? Estimating the average treatment effect in
    randomized experiments with missing covariates, doi:10.1080/01621459.2022.2123814.

    Examples
    --------
    >>> with_missing(np.array([1.0, np.nan, 3.0])).tolist()
    [[1.0, 0.0], [2.0, 1.0], [3.0, 0.0]]
    """
    absent = np.isnan(values)
    if absent.all():
        return np.zeros((len(values), 1))
    filled = np.where(absent, np.nanmean(values), values)
    return np.column_stack([filled, absent.astype(float)]) if absent.any() else filled[:, None]
