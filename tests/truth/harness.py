"""Is what was planted found at its rate, and what was not planted left unfound?

Draws synthetic cohorts again and again, analyses each as the shipped study does, and counts. A
cell is a scenario with a number of students: `null` (2,000 of them) or `null@180`. Three tiers:

    make test                   replays the first 20 draws of every cell, in tests/truth/stored/
    make truth                  300 draws of every scenario: how often a null hypothesis reads "supported"
                                and a 95 % interval covers what was planted; both counts have to lie
                                inside the 99.9 % binomial band (tests/truth/results.csv)
    make passport CELL=null@180 2,000 draws or more of a cell: coverage, bias and verdicts of each method,
                                with Monte Carlo error (la_research/data/passport.csv, which ships)

    python tests/truth/harness.py --draws 300 --jobs 2 [--scenario default]
    python tests/truth/harness.py --passport [default null@180] --draws 2000 --jobs 2

Draws are appended to tests/truth/draws/ (not committed), so that a run that was stopped goes on
where it was, and so that one tier goes on with the draws of another.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import math
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, astuple, dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SCENARIOS = ("default", "null", "null_common_calendar", "over_working")
"""The cells of `make truth`, each with 2,000 students; a scenario added here is measured and replayed."""
PASSPORT = (
    "default", "null", "over_working", "null_common_calendar", "default@400", "null@400", "default@180", "null@180",
)  # fmt: skip
"""The cells of `make passport`; more can be named by hand with CELL=."""
DRAWS, STORED, STUDENTS, FIRST_SEED = 300, 20, 2000, 10_000
LEAST, LOOKED_AT = 2000, 5
"""Draws without which no row enters the passport; draws that a cell's features are the medians of."""
BAND = 0.999
COLUMNS = ("seed", "hypothesis", "estimand", "value", "lower", "upper", "alpha", "verdict")
RESULTS = (
    "scenario", "hypothesis", "estimand", "planted", "alpha", "draws", "supported", "supported_at_most", "covered",
    "covered_from", "covered_to", "mean_estimate", "bias_in_se", "verdict", "scenario_digest", "stored_digest",
)  # fmt: skip
READ = ("seeds.py", "finding.py", "schema.py", "disclosure", "protocol", "cohort", "indicators", "statistics",
        "synthetic", "validation", "evaluation", "pipeline/draws.py", "pipeline/score")  # fmt: skip
"""What a draw is made by; the draws of other sources are not gone on with."""
VERDICTS = ("supported", "contradicted", "negligible", "inconclusive", "not analysed", "suppressed")
Row = dict[str, str]


@dataclass(frozen=True, order=True)
class Cell:
    """A scenario with a number of students; `default` is `default@2000`."""

    scenario: str
    n: int = STUDENTS

    @classmethod
    def of(cls, name: str) -> Cell:
        scenario, _, n = name.partition("@")
        return cls(scenario, int(n or STUDENTS))

    def __str__(self) -> str:
        return self.scenario if self.n == STUDENTS else f"{self.scenario}@{self.n}"

    @property
    def stored(self) -> Path:
        """The draws that `make test` replays."""
        return HERE / "stored" / f"{self}.csv"


@cache
def study() -> Any:
    """The shipped protocol."""
    from la_research.store.study import load_protocol

    return load_protocol(ROOT / "protocols" / "early-engagement")


@cache
def campus(name: str) -> Any:
    """A shipped scenario."""
    from la_research.store.scenarios import load_scenario

    return load_scenario(ROOT / "synthetic" / f"{name}.yaml")


def draw(cell: Cell, seed: int) -> list[Row]:
    """One cohort, validated and evaluated: a row for each registered hypothesis, with its plain 95 % interval."""
    from la_research.pipeline.draws import one_draw

    return [_row(drawn) for drawn in one_draw(study(), campus(cell.scenario), n=cell.n, seed=seed)]


def _row(drawn: Any) -> Row:
    numbers = {name: getattr(drawn, name) for name in ("value", "lower", "upper")}
    told = {name: "" if number is None else f"{number:.9g}" for name, number in numbers.items()}
    whole = {name: str(getattr(drawn, name)) for name in ("seed", "hypothesis", "estimand", "verdict")}
    return {name: {**whole, **told, "alpha": f"{drawn.alpha:g}"}[name] for name in COLUMNS}


def alike(ones: Sequence[Row], others: Sequence[Row]) -> bool:
    """Whether rows are the same draws: equal words, and numbers equal to a millionth."""
    if len(ones) != len(others):
        return False
    words = [name for name in COLUMNS if name not in ("value", "lower", "upper")]
    return all(
        [one[name] for name in words] == [other[name] for name in words]
        and all(_near(one[name], other[name]) for name in ("value", "lower", "upper"))
        for one, other in zip(ones, others, strict=True)
    )


