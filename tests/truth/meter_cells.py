"""Does the regression-to-the-mean meter say what students chosen in a low week gain with no help at all?

Cohorts of 1,000 students in which nothing helps. The rule chooses who falls below a line, at one look in week 4 or at
the first of looks in weeks 3, 4 and 5. Asked is how far the expected gain lies from the true one (in SDs of a week, the
truth from 400,000 students), and how often its 95 % interval holds it, for

- normal: a trait of the student and weeks that resemble the week before;
- trending: the same, falling by an eighth of a unit a week, beside a line that does not move;
- count: log-normal counts rounded down, a tenth of the weeks silent;
- fading: such counts, with more silent weeks from week to week.

    python tests/truth/meter_cells.py [--draws 200]

Writes tests/truth/meter_results.csv. `make test` reads it, and makes its first draws anew.
"""

from __future__ import annotations

import argparse
import csv
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np

from la_research.seeds import stream
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.intervals import wilson
from la_research.statistics.regression_to_mean import Looks, gain_by_earlier_weeks, gain_by_process

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "meter_results.csv"
STUDENTS, MANY, FIRST = 1000, 400_000, 2
"""Students of a cohort, and of the truth; draws whose sum is kept so that they can be made anew."""
LINES = {"normal": -0.8, "trending": -1.2, "count": 0.35, "fading": 0.35}
LOOKS = {"one look": (4,), "three looks": (3, 4, 5)}
CELLS = tuple(product(LINES, LOOKS))
COLUMNS = ("process", "looks", "method", "truth", "draws", "error", "covered", "lower", "upper", "width", "first")
Row = dict[str, str]


def process(kind: str, students: int, weeks: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """What is compared, and what the rule reads; (students, weeks)."""
    week = np.arange(weeks)
    trait = 0.8 * rng.normal(size=(students, 1))
    moving = rng.normal(size=(students, weeks))
    for t in range(1, weeks):
        moving[:, t] = 0.4 * moving[:, t - 1] + np.sqrt(1 - 0.4**2) * moving[:, t]
    if kind in ("normal", "trending"):
        value = trait + 0.7 * moving + (0.2 * np.sin(week) if kind == "normal" else -0.125 * week)
        return value, value
    usual = np.exp(2.6 - 0.03 * week)
    busy = np.floor(usual * np.exp(trait + 0.6 * moving + 0.4 * rng.normal(size=(students, weeks))))
    silent = 0.10 + (0.015 * week if kind == "fading" else 0.0)
    count = np.where(rng.random((students, weeks)) < silent, 0, busy)
    return np.log1p(count), count / (usual * np.exp((0.64 + 0.36 + 0.16) / 2) * (1 - silent))


def cohort(kind: str, looks: str, students: int, *name: str | int) -> Looks:
    """A cohort in which nothing helps, and the rule."""
    weeks = LOOKS[looks]
    values, running = process(kind, students, weeks[-1] + 2, stream(11, "tests", "meter", kind, *name))
    return Looks(values, running, weeks, LINES[kind])


@cache
def truth(kind: str, looks: str) -> tuple[float, float]:
    """The true gain of those chosen, and the SD of all in the week of the first look."""
    rule = cohort(kind, looks, MANY, "truth")
    chosen = [(rule.change(week)[rule.chosen(number)[0]]) for number, week in enumerate(rule.looks)]
    return float(np.concatenate(chosen).mean()), float(rule.values[:, rule.looks[0] - 1].std())


def estimated(kind: str, looks: str, draw: int) -> tuple[Coefficient, str]:
    """One cohort's expected gain, and by which of the two ways."""
    rule, rng = cohort(kind, looks, STUDENTS, draw), stream(11, "tests", "meter", "resampled", draw)
    found = gain_by_earlier_weeks(rule, rng)
    if found is not None:
        return found, "earlier weeks"
    fitted = gain_by_process(rule, rng)
    assert fitted is not None
    return fitted, "process"


def measured(kind: str, looks: str, draws: int) -> Row:
    """A cell over so many cohorts."""
    planted, sd = truth(kind, looks)
    found = [estimated(kind, looks, draw) for draw in range(draws)]
    ends = [one.interval(0.95) for one, _ in found]
    held = sum(lower <= planted <= upper for lower, upper in ends)
    error = float(np.mean([one.value for one, _ in found])) - planted
    width = float(np.mean([upper - lower for lower, upper in ends]))
    first = sum(one.value for one, _ in found[:FIRST])
    numbers = [format(n, ".4g") for n in (held / draws, *wilson(held, draws, 0.999), width / sd)]
    cells = (kind, looks, found[0][1], format(planted / sd, ".4f"), draws, format(error / sd, ".4f"), *numbers, first)
    return dict(zip(COLUMNS, map(str, cells), strict=True))


def read_results() -> list[Row]:
    """The rows that were measured."""
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Measure all cells and write them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--draws", type=int, default=200)
    draws = asked.parse_args().draws
    rows = [measured(kind, looks, draws) for kind, looks in CELLS]
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
