"""Draws of the registered randomised analysis at n = 2,000: with one worker, with two, and their ratio.

Warm, the median of three: workers have loaded their libraries and the planted sizes are known
before a round counts. The promises: 1,000 draws within ``LIMIT`` seconds on two workers, and
two workers at least ``RATIO`` times as fast as one.
"""

from __future__ import annotations

from statistics import median
from time import perf_counter

from la_research import diagnose_design, load_protocol, load_scenario

STUDY, SCENARIO, CLAIMS = "protocols/early-engagement", "default", ("H3",)
DRAWS, ROUNDS = 200, 3
LIMIT, RATIO = 60.0, 1.6


def timed(jobs: int, seed: int) -> float:
    """Seconds for ``DRAWS`` draws, from the first call to the findings."""
    protocol, scenario = load_protocol(STUDY), load_scenario(SCENARIO)
    began = perf_counter()
    diagnose_design(protocol, scenario, draws=DRAWS, seed=seed, claims=CLAIMS, jobs=jobs)
    return perf_counter() - began


def main() -> int:
    """Print draws a second; 1 when a promise is not kept."""
    for jobs in (1, 2):
        timed(jobs, 0)
    rounds = [{jobs: timed(jobs, seed) for jobs in (1, 2)} for seed in range(1, ROUNDS + 1)]
    seconds = {jobs: median(each[jobs] for each in rounds) for jobs in (1, 2)}
    for jobs, taken in seconds.items():
        print(f"{jobs} worker{'s' if jobs > 1 else ' '}       {DRAWS / taken:8.1f} draws/s")
    ratio, thousand = median(each[1] / each[2] for each in rounds), 1000 * seconds[2] / DRAWS
    kept = thousand <= LIMIT and ratio >= RATIO
    print(f"two to one      {ratio:8.2f} times    (promised: {RATIO:g})")
    print(f"1,000 draws     {thousand:8.1f} s        (promised: {LIMIT:g}; two workers, median of {ROUNDS})")
    return 0 if kept else 1
