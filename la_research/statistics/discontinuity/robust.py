"""The jump at a cut-off, less its estimated bias, with an error that counts what estimating the bias costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from la_research.statistics.coefficient import Coefficient
from la_research.statistics.discontinuity.bandwidth import Bandwidths, Rule, chosen_bandwidths
from la_research.statistics.discontinuity.combination import Combine
from la_research.statistics.discontinuity.local_polynomial import Floats, Kernel, LocalPolynomial, Side


@dataclass(frozen=True)
class Options:
    """Choices of the local polynomial.

    Parameters
    ----------
    order
        Its degree, 1 or 2; the bias is estimated with one more.
    kernel
        How rows count by their distance.
    rule
        How the bandwidths are chosen.
    bandwidth, bias_bandwidth
        Set instead of chosen, in units of the running variable; the second equals the first where
        only the first is set.
    """

    order: int = 1
    kernel: Kernel = "triangular"
    rule: Rule = "mserd"
    bandwidth: float | None = None
    bias_bandwidth: float | None = None


DEFAULT, OUTCOME = Options(), Combine()


@dataclass(frozen=True)
class Jump:
    """A jump at a cut-off, upwards from below to above.

    Parameters
    ----------
    robust
        Bias-corrected, with its robust error.
    conventional, corrected
        As if there were no bias; bias-corrected, with the conventional error.
    bandwidths
        That were used.
    inside
        Rows within the bandwidth of the jump, below and above.
    first
        Bias-corrected jump of the treatment within the same bandwidths, where the jump was divided by it.
    """

    robust: Coefficient
    conventional: Coefficient
    corrected: Coefficient
    bandwidths: Bandwidths
    inside: tuple[int, int]
    first: Coefficient | None = None


@dataclass(frozen=True)
class _Near:
    """One side within its bandwidths: what each row counts in the jump, plain and bias-corrected."""

    rows: Side
    fit: LocalPolynomial
    curved: LocalPolynomial
    plain: Floats
    corrected: Floats

    @classmethod
    def of(cls, side: Side, h: float, b: float, options: Options) -> _Near:
        rows, power = side.within(max(h, b), options.kernel), options.order + 1
        fit = LocalPolynomial(rows, h, options.order, options.kernel)
        curved = LocalPolynomial(rows, b, power, options.kernel)
        plain = fit.weights(0)
        return cls(rows, fit, curved, plain, plain - fit.leak(0) * h**power * curved.weights(power))


def jump_at_cutoff(
    x: Floats,
    columns: Floats,
    above: npt.NDArray[np.bool_],
    combine: Combine = OUTCOME,
    options: Options = DEFAULT,
    cluster: npt.NDArray[np.intp] | None = None,
) -> Jump:
    """Local polynomials on both sides of a cut-off, and how far apart they meet it.

    Parameters
    ----------
    x
        Running variable less the cut-off, shape (n,).
    columns
        The outcome; with ``combine`` the treatment and covariates too. Shape (n, k), none missing.
    above
        Which rows count as above; those exactly at the cut-off may be on either side.
    combine
        What the columns are.
    options
        Degree, kernel and bandwidths.
    cluster
        Group of each row; errors are then summed within groups.

    References
    ----------
    Calonico, Cattaneo and Titiunik (2014), doi:10.3982/ECTA11757.

    Raises
    ------
    numpy.linalg.LinAlgError
        Where a side has too few different places within the bandwidth.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 400)
    >>> y = np.where(x >= 0, 3.0, 1.0) + x + np.sin(40 * x) / 100
    >>> jump = jump_at_cutoff(x, y[:, None], x >= 0)
    >>> round(jump.robust.value, 1), jump.robust.se >= jump.conventional.se
    (2.0, True)
    """
    sides = Side.of(x, columns, ~above, cluster), Side.of(x, columns, above, cluster)
    widths = _bandwidths(sides, combine, options)
    below, upper = (_Near.of(side, h, b, options) for side, h, b in zip(sides, widths.h, widths.b, strict=True))
    left = combine.taken_out(below.fit, upper.fit)
    raw = (upper.plain @ upper.rows.columns - below.plain @ below.rows.columns) @ left
    better = (upper.corrected @ upper.rows.columns - below.corrected @ below.rows.columns) @ left
    value, slope = _value(raw)
    corrected = value + float(slope @ (better - raw))
    near, combination = (below, upper), left @ slope
    plain_error = _error(near, combination, corrected=False)
    robust_error = _error(near, combination, corrected=True)
    low, high = (len(side.within(h, options.kernel).x) for side, h in zip(sides, widths.h, strict=True))
    n = low + high
    return Jump(
        Coefficient(corrected, robust_error, math.inf, n),
        Coefficient(value, plain_error, math.inf, n),
        Coefficient(corrected, plain_error, math.inf, n),
        widths,
        (low, high),
        Coefficient(float(better[1]), _error(near, left[:, 1], corrected=True), math.inf, n) if combine.fuzzy else None,
    )


def _error(near: tuple[_Near, _Near], combination: Floats, *, corrected: bool) -> float:
    """Error of the jump of a combination of the columns."""
    parts = (
        side.curved.variance(side.corrected, combination) if corrected else side.fit.variance(side.plain, combination)
        for side in near
    )
    return math.sqrt(sum(parts))


def _value(jumps: Floats) -> tuple[float, Floats]:
    """The jump, or the ratio of two; and how it changes with each."""
    if len(jumps) == 1:
        return float(jumps[0]), np.ones(1)
    outcome, treated = jumps
    return float(outcome / treated), np.array([1 / treated, -outcome / treated**2])


def _bandwidths(sides: tuple[Side, Side], combine: Combine, options: Options) -> Bandwidths:
    """Those that are set, or chosen; for the outcome alone where one side was treated to the last, or not at all."""
    if options.bandwidth is not None:
        h, b = options.bandwidth, options.bias_bandwidth or options.bandwidth
        return Bandwidths((h, h), (b, b))
    if combine.fuzzy and any(np.ptp(side.columns[:, 1]) == 0 for side in sides):
        sides = (_without_treatment(sides[0]), _without_treatment(sides[1]))
        combine = Combine(covariates=combine.covariates)
    return chosen_bandwidths(sides, combine, options.order, options.kernel, options.rule)


def _without_treatment(side: Side) -> Side:
    return Side(side.x, np.delete(side.columns, 1, axis=1), side.cluster)
