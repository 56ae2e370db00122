"""The jump at a cut-off among 50,000 students, bandwidths chosen, beside the authors' own program.

The promise: at most ``BUDGET`` seconds, and ahead of rdrobust in the same run (``pip install rdrobust==2.1.1``; without
it only the first is checked). Each is timed as the least of five runs, in turn.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from time import perf_counter

import numpy as np

from la_research.seeds import stream
from la_research.statistics.discontinuity.robust import jump_at_cutoff

STUDENTS, RUNS, BUDGET = 50_000, 5, 0.3


def students() -> tuple[np.ndarray, np.ndarray]:
    """A running variable and an outcome that jumps by half a standard deviation."""
    rng = stream(1, "benchmarks", "discontinuity")
    x = rng.normal(size=STUDENTS)
    return x, 0.5 * (x >= 0) + np.sin(x) + rng.normal(size=STUDENTS)


def seconds(run: Callable[[], object]) -> float:
    """Time of one run."""
    start = perf_counter()
    run()
    return perf_counter() - start


def main() -> int:
    """Print the times; 1 where the promise is broken."""
    x, y = students()
    runs: dict[str, Callable[[], object]] = {"la_research": lambda: jump_at_cutoff(x, y[:, None], x >= 0)}
    if find_spec("rdrobust"):
        from rdrobust import rdrobust

        runs["rdrobust"] = lambda: rdrobust(y, x)
    times: dict[str, float] = dict.fromkeys(runs, np.inf)
    for _ in range(RUNS):
        for name, run in runs.items():
            times[name] = min(times[name], seconds(run))
    for name, took in times.items():
        print(f"{name:<12} {1000 * took:6.0f} ms")
    if len(times) == 1:
        print("rdrobust     not installed")
    ours = times["la_research"]
    return int(ours > BUDGET or ours > times.get("rdrobust", np.inf))
