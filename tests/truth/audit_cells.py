"""How often does the audit's rule for the largest gap say what is not so, and what do other rules say there?

    python tests/truth/audit_cells.py --draws 2000 [--jobs 2] [--cell 'equal:same:6:20:0.5']

A cell is a kind, how sizes lie, groups, students of a (small) group, and the rate of the others:

    equal      no gap, margin 0: "disparity" is false
    apart      one group (the large one) a gap of exactly the margin of .10 above all others
    spread     groups evenly spread over exactly that margin
    powered    a gap of .15 over a margin of .05: "disparity" is right
    boundary   one group exactly the margin above the other: "equivalent" is false
    planned-disparity, planned-equivalence    the size that the planner gives for a chance of 80 %
    clustered  equal groups of so many students, ten rows each (beta, intraclass correlation .1)
    mean_score, average_precision    equal groups of so many students, or cases beside five times as many others

The last three are drawn by students, in 500 draws, and a draw is judged by itself. Else counts are
drawn and judged by `statistics.simultaneous`. Beside it in the same table: fairlearn's own bootstrap
interval on a few cells and fewer draws, since each takes half a second; any pair with p < .05 in a
pooled two-proportion test; and a max-T bootstrap for the width and its coverage. Where an interval is
much wider than the bootstrap's, `bootstrap_holds` says whether the bootstrap's is wide enough.

Rows are appended to tests/truth/draws/ (not committed), so that a run that was stopped goes on where it
was; when all are there they are written to tests/truth/audit_results.csv, and misses end it with 1.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binom, norm

from la_research.seeds import stream
from la_research.statistics.gaps import newcombe_pairs, tukey_z
from la_research.statistics.influence import average_precision, clustered_error, mean
from la_research.statistics.intervals import effective_n, z_value
from la_research.statistics.planning import size_for_disparity, size_for_equivalence
from la_research.statistics.score import permuted_max, permuted_z, score_pairs, score_z
from la_research.statistics.simultaneous import SPARSE, GapInference, gap_inference, wald_inference

HERE = Path(__file__).resolve().parent
STATISTICS = HERE.parents[1] / "la_research" / "statistics"
RESULTS = HERE / "audit_results.csv"
READ = ("gaps", "influence", "intervals", "score", "simultaneous", "planning")
DRAWS, FIRST, WIDTHS, REPLICATES, FAIRLEARN, BOOTS, SEED, ALPHA = 2000, 50, 200, 999, 40, 100, 70_000, 0.05
STUDENT_DRAWS = 500
"""FIRST draws are counted apart, for `make test` to draw again; WIDTHS of them have their width measured."""
PROBABILITY, WIDER = 0.001, 1.25
COLUMNS = (
    "cell", "margin", "gap", "draws", "found", "found_from", "found_to", "covered", "covered_from", "width_draws",
    "width", "width_max_t_bootstrap", "width_ratio", "covered_max_t_bootstrap", "two_proportions", "fairlearn_draws",
    "fairlearn", "first_found", "first_covered", "bootstrap_holds", "misses",
)  # fmt: skip
Row = dict[str, str]


@dataclass(frozen=True)
class Cell:
    """True shares of groups, and how many students each holds."""

    kind: str
    layout: str
    groups: int
    n: int
    rate: float

    @classmethod
    def of(cls, name: str) -> Cell:
        kind, layout, groups, n, rate = name.split(":")
        return cls(kind, layout, int(groups), int(n), float(rate))

    def __str__(self) -> str:
        return f"{self.kind}:{self.layout}:{self.groups}:{self.n}:{self.rate:g}"

    @property
    def margin(self) -> float:
        return {"equal": 0.0, "powered": 0.05, "planned-disparity": 0.05}.get(
            self.kind, 0.0 if self.by_student else 0.10
        )

    @property
    def by_student(self) -> bool:
        return self.kind in ("clustered", "mean_score", "average_precision")

    @property
    def gap(self) -> float:
        return {"apart": 0.10, "spread": 0.10, "boundary": 0.10, "powered": 0.15, "planned-disparity": 0.15}.get(
            self.kind, 0.0
        )

    @property
    def sizes(self) -> np.ndarray:
        """Equal sizes, or the first group ten times as large as all others."""
        sizes = np.full(self.groups, self.n)
        sizes[0] *= 10 if self.layout == "large" else 1
        return sizes

    @property
    def truth(self) -> np.ndarray:
        if self.kind == "spread":
            return np.linspace(self.rate + self.gap, self.rate, self.groups)
        return self.rate + self.gap * (np.arange(self.groups) == 0)

    @property
    def with_fairlearn(self) -> bool:
        return str(self) in FAIRLEARN_CELLS


FAIRLEARN_CELLS = (
    "equal:same:2:500:0.3", "equal:same:6:20:0.5", "equal:same:6:100:0.3", "equal:large:6:100:0.1",
    "apart:same:6:100:0.3", "spread:same:6:100:0.3",
)  # fmt: skip


def cells() -> list[Cell]:
    """All cells of the table."""
    grid = product(("equal", "apart", "spread"), ("same", "large"), (2, 3, 6, 12), (20, 100, 500, 2000),
                   (0.02, 0.1, 0.3, 0.5))  # fmt: skip
    found = [Cell(*one) for one in grid if one[:1] != ("spread",) or one[2] > 2]
    found.append(Cell("powered", "same", 4, 500, 0.3))
    for groups, rate in product((2, 4, 12), (0.1, 0.3, 0.5)):
        disparity = size_for_disparity(rate, 0.15, groups, margin=0.05)
        equivalence = size_for_equivalence(rate, groups, margin=0.10)
        found += [Cell("planned-disparity", "same", groups, int(disparity or 0), rate),
                  Cell("planned-equivalence", "same", groups, int(equivalence or 0), rate)]  # fmt: skip
    found += [Cell("boundary", layout, 2, n, rate) for layout, n, rate in
              product(("same", "large"), (80, 200, 500), (0.02, 0.1, 0.3))]  # fmt: skip
    found += [Cell("clustered", "same", *one) for one in ((2, 20, 0.5), (6, 20, 0.5), (12, 20, 0.5), (12, 40, 0.3))]
    found += [Cell("mean_score", "same", k, 12, 0.1) for k in (2, 6, 12)]
    return found + [Cell("average_precision", "same", k, 50, 0.17) for k in (2, 6, 12)]


def drawn(cell: Cell, draws: int) -> np.ndarray:
    """Successes by draw and group; the first draws are the same however many there are."""
    return stream(SEED, "truth", "audit", str(cell)).binomial(cell.sizes, cell.truth, size=(draws, cell.groups))


def critical(cell: Cell, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each draw, whether its cells are sparse, and the critical value at the audit's level."""
    total, rows = counts.sum(axis=1), int(cell.sizes.sum())
    sparse = cell.sizes.min() * np.minimum(total, rows - total) / rows < SPARSE
    tukey = tukey_z(cell.groups, 1 - ALPHA)
    by_total = {
        number: max(tukey, permuted_z(ALPHA, permuted_max(tuple(cell.sizes.tolist()), number, 0)))
        for number in set(total[sparse].tolist())
    }
    return sparse, np.array(
        [by_total.get(t, tukey) if s else tukey for t, s in zip(total.tolist(), sparse, strict=True)]
    )


