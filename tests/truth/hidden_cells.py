"""Does the gate of an effect that nobody drew stop what is confounded, by negative controls, and let pass what is not?

2,000 students; four covariates and something hidden move who has the support, and the outcome. The effect is zero.
Bad is a scenario in which the estimator (aipw) is off by .15 SD or more, sound one of .03 or less. Controls carry a
share of what confounds the outcome, each turned round by a coin: good ones 60 % or all of it, poor ones 20 %, or there
are too few. Every check of the design is made, on the blinded sample. ``sure`` counts those that passed with the
negative controls' whole interval within the limit: the others are shown, and can not be called supported.

The limit (``Limits.controls``) was chosen on other seeds and other scenarios: half of the students with the support, a
hidden trait that moved it half and one and a half times as much, biases of .18 and .25 against 0, .02 and .03, shares
of .6 to 1, and 12 controls.

    python tests/truth/hidden_cells.py [--draws 400] [--jobs 1]

Writes tests/truth/hidden_results.csv, a line a cell.
"""

from __future__ import annotations

import argparse
import csv
from itertools import product
from multiprocessing import Pool
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from observational_cells import band
from scipy.special import expit

from la_research.evaluation.compared import Compared
from la_research.evaluation.design import Asked
from la_research.evaluation.designs.observational.checks import checks
from la_research.evaluation.gate import Gate
from la_research.evaluation.sample import Sample
from la_research.protocol.designs.observational import Observational
from la_research.seeds import stream

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "hidden_results.csv"
STUDENTS, FIRST = 2000, 2
"""Size of a study; draws that are made anew by a test."""
PULL, HAD = 0.8, -0.6
"""How much one SD of the hidden trait moves the log odds of the support; those of a middling student."""
COLUMNS = (
    "bias", "share", "controls", "kind", "draws", "true_bias", "stopped", "stopped_share", "lower", "upper", "passed",
    "covered_among_passed", "sure", "first",
)  # fmt: skip
Row = dict[str, str]


class Cell(NamedTuple):
    """A scenario: bias planted in SDs, share of it that each control carries, how many controls."""

    bias: float
    share: float
    controls: int


GOOD = tuple(Cell(*one) for one in product((0.0, 0.03, 0.15, 0.2, 0.3), (0.6, 1.0), (10,)))
POOR = tuple(Cell(*one) for one in ((0.0, 0.2, 10), (0.2, 0.2, 10), (0.2, 1.0, 0), (0.2, 1.0, 3)))
CELLS = GOOD + POOR


class Drawn(NamedTuple):
    """What one study came to: stopped or not, estimate in SDs, whether its interval holds zero, all checks made."""

    stopped: bool
    estimate: float
    holds: bool
    sure: bool


def study(cell: Cell, rng: np.random.Generator, pull: float = PULL, had: float = HAD) -> Sample:
    """One study with its controls."""
    x, hidden = rng.normal(size=(STUDENTS, 4)), rng.normal(size=STUDENTS)
    treated = rng.random(STUDENTS) < expit(had + x @ [0.4, -0.3, 0.2, 0.0] + pull * hidden)

    def column(bias: float) -> np.ndarray:
        raw = x @ [0.4, 0.3, 0.2, 0.1] + rng.normal(size=STUDENTS)
        return raw + strength(bias, pull, had) * hidden

    signs = rng.choice([-1.0, 1.0], cell.controls)
    held = {f"control {j}": signs[j] * column(cell.share * cell.bias) for j in range(cell.controls)}
    given = {f"x{j}": x[:, j] for j in range(4)}
    frame = pd.DataFrame({"outcome": column(cell.bias), "treatment": treated.astype(float), **given, **held})
    return Sample(frame, tuple(given))


_SPREAD = float(np.sqrt(0.4**2 + 0.3**2 + 0.2**2 + 0.1**2 + 1))
_GAPS: dict[tuple[float, float], float] = {}


def strength(bias: float, pull: float, had: float) -> float:
    """What one SD of the trait has to do to a column for its comparison to be off by so many SDs."""
    if (pull, had) not in _GAPS:
        rng = stream(6, "tests", "hidden", "gap")
        x, hidden = rng.normal(size=(400_000, 4)), rng.normal(size=400_000)
        treated = rng.random(400_000) < expit(had + x @ [0.4, -0.3, 0.2, 0.0] + pull * hidden)
        design = np.column_stack([np.ones(len(x)), treated, x])
        _GAPS[pull, had] = float(np.linalg.lstsq(design, hidden, rcond=None)[0][1])
    gap = _GAPS[pull, had]  # bias = b * gap / sqrt(spread ** 2 + b ** 2)
    return bias * _SPREAD / np.sqrt(gap**2 - bias**2)


def asked_of(cell: Cell) -> Asked:
    """What the study registers."""
    names = tuple(f"control {j}" for j in range(cell.controls))
    return Asked(Observational(kind="observational", negative_outcomes=names))


def drawn(cell: Cell, draw: int) -> Drawn:
    """One draw of a cell; the estimate is looked at whether or not it would have been."""
    sample = study(cell, stream(6, "tests", "hidden", str(cell), draw))
    asked = asked_of(cell)
    gate = Gate(tuple(checks(sample.blinded(), asked)))
    compared = Compared.of(sample, asked.settings)
    found = compared.by(sample["outcome"]).aipw
    lower, upper = found.interval(0.95)
    return Drawn(not gate.open, found.value / float(sample["outcome"].std()), lower <= 0 <= upper, not gate.doubt)


def _one(asked: tuple[Cell, int]) -> Drawn:
    return drawn(*asked)


def line(cell: Cell, found: list[Drawn]) -> Row:
    """What the draws of a cell come to."""
    draws, stopped = len(found), sum(one.stopped for one in found)
    passed = [one.holds for one in found if not one.stopped]
    true = float(np.mean([one.estimate for one in found]))
    lower, upper = band(stopped, draws)
    kind = "bad" if cell.bias >= 0.15 else "sound"
    first = sum(one.estimate for one in found[:FIRST])
    covered = f"{np.mean(passed):.3f}" if passed else "none passed"
    told = (*cell, kind, draws, f"{true:.4f}", stopped, f"{stopped / draws:.4f}", f"{lower:.4f}", f"{upper:.4f}",
            len(passed), covered, sum(one.sure for one in found if not one.stopped), f"{first:.10f}")  # fmt: skip
    return dict(zip(COLUMNS, map(str, told), strict=True))


def read_results() -> list[Row]:
    """The lines that were measured."""
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Measure all cells and write them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--draws", type=int, default=100)
    asked.add_argument("--jobs", type=int, default=1)
    given = asked.parse_args()
    with Pool(given.jobs) as pool, RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for cell in CELLS:
            writer.writerow(line(cell, pool.map(_one, [(cell, draw) for draw in range(given.draws)], chunksize=20)))
            file.flush()


if __name__ == "__main__":
    main()
