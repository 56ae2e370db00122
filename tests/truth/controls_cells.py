"""Do negative controls put an interval right where something hidden moves both the indicator and the outcome?

Panels of 200 students and three weeks. A hidden trait of the student moves the indicator and the questionnaire, and as
strongly, on average, the controls that share it; nothing else links the indicator with a control. Asked is how often
the plain and the calibrated 95 % interval of the slope between students hold the planted slope, by

- share: of the controls that share what is hidden (1, 1/2 or 0);
- controls: how many there are;
- signs: known, where all controls lean the way the outcome does, and what they lean is taken off; or turned, where
  each is turned round by a coin and nothing is taken off, as in the reports.

    python tests/truth/controls_cells.py [--draws 1000]

Writes tests/truth/controls_results.csv, with Wilson's intervals. `make test` reads it, and makes its first draws anew.
"""

from __future__ import annotations

import argparse
import csv
import math
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

from la_research.seeds import stream
from la_research.statistics.association import Panel, associations
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.controls import systematic_error
from la_research.statistics.intervals import wilson

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "controls_results.csv"
STUDENTS, WEEKS, FIRST = 200, 3, 5
"""Size of a panel; draws that are kept by name so that they can be made anew."""
SLOPE, PULL, SPREAD = 0.1, 0.4, 0.15
"""Planted change of the score for one unit of the indicator; mean and spread of what one SD of the trait does."""
SHARES, CONTROLS, SIGNS = (1.0, 0.5, 0.0), (5, 10, 20, 40), ("known", "turned")
CELLS = tuple(product(SHARES, CONTROLS, SIGNS))
COLUMNS = (
    "share", "controls", "signs", "draws", "plain", "plain_lower", "plain_upper", "calibrated", "lower", "upper",
    "times_as_wide", "first",
)  # fmt: skip
Row = dict[str, str]


class Drawn(NamedTuple):
    """A panel analysed: the planted slope in SD per SD, that of the outcome, and those of controls (good, bad)."""

    truth: float
    found: Coefficient
    good: list[Coefficient]
    bad: list[Coefficient]


def drawn(draw: int) -> Drawn:
    """One panel with its outcome and 40 controls of either sort."""
    rng = stream(5, "tests", "controls", draw)
    hidden = rng.normal(size=STUDENTS)
    x = (hidden + rng.normal(size=STUDENTS))[:, None] + rng.normal(size=(STUDENTS, WEEKS))
    pull = rng.normal(PULL, SPREAD, 1 + max(CONTROLS))
    y = SLOPE * x.mean(axis=1, keepdims=True) + pull[0] * hidden[:, None] + rng.normal(size=(STUDENTS, WEEKS))
    good = pull[1:, None] * hidden + rng.normal(size=(max(CONTROLS), STUDENTS))
    bad = rng.normal(size=(max(CONTROLS), STUDENTS))
    mean = 2 + 1 / WEEKS  # variance of a student's mean; its covariance with the trait is 1
    noise = SLOPE**2 * mean + 2 * SLOPE * pull[0] + pull[0] ** 2 + 1
    return Drawn(
        SLOPE * math.sqrt(mean / noise),
        between(x, y),
        [between(x, np.repeat(one[:, None], WEEKS, axis=1)) for one in good],
        [between(x, np.repeat(one[:, None], WEEKS, axis=1)) for one in bad],
    )


def between(x: np.ndarray, y: np.ndarray) -> Coefficient:
    """The slope between students."""
    who, week = np.repeat(np.arange(STUDENTS), WEEKS), np.tile(np.arange(WEEKS), STUDENTS)
    return associations(Panel(who, who, np.zeros(who.size), week, x.ravel(), y.ravel())).of("between")


def held(draw: int) -> np.ndarray:
    """(cells, 3): whether the plain and the calibrated interval hold the truth, and how much wider the second is."""
    truth, found, good, bad = drawn(draw)
    turn = stream(5, "tests", "controls", "turned", draw).choice([-1.0, 1.0], max(CONTROLS))
    plain, rows = found.interval(0.95), []
    for share, controls, signs in CELLS:
        sharing = round(share * controls)
        used = [*good[:sharing], *bad[: controls - sharing]]
        sign = turn[:controls] if signs == "turned" else np.ones(controls)
        values, errors = sign * [one.value for one in used], [one.se for one in used]
        error = systematic_error(values, errors, signed=signs == "known")
        assert error is not None
        honest = error.calibrated(found).interval(0.95)
        wider = (honest[1] - honest[0]) / (plain[1] - plain[0])
        rows.append((plain[0] <= truth <= plain[1], honest[0] <= truth <= honest[1], wider))
    return np.array(rows, dtype=float)


def measured(draws: int) -> list[Row]:
    """Every cell over so many panels."""
    found = np.stack([held(draw) for draw in range(draws)])
    rows = []
    for i, (share, controls, signs) in enumerate(CELLS):
        plain, honest = (int(found[:, i, j].sum()) for j in (0, 1))
        numbers = (plain, *wilson(plain, draws), honest, *wilson(honest, draws), found[:, i, 2].mean())
        first = "".join(str(int(hit)) for hit in found[:FIRST, i, 1])
        cells = (share, controls, signs, draws, *(format(n, ".4g") for n in numbers), first)
        rows.append(dict(zip(COLUMNS, map(str, cells), strict=True)))
    return rows


def read_results() -> list[Row]:
    """The rows that were measured."""
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Measure all cells and write them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--draws", type=int, default=1000)
    rows = measured(asked.parse_args().draws)
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
