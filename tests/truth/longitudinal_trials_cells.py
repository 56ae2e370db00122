"""How often do intervals of micro-randomised and stepped-wedge trials hold the planted effect?

Each cell draws trials with a planted effect, none or some, and asks of each estimator how often its 95 % interval holds
it. Cells of one name differ in the planted effect alone.

- mrt clean: 200 students, 30 weeks, drawn evenly, noise normal.
- mrt realistic: support not always possible, chance of 0.3 or 0.6 by what went before, noise that lasts from week to
  week and is skewed, students unlike one another, a tenth of outcomes missing, more after a bad week.
- mrt small: 25 students, 20 weeks, the same noise.
- wedge clean: 36 clusters, 7 periods, 20 students in each.
- wedge realistic: sizes of 4 to 60, noise of a t distribution with 4 degrees of freedom, a tenth missing.
- wedge small: 12 clusters. wedge binary: 36 clusters, yes or no.

A cell misses where the 99.9 % binomial interval of its coverage lies wholly outside 93.5 to 97.0 % (small: wholly below
92 %), or where |bias| is over 0.1 standard error and three Monte Carlo errors.

    nice -n 10 python tests/truth/longitudinal_trials_cells.py [--draws 2000] [--jobs 1]

Writes tests/truth/longitudinal_trials_results.csv; a cell that is there with as many draws or more is not drawn again.
`make test` reads it, and makes its first draws anew: ``first`` is the sum of their estimates.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import beta

from la_research.seeds import stream
from la_research.statistics.cluster_blocks import Layout
from la_research.statistics.cluster_period import mixed_effects
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.exchangeable import exchangeable
from la_research.statistics.excursion import Draws, excursion
from la_research.statistics.stepped_wedge import Wedge

RESULTS = Path(__file__).resolve().parent / "longitudinal_trials_results.csv"
COLUMNS = (
    "cell", "estimator", "n", "planted", "draws", "covered", "coverage", "lower", "upper", "bias_se", "bias_allowed",
    "mean_width", "rejected", "verdict", "first",
)  # fmt: skip
FIRST = 3
"""Draws of a cell that are made anew by the tests."""
Found = dict[str, Coefficient]


def lasting(rng: np.random.Generator, students: int, weeks: int) -> np.ndarray:
    """Skewed noise that lasts: 0.5 of a week's is in the next; mean 0, SD about 1."""
    fresh = (rng.exponential(size=(students, weeks)) - 1) * np.sqrt(0.75)
    noise = fresh.copy()
    for week in range(1, weeks):
        noise[:, week] = 0.5 * noise[:, week - 1] + fresh[:, week]
    return noise


def mrt(rng: np.random.Generator, effect: float, students: int, weeks: int, *, real: bool) -> Found:
    """A micro-randomised trial: its marginal excursion effect."""
    unit = np.repeat(np.arange(students), weeks)
    before = rng.normal(size=unit.size)
    chance = np.where(before > 0, 0.3, 0.6) if real else np.full(unit.size, 0.5)
    drawn = (rng.random(unit.size) < chance).astype(float)
    noise = lasting(rng, students, weeks).ravel() if real else rng.normal(size=unit.size)
    outcome = 0.5 * before + 0.5 * rng.normal(size=students)[unit] + effect * drawn + noise
    kept = np.ones(unit.size, dtype=bool)
    if real:
        kept = (rng.random(unit.size) < 0.85) & (rng.random(unit.size) > np.where(before < -1, 0.25, 0.08))
    ones = np.ones((int(kept.sum()), 1))
    draws = Draws(outcome[kept], drawn[kept], chance[kept], unit[kept])
    return {"wcls": excursion(draws, ones, np.column_stack([ones, before[kept]])).at([1.0])}


def wedge(rng: np.random.Generator, effect: float, clusters: int, *, real: bool = False, binary: bool = False) -> Found:
    """A stepped wedge of 7 periods, its order drawn by lot: its effect by mixed model and by estimating equations."""
    periods = 7
    sizes = rng.integers(4, 61, (clusters, periods)) if real else np.full((clusters, periods), 20)
    cell = np.repeat(np.arange(clusters * periods), sizes.ravel())
    cluster, period = cell // periods, cell % periods
    start = rng.permutation(np.arange(clusters) % (periods - 1)) + 1
    treated = (period >= start[cluster]).astype(float)
    shared = 0.3 * rng.normal(size=clusters)[cluster] + 0.15 * rng.normal(size=clusters * periods)[cell]
    if binary:
        risk = np.clip(0.3 + 0.3 * shared + 0.01 * period + effect * treated, 0.02, 0.98)
        outcome = (rng.random(cell.size) < risk).astype(float)
    else:
        noise = rng.standard_t(4, cell.size) / np.sqrt(2) if real else rng.normal(size=cell.size)
        outcome = 0.1 * period + effect * treated + shared + noise
    kept = rng.random(cell.size) < 0.9 if real else np.ones(cell.size, dtype=bool)
    outcome, treated = outcome[kept], treated[kept]
    layout = Layout(cluster[kept], period[kept], np.arange(kept.sum()))
    trial = Wedge(layout, treated)
    design = np.column_stack([treated, trial.periods])
    first = np.eye(periods + 1)[0]
    fit = mixed_effects(outcome, design, layout)
    marginal = exchangeable(outcome, design, layout.cluster)
    return {"kenward_roger": fit.at(first), "clusters_minus_2": fit.at(first, clusters - 2), "gee": marginal.at(first)}


