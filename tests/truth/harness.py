"""Is what was planted found at its rate, and what was not planted left unfound? Run by `make truth`.

Draws synthetic cohorts again and again, validates and evaluates each as the shipped study does,
and counts: how often a null hypothesis reads "supported", how often a 95 % interval covers
what was planted. Both counts have to lie inside the 99.9 % binomial band.

    python tests/truth/harness.py --draws 300 --jobs 2 [--scenario default]

Draws are appended to tests/truth/draws/ (not committed), so that a run that was stopped goes on
where it was. A whole run writes tests/truth/results.csv and the first 20 draws of each scenario to
tests/truth/stored/, which `make test` replays.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SCENARIOS = ("default", "null", "null_common_calendar", "over_working")
DRAWS, STORED, STUDENTS, FIRST_SEED = 300, 20, 2000, 10_000
BAND = 0.999
COLUMNS = ("seed", "hypothesis", "estimand", "value", "lower", "upper", "alpha", "verdict")
RESULTS = (
    "scenario", "hypothesis", "estimand", "planted", "alpha", "draws", "supported", "supported_at_most", "covered",
    "covered_from", "covered_to", "mean_estimate", "bias_in_se", "verdict", "scenario_digest", "stored_digest",
)  # fmt: skip
READ = ("seeds.py", "finding.py", "schema.py", "protocol", "cohort", "indicators", "statistics", "synthetic",
        "validation", "evaluation")  # fmt: skip
"""What a draw is made by; the draws of other sources are not gone on with."""
Row = dict[str, str]


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


def draw(name: str, seed: int) -> list[Row]:
    """One cohort, validated and evaluated: a row for each registered hypothesis, with its plain 95 % interval."""
    import pandas as pd

    from la_research.evaluation import evaluate_intervention
    from la_research.indicators import compute_indicators
    from la_research.models import Predictions
    from la_research.synthetic import generate_cohort
    from la_research.validation import validate_indicators

    protocol = study()
    used = {claim.indicator: protocol.indicators[claim.indicator] for claim in protocol.hypotheses if claim.indicator}
    cohort, _ = generate_cohort(campus(name), n=STUDENTS, seed=seed)
    indicators = compute_indicators(protocol.model_copy(update={"indicators": used}), cohort)
    no_model = Predictions(pd.DataFrame(), {}, reason="the harness fits no model")
    findings = validate_indicators(protocol, cohort, indicators, no_model) + evaluate_intervention(protocol, cohort)
    return [_row(seed, claim, findings[claim.id]) for claim in protocol.hypotheses]


def _row(seed: int, claim: Any, finding: Any) -> Row:
    plain = next((row.estimate for row in finding.rows if row.keys == {"what": "plain 95 % interval"}), None)
    numbers = {name: f"{getattr(plain, name):.9g}" if plain else "" for name in ("value", "lower", "upper")}
    return {
        "seed": str(seed), "hypothesis": claim.id, "estimand": estimand(claim), **numbers, "alpha": f"{claim.alpha:g}",
        "verdict": finding.verdict,
    }  # fmt: skip


def estimand(claim: Any) -> str:
    """The key under which the truth holds what a hypothesis asks for."""
    outcome = study().outcome(claim.outcome)
    if claim.kind == "effect":
        return f"effect.{study().support.trial}.{outcome.instrument}.week_{outcome.week}"
    return f"{claim.kind}.{claim.indicator}.{outcome.instrument}"


def fingerprint(name: str) -> str:
    """Digest of all that a draw depends on."""
    files = [f for part in READ for f in _python(ROOT / "la_research" / part)]
    digest = hashlib.sha256(f"{campus(name).digest} {study().digest} {STUDENTS}".encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _python(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


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


def all_draws(name: str, draws: int, jobs: int) -> list[Row]:
    """The draws of a scenario in order of their seed: those on disk, and the rest made now."""
    path = HERE / "draws" / f"{name}-{fingerprint(name)}.csv"
    each = len(study().hypotheses)
    rows = _whole(read_rows(path), each)
    write_rows(path, COLUMNS, rows)
    wanted = range(FIRST_SEED, FIRST_SEED + draws)
    missing = sorted(set(wanted) - {int(row["seed"]) for row in rows})
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        for made in _made(name, missing, jobs):
            writer.writerows(made)
            file.flush()
            rows += made
    kept = [row for row in rows if int(row["seed"]) in wanted]
    return sorted(kept, key=lambda row: (int(row["seed"]), row["hypothesis"]))


def _whole(rows: list[Row], each: int) -> list[Row]:
    """Without draws that a kill cut off in the middle."""
    complete = [row for row in rows if row["verdict"]]
    seeds = [row["seed"] for row in complete]
    return [row for row in complete if seeds.count(row["seed"]) == each]


def _made(name: str, seeds: list[int], jobs: int) -> Iterator[list[Row]]:
    start = time.monotonic()
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(draw, name, seed) for seed in seeds]
        for count, done in enumerate(as_completed(waiting), 1):
            if count % 20 == 0 or count == len(seeds):
                print(f"{name}: {count} of {len(seeds)} draws, {time.monotonic() - start:.0f} s", file=sys.stderr)
            yield done.result()


def summary(name: str, rows: Sequence[Row], planted: Any, stored_digest: str) -> list[Row]:
    """What the draws of a scenario say about each hypothesis, and whether it lies inside the bands."""
    found = []
    for claim in study().hypotheses:
        mine = [row for row in rows if row["hypothesis"] == claim.id]
        truth = planted[estimand(claim)]
        estimates = [(float(r["value"]), float(r["lower"]), float(r["upper"])) for r in mine if r["value"]]
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


def store(name: str, rows: Sequence[Row]) -> str:
    """Write the first draws of a scenario, which `make test` replays; the digest of the file."""
    path = HERE / "stored" / f"{name}.csv"
    write_rows(path, COLUMNS, [row for row in rows if int(row["seed"]) < FIRST_SEED + STORED])
    return file_digest(path)


def file_digest(path: Path) -> str:
    """First digits of a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--scenario", choices=SCENARIOS, action="append")
    options = parser.parse_args(arguments)
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", PYTHONHASHSEED="0", TZ="UTC")
    names = options.scenario or SCENARIOS
    whole = options.draws >= DRAWS
    results: list[Row] = [row for row in read_rows(HERE / "results.csv") if row["scenario"] not in names]
    fresh: list[Row] = []
    for name in names:
        rows = all_draws(name, options.draws, options.jobs)
        fresh += summary(name, rows, planted(name), store(name, rows) if whole else "")
    if whole:
        ordered = sorted([*results, *fresh], key=lambda row: (SCENARIOS.index(row["scenario"]), row["hypothesis"]))
        write_rows(HERE / "results.csv", RESULTS, ordered)
    show(fresh)
    return int(any(row["verdict"] == "miss" for row in fresh))


def planted(name: str) -> Any:
    """The planted sizes of a scenario; some seconds, worked out on a reference population."""
    from la_research.synthetic import generate_cohort

    return generate_cohort(campus(name), n=1, seed=1)[1].estimands


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


if __name__ == "__main__":
    sys.exit(main())
