"""What an indicator without any link would show, told beside what was found."""

from __future__ import annotations

import numpy as np

from la_research.finding import Estimate, Row
from la_research.statistics.intervals import Floats, wilson


def chance_range(chance: Floats, unit: str, n: int, method: str, level: float = 0.95) -> Estimate:
    """The median of draws without a link, and where that share of them lies; ``n`` is students.

    Examples
    --------
    >>> print(chance_range(np.linspace(-1, 1, 201), "r", 300, "shuffled-201"))
    0.00 (95% CI -0.95 to 0.95) r, n = 300
    """
    lower, upper = np.quantile(chance, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(np.median(chance)), lower, upper, level, unit, n, method)


def as_extreme(far: int, draws: int, n: int, what: str = "draws as large as found", level: float = 0.95) -> Row:
    """The share of draws without a link that are as extreme, what was found counted as one of them.

    ``n`` is students, as everywhere; the interval is that of so many draws, which the row names.

    References
    ----------
    Phipson & Smyth (2010), doi:10.2202/1544-6115.1585: the one that is added.

    Examples
    --------
    >>> row = as_extreme(9, 199, 1402)
    >>> print(row.keys["draws"], row.estimate)
    199 5.0 % (95% CI 2.7 % to 9.0 %), n = 1,402
    """
    share = (far + 1) / (draws + 1)
    estimate = Estimate(share, *wilson(far + 1, draws + 1, level), level, "share", n, "monte-carlo-p")
    return Row({"what": what, "draws": draws}, estimate)