CELLS: dict[str, tuple[Callable[..., Found], float, dict[str, object]]] = {
    "mrt clean": (mrt, 0.2, {"students": 200, "weeks": 30, "real": False}),
    "mrt realistic": (mrt, 0.2, {"students": 200, "weeks": 30, "real": True}),
    "mrt small": (mrt, 0.2, {"students": 25, "weeks": 20, "real": True}),
    "wedge small": (wedge, 0.3, {"clusters": 12}),
    "wedge realistic": (wedge, 0.3, {"clusters": 36, "real": True}),
    "wedge binary": (wedge, 0.1, {"clusters": 36, "binary": True}),
    "wedge clean": (wedge, 0.3, {"clusters": 36}),
}


def drawn(cell: str, planted: float, draw: int) -> Found:
    """What each estimator finds in one trial of a cell."""
    trial, _, settings = CELLS[cell]
    return trial(stream(6, "tests", "longitudinal trials", cell, draw), planted, **settings)


def measured(cell: str, draws: int) -> list[dict[str, str]]:
    """The rows of a cell, one a planted effect and estimator.

    But for yes and no, an effect adds itself to each outcome after support and to each estimate, and changes nothing
    else: one and the same draws serve with and without it.
    """
    found = drawn_at(cell, draws)
    return [_row(cell, name, effect, [one[name] for one in each]) for effect, each in found.items() for name in each[0]]


def drawn_at(cell: str, draws: int) -> dict[float, list[Found]]:
    """What is found in the first draws of a cell, by planted effect."""
    size = CELLS[cell][1]
    there = (0.0, size) if cell.endswith("binary") else (0.0,)
    found = {planted: [drawn(cell, planted, draw) for draw in range(draws)] for planted in there}
    found.setdefault(size, [{name: moved(one, size) for name, one in each.items()} for each in found[0.0]])
    return found


def moved(found: Coefficient, effect: float) -> Coefficient:
    """What would have been found had the support added so much more."""
    return replace(found, value=found.value + effect)


def _row(cell: str, estimator: str, planted: float, found: list[Coefficient]) -> dict[str, str]:
    draws, ends = len(found), np.array([one.interval(0.95) for one in found])
    values = np.array([one.value for one in found])
    covered = int(((ends[:, 0] <= planted) & (planted <= ends[:, 1])).sum())
    lower, upper = exact(covered, draws)
    spread = values.std()
    bias, allowed = (values.mean() - planted) / spread, 0.1 + 3 / np.sqrt(draws)
    within = upper >= 0.92 if cell.endswith("small") else upper >= 0.935 and lower <= 0.97
    rejected = np.mean([one.p < 0.05 for one in found])
    numbers = (covered / draws, lower, upper, bias, allowed, (ends[:, 1] - ends[:, 0]).mean(), rejected)
    coverage, lower, upper, bias, allowed, width, rejected = (format(number, ".4f") for number in numbers)
    verdict = "held" if within and abs(float(bias)) <= float(allowed) else "missed"
    first = format(values[:FIRST].sum(), ".12f")
    n = int(np.mean([one.n for one in found]))
    row = (
        cell, estimator, n, planted, draws, covered, coverage, lower, upper, bias, allowed, width, rejected, verdict,
        first,
    )  # fmt: skip
    return dict(zip(COLUMNS, map(str, row), strict=True))


def exact(hits: int, draws: int) -> tuple[float, float]:
    """The 99.9 % binomial interval (Clopper and Pearson)."""
    lower = float(beta.ppf(0.0005, hits, draws - hits + 1)) if hits else 0.0
    return lower, float(beta.ppf(0.9995, hits + 1, draws - hits)) if hits < draws else 1.0


def read_results() -> list[dict[str, str]]:
    """The rows that were measured."""
    if not RESULTS.exists():
        return []
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Measure the cells that are not there yet, and write all."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--draws", type=int, default=2000)
    asked.add_argument("--jobs", type=int, default=1)
    given = asked.parse_args()
    rows = [row for row in read_results() if int(row["draws"]) >= given.draws]
    wanted = [cell for cell in CELLS if cell not in {row["cell"] for row in rows}]
    with ProcessPoolExecutor(given.jobs) as pool:
        for one in [pool.submit(measured, cell, given.draws) for cell in wanted]:
            rows += one.result()
            with RESULTS.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)


if __name__ == "__main__":
    main()
