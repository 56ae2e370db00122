"""How far one item may lie apart between groups or waves, where a model says that it does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from la_research.statistics.intervals import Floats, z_value
from la_research.statistics.psychometrics.likelihood import NOT_IDENTIFIED, Block, score_and_information
from la_research.statistics.psychometrics.measurement import Ints, Model, carried
from la_research.statistics.psychometrics.unfit import Unfit


@dataclass(frozen=True, slots=True)
class Departure:
    """The difference between two places (groups, waves) that an item's parameter may have at most.

    Parameters
    ----------
    what
        "loading" or "intercept".
    item
        Its column.
    value, lower, upper
        Of the two places between which it may be largest, in standard deviations of the item; of a loading, for a
        factor one standard deviation (of the first place) higher.
    """

    what: str
    item: int
    value: float
    lower: float
    upper: float

    @property
    def most(self) -> float:
        """The largest difference that the interval does not exclude."""
        return max(-self.lower, self.upper)

    @property
    def least(self) -> float:
        """The smallest difference that it does not exclude."""
        return max(self.lower, -self.upper, 0.0)


def expected_departure(
    model: Model, values: Floats, freed: Model, cells: Ints, spread: float, blocks: Sequence[Block], level: float
) -> tuple[float, float, float]:
    """Difference, lower, upper of a parameter between the two places where it may differ most, had it been free.

    By the expected parameter change: one step of scoring from where it is shared, so that no model is fitted again.

    Parameters
    ----------
    model, values
        That shares the parameter, at its maximum.
    freed
        The same, with the parameter free in every place.
    cells
        Its positions in ``freed``, a place each.
    spread
        By which differences are divided.

    Raises
    ------
    Unfit
        ``not_identified`` where it can not be free.

    References
    ----------
    Saris, Satorra & van der Veld (2009), doi:10.1080/10705510903203433.
    """
    at = carried(model, values, freed)
    try:
        score, information = score_and_information(freed, at, blocks)
        covariance = np.linalg.inv(information)
    except np.linalg.LinAlgError:
        raise Unfit("not_identified", NOT_IDENTIFIED) from None
    value, own = (at + covariance @ score)[cells] / spread, covariance[np.ix_(cells, cells)] / spread**2
    first, second = np.triu_indices(len(cells), 1)
    away = value[second] - value[first]
    reach = z_value(level) * np.sqrt(own[first, first] + own[second, second] - 2 * own[first, second])
    far = int(np.argmax(np.abs(away) + reach))
    return float(away[far]), float(away[far] - reach[far]), float(away[far] + reach[far])


def largest(found: Sequence[Departure]) -> Iterator[Departure]:
    """Of loadings, and of intercepts, the item that may lie furthest apart."""
    for what in dict.fromkeys(one.what for one in found):
        yield max((one for one in found if one.what == what), key=lambda one: one.most)
