"""The jump at a cut-off with an interval that allows for the most a bounded curvature can bend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from la_research.statistics.coefficient import Inverted
from la_research.statistics.discontinuity.local_polynomial import Floats, Kernel, LocalPolynomial, Side
from la_research.statistics.discontinuity.neighbours import neighbour_residuals

TRIED = 40
"""Bandwidths that are compared."""
PLACES = 2
"""Different places that a line needs."""


@dataclass(frozen=True)
class Biased:
    """A normal estimate whose bias is at most so large: its interval and p-value hold for any such bias.

    Examples
    --------
    >>> [round(end, 3) for end in Biased(0.0, 1.0, 0.0).interval(0.95)]
    [-1.96, 1.96]
    >>> round(Biased(0.0, 1.0, 5.0).interval(0.95)[1], 3)  # 5 + 1.645
    6.645
    """

    value: float
    se: float
    bias: float

    def interval(self, level: float) -> tuple[float, float]:
        """The shortest interval around the estimate that holds the truth with that chance, whatever the bias."""
        ratio = self.bias / self.se
        wide = ratio + special.ndtri(level) if ratio > 10 else np.sqrt(special.chndtrix(level, 1, ratio**2))
        return self.value - float(wide) * self.se, self.value + float(wide) * self.se

    @property
    def p(self) -> float:
        """How likely an estimate so far from zero would be without a jump, at the worst bias."""
        far = abs(self.value) / self.se
        ratio = self.bias / self.se
        return float(min(1.0, special.ndtr(ratio - far) + special.ndtr(-ratio - far)))


class Honest(NamedTuple):
    """The jump with its interval; the bound on the curvature, and the bandwidth, below and above as one."""

    jump: Inverted
    curvature: float
    bandwidth: float


def honest_jump(
    x: Floats,
    y: Floats,
    above: npt.NDArray[np.bool_],
    curvature: float | None = None,
    kernel: Kernel = "triangular",
) -> Honest:
    """Local lines on both sides, with an interval that holds for every curve whose second derivative is bounded.

    Nothing is assumed of how densely the rows lie, so that it holds where the running variable
    takes few values. The bandwidth has the least squared error in the worst case.

    Parameters
    ----------
    x
        Running variable less the cut-off, shape (n,).
    y
        The outcome, none missing.
    above
        Which rows count as above.
    curvature
        Largest second derivative of the outcome's mean, in units of the outcome per squared unit of the
        running variable. Where it is not set: the largest of a polynomial of degree four fitted to all
        rows of a side (Armstrong and Kolesár 2020, section 3), of a lower degree, 2 or 3, where a side has
        fewer than 12 places; nothing in the data can tell that it is not larger.

    References
    ----------
    Kolesár and Rothe (2018), Inference in regression discontinuity designs with a discrete running
    variable, doi:10.1257/aer.20160945; Armstrong and Kolesár (2020), Simple and honest confidence
    intervals in nonparametric regression, doi:10.3982/QE1199.

    Raises
    ------
    numpy.linalg.LinAlgError
        Where a side has fewer than two different places, or the outcome does not vary near the cut-off.

    Examples
    --------
    >>> x = np.repeat(np.arange(-10.0, 10.0), 5)
    >>> y = np.where(x >= 0, 2.0, 0.0) + x / 10 + np.tile([-1, 0, 1, 0, 0], 20)
    >>> found = honest_jump(x, y, x >= 0, curvature=0.01)
    >>> round(found.jump.value, 3), [round(end, 1) for end in found.jump.interval(0.95)]
    (2.0, [1.3, 2.7])
    """
    sides = [Side.of(x, y[:, None], kept, None) for kept in (~above, above)]
    if min(len(side.distances) for side in sides) < PLACES:
        raise np.linalg.LinAlgError("too few different places")
    bound = max(map(_curvature, sides)) if curvature is None else curvature
    noise = [float(np.mean(neighbour_residuals(side.x, side.columns[:, 0]) ** 2)) for side in sides]
    tried = [(_Line.of(sides, h, kernel), h) for h in _candidates(sides)]
    line, h = min(tried, key=lambda pair: pair[0].worst(bound, noise))
    if not (error := line.error()):
        raise np.linalg.LinAlgError("the outcome does not vary near the cut-off")
    found = Biased(line.value, error, line.bend * bound)
    n = sum(len(fit.rows.x) for fit in line.fits)
    return Honest(Inverted(found.value, n, found.p, found.interval), bound, h)


@dataclass(frozen=True)
class _Line:
    """Local lines on both sides."""

    fits: tuple[LocalPolynomial, LocalPolynomial]

    @classmethod
    def of(cls, sides: list[Side], h: float, kernel: Kernel) -> _Line:
        below, above = (LocalPolynomial(side.within(h, kernel), h, 1, kernel) for side in sides)
        return cls((below, above))

    @property
    def value(self) -> float:
        below, above = (float(fit.derivatives(0)[0]) for fit in self.fits)
        return above - below

    @property
    def bend(self) -> float:
        """Bias per unit of curvature, in the worst case."""
        return sum(abs(float(fit.weights(0) @ fit.rows.x**2)) / 2 for fit in self.fits)

    def worst(self, bound: float, noise: list[float]) -> float:
        """Squared error in the worst case."""
        spread = sum(float(fit.weights(0) @ fit.weights(0)) * v for fit, v in zip(self.fits, noise, strict=True))
        return (self.bend * bound) ** 2 + spread

    def error(self) -> float:
        return float(np.sqrt(sum(fit.variance(fit.weights(0), np.ones(1)) for fit in self.fits)))


def _candidates(sides: list[Side]) -> list[float]:
    """Bandwidths from three places a side (or all, where there are fewer) to the whole range."""
    least = max(float(side.distances[min(3, len(side.distances) - 1)]) for side in sides) * (1 + 1e-9)
    reached = np.unique(np.concatenate([side.distances for side in sides]))
    further = reached[reached > least]
    if not len(further):
        return [least]
    return [least, *further[np.unique(np.linspace(0, len(further) - 1, TRIED).astype(int))].tolist()]


def _curvature(side: Side) -> float:
    """The largest second derivative of a quartic, or less where places are few, over the places of a side."""
    degree = min(4, max(2, len(side.distances) // 3), len(side.distances) - 1)
    u = side.x / side.reach
    fitted = np.linalg.lstsq(np.vander(u, degree + 1, increasing=True), side.columns[:, 0], rcond=None)[0]
    bent = np.polynomial.polynomial.polyval(u, np.polynomial.polynomial.polyder(fitted, 2))
    return float(np.abs(bent).max()) / side.reach**2
