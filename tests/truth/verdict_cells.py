"""How often does each verdict on an association come out, where the truth is known?

The smallest effect of interest is .05. Four cells of 1,000 cohorts, analysed as the shipped study does:

- planted: the default campus with both links turned until each association is .10, 2,000 students;
- nothing, nothing@4000: no link between activity and wellbeing;
- calendar: no student has a link, and all share the same hard and busy weeks, 2,000 students.

    python tests/truth/verdict_cells.py [--draws 1000] [--jobs 2]

Writes tests/truth/verdict_results.csv, a line a cohort and hypothesis, and the figure
docs/images/verdicts.svg: how often a planted association is called "supported", against how often
nothing is, as the level moves. A run that was stopped goes on where it was. `make test` reads the
results and replays the first cohorts of every cell.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtr

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULTS, FIGURE = HERE / "verdict_results.csv", ROOT / "docs" / "images" / "verdicts.svg"
COLUMNS = ("cell", "seed", "hypothesis", "value", "p", "verdict")
LINKS = {"between": 0.62, "within": 1.515}
"""Where the default campus plants .10 between students and .10 within student."""
CELLS = {
    "planted": ("default", 2000, LINKS),
    "nothing": ("null", 2000, {}),
    "nothing@4000": ("null", 4000, {}),
    "calendar": ("null_common_calendar", 2000, {}),
}
DRAWS, FIRST_SEED, SMALLEST = 1000, 90_000, 0.05
Row = dict[str, str]


@cache
def study() -> Any:
    """The shipped protocol with its two associations alone."""
    from la_research.store import load_protocol

    shipped = load_protocol(ROOT / "protocols" / "early-engagement")
    claims = tuple(claim for claim in shipped.hypotheses if claim.kind != "effect")
    return shipped.model_copy(update={"hypotheses": claims})


@cache
def campus(cell: str) -> Any:
    """The scenario of a cell."""
    from la_research.store import load_scenario

    name, _, changes = CELLS[cell]
    shipped = load_scenario(ROOT / "synthetic" / f"{name}.yaml")
    return shipped.model_copy(update={"link": shipped.link.model_copy(update=changes)})


def draw(cell: str, seed: int) -> list[Row]:
    """One cohort: its two associations with the p-value that Student's t gives, and their verdicts."""
    from la_research.pipeline.draws import BEHAVIOUR, hypotheses_findings
    from la_research.synthetic import generate_cohort
    from la_research.synthetic.tables import REQUIRED

    unread = set(BEHAVIOUR) - {"activity", "applicability"}
    tables = [name for name in REQUIRED if name not in unread]
    cohort, _ = generate_cohort(campus(cell), n=CELLS[cell][1], seed=seed, tables=tables)
    found = hypotheses_findings(study(), cohort)
    return [_row(cell, seed, claim.id, found[claim.id]) for claim in study().hypotheses]


def _row(cell: str, seed: int, claim: str, finding: Any) -> Row:
    plain = next(row.estimate for row in finding.rows if row.keys == {"what": "plain 95 % interval"})
    error = (plain.upper - plain.lower) / 2 / 1.96
    p = float(2 * ndtr(-abs(plain.value) / error))
    told = (cell, str(seed), claim, f"{plain.value:.6f}", f"{p:.4g}", finding.verdict)
    return dict(zip(COLUMNS, told, strict=True))


def read_results() -> list[Row]:
    """What the last run wrote; nothing before the first."""
    if not RESULTS.exists():
        return []
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shares(rows: list[Row], cell: str, claim: str) -> Counter[str]:
    """How often each verdict was given in a cell."""
    return Counter(row["verdict"] for row in rows if (row["cell"], row["hypothesis"]) == (cell, claim))


def supported_at(rows: list[Row], cell: str, claim: str) -> np.ndarray:
    """Lowest level at which each cohort of a cell would read "supported"; 1 where none."""
    own = [row for row in rows if (row["cell"], row["hypothesis"]) == (cell, claim)]
    value, p = (np.array([float(row[name]) for row in own]) for name in ("value", "p"))
    return np.where(value >= SMALLEST, p, 1.0)


def digest(rows: list[Row]) -> str:
    """Of the results that a figure was drawn from."""
    return hashlib.sha256(repr([list(row.values()) for row in rows]).encode()).hexdigest()


def drawn(rows: list[Row]) -> str:
    """The figure: true against false "supported" at every level, for two ways of having nothing to find."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "la_research", "svg.fonttype": "path", "font.family": "DejaVu Sans"}):
        canvas = Figure(figsize=(7.2, 3.9), layout="constrained")
        FigureCanvasSVG(canvas)
        names = {"H1": "between students", "H2": "within student"}
        for place, (claim, name) in zip(canvas.subplots(1, 2, sharey=True), names.items(), strict=True):
            found = supported_at(rows, "planted", claim)
            for cell, style, label in (("nothing", "-", "no link"), ("calendar", "--", "a common calendar, no link")):
                chance = supported_at(rows, cell, claim)
                levels = np.unique(np.r_[0, found, chance, 1])
                places = [[(at <= level).mean() for level in levels] for at in (chance, found)]
                place.plot(*places, style, color="#1d70b8" if style == "-" else "#912b88", label=label, lw=1.6)
            place.axvline(0.05, color="#8a939c", lw=0.8)
            place.set(title=name, xlabel="false “supported”", xlim=(-0.002, 0.1), ylim=(0.5, 1.01))
        place.legend(loc="lower right", frameon=False)
        canvas.axes[0].set_ylabel("planted .10 read as “supported”")
        out = io.StringIO()
        canvas.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Description": digest(rows)})
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def measured(draws: int, jobs: int, held: list[Row]) -> Iterator[list[Row]]:
    """Every cohort that is not held yet."""
    there = {(row["cell"], int(row["seed"])) for row in held}
    todo = [(cell, FIRST_SEED + i) for i in range(draws) for cell in CELLS if (cell, FIRST_SEED + i) not in there]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(draw, *zip(*todo, strict=True), chunksize=4) if todo else ()


def main() -> None:
    """Measure what is missing, write it in order, draw the figure, say the shares."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    rows = read_results()
    for i, new in enumerate(measured(asked.draws, asked.jobs, rows), 1):
        rows += new
        if i % 200 == 0:
            _write(rows)
            sys.stderr.write(f"{i} cohorts\n")
    _write(rows)
    FIGURE.write_text(drawn(rows), encoding="utf-8")
    for cell in CELLS:
        for claim in ("H1", "H2"):
            sys.stdout.write(f"{cell:14}{claim} {dict(shares(rows, cell, claim))}\n")


def _write(rows: list[Row]) -> None:
    order = list(CELLS)
    rows.sort(key=lambda row: (order.index(row["cell"]), int(row["seed"]), row["hypothesis"]))
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
