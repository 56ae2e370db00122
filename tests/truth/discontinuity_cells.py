"""How often do the intervals at a cut-off hold the planted jump?

Each draw is one study: students with a running variable, an outcome and, in the fuzzy cells, whether they had the
support. Asked of each cell, at no jump and at a jump, is what the robust bias-corrected 95 % interval covers, of local
parabolas or of local lines ("lines"), and where the running variable takes few values the honest interval:

- clean: the curve of Lee's elections (Imbens and Kalyanaraman 2012), 2,000 students, normal noise;
- realistic: noise that grows with the running variable and is skewed, six of ten on one side, a fifth of outcomes
  missing; 2,000 students;
- places: as realistic, the running variable rounded to a fifth of its standard deviation; how far the curve bends is
  told to the honest interval ("told") or taken from a quartic ("quartic");
- small: 300 students, straight curves.

In the fuzzy cells one student of ten has the support against the rule, two of ten do without it, and those who never
would have it are half a standard deviation of noise worse off. Studies with fewer than 50 students a side within the
bandwidth, or where the cut-off moves too few, are "not analysed", and counted aside.

    python tests/truth/discontinuity_cells.py [--draws 2000] [--jobs 1]

Writes tests/truth/discontinuity_results.csv, a line a cell; cells that are there with as many draws, or more, stay.
`make test` reads it, and makes its first draws anew.
"""

from __future__ import annotations

import argparse
import csv
import math
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy import stats

from la_research.evaluation.designs.rdd.effect import FIRST_STAGE
from la_research.evaluation.designs.rdd.looks import LEAST
from la_research.seeds import stream
from la_research.statistics.discontinuity.combination import Combine
from la_research.statistics.discontinuity.honest import honest_jump
from la_research.statistics.discontinuity.robust import Options, jump_at_cutoff

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "discontinuity_results.csv"
FIRST = 10
"""Draws that are kept by their sum so that they can be made anew."""
LEE = [(0.48, 1.27, 7.18, 20.21, 21.54, 7.33), (0.48, 0.84, -3.00, 7.99, -9.01, 3.56)]
COLUMNS = (
    "cell", "estimator", "n", "planted", "draws", "analysed", "covered", "coverage", "lower", "upper",
    "bias", "bias_allowed", "width", "rejected", "first", "verdict",
)  # fmt: skip
Row = dict[str, str]


class Cell(NamedTuple):
    """A situation, how it is analysed, and the jump in standard deviations of the noise."""

    name: str
    estimator: str
    planted: float


CELLS = tuple(
    Cell(name, estimator, planted)
    for name, estimators in {
        "small": ("sharp", "sharp lines", "fuzzy"),
        "clean": ("sharp", "sharp lines", "fuzzy"),
        "realistic": ("sharp", "sharp lines", "fuzzy"),
        "places": ("sharp", "honest told", "honest quartic"),
    }.items()
    for estimator in estimators
    for planted in (0.0, 0.5)
)
BENT = 0.6
"""Largest second derivative of the realistic curve, in standard deviations of the noise."""


class Study(NamedTuple):
    """One draw; the outcome has noise of standard deviation 1 at the cut-off."""

    x: np.ndarray
    y: np.ndarray
    had: np.ndarray


def study(cell: Cell, draw: int) -> Study:
    """The students of a draw whose outcome is known."""
    rng = stream(6, "tests", "discontinuity", *cell[:2], str(cell.planted), draw)
    n = 300 if cell.name == "small" else 2000
    x = 2 * rng.beta(2, 4, n) - 1 if cell.name == "clean" else rng.normal(0.25, 1, n)
    if cell.name == "places":
        x = np.round(5 * x) / 5
    above = x >= 0
    had = above.astype(float)
    worse = np.zeros(n)
    if cell.estimator == "fuzzy":
        kind = rng.random(n)
        had = np.where(kind < 0.1, 1.0, np.where(kind < 0.3, 0.0, had))
        worse = np.where((kind >= 0.1) & (kind < 0.3), -0.5, 0.0)
    y = curve(cell, x) + cell.planted * had + worse + noise(cell, x, rng)
    known = rng.random(n) < (0.8 if cell.name in ("realistic", "places") else 1)
    return Study(x[known], y[known], had[known])


