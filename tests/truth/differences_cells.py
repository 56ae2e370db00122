"""Do the intervals of difference in differences and of synthetic control hold what was planted?

Panels of units that start at different times, or all at once. In the clean cells outcomes are a unit's level, a
course that all share, and independent noise. In the realistic ones few start, noise is skewed, goes on from one time to
the next and is twice as wide where units start, and courses differ by a covariate that also tells who starts. The small
ones have 300 units, or 12 clusters that share shocks. Effects grow by a fifth a time from what is named as planted. In
one cell those who start drift by a tenth of an SD a time, before and after, and the interval is the one that allows as
much drift after as before. A cell

- is held to a coverage of 93.5 to 97.0 % (clean, realistic) or of 92 % and more (small; exact), and fails where the
  99.9 % interval of its coverage lies wholly outside; rejections at zero effect by the same rule;
- is held to a bias of at most 0.1 standard errors and three Monte Carlo errors.

    python tests/truth/differences_cells.py [--draws 2000] [--jobs 1]

Writes tests/truth/differences_results.csv after each cell and takes up where it stopped; `make test` reads it, and
makes the first draws of each cell anew.
"""

from __future__ import annotations

import argparse
import csv
import math
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from la_research.seeds import stream
from la_research.statistics.coefficient import Inference
from la_research.statistics.intervals import wilson
from la_research.statistics.staggered import (
    Errors,
    Panel,
    events,
    group_time_effects,
    grouped,
    robust_interval,
    simultaneous_reach,
)
from la_research.statistics.synthetic_control import SyntheticControl

RESULTS = Path(__file__).resolve().parent / "differences_results.csv"
FIRST, EFFECT, GROWTH = 3, 0.3, 0.2
COLUMNS = (
    "cell", "tier", "estimator", "n", "planted", "draws", "covered", "coverage", "lower", "upper", "bias_in_se",
    "bias_allowed", "mean_width", "rejected_at_zero", "verdict", "first",
)  # fmt: skip
Row = dict[str, str]


class Cell(NamedTuple):
    """Units, times, the chance of each start (the rest never starts), and what makes it hard."""

    name: str
    tier: str
    units: int
    times: int
    starts: dict[int, float]
    hard: bool = False
    clusters: int = 0
    estimator: str = "group"
    drift: float = 0.0


STAGGERED, UNEQUAL = {2: 0.2, 3: 0.2, 4: 0.2}, {2: 0.08, 3: 0.12, 4: 0.2}
CELLS = (
    Cell("two_by_two", "clean", 500, 2, {1: 0.5}),
    Cell("two_by_two_hard", "realistic", 600, 2, {1: 0.25}, hard=True),
    Cell("two_by_two_300", "small", 300, 2, {1: 0.25}, hard=True),
    Cell("two_by_two_12_clusters", "small", 300, 2, {1: 0.5}, clusters=12),
    Cell("staggered", "clean", 600, 6, STAGGERED),
    Cell("staggered_band", "clean", 600, 6, STAGGERED, estimator="band"),
    Cell("staggered_hard", "realistic", 1500, 6, UNEQUAL, hard=True),
    Cell("staggered_300", "small", 300, 6, UNEQUAL, hard=True),
    Cell("staggered_12_clusters", "small", 300, 6, {2: 1 / 3, 4: 1 / 3}, clusters=12),
    Cell("staggered_drift", "exact", 600, 6, STAGGERED, estimator="robust", drift=0.1),
    Cell("synthetic_control", "exact", 40, 20, {15: 0.0}, estimator="placebo"),
)
KEYS = tuple((cell, planted) for cell in CELLS for planted in (0.0, EFFECT))


