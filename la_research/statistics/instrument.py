"""The effect of support on those who take it up because they were drawn for it, from a draw that not all followed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from la_research.statistics.clustered import least_squares
from la_research.statistics.coefficient import Coefficient, Inverted

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Complier:
    """What the draw did to the outcome, what it did to the uptake, and how the two go together.

    Parameters
    ----------
    intent, uptake
        Effect of the draw on the outcome and on the share that had the support; errors by HC2 or CR2.
    shared
        Covariance of the two.
    """

    intent: Coefficient
    uptake: Coefficient
    shared: float

    @property
    def value(self) -> float:
        """The ratio of the two, Wald's estimate."""
        return self.intent.value / self.uptake.value

    def region(self, level: float) -> tuple[tuple[float, float], ...]:
        """All effects that Anderson and Rubin's test does not reject: one interval, two rays, or the whole line.

        Each is a pair of ends, infinite where the region has none.
        """
        reach = float(special.stdtrit(self.intent.df, (1 + level) / 2)) ** 2
        a, b = self.intent, self.uptake
        square = b.value**2 - reach * b.se**2
        half = a.value * b.value - reach * self.shared
        rest = a.value**2 - reach * a.se**2
        inside = half**2 - square * rest
        if square > 0:
            root = math.sqrt(max(inside, 0.0))
            return (((half - root) / square, (half + root) / square),)
        if inside <= 0 or square == 0:
            return ((-math.inf, math.inf),)
        low, high = sorted(((half - math.sqrt(inside)) / square, (half + math.sqrt(inside)) / square))
        return ((-math.inf, low), (high, math.inf))

    def interval(self, level: float) -> tuple[float, float]:
        """The region, where it is one interval; both ends infinite where it is not."""
        return self.region(level)[0] if self.bounded(level) else (-math.inf, math.inf)

    def bounded(self, level: float) -> bool:
        """Whether the region is one interval with two ends: the uptake differs from zero at that level."""
        return math.isfinite(sum(self.region(level)[0]))

    @property
    def inverted(self) -> Inverted:
        """The effect with its interval and p-value; only where the region is bounded at the level asked."""
        return Inverted(self.value, self.intent.n, self.intent.p, self.interval)


def complier_effect(
    outcome: Floats,
    treated: Floats,
    assigned: Floats,
    covariates: Floats,
    cluster: npt.NDArray[np.intp] | None = None,
) -> Complier:
    """The effect of the support on those whom the draw moved to it, by the ratio of two effects of the draw.

    It needs that the draw does nothing but through the support, and keeps nobody from it who would have had it.

    Parameters
    ----------
    outcome, treated, assigned
        One value a student, none missing; ``treated`` and ``assigned`` are 0 or 1.
    covariates
        Measured before the draw, shape (students, k); k may be 0.
    cluster
        Groups that were drawn; None where each student was.

    References
    ----------
    Anderson and Rubin (1949), doi:10.1214/aoms/1177730090; Imbens and Angrist (1994), doi:10.2307/2951620; with
    robust errors as Andrews, Stock and Sun (2019), doi:10.1146/annurev-economics-080218-025643.

    Examples
    --------
    >>> drawn = np.repeat([1.0, 0.0], 50)
    >>> had = drawn * (np.arange(100) % 5 > 0)
    >>> outcome = 2 * had + np.tile([-0.5, 0.5], 50)
    >>> found = complier_effect(outcome, had, drawn, np.empty((100, 0)))
    >>> round(found.value, 6), [round(end, 2) for end in found.interval(0.95)]
    (2.0, [1.75, 2.25])
    """
    design = np.column_stack([np.ones_like(assigned), assigned, covariates - covariates.mean(axis=0)])
    fit = least_squares(design, np.column_stack([outcome, treated]), cluster)
    draw = np.eye(design.shape[1])[1]
    return Complier(fit.of(draw), fit.of(draw, 1), fit.covariance(draw, draw, (0, 1)))