def curve(cell: Cell, x: np.ndarray) -> np.ndarray:
    """The mean without the support."""
    if cell.name == "clean":
        return np.where(x < 0, *(np.polynomial.polynomial.polyval(x, side) for side in LEE)) / 0.1295
    return x / 2 if cell.name == "small" else x / 2 + BENT * np.sin(x)


def noise(cell: Cell, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Normal; or skewed, and wider for larger values."""
    if cell.name in ("clean", "small"):
        return rng.normal(size=len(x))
    return (rng.gamma(4, size=len(x)) - 4) / 2 * np.exp(x / 4)


def analysed(cell: Cell, draw: int) -> tuple[float, float, float, float] | None:
    """Value, ends and p-value; None where it is not analysed."""
    made = study(cell, draw)
    above = made.x >= 0
    if cell.estimator.startswith("honest"):
        found = honest_jump(made.x, made.y, above, BENT if cell.estimator.endswith("told") else None).jump
        return found.value, *found.interval(0.95), found.p
    options = Options(1 if cell.estimator.endswith("lines") else 2)
    if cell.estimator == "fuzzy":
        jump = jump_at_cutoff(made.x, np.column_stack([made.y, made.had]), above, Combine(fuzzy=True), options)
        first = jump.first
        moved = first is not None and first.value**2 >= FIRST_STAGE * first.se**2
    else:
        jump, moved = jump_at_cutoff(made.x, made.y[:, None], above, options=options), True
    if min(jump.inside) < LEAST or not moved:
        return None
    return jump.robust.value, *jump.robust.interval(0.95), jump.robust.p


def first_sum(cell: Cell) -> float:
    """Sum of the values of the first draws."""
    return sum(found[0] for found in (analysed(cell, draw) for draw in range(FIRST)) if found)


def measured(cell: Cell, draws: int) -> Row:
    """A cell over so many draws."""
    found = np.array([one for one in (analysed(cell, draw) for draw in range(draws)) if one])
    n = len(found)
    hits = int(((found[:, 1] <= cell.planted) & (cell.planted <= found[:, 2])).sum())
    low, high = stats.binomtest(hits, n).proportion_ci(0.999)
    bias = float((found[:, 0] - cell.planted).mean() / found[:, 0].std(ddof=1))
    width, rejected = (found[:, 2] - found[:, 1]).mean(), (found[:, 3] < 0.05).mean()
    numbers = (hits / n, low, high, bias, 0.1 + 3 / math.sqrt(n), width, rejected)
    students = 300 if cell.name == "small" else 2000
    texts = [*cell[:2], students, cell.planted, draws, n, hits, *(format(number, ".4g") for number in numbers)]
    row = dict(zip(COLUMNS, map(str, [*texts, repr(first_sum(cell)), ""]), strict=True))
    return {**row, "verdict": verdict(row)}


def verdict(row: Row) -> str:
    """Held, or missed by the rules for such a cell; an honest interval may cover more, and its value may be biased."""
    low, high = float(row["lower"]), float(row["upper"])
    honest = row["estimator"].startswith("honest")
    if row["cell"] == "small":
        fails = high < 0.92
    else:
        fails = high < 0.935 or (low > 0.97 and not honest)
    biased = abs(float(row["bias"])) > float(row["bias_allowed"]) and not honest
    return "missed" if fails or biased else "held"


def read_results() -> list[Row]:
    """The rows that were measured."""
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Measure the cells that are not there, and write all."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--draws", type=int, default=2000)
    asked.add_argument("--jobs", type=int, default=1)
    given = asked.parse_args()
    there = {(r["cell"], r["estimator"], float(r["planted"])): r for r in read_results()} if RESULTS.exists() else {}
    kept = {key: row for key, row in there.items() if int(row["draws"]) >= given.draws}
    todo = [cell for cell in CELLS if tuple(cell) not in kept]
    with ProcessPoolExecutor(given.jobs) as pool:
        for cell, row in zip(todo, pool.map(partial(measured, draws=given.draws), todo), strict=True):
            kept[tuple(cell)] = row
            write([kept[tuple(one)] for one in CELLS if tuple(one) in kept])


def write(rows: list[Row]) -> None:
    """All rows, in the order of the cells."""
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