def _near(one: str, other: str) -> bool:
    return one == other or (bool(one and other) and math.isclose(float(one), float(other), rel_tol=1e-6, abs_tol=1e-6))


def estimand(claim: Any) -> str:
    """The key under which the truth holds what a hypothesis asks for."""
    from la_research.pipeline.score import estimand_key

    return estimand_key(study(), claim)


def fingerprint(cell: Cell) -> str:
    """Digest of all that a draw depends on in this package."""
    files = [f for part in READ for f in _python(ROOT / "la_research" / part)]
    digest = hashlib.sha256(f"{campus(cell.scenario).digest} {study().digest} {cell.n}".encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _python(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def file_digest(path: Path) -> str:
    """First digits of a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def read_rows(path: Path) -> list[Row]:
    """Rows of a CSV file; none where there is no file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """A CSV file, whole or not at all."""
    path.parent.mkdir(exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    partial.rename(path)


def all_draws(cell: Cell, draws: int, jobs: int) -> list[Row]:
    """The draws of a cell in order of their seed: those on disk, and the rest made now."""
    path = HERE / "draws" / f"{cell}-{fingerprint(cell)}.csv"
    each = len(study().hypotheses)
    rows = _whole(read_rows(path), each)
    write_rows(path, COLUMNS, rows)
    wanted = range(FIRST_SEED, FIRST_SEED + draws)
    missing = sorted(set(wanted) - {int(row["seed"]) for row in rows})
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        for made in _made(cell, missing, jobs):
            writer.writerows(made)
            file.flush()
            rows += made
    kept = [row for row in rows if int(row["seed"]) in wanted]
    return sorted(kept, key=lambda row: (int(row["seed"]), row["hypothesis"]))


def _whole(rows: list[Row], each: int) -> list[Row]:
    """Without draws that a kill cut off in the middle."""
    complete = [row for row in rows if row["verdict"]]
    held: dict[str, int] = {}
    for row in complete:
        held[row["seed"]] = held.get(row["seed"], 0) + 1
    return [row for row in complete if held[row["seed"]] == each]


def _made(cell: Cell, seeds: list[int], jobs: int) -> Iterator[list[Row]]:
    if jobs == 1:
        yield from (draw(cell, seed) for seed in seeds)
        return
    start = time.monotonic()
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(draw, cell, seed) for seed in seeds]
        for count, done in enumerate(as_completed(waiting), 1):
            if count % 20 == 0 or count == len(seeds):
                took = time.monotonic() - start
                left = took / count * (len(seeds) - count)
                print(f"{cell}: {count} of {len(seeds)} draws, {took:.0f} s, {left:.0f} s left", file=sys.stderr)
            yield done.result()


def store(cell: Cell, rows: Sequence[Row]) -> str:
    """Keep the first draws of a cell, which `make test` replays; the digest of the file.

    A file that holds the same draws to a millionth stays as it is, so that one tier does not
    unsettle what another wrote.
    """
    first = [row for row in rows if int(row["seed"]) < FIRST_SEED + STORED]
    if not alike(first, read_rows(cell.stored)):
        write_rows(cell.stored, COLUMNS, first)
    return file_digest(cell.stored)


def planted(scenario: str) -> Any:
    """The planted sizes of a scenario; some seconds, worked out on a reference population."""
    from la_research.synthetic import generate_cohort

    return generate_cohort(campus(scenario), n=1, seed=1)[1].estimands


# --- make truth -------------------------------------------------------------------------------------------------------


def summary(name: str, rows: Sequence[Row], planted: Any, stored_digest: str) -> list[Row]:
    """What the draws of a scenario say about each hypothesis, and whether it lies inside the bands."""
    found = []
    for claim in study().hypotheses:
        mine = [row for row in rows if row["hypothesis"] == claim.id]
        truth = planted[estimand(claim)]
        estimates = _estimates(mine)
        off = [(value - truth) / ((upper - lower) / (2 * 1.96)) for value, lower, upper in estimates]
        counts = {
            "draws": len(mine),
            "supported": sum(row["verdict"] == "supported" for row in mine),
            "covered": sum(lower <= truth <= upper for _, lower, upper in estimates),
        }
        row = {
            "scenario": name, "hypothesis": claim.id, "estimand": estimand(claim), "planted": f"{truth:.6g}",
            "alpha": f"{claim.alpha:g}", **{key: str(value) for key, value in counts.items()},
            "mean_estimate": f"{sum(value for value, _, _ in estimates) / max(len(estimates), 1):.4g}",
            "bias_in_se": f"{sum(off) / max(len(off), 1):.3f}", "scenario_digest": campus(name).digest,
            "stored_digest": stored_digest,
        }  # fmt: skip
        found.append({**row, **bands(row)})
    return found


def _estimates(rows: Iterable[Row]) -> list[tuple[float, float, float]]:
    return [(float(row["value"]), float(row["lower"]), float(row["upper"])) for row in rows if row["value"]]


def bands(row: Row) -> Row:
    """The counts that chance allows at the nominal rates, and "pass" or "miss"."""
    from scipy.stats import binom

    draws = int(row["draws"])
    low, high = (int(binom.ppf(tail, draws, 0.95)) for tail in ((1 - BAND) / 2, (1 + BAND) / 2))
    most = int(binom.ppf(BAND, draws, float(row["alpha"]))) if float(row["planted"]) == 0 else draws
    good = low <= int(row["covered"]) <= high and int(row["supported"]) <= most
    return {
        "supported_at_most": str(most), "covered_from": str(low), "covered_to": str(high),
        "verdict": "pass" if good else "miss",
    }  # fmt: skip


def truth_tier(names: Sequence[str], draws: int, jobs: int) -> int:
    """Measure the scenarios, write results.csv where there are enough draws, show them; 1 where one misses."""
    whole = draws >= DRAWS
    results: list[Row] = [row for row in read_rows(HERE / "results.csv") if row["scenario"] not in names]
    fresh: list[Row] = []
    for name in names:
        rows = all_draws(Cell(name), draws, jobs)
        fresh += summary(name, rows, planted(name), store(Cell(name), rows) if whole else "")
    if whole:
        ordered = sorted([*results, *fresh], key=lambda row: (SCENARIOS.index(row["scenario"]), row["hypothesis"]))
        write_rows(HERE / "results.csv", RESULTS, ordered)
    show(fresh)
    return int(any(row["verdict"] == "miss" for row in fresh))


def show(rows: Sequence[Row]) -> None:
    """The summary as a table on stdout."""
    print(f"{'scenario':<22}{'':<4}{'planted':>9}{'mean':>9}{'bias/se':>9}{'supported':>15}{'covered':>21}")
    for row in rows:
        null = f" (<= {row['supported_at_most']})" if float(row["planted"]) == 0 else ""
        covered = f"{row['covered']} ({row['covered_from']}-{row['covered_to']}) of {row['draws']}"
        print(
            f"{row['scenario']:<22}{row['hypothesis']:<4}{float(row['planted']):>9.4f}{row['mean_estimate']:>9}"
            f"{row['bias_in_se']:>9}{row['supported'] + null:>15}{covered:>21}  {row['verdict']}"
        )


# --- make passport ----------------------------------------------------------------------------------------------------


def measure(cell: Cell, rows: Sequence[Row], planted: Any, stored_digest: str) -> list[Any]:
    """The rows of the passport that the draws of a cell make: one a hypothesis and its method."""
    from la_research.report.measured import Measured

    return [
        Measured(
            used.method, used.kind, cell.scenario, cell.n, *astuple(used.features),
            **rates([row for row in rows if row["hypothesis"] == used.hypothesis], planted),
            source_digest=fingerprint(cell), lock_digest=file_digest(ROOT / "constraints.txt"),
            stored_digest=stored_digest,
        )
        for used in looked_at(cell)
    ]  # fmt: skip


def rates(rows: Sequence[Row], planted: Any) -> dict[str, float | None]:
    """Coverage, bias, false findings and verdicts over draws, with Monte Carlo error.

    The bias is in standard errors: half the 95 % interval is taken for 1.96 of them.
    """
    from la_research.statistics.intervals import wilson

    (truth,) = {planted[row["estimand"]] for row in rows}
    estimates = _estimates(rows)
    off = [(value - truth) / ((upper - lower) / (2 * 1.96)) for value, lower, upper in estimates]
    covered = sum(lower <= truth <= upper for _, lower, upper in estimates)
    low, high = wilson(covered, len(estimates))
    share = {verdict: sum(row["verdict"] == verdict for row in rows) / len(rows) for verdict in VERDICTS}
    return {
        "draws": len(rows), "estimated": len(estimates), "planted": _short(truth),
        "coverage": _short(covered / len(estimates)), "coverage_lower": _short(low), "coverage_upper": _short(high),
        "bias": _short(fmean(off)), "bias_error": _short(stdev(off) / math.sqrt(len(off))),
        "type_1": _short(share["supported"] + share["contradicted"]) if truth == 0 else None,
        **{verdict.replace(" ", "_"): _short(value) for verdict, value in share.items()},
    }  # fmt: skip


def _short(value: float) -> float:
    return float(f"{value:.6g}")


def looked_at(cell: Cell) -> list[Any]:
    """The methods that a cell's draws use, and medians of what can be seen of the first draws."""
    from la_research.cohort import describe_cohort
    from la_research.evidence import collect_evidence
    from la_research.pipeline.draws import hypotheses_findings
    from la_research.report.measured import Features, Used, methods_used
    from la_research.synthetic import generate_cohort

    seen: dict[tuple[str, str], list[Any]] = {}
    for seed in range(FIRST_SEED, FIRST_SEED + LOOKED_AT):
        cohort, _ = generate_cohort(campus(cell.scenario), n=cell.n, seed=seed)
        found = hypotheses_findings(study(), cohort)
        evidence = collect_evidence(study(), describe_cohort(study(), cohort), found, provenance={})
        for used in methods_used(evidence):
            features = {**asdict(used.features), "reliability": cronbach_alpha(cohort, _instrument(used.hypothesis))}
            seen.setdefault((used.method, used.hypothesis), []).append((used, features))
    together = []
    for all_seen in seen.values():
        used, first = all_seen[0]
        middle = {name: _middle([features[name] for _, features in all_seen]) for name in first if name != "design"}
        together.append(Used(used.method, used.kind, used.hypothesis, Features(first["design"], **middle)))
    return together


def _instrument(hypothesis: str) -> str:
    claim = next(claim for claim in study().hypotheses if claim.id == hypothesis)
    return study().outcome(claim.outcome).instrument


def _middle(values: list[Any]) -> Any:
    known = [value for value in values if value is not None]
    if not known:
        return None
    return round(median(known)) if isinstance(known[0], int) else round(median(known), 3)


def cronbach_alpha(cohort: Any, instrument: str) -> float:
    """Reliability of a questionnaire, over all that were answered in full (Cronbach 1951, doi:10.1007/BF02310555)."""
    rows = cohort.frame("responses")
    rows = rows[rows["instrument"] == instrument]
    items = rows.pivot(index=["student_id", "presentation", "week"], columns="item", values="value").dropna()
    covariance = items.astype(float).cov().to_numpy()
    k = len(covariance)
    return float(k / (k - 1) * (1 - covariance.trace() / covariance.sum()))


def passport_tier(cells: Sequence[Cell], draws: int, jobs: int) -> int:
    """Measure the cells and put their rows into the passport; with too few draws show them only."""
    from la_research.store.passport import PASSPORT as FILE

    for cell in cells:
        rows = all_draws(cell, draws, jobs)
        whole = draws >= LEAST
        fresh = measure(cell, rows, planted(cell.scenario), store(cell, rows) if whole else "")
        for one in fresh:
            print(
                f"{cell!s:<22}{one.method:<22}{one.kind:<9}covered {one.coverage:.4f} ({one.coverage_lower:.4f} to "
                f"{one.coverage_upper:.4f})  bias {one.bias:+.3f} +- {1.96 * one.bias_error:.3f} SE  {one.draws} draws"
            )
        if whole:
            enter(FILE, fresh)
        else:
            print(f"{cell}: not written, a row of the passport rests on {LEAST:,} draws or more", file=sys.stderr)
    return 0


def enter(path: Path, fresh: Sequence[Any]) -> None:
    """Put the rows of one cell in the place of those it had.

    Raises
    ------
    ValueError
        A row rests on fewer than 2,000 draws.
    """
    from la_research.store.passport import COLUMNS as NAMES
    from la_research.store.passport import load_passport

    if any(row.draws < LEAST for row in fresh):
        raise ValueError(f"a row of the passport rests on {LEAST:,} draws or more")
    cells = {(row.scenario, row.students) for row in fresh}
    kept = [row for row in load_passport(path) if (row.scenario, row.students) not in cells]
    rows = sorted([*kept, *fresh], key=lambda row: (row.method, row.kind, row.scenario, -row.students))
    told = [{name: "" if value is None else str(value) for name, value in asdict(row).items()} for row in rows]
    write_rows(path, NAMES, told)


def stored_cells() -> tuple[Cell, ...]:
    """The cells whose first draws `make test` replays: those of `make truth`, and those of the passport."""
    from la_research.store.passport import load_passport

    return tuple(sorted({*map(Cell, SCENARIOS), *(Cell(row.scenario, row.students) for row in load_passport())}))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--scenario", choices=SCENARIOS, action="append")
    parser.add_argument("--passport", metavar="CELL", nargs="*", help="scenario or scenario@n; all of them without one")
    options = parser.parse_args(arguments)
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", PYTHONHASHSEED="0", TZ="UTC")
    if options.passport is not None:
        cells = [Cell.of(name) for name in options.passport or PASSPORT]
        return passport_tier(cells, options.draws or LEAST, options.jobs)
    return truth_tier(options.scenario or SCENARIOS, options.draws or DRAWS, options.jobs)


if __name__ == "__main__":
    sys.exit(main())
