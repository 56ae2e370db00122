"""Confirmatory factor analysis of 9 items and 5,000 rows: plain, robust, with gaps, ordinal; lags; median of nine.

The promises: maximum likelihood within ``ML`` seconds, ordinal within ``ORDINAL``, lags of six waves within ``LAGS``.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np

from la_research.seeds import stream
from la_research.statistics.association import Panel
from la_research.statistics.lagged.cross_lagged import cross_lagged
from la_research.statistics.psychometrics.confirmatory import confirmatory
from la_research.statistics.psychometrics.ordinal import confirmatory_ordinal

ROWS, ROUNDS = 5000, 9
FACTORS = [(0, 1, 2), (3, 4, 5), (6, 7, 8)]
ML, ORDINAL, LAGS = 0.030, 2.0, 2.0


def taken(call: Callable[[], object]) -> float:
    """Seconds of a call, warm, median of ``ROUNDS``."""
    call()
    times = []
    for _ in range(ROUNDS):
        start = perf_counter()
        call()
        times.append(perf_counter() - start)
    return median(times)


def waves(draw: np.random.Generator) -> Panel:
    """Six waves of 2,000 students, four answers in ten missing."""
    series = draw.normal(size=(2, 2000, 1)) + draw.normal(size=(2, 2000, 6))
    who, week = np.repeat(np.arange(2000), 6), np.tile(np.arange(6), 2000)
    y = np.where(draw.random((2000, 6)) < 0.6, series[1], np.nan)
    return Panel(who, who, who % 6, week, series[0].ravel(), y.ravel())


def main() -> int:
    """Print the times; 1 where a promise is broken."""
    draw = stream(1, "benchmarks", "psychometrics")
    items = np.repeat(draw.normal(size=(ROWS, 3)), 3, axis=1) * 0.8 + draw.normal(size=(ROWS, 9))
    answers = np.digitize(items, [-1.5, -0.5, 0.5, 1.5])
    gaps = np.where((7 * np.arange(ROWS)[:, None] + 3 * np.arange(9)) % 5 == 0, np.nan, items)
    plain, ordinal = taken(lambda: confirmatory(items, FACTORS)), taken(lambda: confirmatory_ordinal(answers, FACTORS))
    print(f"maximum likelihood    {1000 * plain:7.1f} ms, at most {1000 * ML:.0f}")
    print(f"ordinal (WLSMV)       {1000 * ordinal:7.1f} ms, at most {1000 * ORDINAL:.0f}")
    print(f"robust (MLR)          {1000 * taken(lambda: confirmatory(items, FACTORS, robust=True)):7.1f} ms")
    print(f"with gaps (FIML)      {1000 * taken(lambda: confirmatory(gaps, FACTORS)):7.1f} ms")
    panel = waves(draw)
    lags = taken(lambda: cross_lagged(panel))
    print(f"lags of six waves     {1000 * lags:7.1f} ms, at most {1000 * LAGS:.0f}")
    return int(plain > ML or ordinal > ORDINAL or lags > LAGS)