def starts_of(cell: Cell, rng: np.random.Generator, trait: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The start of each unit, and its cluster; in hard cells units with a high trait start more often."""
    chances = np.array([*cell.starts.values(), 1 - sum(cell.starts.values())])
    when = np.array([*cell.starts, np.inf], dtype=float)
    if cell.clusters:
        each = np.repeat(when, np.round(chances * cell.clusters).astype(int))
        cluster = rng.choice(cell.clusters, cell.units, p=rng.dirichlet(np.full(cell.clusters, 20.0)))
        cluster[: cell.clusters] = np.arange(cell.clusters)
        return each[cluster], cluster
    lean = np.exp(0.5 * trait) if cell.hard else np.ones(cell.units)
    odds = np.column_stack([*(chances[:-1, None] * lean), np.full(cell.units, chances[-1])])
    drawn = (odds.cumsum(axis=1) / odds.sum(axis=1, keepdims=True) > rng.random((cell.units, 1))).argmax(axis=1)
    return when[drawn], np.arange(cell.units)


def panel_of(cell: Cell, planted: float, rng: np.random.Generator) -> Panel:
    """One panel of a cell."""
    trait = rng.normal(size=cell.units)
    first, cluster = starts_of(cell, rng, trait)
    noise = rng.normal(size=(cell.units, cell.times))
    if cell.hard:
        noise = rng.exponential(size=noise.shape) - 1
        for t in range(1, cell.times):
            noise[:, t] += 0.5 * noise[:, t - 1]
        noise *= np.where(np.isfinite(first), 2.0, 1.0)[:, None]
    if cell.clusters:
        noise += 0.3 * rng.normal(size=(cell.clusters, cell.times))[cluster]
    time = np.arange(cell.times)
    course = rng.normal(size=cell.times) + (0.1 * trait[:, None] * time if cell.hard else 0)
    since = time - first[:, None]
    effect = np.where(since >= 0, planted * (1 + GROWTH * np.maximum(since, 0)), 0.0)
    effect += cell.drift * time * np.isfinite(first)[:, None]
    outcome = rng.normal(size=(cell.units, 1)) + course + noise + effect
    given = np.repeat(trait[:, None, None], cell.times, axis=1) if cell.hard else np.empty((*outcome.shape, 0))
    return Panel(outcome, time.astype(float), first, given, cluster)


def truth_of(cell: Cell, planted: float, panel: Panel) -> float:
    """The planted effect averaged by groups: each start's mean, by the sizes of the groups drawn."""
    sizes = np.array([np.mean(panel.start == start) for start in panel.groups])
    means = [planted * (1 + GROWTH * np.arange(cell.times - start).mean()) for start in panel.groups]
    return float(sizes @ means / sizes.sum())


class Drawn(NamedTuple):
    """One draw: the estimate, the planted, the interval, whether it holds and whether zero is excluded."""

    value: float
    truth: float
    low: float
    high: float


def drawn(cell: Cell, planted: float, draw: int) -> Drawn:
    """The panel of that number, analysed."""
    rng = stream(6, "tests", "differences", cell.name, str(planted), draw)
    if cell.estimator == "placebo":
        return placebo(cell, planted, rng)
    panel = panel_of(cell, planted, rng)
    cells = group_time_effects(panel)
    errors = Errors(cells.panel)
    if cell.estimator == "band":
        return band(cell, planted, errors, events(cells), rng)
    if cell.estimator == "robust":
        before = {event: effect for event, effect in events(cells).items() if event < 0}
        ends = robust_interval(grouped(cells)[0], before, errors, 1.0, 0.95)
        return Drawn(truth_of(cell, planted, panel), truth_of(cell, planted, panel), *ends)
    found = errors.of(grouped(cells)[0])
    return Drawn(found.value, truth_of(cell, planted, panel), *found.interval(0.95))


def band(cell: Cell, planted: float, errors: Errors, found: dict, rng: np.random.Generator) -> Drawn:
    """Whether the band holds at all times at once: the time at which it misses most, less what is planted there."""
    parts = errors.parts(np.stack([effect.influence for effect in found.values()]))
    reach = simultaneous_reach(parts, 0.95, 500, rng)
    level = float(1 - 2 * ndtr(-reach))
    off = [replace(errors.of(one), value=one.value - planted * (1 + GROWTH * e) * (e >= 0)) for e, one in found.items()]
    return Drawn(0.0, 0.0, *min((one.interval(level) for one in off), key=lambda ends: min(-ends[0], ends[1])))


def placebo(cell: Cell, planted: float, rng: np.random.Generator) -> Drawn:
    """One of 40 groups whose courses share two factors, from the sixteenth of twenty times on."""
    factors = rng.normal(size=(2, cell.times)).cumsum(axis=1)
    outcome = rng.dirichlet([1.0, 1.0], cell.units) @ factors + 0.5 * rng.normal(size=(cell.units, cell.times))
    start = next(iter(cell.starts))
    outcome[0, start:] += planted
    found: Inference = SyntheticControl(outcome[0], outcome[1:], start).mean_gap()
    return Drawn(found.value, planted, *found.interval(0.95))


def measured(cell: Cell, planted: float, draws: int) -> Row:
    """A cell over so many draws, as the table shows it."""
    found = np.array([drawn(cell, planted, draw) for draw in range(draws)])
    value, truth, low, high = found.T
    covered = int(((low <= truth) & (truth <= high)).sum())
    lower, upper = wilson(covered, draws, 0.999)
    off = value - truth
    bias = off.mean() / off.std() if off.std() else 0.0
    allowed = 0.1 + 3 / math.sqrt(draws)
    least, most = (0.935, 0.97) if cell.tier in ("clean", "realistic") else (0.92, 1.0)
    held = upper >= least and lower <= most and abs(bias) <= allowed
    rejected = format(float(((low > 0) | (high < 0)).mean()), ".4g") if planted == 0 else ""
    numbers = (covered / draws, lower, upper, bias, allowed, (high - low).mean())
    first = format(found[:FIRST].sum(), ".12g")
    cells = (
        cell.name, cell.tier, cell.estimator, cell.units, planted, draws, covered,
        *(format(number, ".4g") for number in numbers), rejected, "held" if held else "missed", first,
    )  # fmt: skip
    return dict(zip(COLUMNS, map(str, cells), strict=True))


def read_results() -> list[Row]:
    """The rows that were measured."""
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Measure all cells that are not there in so many draws, and write each when it is done."""
    from joblib import Parallel, delayed

    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--draws", type=int, default=2000)
    asked.add_argument("--jobs", type=int, default=1)
    given = asked.parse_args()
    held = {(row["cell"], float(row["planted"])): row for row in read_results()} if RESULTS.exists() else {}
    open_ = [key for key in KEYS if held.get((key[0].name, key[1]), {}).get("draws") != str(given.draws)]
    rows = Parallel(n_jobs=given.jobs, return_as="generator")(delayed(measured)(*key, given.draws) for key in open_)
    for (cell, planted), row in zip(open_, rows, strict=True):
        held[cell.name, planted] = row
        with RESULTS.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(held[c.name, p] for c, p in KEYS if (c.name, p) in held)
        print(row["cell"], row["planted"], row["coverage"], row["bias_in_se"], row["verdict"], flush=True)


if __name__ == "__main__":
    main()