def judged(cell: Cell, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each draw: whether the verdict of interest falls, and whether the interval holds the true largest gap."""
    rates, ns = counts / cell.sizes, cell.sizes.astype(float)
    sparse, z = critical(cell, counts)
    plain = newcombe_pairs(rates, ns, tukey_z(cell.groups, 1 - ALPHA))
    within = newcombe_pairs(rates, ns, z_value(1 - 2 * ALPHA)).upper.max((1, 2)) < cell.margin
    at_margin, at_gap = (score_z(rates, ns, difference).max((1, 2), where=pairs(cell), initial=-np.inf)
                         for difference in (cell.margin, cell.gap))  # fmt: skip
    beyond = np.where(sparse, at_margin > z, plain.lower.max((1, 2), where=pairs(cell), initial=-1) > cell.margin)
    within = np.where(sparse, at_margin < -z_value(1 - 2 * ALPHA), within)
    below, above = (
        np.where(sparse, at_gap <= z, plain.lower.max((1, 2)) <= cell.gap),
        np.where(sparse, at_gap >= -z, plain.upper.max((1, 2)) >= cell.gap),
    )
    return within if cell.kind in ("planned-equivalence", "boundary") else beyond, below & above


def judged_by_student(cell: Cell, draws: int) -> tuple[np.ndarray, np.ndarray]:
    """For each draw of students: whether equal groups are called unequal, and whether the interval holds 0."""
    rng = stream(SEED, "truth", "audit", str(cell))
    found = [_inference(cell, rng) for _ in range(draws)]
    return np.array([one.pvalue(0.0) <= ALPHA for one in found]), np.array([one.gap(ALPHA).lower <= 0 for one in found])


def _inference(cell: Cell, rng: np.random.Generator) -> GapInference:
    values, behind = zip(*(_one_group(cell, rng) for _ in range(cell.groups)), strict=True)
    if cell.kind == "clustered":
        return gap_inference(np.array(values), np.array(behind), independent=False, df=cell.n - 1)
    return wald_inference(np.array(values), np.array(behind), df=cell.n - 1)


def _one_group(cell: Cell, rng: np.random.Generator) -> tuple[float, float]:
    """The metric of one group, and its standard error; of a share the effective rows."""
    if cell.kind == "clustered":
        chances = np.repeat(rng.beta(9 * cell.rate, 9 * (1 - cell.rate), cell.n), 10)
        chosen = (rng.random(len(chances)) < chances).astype(float)
        return float(chosen.mean()), effective_n(chosen, np.repeat(np.arange(cell.n), 10))
    if cell.kind == "mean_score":
        value, influence = mean(rng.beta(10 * cell.rate, 10 * (1 - cell.rate), cell.n))
    else:
        label = np.repeat([1.0, 0.0], [cell.n, 5 * cell.n])
        value, influence = average_precision(label, rng.normal(size=len(label)) + 1.5 * label)
    return value, clustered_error(influence)


def pairs(cell: Cell) -> np.ndarray:
    """Every two different groups."""
    return ~np.eye(cell.groups, dtype=bool)


def width(cell: Cell, counts: np.ndarray) -> np.ndarray:
    """Width of the interval of the largest gap in each draw."""
    rates, ns = counts / cell.sizes, cell.sizes.astype(float)
    sparse, z = critical(cell, counts)
    plain, score = newcombe_pairs(rates, ns, tukey_z(cell.groups, 1 - ALPHA)), score_pairs(rates, ns, z[:, None, None])
    lower, upper = (np.where(sparse, getattr(score, end).max((1, 2)), getattr(plain, end).max((1, 2)))
                    for end in ("lower", "upper"))  # fmt: skip
    return np.minimum(upper, 1) - np.maximum(lower, 0)


def bootstrapped(cell: Cell, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper end of the largest gap by a max-T bootstrap of counts: the same error in every replicate."""
    rng, (i, j) = stream(SEED, "truth", "bootstrap", str(cell)), np.triu_indices(cell.groups, 1)
    ends = []
    for rates in counts / cell.sizes:
        error = np.sqrt(sum(rates[k] * (1 - rates[k]) / cell.sizes[k] for k in (i, j)))
        again = rng.binomial(cell.sizes, rates, size=(REPLICATES, cell.groups)) / cell.sizes
        off = np.abs(again[:, i] - again[:, j] - (rates[i] - rates[j]))
        furthest = (off / np.where(error > 0, error, np.inf)).max(axis=1)
        reach = np.quantile(furthest, 1 - ALPHA) * error
        gap = np.abs(rates[i] - rates[j])
        ends.append((max(0.0, (gap - reach).max()), min(1.0, (gap + reach).max())))
    lower, upper = np.array(ends).T
    return lower, upper


def two_proportions(cell: Cell, counts: np.ndarray) -> np.ndarray:
    """Whether any two groups have p < .05 in a pooled two-proportion test, as if it were the only one."""
    i, j = np.triu_indices(cell.groups, 1)
    n, m = cell.sizes[i], cell.sizes[j]
    pooled = (counts[:, i] + counts[:, j]) / (n + m)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    z = np.abs(counts[:, i] / n - counts[:, j] / m) / np.where(error > 0, error, np.inf)
    return (z > norm.ppf(1 - ALPHA / 2)).any(axis=1)


def by_fairlearn(cell: Cell, counts: np.ndarray) -> np.ndarray:
    """Whether the lower end of fairlearn's own 95 % interval for the largest difference lies beyond the margin."""
    from fairlearn.metrics import MetricFrame, selection_rate

    group = np.repeat(np.arange(cell.groups), cell.sizes)
    found = []
    for seed, row in enumerate(counts):
        chosen = np.concatenate([np.arange(n) < x for n, x in zip(cell.sizes, row, strict=True)]).astype(int)
        frame = MetricFrame(
            metrics=selection_rate, y_true=chosen, y_pred=chosen, sensitive_features=group, n_boot=BOOTS,
            ci_quantiles=[ALPHA / 2, 1 - ALPHA / 2], random_state=seed,
        )  # fmt: skip
        found.append(frame.difference_ci()[0] > cell.margin)
    return np.array(found)


def bounds(cell: Cell, draws: int) -> tuple[int | None, int]:
    """From how many to how many draws may have the verdict: false ones by a 99.9 % binomial rule."""
    if cell.kind.startswith("planned"):
        return int(np.ceil(0.75 * draws)), int(0.85 * draws)
    if cell.kind == "powered":
        return int(np.ceil(0.88 * draws)), draws
    return None, int(binom.ppf(1 - PROBABILITY, draws, ALPHA))


def measured(cell: Cell, draws: int) -> Row:
    """A row of the table."""
    if cell.by_student:
        return measured_by_student(cell, min(draws, STUDENT_DRAWS))
    counts = drawn(cell, draws)
    found, covered = judged(cell, counts)
    low, high = bounds(cell, draws)
    least = int(binom.ppf(PROBABILITY, draws, 1 - ALPHA))
    some = counts[:WIDTHS]
    ours, (lower, upper) = width(cell, some).mean(), bootstrapped(cell, some)
    theirs = (upper - lower).mean()
    ratio = ours / theirs if theirs > 0 else np.inf
    misses = [name for name, missed in (("found", not (low or 0) <= found.sum() <= high),
              ("covered", covered.sum() < least), ("width", ratio > WIDER)) if missed]  # fmt: skip
    held = ((lower <= cell.gap) & (cell.gap <= upper)).sum()
    told: dict[str, Any] = {
        "cell": cell, "margin": cell.margin, "gap": cell.gap, "draws": draws, "found": found.sum(),
        "found_from": "" if low is None else low, "found_to": high, "covered": covered.sum(), "covered_from": least,
        "width_draws": len(some), "width": f"{ours:.4f}", "width_max_t_bootstrap": f"{theirs:.4f}",
        "width_ratio": f"{ratio:.3f}", "covered_max_t_bootstrap": held, "bootstrap_holds": holds(held, len(some)),
        "two_proportions": two_proportions(cell, counts).sum() if cell.kind == "equal" else "",
        "fairlearn_draws": FAIRLEARN if cell.with_fairlearn else "",
        "fairlearn": by_fairlearn(cell, counts[:FAIRLEARN]).sum() if cell.with_fairlearn else "",
        "first_found": found[:FIRST].sum(), "first_covered": covered[:FIRST].sum(), "misses": " ".join(misses),
    }  # fmt: skip
    return {name: str(told[name]) for name in COLUMNS}


def holds(held: int, draws: int) -> str:
    """Whether the bootstrap, which an interval is wider than, holds the true gap as often as 95 % allow: yes or no."""
    return "yes" if held >= int(binom.ppf(PROBABILITY, draws, 1 - ALPHA)) else "no"


def measured_by_student(cell: Cell, draws: int) -> Row:
    """A row without the columns about width and other rules."""
    found, covered = judged_by_student(cell, draws)
    high, least = bounds(cell, draws)[1], int(binom.ppf(PROBABILITY, draws, 1 - ALPHA))
    misses = [name for name, missed in (("found", found.sum() > high), ("covered", covered.sum() < least)) if missed]
    told: dict[str, Any] = dict.fromkeys(COLUMNS, "") | {
        "cell": cell, "margin": 0.0, "gap": 0.0, "draws": draws, "found": found.sum(), "found_to": high,
        "covered": covered.sum(), "covered_from": least, "first_found": found[:FIRST].sum(),
        "first_covered": covered[:FIRST].sum(), "misses": " ".join(misses),
    }  # fmt: skip
    return {name: str(told[name]) for name in COLUMNS}


def fingerprint() -> str:
    """Digest of what a row is made by."""
    digest = hashlib.sha256()
    for file in (Path(__file__), *(STATISTICS / f"{name}.py" for name in READ)):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def read_rows(path: Path = RESULTS) -> list[Row]:
    """Rows on disk, without one that a kill cut off; none where there is no file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["misses"] is not None]


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """A CSV file, whole or not at all."""
    path.parent.mkdir(exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    partial.rename(path)


def all_rows(asked: Sequence[Cell], draws: int, jobs: int) -> list[Row]:
    """A row for each cell: those on disk, and the rest measured now."""
    path = HERE / "draws" / f"audit-{fingerprint()}.csv"
    rows = {(row["cell"], row["draws"]): row for row in read_rows(path)}
    often = {str(cell): str(min(draws, STUDENT_DRAWS) if cell.by_student else draws) for cell in asked}
    missing = [cell for cell in asked if (str(cell), often[str(cell)]) not in rows]
    write_rows(path, list(rows.values()))
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        for number, row in enumerate(_made(missing, draws, jobs), start=1):
            writer.writerow(row)
            file.flush()
            rows[row["cell"], row["draws"]] = row
            print(f"cell {number} of {len(missing)}: {row['cell']} {row['misses']}", file=sys.stderr)
    return [rows[name, draws_of] for name, draws_of in often.items()]


def _made(missing: Sequence[Cell], draws: int, jobs: int) -> Iterator[Row]:
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(measured, missing, [draws] * len(missing))


def share(row: Row, name: str, of: str = "draws") -> float:
    """A count as a share of its draws."""
    return int(row[name]) / int(row[of])


def show(rows: Sequence[Row]) -> None:
    """The worst of each kind, on stdout."""
    for kind in dict.fromkeys(row["cell"].split(":")[0] for row in rows):
        same = [row for row in rows if row["cell"].startswith(f"{kind}:")]
        found = sorted(same, key=lambda row: share(row, "found"))
        sized = [row for row in same if row["width_ratio"]]
        least, widest = (
            min(same, key=lambda row: share(row, "covered")),
            max(sized, key=lambda r: float(r["width_ratio"]), default=None),
        )
        print(f"{kind}: {len(same)} cells, {sum(bool(row['misses']) for row in same)} with a miss")
        few, many = found[0], found[-1]
        print(f"  verdict  {share(few, 'found'):.2%} ({few['cell']}) to {share(many, 'found'):.2%} ({many['cell']})")
        print(f"  coverage from {share(least, 'covered'):.2%} ({least['cell']})")
        wide = [row["bootstrap_holds"] for row in same if "width" in row["misses"].split()]
        if widest is not None:
            print(f"  width    up to {float(widest['width_ratio']):.3f} of a max-T bootstrap's ({widest['cell']})")
            print(f"  wider than it in {len(wide)} cells; in {wide.count('no')} of these it misses the gap too often")
        others = [row for row in same if row["two_proportions"]]
        if others:
            rates = [share(row, "two_proportions") for row in others]
            print(f"  two-proportion rule {min(rates):.1%} to {max(rates):.1%}")
        for row in same:
            if row["fairlearn"]:
                said = f"fairlearn {row['fairlearn']} of {row['fairlearn_draws']}"
                print(f"  {said}, this rule {row['found']} of {row['draws']} ({row['cell']})")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cell", action="append", type=Cell.of, help="only this one; shown, not written")
    options = parser.parse_args(arguments)
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", PYTHONHASHSEED="0")
    rows = all_rows(options.cell or cells(), options.draws, options.jobs)
    show(rows)
    if options.cell is None and options.draws >= DRAWS:
        write_rows(RESULTS, rows)
    return int(any(row["misses"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
