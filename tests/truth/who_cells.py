"""Does the test of a difference between groups hold its level, and do numbers that are learnt hold theirs?

Cells are arrays drawn here; in ``same`` the effect is 0.3 SD for all, in ``differs`` it is 0.8 in the first group.

- ``welch``: students drawn one by one, two and four groups; clean (600, groups alike in size), realistic (600, one in
  five drawn, the last group a tenth, a skewed outcome whose spread differs by group and arm), small (300).
- ``hotelling``: groups drawn whole (40 of 20 students; small: 12 of 5 to 40), which all hold students of each division.
- ``slope``, ``thirds``, ``ranking``: what is learnt of benefit where all gain the same, three splits: the slope, the
  highest less the lowest third, and what is gained by benefit less by risk are 0. Held to the lower limit.

    python tests/truth/who_cells.py [--draws 2000] [--learnt 400]

Writes tests/truth/who_results.csv, one line a cell; cells that are there stay.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy import stats

from la_research.seeds import stream
from la_research.statistics.benefit import Learnt, Trial, calibration, ranked, repeated, thirds
from la_research.statistics.subgroups import Interaction, subgroup_effects

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "who_results.csv"
FIRST, LEVEL, SPLITS = 5, 0.999, 3
EFFECT, MORE = 0.3, 0.5
COLUMNS = ("cell", "n", "planted", "draws", "rejected", "share", "lower", "upper", "covered", "first", "verdict")
Floats = np.ndarray
TESTS = {"welch": ("clean", "realistic", "small"), "hotelling": ("clean", "small")}
CELLS = [
    *((test, kind, k, truth) for test, kinds in TESTS.items() for kind in kinds for k in (2, 4)
      for truth in ("same", "differs")),
    *((what, kind, 0, "same") for what in ("slope", "thirds", "ranking") for kind in ("clean", "small")),
]  # fmt: skip


class Drawn(NamedTuple):
    """Of a draw: the p-value of the test, and whether the interval of the last group's effect holds the truth."""

    p: float
    covers: float


def students(rng: np.random.Generator, kind: str, k: int, truth: str) -> Drawn:
    """Students drawn one by one."""
    n = 300 if kind == "small" else 600
    x, real = rng.normal(size=(n, 2)), kind == "realistic"
    group = np.arange(n) % k
    if real:
        group = np.where(np.arange(n) < n // 10, k - 1, np.arange(n) % (k - 1) if k > 2 else 0)
    drawn = rng.permutation(n) < (n // 5 if real else n // 2)
    noise = (rng.gamma(2.0, 0.5, n) - 1) * (1 + 0.5 * drawn + 0.5 * (group == 0)) if real else rng.normal(size=n)
    effect = EFFECT + MORE * ((truth == "differs") & (group == 0))
    return seen(subgroup_effects(effect * drawn + 0.5 * x[:, 0] + noise, drawn, group, x))


def groups(rng: np.random.Generator, kind: str, k: int, truth: str) -> Drawn:
    """Groups drawn whole."""
    number, low, high = (12, 5, 41) if kind == "small" else (40, 20, 21)
    cluster = np.repeat(np.arange(number), rng.integers(low, high, number))
    n = len(cluster)
    drawn, group, x = (rng.permutation(number) < number // 2)[cluster], rng.integers(0, k, n), rng.normal(size=(n, 1))
    effect = EFFECT + MORE * ((truth == "differs") & (group == 0))
    shared = 0.3 * rng.normal(size=number)[cluster] + 0.2 * rng.normal(size=(number, k))[cluster, group]
    return seen(
        subgroup_effects(effect * drawn + 0.3 * x[:, 0] + shared + rng.normal(size=n), drawn, group, x, cluster)
    )


def seen(found: Interaction | str) -> Drawn:
    """What a test shows; the last group's effect is 0.3."""
    assert isinstance(found, Interaction), found
    low, high = found.effects[-1].interval(0.95)
    return Drawn(found.p, low <= EFFECT <= high)


def learnt(rng: np.random.Generator, kind: str, what: str) -> Drawn:
    """What is learnt where everyone gains the same: the slope, the thirds and the lists have nothing to tell."""
    n = 300 if kind == "small" else 1000
    x, drawn = rng.normal(size=(n, 4)), rng.permutation(n) < n // 2
    y = EFFECT * drawn + 0.5 * x[:, 0] + rng.normal(size=n)
    trial = Trial(y, drawn, np.full(n, 0.5), x, np.arange(n))

    def told(found: Learnt) -> dict:
        return {
            "slope": calibration(found),
            "thirds": thirds(found)["highest less lowest"],
            "ranking": ranked(found, 0.2, 1)["benefit less risk"],
        }

    found = repeated(trial, rng, told, SPLITS)[what]
    low, high = found.interval(0.95)
    return Drawn(found.p, low <= 0 <= high)


def made(test: str, kind: str, k: int, truth: str, draw: int) -> Drawn:
    """One draw of a cell."""
    rng = stream(draw, "tests", "who", test, kind, k, truth)
    if test == "welch":
        return students(rng, kind, k, truth)
    return groups(rng, kind, k, truth) if test == "hotelling" else learnt(rng, kind, test)


def name(test: str, kind: str, k: int, truth: str) -> str:
    """Of a cell."""
    return " ".join(str(one) for one in (test, kind, f"{k} groups" if k else "", truth) if one)


def measured(test: str, kind: str, k: int, truth: str, draws: int) -> dict[str, str]:
    """A cell over so many draws: where the effect is the same the test may reject one in twenty."""
    rows = np.array([made(test, kind, k, truth, draw) for draw in range(draws)], dtype=float)
    rejected, covered = int((rows[:, 0] < 0.05).sum()), int(rows[:, 1].sum())
    low, high = band(rejected, draws)
    least = 0.92 if kind == "small" else 0.935
    fine = band(covered, draws)[1] >= least and (truth != "same" or low <= 1 - least)
    n = {"welch": (600, 300), "hotelling": (800, 270)}.get(test, (1000, 300))[kind == "small"]
    planted = MORE if truth == "differs" else 0
    numbers = (planted, draws, rejected, rejected / draws, low, high, covered / draws)
    first = f"{float(rows[:FIRST].sum()):.12g}"
    cells = (name(test, kind, k, truth), n, *(f"{x:.4g}" for x in numbers), first, "held" if fine else "missed")
    return dict(zip(COLUMNS, map(str, cells), strict=True))


def band(count: int, draws: int) -> tuple[float, float]:
    """The exact 99.9 % interval of a share."""
    found = stats.binomtest(count, draws).proportion_ci(LEVEL, "exact")
    return float(found.low), float(found.high)


def read_results() -> list[dict[str, str]]:
    """The cells that were measured."""
    if not RESULTS.exists():
        return []
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Measure the cells that are not there yet."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--learnt", type=int, default=400)
    given = parser.parse_args()
    held = read_results()
    there = {row["cell"] for row in held}
    with RESULTS.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if not held:
            writer.writeheader()
        for row in missing(there, given.draws, given.learnt):
            writer.writerow(row)
            file.flush()


def missing(there: set[str], draws: int, few: int) -> Iterator[dict[str, str]]:
    """The cells that are not there yet, one by one."""
    for cell in CELLS:
        if name(*cell) not in there:
            yield measured(*cell, draws if cell[2] else few)


if __name__ == "__main__":
    main()
