"""Does the gate of difference in differences stop groups that were on different courses, and let others through?

Panels of 2,000 students whose groups start at three times, or all at once, while the courses of those who start and of
others part by the same amount from time to time. Bad is what would bias the overall effect by 0.15 SD of the outcome or
more, or turn its sign; sound is 0.03 SD or less. Asked is the share that the registered gate stops, and, among the
panels that pass, how often the 95 % interval holds the planted effect.

The limits (joint test at .05, a steady slope of under .075 SD aside; drift of .15 SD excluded with 90 % confidence)
were chosen on other panels: ``--choose`` runs those, 1,200 students and five or seven times, with other seeds, over
limits of .10 to .25 SD.

    python tests/truth/differences_gate_cells.py [--draws 500] [--choose]

Writes tests/truth/differences_gate_results.csv; `make test` reads it, and makes the first draws of each cell anew.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from la_research.evaluation.design import Asked
from la_research.evaluation.designs import DESIGNS
from la_research.evaluation.gate import Gate
from la_research.evaluation.panels import panel_of
from la_research.evaluation.sample import Sample
from la_research.protocol import Hypothesis
from la_research.protocol.designs.did import Differences
from la_research.protocol.support import Limits
from la_research.seeds import stream
from la_research.statistics.intervals import wilson
from la_research.statistics.staggered import Errors, exposure, group_time_effects, grouped

RESULTS = Path(__file__).resolve().parent / "differences_gate_results.csv"
FIRST, LIMIT, LEVEL = 5, 0.15, 0.999
CLAIM = Hypothesis(id="H1", kind="effect", outcome="mood", direction="positive", smallest_effect=0.1)
COLUMNS = (
    "cell", "kind", "bias_in_sd", "effect_in_sd", "n", "draws", "stopped", "lower", "upper", "passed",
    "covered_of_passed", "first",
)  # fmt: skip
Row = dict[str, str]


class Cell(NamedTuple):
    """Students, times, starts, how far noise goes on to the next time, the planted bias and effect in SDs."""

    name: str
    starts: tuple[int, ...]
    bias: float
    effect: float
    times: int = 9
    students: int = 2000
    lasting: float = 0.3

    @property
    def kind(self) -> str:
        wrong = self.effect and self.effect * (self.effect + self.bias) < 0
        return "bad" if abs(self.bias) >= 0.15 or wrong else "sound"


STAGGERED, AT_ONCE = (4, 5, 6), (5,)
CELLS = tuple(
    Cell(f"{name}_{bias:+.2f}", starts, bias, effect)
    for name, starts in (("staggered", STAGGERED), ("at_once", AT_ONCE))
    for bias, effect in ((0.0, 0.0), (0.03, 0.2), (0.15, 0.0), (-0.15, 0.1), (0.25, 0.2))
)
OTHERS = tuple(
    Cell(f"chosen_on_{times}_{bias:+.2f}", starts, bias, 0.0, times, 1200, 0.0)
    for times, starts in ((5, (3,)), (7, (3, 5)))
    for bias in (0.0, 0.03, 0.15, 0.2)
)


def sample_of(cell: Cell, room: str, draw: int) -> Sample:
    """One panel; its outcome has an SD of 1 between students at a time."""
    rng = stream(7, "tests", room, cell.name, draw)
    time = np.arange(cell.times)
    first = rng.choice(
        [*map(float, cell.starts), np.inf], cell.students, p=[0.5 / len(cell.starts)] * len(cell.starts) + [0.5]
    )
    noise = rng.normal(size=(cell.students, cell.times))
    for t in range(1, cell.times):
        noise[:, t] = cell.lasting * noise[:, t - 1] + np.sqrt(1 - cell.lasting**2) * noise[:, t]
    outcome = np.sqrt(0.6) * rng.normal(size=(cell.students, 1)) + np.sqrt(0.4) * noise + rng.normal(size=cell.times)
    outcome += cell.effect * (time >= first[:, None])
    held = {
        "unit": np.repeat(np.arange(cell.students), cell.times), "time": np.tile(time, cell.students).astype(float),
        "first": np.repeat(first, cell.times), "outcome": outcome.ravel(),
    }  # fmt: skip
    sample = Sample(pd.DataFrame(held))
    slope = cell.bias / exposure(panel_of(sample)[0])
    apart = slope * held["time"] * np.isfinite(held["first"])
    return Sample(pd.DataFrame(held | {"outcome": held["outcome"] + apart}))


def stopped(sample: Sample, limit: float = LIMIT) -> bool:
    """Whether the registered gate keeps the effect locked."""
    asked = Asked(Differences(kind="did"), Limits(drift=limit), CLAIM)
    return not Gate(tuple(DESIGNS["did"].checks(sample.blinded(), asked))).open


def covered(sample: Sample, cell: Cell) -> bool:
    """Whether the interval of the overall effect holds the planted one."""
    cells = group_time_effects(panel_of(sample)[0])
    low, high = Errors(cells.panel).of(grouped(cells)[0]).interval(0.95)
    return low <= cell.effect <= high


def measured(cell: Cell, draws: int) -> Row:
    """A cell over so many draws."""
    first, shut, held = "", 0, 0
    for draw in range(draws):
        sample = sample_of(cell, "gate", draw)
        locked = stopped(sample)
        shut += locked
        held += not locked and covered(sample, cell)
        first += str(int(locked)) if draw < FIRST else ""
    lower, upper = wilson(shut, draws, LEVEL)
    among = f"{held / (draws - shut):.3g}" if draws - shut >= 20 else ""
    shown = (
        cell.name,
        cell.kind,
        cell.bias,
        cell.effect,
        cell.students,
        draws,
        shut / draws,
        f"{lower:.4g}",
        f"{upper:.4g}",
    )
    return dict(zip(COLUMNS, map(str, (*shown, draws - shut, among, first)), strict=True))


def read_results() -> list[Row]:
    """The rows that were measured."""
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Measure all cells and write them; or show what other limits would do to other panels."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--draws", type=int, default=500)
    asked.add_argument("--choose", action="store_true")
    given = asked.parse_args()
    if given.choose:
        for cell in OTHERS:
            drawn = [sample_of(cell, "choose", draw) for draw in range(given.draws)]
            shares = {limit: np.mean([stopped(one, limit) for one in drawn]) for limit in (0.1, 0.15, 0.2, 0.25)}
            print(cell.name, cell.kind, {limit: round(float(share), 3) for limit, share in shares.items()}, flush=True)
        return
    rows = []
    for cell in CELLS:
        rows.append(measured(cell, given.draws))
        print(rows[-1], flush=True)
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
