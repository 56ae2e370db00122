"""How far from a cut-off rows may lie: the bandwidths with the least expected squared error of the jump."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from la_research.statistics.discontinuity.combination import Combine
from la_research.statistics.discontinuity.local_polynomial import Floats, Kernel, LocalPolynomial, Side

Rule = Literal["mserd", "msetwo", "cerrd"]
SCALE = {"triangular": 2.576, "epanechnikov": 2.34, "uniform": 1.843}
"""Of the pilot bandwidth, by kernel."""
TIES = 0.2
"""Share of rows that repeat a place beyond which places, not rows, are counted."""
PLACES = 10
"""Different places that a bandwidth then has to hold on each side."""


class Bandwidths(NamedTuple):
    """Of the jump (h) and of its bias (b), below and above the cut-off, in units of the running variable."""

    h: tuple[float, float]
    b: tuple[float, float]


class _Parts(NamedTuple):
    variance: float
    bias: float
    penalty: float


@dataclass(frozen=True)
class _Search:
    """Plug-in bandwidths, from the highest derivative down."""

    sides: tuple[Side, Side]
    combine: Combine
    kernel: Kernel
    pilot: float
    least: float
    most: tuple[float, float]

    def parts(self, side: Side, order: int, power: int, beyond: int, bias_at: float, penalised: bool) -> _Parts:
        """Variance and squared bias of a derivative at one side, up to the powers of the bandwidth."""
        near = LocalPolynomial(side.within(self.pilot, self.kernel), self.pilot, order, self.kernel)
        combination = self.combine.alone(near, power)
        wide = LocalPolynomial(side.within(bias_at, self.kernel), bias_at, beyond, self.kernel)
        gap = 2 * (order + 1 - power)
        leak, next_power = near.leak(power), wide.weights(order + 1)
        spread = (2 * power + 1) * self.pilot * near.variance(near.smoother[power], combination)
        bias = np.sqrt(gap) * leak * float(next_power @ wide.rows.columns @ combination)
        noise = wide.variance(next_power, combination) if penalised else 0.0
        return _Parts(spread, bias, 3 * gap * leak**2 * noise)

    def step(
        self, order: int, power: int, beyond: int, bias_at: tuple[float, float], *, penalised: bool, apart: bool
    ) -> tuple[float, float]:
        """The next bandwidth on each side: one for both, or one each."""
        below, above = (
            self.parts(side, order, power, beyond, at, penalised) for side, at in zip(self.sides, bias_at, strict=True)
        )
        if apart:
            found = [(part.variance, part.bias**2 + part.penalty) for part in (below, above)]
        else:
            error = (above.bias - below.bias) ** 2 + above.penalty + below.penalty
            found = [(below.variance + above.variance, error)] * 2
        exponent = 1 / (2 * order + 3)
        low, high = (
            min((noise / error) ** exponent, most) if error > 0 else most
            for (noise, error), most in zip(found, self.most, strict=True)
        )
        return low, high


def chosen_bandwidths(sides: tuple[Side, Side], combine: Combine, order: int, kernel: Kernel, rule: Rule) -> Bandwidths:
    """Bandwidths with the least expected squared error, by plugging in curvature and noise estimated from the rows.

    The pilot counts different places, not rows. Where 20 % or more of the rows of a side repeat a
    place, the pilot bandwidths hold at least 10 places a side, or as many as there are.

    Parameters
    ----------
    sides
        Rows below and above.
    combine
        Which combination of the columns jumps.
    order
        Degree of the local polynomial; its bias is estimated with one degree more.
    rule
        ``mserd``: one for both sides; ``msetwo``: one each; ``cerrd``: ``mserd`` narrowed for the
        coverage of the interval.

    References
    ----------
    Calonico, Cattaneo and Titiunik (2014), doi:10.3982/ECTA11757, section 5 and supplement;
    Calonico, Cattaneo and Farrell (2020), doi:10.1093/ectj/utz022.

    Raises
    ------
    numpy.linalg.LinAlgError
        Where a side has too few different places.
    """
    q, apart = order + 1, rule == "msetwo"
    search = _search(sides, combine, kernel, apart=apart)
    whole = (sides[0].reach + 1e-8, sides[1].reach + 1e-8)
    low, high = search.step(q + 1, q + 1, q + 2, whole, penalised=False, apart=apart)
    third = (max(low, search.least), max(high, search.least))
    b = search.step(q, q, q + 1, third, penalised=True, apart=apart)
    h = search.step(order, 0, q, b, penalised=True, apart=apart)
    if rule == "cerrd":
        n = sum(len(side.x) for side in sides)
        narrow = n ** (-order / ((3 + order) * (3 + 2 * order)))
        h = (h[0] * narrow, h[1] * narrow)
    return Bandwidths(h, b)


def tied(side: Side) -> float:
    """Share of a side's rows that repeat a place."""
    return 1 - len(side.distances) / len(side.x)


def _search(sides: tuple[Side, Side], combine: Combine, kernel: Kernel, *, apart: bool) -> _Search:
    x = np.concatenate([side.x for side in sides])
    few = max(map(tied, sides)) >= TIES
    places = sum(len(side.distances) for side in sides)
    least = max(_nearest(side) for side in sides) if few else 0.0
    most = max(side.reach for side in sides)
    pilot = max(min(SCALE[kernel] * robust_spread(x) * places ** (-1 / 5), most), least)
    ends = (sides[0].reach, sides[1].reach) if apart else (most, most)
    return _Search(sides, combine, kernel, pilot, least, ends)


def _nearest(side: Side) -> float:
    return float(side.distances[min(PLACES, len(side.distances)) - 1]) + 1e-8


def robust_spread(x: Floats) -> float:
    """Spread of the running variable that outliers do not stretch."""
    low, high = np.percentile(x, [25, 75], method="averaged_inverted_cdf")
    return min(float(x.std(ddof=1)), float(high - low) / 1.349) or float(x.std(ddof=1))
