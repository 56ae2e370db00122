"""Does a reason that is shown come out again, and is it one of those that truly move the label?

Campuses with known truth: 5 constructs of 4 columns each, which correlate by ``rho`` within a construct; the constructs
themselves correlate by ``cross``. The log-odds of the label are the sum of an effect of each construct (the mean of
its columns, SD 1), so that the true part of each is known in closed form (exact interventional Shapley value):

- lines: 1, .6 and .3 a SD; two constructs have no effect;
- alike: .7 three times, two without: nothing leads by much;
- bent: the first counts only above half a SD, and then by 1.5 a SD;
- interaction: lines, and the product of the first and the third times .5.

A draw is a sample of n students: the registered estimator, scores out of five folds, and the protocol's default
number of refits to students drawn with replacement, explained on the suggested of the sample (at most 200) and on 200
FRESH students, the highest 10 % of 2,000 by the model's score. The rule is judged on those fresh students, by 10 FRESH
refits: models fitted to new samples of n students. All are explained beside the same 50 students of the first sample.

    python tests/truth/reason_cells.py [--draws 6] [--jobs 2] [--cells PART-OF-A-NAME] [--development FILE]

Writes tests/truth/reason_results.csv, a line a cell, draw and limit, and docs/images/reasons.svg: share shown
against agreement, as the limit moves. Beside the rule stand what comes first in one refit ("column", "construct") and
what comes first in 90 % of refits by both ways ("share"). A run that was stopped goes on where it was. The default
limit was chosen on other draws, which ``--development`` keeps apart. `make test` reads the results and makes first
draws anew.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import norm

from la_research.explanation.attribution import attribute, perturbations
from la_research.explanation.reasons.rule import Sums, by_group, kept, stable_reasons
from la_research.models import ESTIMATORS, fold_splits, highest, student_folds
from la_research.seeds import stream

HERE = Path(__file__).resolve().parent
RESULTS, FIGURE = HERE / "reason_results.csv", HERE.parents[1] / "docs" / "images" / "reasons.svg"
CONSTRUCTS, EACH, GROUPS = 5, 4, [construct for construct in range(5) for _ in range(4)]
NO_EFFECT, DRIVEN, SHARE = 3, 0.6, 0.1
"""First construct without an effect; share from which one construct drives a score; share that is suggested."""
SHARE_ALONE = 0.9
REFITS, FRESH, ROWS, BACKGROUND, INTERCEPT = 20, 10, 200, 50, -1.7
LIMITS = ("column", "construct", "share", "0.5", "0.7", "0.8", "0.85", "0.9", "0.95", "0.99")
CURVE, DEFAULT = ("construct", *LIMITS[3:]), "0.9"
"""Limits of the rule, from none on, and the protocol's default."""
COLUMNS = ("cell", "draw", "limit", "rows", "shown", "again", "again_path", "no_effect", "driven", "driven_shown")
EFFECTS = {"alike": (0.7, 0.7, 0.7, 0, 0), "bent": (0, 0.6, 0.3, 0, 0)}
LINES = (1.0, 0.6, 0.3, 0.0, 0.0)
Floats = np.ndarray
Row = dict[str, str]


class Cell(NamedTuple):
    """A campus and what is fitted to it."""

    estimator: str
    n: int
    rho: float
    cross: float
    shape: str

    @property
    def name(self) -> str:
        """As the results call it."""
        return f"{self.estimator}@{self.n} {self.shape} {self.rho} {self.cross}"


SIZES = (500, 1000, 2000, 5000)
CELLS = {
    cell.name: cell
    for cell in (
        *(Cell("boosted", n, rho, cross, "lines") for n, rho, cross in product(SIZES, (0.9, 0.5), (0.0, 0.3))),
        *(Cell("boosted", n, 0.9, 0.3, shape) for n, shape in product(SIZES, ("alike", "bent", "interaction"))),
        *(Cell("logistic", n, rho, 0.3, "lines") for n, rho in product(SIZES, (0.9, 0.5))),
        *(Cell("logistic", n, 0.9, 0.3, "bent") for n in SIZES),
    )
}


