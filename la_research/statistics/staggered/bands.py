"""Bands that hold for several effects at once, by redrawing the signs and sizes of what each cluster adds."""

from __future__ import annotations

import numpy as np

from la_research.statistics.staggered.panel import Floats

TURN = (1 + 5**0.5) / 2
"""Mammen's points are 1 - TURN, with probability TURN/sqrt(5), and TURN: mean 0, variance and skewness 1."""
AT_ONCE = 250


def simultaneous_reach(parts: Floats, level: float, draws: int, rng: np.random.Generator) -> float:
    """Standard errors to either side of each effect so that all intervals hold at once.

    Parameters
    ----------
    parts
        What each cluster adds to each effect, shape (effects, clusters), as ``Errors.parts`` gives it. An effect
        without any error is left out.
    level
        Chance that all intervals hold, 0 to 1.
    draws
        How often the clusters are redrawn, each by Mammen's two points.

    References
    ----------
    Callaway and Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001, algorithm 1; Mammen (1993),
    doi:10.1214/aos/1176349025.

    Examples
    --------
    Two effects that move together need no more than one does.

    >>> from la_research.seeds import stream
    >>> one = stream(1, "statistics", "parts").normal(size=(1, 400))
    >>> round(simultaneous_reach(np.vstack([one, one]), 0.95, 4000, stream(1, "statistics", "bands")), 1)
    2.0
    """
    spread = np.sqrt((parts**2).sum(axis=1))
    scaled = (parts[spread > 0] / spread[spread > 0, None]).T.astype(np.float32)
    if not scaled.size:
        return 0.0
    largest = []
    for start in range(0, draws, AT_ONCE):
        low = rng.random((min(AT_ONCE, draws - start), len(scaled)), dtype=np.float32) < TURN / 5**0.5
        multipliers = np.where(low, np.float32(1 - TURN), np.float32(TURN))
        largest.append(np.abs(multipliers @ scaled).max(axis=1))
    return float(np.quantile(np.concatenate(largest), level))
