"""Do intervals hold where answering depends on activity and on the last score given, filled in and from complete cases?

300 students, five waves, four of ten answers missing. Students have a level and a slope of their own,
so that the errors of complete cases have to go by student. A wave is answered the more often the more active the
student is and the better the last score given was: missing at random, but not completely.

    python tests/truth/missing_cells.py [--draws 400]

Writes tests/truth/missing_results.csv, one row a draw; draws that stand there are kept. `make test` reads it, and
replays the first.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.special import expit

from la_research.seeds import stream
from la_research.statistics.association import KINDS, Panel, associations
from la_research.statistics.imputation import imputed_answers, pooled
from la_research.statistics.repeated import Repeated

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "missing_results.csv"
STUDENTS, WAVES, IMPUTATIONS, FIRST_SEED = 300, 5, 20, 80_000
ERROR, LEVEL, TRAIT, SLOPE, OWN = 5.0, 4.0, 2.0, 1.0, 1.0
"""Points of the score: SD of error and of level; by unit of usual activity and of departure; the SD of the last."""
NOISE = float(np.sqrt(ERROR**2 + LEVEL**2 + TRAIT**2 + SLOPE**2 + OWN**2))
PLANTED = {
    "between": (TRAIT + SLOPE / WAVES) / np.sqrt(1 + 1 / WAVES) / NOISE,
    "within": SLOPE * np.sqrt(1 - 1 / WAVES) / NOISE,
}
"""SD per SD in students without end: activity is a trait and a departure, each of variance 1."""
WAYS = ("imputed", "complete")
COLUMNS = ("seed", *(f"{way}_{kind}_{what}" for way in WAYS for kind in KINDS for what in ("value", "covers")))


def drawn(rng: np.random.Generator) -> Panel:
    """A panel in which a wave is answered by activity and the last score given; the first is answered by all."""
    trait, level, own = rng.normal(size=(3, STUDENTS, 1))
    departure, error = rng.normal(size=(2, STUDENTS, WAVES))
    y = 50 + LEVEL * level + TRAIT * trait + (SLOPE + OWN * own) * departure + ERROR * error
    last = y[:, 0].copy()
    for wave in range(1, WAVES):
        gone = rng.random(STUDENTS) > expit(0.8 * (trait[:, 0] + departure[:, wave]) + 0.12 * (last - 50))
        last = np.where(gone, last, y[:, wave])
        y[gone, wave] = np.nan
    student, week = np.repeat(np.arange(STUDENTS), WAVES), np.tile(np.arange(WAVES), STUDENTS)
    return Panel(student, student, np.zeros(len(week)), week, (trait + departure).ravel(), y.ravel())


def row(seed: int) -> dict[str, str]:
    """One draw: both slopes, filled in and from complete cases, and whether 95 % intervals hold what is planted."""
    rng = stream(seed, "tests", "missing")
    panel = drawn(rng)
    whole = imputed_answers(panel, np.empty((len(panel.y), 0)), IMPUTATIONS, rng)
    filled = Repeated(replace(panel, y=whole[:, 0])).slopes(whole)
    complete = associations(panel)
    found = {"seed": str(seed)}
    for kind in KINDS:
        for way, slope in zip(WAYS, (pooled(filled[kind]).slope, complete.of(kind)), strict=True):
            low, high = slope.interval(0.95)
            found[f"{way}_{kind}_value"] = f"{slope.value:.6f}"
            found[f"{way}_{kind}_covers"] = str(int(low <= PLANTED[kind] <= high))
    return found


def read_results() -> list[dict[str, str]]:
    """The draws that were made."""
    if not RESULTS.exists():
        return []
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Make the draws that are not there yet."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=400)
    held = read_results()
    with RESULTS.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if not held:
            writer.writeheader()
        for seed in range(FIRST_SEED + len(held), FIRST_SEED + parser.parse_args().draws):
            writer.writerow(row(seed))
            file.flush()


if __name__ == "__main__":
    main()