def students(cell: Cell, n: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Columns (n, 20), the true part of each construct (n, 5) and the label (n,) of so many students."""
    shared = np.sqrt(cell.cross) * rng.normal(size=(n, 1)) + np.sqrt(1 - cell.cross) * rng.normal(size=(n, CONSTRUCTS))
    own = rng.normal(size=(n, CONSTRUCTS, EACH))
    columns = np.sqrt(cell.rho) * shared[:, :, None] + np.sqrt(1 - cell.rho) * own
    columns = columns.reshape(n, -1).astype(np.float32).astype(np.float64)  # as the models round them
    parts, level = truth(cell, columns)
    return columns, parts, (rng.logistic(size=n) < INTERCEPT + level + parts.sum(axis=1)).astype(np.int64)


def truth(cell: Cell, columns: Floats) -> tuple[Floats, float]:
    """True parts, each less its mean on the campus, and the sum of these means."""
    size = np.sqrt((1 + (EACH - 1) * cell.rho) / EACH)
    mean = columns.reshape(-1, CONSTRUCTS, EACH).mean(axis=2) / size
    parts, level = mean * EFFECTS.get(cell.shape, LINES), 0.0
    if cell.shape == "bent":
        level = 1.5 * (norm.pdf(0.5) - 0.5 * norm.sf(0.5))
        parts[:, 0] = 1.5 * np.maximum(mean[:, 0] - 0.5, 0) - level
    if cell.shape == "interaction":
        together = cell.cross * cell.rho / size**2  # correlation of two constructs' means
        parts[:, [0, 2]] += 0.25 * (mean[:, 0] * mean[:, 2] - together)[:, None]
        level = 0.5 * together
    return parts, level


def suggested(cell: Cell, columns: Floats, label: Floats, rng: np.random.Generator) -> Floats:
    """Columns of those of the sample whom scores out of five folds suggest."""
    who, kind = pd.Series(np.arange(len(label))), pd.Series(label.astype(float))
    score, decided = np.empty(len(label)), np.zeros(len(label), dtype=bool)
    for test, train in fold_splits(student_folds(who, kind, 5, rng), who):
        score[test] = model(cell, columns[train], label[train]).decision_function(columns[test])
        decided[test] = highest(score[test], SHARE, np.arange(test.sum())) == 1
    return columns[np.flatnonzero(decided)[:ROWS]]


def model(cell: Cell, columns: Floats, label: Floats, seed: int = 1) -> Any:
    """The registered estimator, fitted."""
    return ESTIMATORS[cell.estimator](seed).fit(columns, label)


def moved(models: list[Any], rows: Floats, background: Floats) -> dict[Any, Floats]:
    """By way: what each column moved the score of each row by, (models, rows, columns)."""
    ways = perturbations(models[0])
    return {way: np.array([attribute(one, rows, background, way).values for one in models]) for way in ways}


class Drawn(NamedTuple):
    """What is known of the suggested of a sample and of fresh students."""

    sample: Mapping[Any, Floats]
    rows: Mapping[Any, Floats]
    fresh: Mapping[Any, Floats]
    truth: Floats


def drawn(cell: Cell, draw: int, purpose: str = "reasons") -> Drawn:
    """One sample with its refits, fresh students and fresh refits."""
    rng = stream(7, "tests", purpose, cell.name, draw)
    columns, _, label = students(cell, cell.n, rng)
    background, own = columns[:BACKGROUND], suggested(cell, columns, label, rng)
    others, true, _ = students(cell, round(ROWS / SHARE), rng)
    high = np.argsort(-model(cell, columns, label).decision_function(others), kind="stable")[:ROWS]
    again = [rng.integers(cell.n, size=cell.n) for _ in range(REFITS)]
    refits = [model(cell, columns[taken], label[taken], i) for i, taken in enumerate(again)]
    samples = (students(cell, cell.n, rng) for _ in range(FRESH))
    fresh = [model(cell, new, kind, i) for i, (new, _, kind) in enumerate(samples)]
    both = moved(refits, np.vstack([own, others[high]]), background)
    sample, rows = ({way: held[:, part] for way, held in both.items()} for part in _split(len(own)))
    return Drawn(sample, rows, moved(fresh, others[high], background), true[high])


def _split(size: int) -> tuple[slice, slice]:
    return slice(size), slice(size, None)


def counted(cell: Cell, draw: int, purpose: str = "reasons") -> list[Row]:
    """What the rule shows of one draw at each limit; ``again`` adds up shares of fresh refits."""
    found = drawn(cell, draw, purpose)
    keep = kept(by_group(found.sample, GROUPS))
    driven = found.truth.max(axis=1) >= DRIVEN * np.abs(found.truth).sum(axis=1)
    rows = []
    for limit in LIMITS:
        of = list(range(len(GROUPS))) if limit == "column" else GROUPS
        group = told(by_group(found.rows, of), limit, keep)
        shown, fresh = group >= 0, by_group(found.fresh, of)
        again = [(held.argmax(axis=2) == group).mean(axis=0)[shown].sum() for held in fresh.values()]
        none = (group >= NO_EFFECT * (max(of) + 1) // CONSTRUCTS).sum()
        numbers = (len(shown), shown.sum(), again[0], again[-1], none, driven.sum(), (driven & shown).sum())
        written = (cell.name, draw, limit, *(format(float(number), ".6g") for number in numbers))
        rows.append(dict(zip(COLUMNS, map(str, written), strict=True)))
    return rows


def told(sums: Sums, limit: str, keep: Mapping[Any, float]) -> Floats:
    """The reason of each row by the rule, or by what stands beside it; -1 where none is shown."""
    if limit in ("column", "construct"):
        return sums["interventional"][0].argmax(axis=1)
    if limit == "share":
        found = stable_reasons(sums, 0, keep)
        return np.where(found.share >= SHARE_ALONE, found.group, -1)
    return stable_reasons(sums, float(limit), keep).group


def read_results(path: Path = RESULTS) -> list[Row]:
    """What the last run wrote; nothing before the first."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(rows: list[Row], path: Path) -> None:
    order = list(CELLS)
    rows.sort(key=lambda row: (order.index(row["cell"]), int(row["draw"]), LIMITS.index(row["limit"])))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


class Measured(NamedTuple):
    """A cell at a limit, over its draws: shares; ``error`` is the Monte Carlo error of ``again`` by draw."""

    draws: int
    shown: float
    again: float
    error: float
    no_effect: float
    driven_shown: float


def measured(rows: list[Row], cell: str, limit: str) -> Measured:
    """Shares over all draws of a cell; of the two ways, the lower agreement."""
    own = [row for row in rows if (row["cell"], row["limit"]) == (cell, limit)]
    held = {name: np.array([float(row[name]) for row in own]) for name in COLUMNS[3:]}
    shown = held["shown"].sum()
    lower = min(("again", "again_path"), key=lambda name: held[name].sum())
    share = held[lower].sum() / shown if shown else np.nan
    error = np.sqrt(((held[lower] - share * held["shown"]) ** 2).sum() * len(own) / max(len(own) - 1, 1))
    return Measured(
        len(own),
        shown / held["rows"].sum(),
        share,
        error / shown if shown else np.nan,
        held["no_effect"].sum() / shown if shown else np.nan,
        held["driven_shown"].sum() / held["driven"].sum(),
    )


def digest(rows: list[Row]) -> str:
    """Of the results that a figure was drawn from."""
    return hashlib.sha256(repr([list(row.values()) for row in rows]).encode()).hexdigest()


DRAWN = {
    "boosted@{} lines 0.9 0.3": "effects 1, .6, .3",
    "boosted@{} bent 0.9 0.3": "the first effect bent",
    "boosted@{} interaction 0.9 0.3": "two that interact",
    "boosted@{} alike 0.9 0.3": "three effects alike",
}
"""Campuses of the figure."""


def drawn_figure(rows: list[Row]) -> str:
    """The figure: share shown against agreement as the limit moves, by campus and sample size."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "la_research", "svg.fonttype": "path", "font.family": "DejaVu Sans"}):
        canvas = Figure(figsize=(7.2, 6.0), layout="constrained")
        FigureCanvasSVG(canvas)
        places = canvas.subplots(2, 2, sharex=True, sharey=True).flat
        for place, (campus, title) in zip(places, DRAWN.items(), strict=True):
            for n, colour, mark in zip(SIZES, ("#8a939c", "#d4351c", "#912b88", "#1d70b8"), "osD^", strict=True):
                found = [measured(rows, campus.format(n), limit) for limit in CURVE]
                told = [one for one in found if one.shown >= 0.01]  # fewer say nothing about agreement
                curve = [[one.again for one in told], [one.shown for one in told]]
                place.plot(*curve, "-", color=colour, marker=mark, ms=3, lw=1.4, label=f"n = {n:,}")
                rule = measured(rows, campus.format(n), DEFAULT)
                if rule.shown >= 0.01:
                    place.plot(rule.again, rule.shown, mark, color=colour, ms=8)
            place.axvline(0.95, color="#8a939c", lw=0.8)
            place.axhline(0.4, color="#8a939c", lw=0.8)
            place.set(title=title, xlim=(0.6, 1.005), ylim=(0, 1.02), xticks=(0.7, 0.8, 0.9, 1))
        canvas.axes[0].legend(loc="lower left", frameon=False)
        canvas.supxlabel("shown reasons that come first again in a fresh refit")
        canvas.supylabel("suggested students for whom a reason is shown")
        out = io.StringIO()
        canvas.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Description": digest(rows)})
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _asked(draws: int, cells: str, held: list[Row]) -> Iterator[tuple[Cell, int]]:
    there = {(row["cell"], int(row["draw"])) for row in held}
    for draw in range(draws):
        for name, cell in CELLS.items():
            if cells in name and (name, draw) not in there:
                yield cell, draw


def main() -> None:
    """Measure what is missing, write it in order, draw the figure, say the shares."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=6)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cells", default="")
    parser.add_argument("--development", type=Path)
    asked = parser.parse_args()
    path = asked.development or RESULTS
    rows = read_results(path)
    todo = list(_asked(asked.draws, asked.cells, rows))
    with ProcessPoolExecutor(asked.jobs, mp_context=get_context("spawn")) as pool:
        work = partial(counted, purpose="development" if asked.development else "reasons")
        for new in pool.map(work, *zip(*todo, strict=True)) if todo else ():
            rows += new
            _write(rows, path)
    if not asked.development:
        FIGURE.write_text(drawn_figure(rows), encoding="utf-8")
    for cell, limit in product(CELLS, LIMITS):
        if any(row["cell"] == cell for row in rows):
            found = measured(rows, cell, limit)
            sys.stdout.write(f"{cell:36}{limit:5}{found.draws:4} " + " ".join(f"{n:.3f}" for n in found[1:]) + "\n")


if __name__ == "__main__":
    main()
