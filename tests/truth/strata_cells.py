"""Does the reversal rule tell what is planted, and does the test of equal gaps keep its size?

Counts are drawn, not students: how many of each group are on each module, how many of them the
metric reads, and how many of those were chosen. Each draw is judged by the audit's own functions.

    python tests/truth/strata_cells.py

Writes tests/truth/strata_results.csv: how often each answer was given, by case and batch of draws.
`make test` replays the first batch of every case.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from la_research.audit.reversal import reversal
from la_research.audit.standardised import Cells, bonferroni_z, cells_of_counts, pooled_contrast, within_contrast
from la_research.seeds import stream
from la_research.statistics.homogeneity import same_gap_pvalue
from la_research.statistics.intervals import Floats

RESULTS = Path(__file__).resolve().parent / "strata_results.csv"
COLUMNS = ("case", "planted", "batch", "told", "draws")
BATCH, BATCHES, ALPHA = 250, 16, 0.05
Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Case:
    """A campus in expectation, one row a group and one column a module.

    ``planted`` is the answer that is true; ``students`` how many a cell holds on average, by
    ``share`` of all; ``reads`` the share of them that the metric reads; ``chosen`` the rate.
    """

    planted: str
    students: int
    share: tuple[tuple[float, ...], ...]
    reads: tuple[tuple[float, ...], ...]
    chosen: tuple[tuple[float, ...], ...]


ALL, APART = ((1.0, 1.0), (1.0, 1.0)), ((0.4, 0.1), (0.1, 0.4))
EVEN = ((0.25, 0.25), (0.25, 0.25))
CASES = {
    "reversal": Case("reversal", 800, APART, ALL, ((0.55, 0.10), (0.65, 0.20))),
    "reversal, unlike modules": Case("reversal", 800, APART, ALL, ((0.55, 0.10), (0.70, 0.16))),
    "reversal, by who has need": Case("reversal", 800, EVEN, APART, ((0.70, 0.05), (0.85, 0.20))),
    "reversal, three groups": Case(
        "reversal", 800, ((0.27, 0.06), (0.06, 0.27), (0.17, 0.17)), ((1.0,) * 2,) * 3,
        ((0.55, 0.10), (0.67, 0.22), (0.60, 0.15)),
    ),
    "vanishes": Case("not seen", 800, APART, ALL, ((0.55, 0.15), (0.55, 0.15))),
    "vanishes, by who has need": Case("not seen", 800, EVEN, APART, ((0.70, 0.10), (0.70, 0.10))),
    "vanishes, few are chosen": Case("not seen", 800, APART, ALL, ((0.12, 0.02), (0.12, 0.02))),
    "vanishes, small cells": Case("not seen", 60, APART, ALL, ((0.60, 0.20), (0.60, 0.20))),
    "vanishes, three groups": Case(
        "not seen", 800, ((0.27, 0.06), (0.06, 0.27), (0.17, 0.17)), ((1.0,) * 2,) * 3, ((0.60, 0.15),) * 3
    ),
    "vanishes, opposite modules": Case("not seen", 800, APART, ALL, ((0.60, 0.20), (0.70, 0.10))),
    "persists": Case("persists", 800, APART, ALL, ((0.55, 0.20), (0.45, 0.10))),
    "no gap over all": Case("can not tell", 800, APART, ALL, ((0.40, 0.16), (0.592, 0.292))),
}  # fmt: skip
SAME_GAP = {
    "5 modules of 30, rate .5": (np.full((2, 5), 30), np.full((2, 5), 0.5)),
    "5 modules of 30, rate .1": (np.full((2, 5), 30), np.full((2, 5), 0.1)),
    "5 modules of 30, rate .02": (np.full((2, 5), 30), np.full((2, 5), 0.02)),
    "5 modules of 30, gap .2": (np.full((2, 5), 30), np.repeat([[0.5], [0.3]], 5, axis=1)),
    "5 modules of 30, unlike rates": (np.full((2, 5), 30), np.add([[0.1], [0.0]], np.linspace(0.1, 0.7, 5))),
    "12 beside 300": (np.array([[12] * 5, [300] * 5]), np.array([[0.02, 0.05, 0.1, 0.3, 0.5]] * 2)),
    "20 modules of 15": (np.full((2, 20), 15), np.full((2, 20), 0.1)),
}  # fmt: skip
"""Students a cell and the rate of each, for gaps that are the same in all modules."""


def batch(name: str, number: int) -> Counter[str]:
    """How often each answer is given in one batch of draws of a case."""
    rng = stream(number, "tests", "strata", name)
    return Counter(_reversal(CASES[name], rng) if name in CASES else _same(*SAME_GAP[name], rng) for _ in range(BATCH))


def _reversal(case: Case, rng: np.random.Generator) -> str:
    share = np.array(case.share)
    students = rng.multinomial(case.students * share.size, share.ravel() / share.sum()).reshape(share.shape)
    read = rng.binomial(students, case.reads)
    nobody = np.zeros((1, share.shape[1]))
    chosen, total = (np.vstack([counts, nobody]) for counts in (rng.binomial(read, case.chosen), read))
    return judged(cells_of_counts(chosen.astype(float), total.astype(float)))


def judged(cells: Cells) -> str:
    """What the audit says of the two groups that differ most over all students."""
    pairs = list(combinations(range(cells.groups), 2))
    z = bonferroni_z(len(pairs), ALPHA)
    ahead = [pair if cells.pooled[pair[0]] >= cells.pooled[pair[1]] else pair[::-1] for pair in pairs]
    widest = max(ahead, key=lambda pair: cells.pooled[pair[0]] - cells.pooled[pair[1]])
    within = within_contrast(cells, widest)
    assert within is not None
    return reversal(pooled_contrast(cells, widest).bounds(cells, z), within.bounds(cells, z))


def _same(students: Floats, rate: Floats, rng: np.random.Generator) -> str:
    chosen = rng.binomial(students, rate).astype(float)
    return "differs" if same_gap_pvalue(chosen, students.astype(float), rng) <= ALPHA else "same"


def measured() -> Iterator[dict[str, str]]:
    """Every batch of every case."""
    for name in (*CASES, *SAME_GAP):
        planted = CASES[name].planted if name in CASES else "same"
        for number in range(BATCHES):
            for told, count in sorted(batch(name, number).items()):
                row = (name, planted, str(number), told, str(count))
                yield dict(zip(COLUMNS, row, strict=True))


def read_results() -> Rows:
    """What the last run wrote."""
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Measure all cases and write them down."""
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(measured())
    for name in (*CASES, *SAME_GAP):
        told: Counter[str] = Counter()
        for row in read_results():
            told.update({row["told"]: int(row["draws"])} if row["case"] == name else {})
        sys.stdout.write(f"{name:32}{dict(told)}\n")


if __name__ == "__main__":
    main()
