"""What an indicator without any link would show, told beside what was found."""

from __future__ import annotations

import numpy as np

from la_research.finding import Estimate, Row
from la_research.statistics.intervals import Floats, wilson


def chance_range(chance: Floats, unit: str, n: int, method: str) -> Estimate:
    """The median of draws without a link, and where 95 % of them lie.

    Examples
    --------
    >>> print(chance_range(np.linspace(-1, 1, 201), "r", 300, "shuffled-201"))
    0.00 (95% CI -0.95 to 0.95) r, n = 300
    """
    lower, upper = np.quantile(chance, [0.025, 0.975])
    return Estimate(float(np.median(chance)), lower, upper, 0.95, unit, n, method)


def as_extreme(far: int, draws: int, what: str = "draws as large as found") -> Row:
    """The share of draws without a link that are as extreme, what was found counted as one of them.

    References
    ----------
    Phipson & Smyth (2010), doi:10.2202/1544-6115.1585: the one that is added.

    Examples
    --------
    >>> print(as_extreme(9, 199).estimate)
    5.0 % (95% CI 2.7 % to 9.0 %), n = 200
    """
    share = (far + 1) / (draws + 1)
    return Row({"what": what}, Estimate(share, *wilson(far + 1, draws + 1), 0.95, "share", draws + 1, "monte-carlo-p"))
