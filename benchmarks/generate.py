"""``python -m benchmarks.generate [--million]``: how long a large campus takes to be written, and in how much memory.

Two workers; warm: a small campus is written first, so that the workers and the planted sizes
are there. Memory is that of this process and of its workers together.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from statistics import median
from threading import Event, Thread
from time import perf_counter

from la_research.store import load_scenario
from la_research.store.generated import save_generated
from la_research.synthetic.switch import with_dials

STUDENTS, WEEKS, JOBS, ROUNDS = 100_000, 30, 2, 3
SECONDS, GIGABYTES = 15.0, 1.5
MILLION, TIMES, MILLION_GIGABYTES = 1_000_000, (8.0, 11.5), 2.0


class Memory:
    """The largest resident memory of this process and its children, sampled while the block runs (gigabytes)."""

    def __enter__(self) -> Memory:
        self.peak, self._ended = 0.0, Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.05):
            self.peak = max(self.peak, sum(map(resident, family(os.getpid()))))


def family(process: int) -> list[int]:
    """A process and all that descend from it."""
    try:
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return [process]
    return [process, *(one for child in children for one in family(child))]


def resident(process: int) -> float:
    """Resident memory of a process in gigabytes; 0 when it has gone."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e9
    except (OSError, IndexError):
        return 0.0


def timed(n: int) -> tuple[float, float, int]:
    """Seconds, gigabytes and rows of one campus that is written."""
    campus = with_dials(load_scenario("default"), [f"term.weeks={WEEKS}"])
    with tempfile.TemporaryDirectory() as folder, Memory() as memory:
        began = perf_counter()
        made = save_generated(campus, Path(folder) / "cohort", n=n, seed=1, jobs=JOBS)
        seconds = perf_counter() - began
    return seconds, memory.peak, sum(made.rows.values())


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; 1 when one of them is over its bar."""
    million = "--million" in (sys.argv[1:] if arguments is None else arguments)
    timed(5_000)
    rounds = [timed(STUDENTS) for _ in range(ROUNDS)]
    seconds, memory, rows = median(r[0] for r in rounds), max(r[1] for r in rounds), rounds[0][2]
    print(
        f"{STUDENTS:,} students, {WEEKS} weeks: {seconds:.1f} s (bar {SECONDS:g}), "
        f"{memory:.2f} GB (bar {GIGABYTES:g}), {rows:,} rows, {rows / seconds:,.0f} rows a second"
    )
    kept = seconds <= SECONDS and memory <= GIGABYTES
    if million:
        longer, memory, rows = timed(MILLION)
        rounds += [timed(STUDENTS) for _ in range(ROUNDS)]  # before and after: a busy machine weighs on both
        ratio = longer / median(r[0] for r in rounds)
        print(
            f"{MILLION:,} students: {longer:.1f} s, {ratio:.2f} times as long (bar {TIMES[0]:g} to {TIMES[1]:g}), "
            f"{memory:.2f} GB (bar {MILLION_GIGABYTES:g}), {rows:,} rows"
        )
        kept = kept and TIMES[0] <= ratio <= TIMES[1] and memory <= MILLION_GIGABYTES
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
