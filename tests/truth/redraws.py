"""Do the gates of a twin let the mechanism's own redraw through, and stop a Gaussian copula?

A redraw is another seed of the scenario that made the original, treated as if it were its twin: it
has lost nothing and holds no student of the original. Cohorts come in blocks; each is the original
of one trial, with the next 20 of its block as twins, so trials of a block share twins. Two originals
of each block are also given to SDV.

    python tests/truth/redraws.py --blocks 2 --jobs 2

Writes tests/truth/redraws.csv: one row for each check of each trial. `make test` reads it, and
replays a small trial. With `--attacks` only the attacks of the privacy gate are measured anew, on the
same trials; all other rows (SDMetrics' protection among them) stay as they are.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULTS = HERE / "redraws.csv"
COLUMNS = ("kind", "seed", "gate", "check", "value", "lower", "upper", "sense", "limit", "verdict")
STUDENTS, BLOCK, TWINS, MEASURED, FITTED, FIRST_SEED = 2000, 40, 20, 10, 2, 50_000
EFFECT = 2.6
"""Gain in SDs of latent wellbeing for who talked: a jump of about 1 SD of WHO-5 at the contact."""
PROMISED = 0.95
Row = dict[str, str]


def study() -> Any:
    """The shipped protocol."""
    from la_research.store import load_protocol

    return load_protocol(ROOT / "protocols" / "early-engagement")


def campus(effect: float = EFFECT) -> Any:
    """The default scenario with a strong contact."""
    from la_research.store import load_scenario

    scenario = load_scenario(ROOT / "synthetic" / "default.yaml")
    return scenario.model_copy(update={"contact": scenario.contact.model_copy(update={"effect": effect})})


def drawn(seed: int, n: int = STUDENTS) -> Any:
    """A cohort of the campus."""
    from la_research.synthetic import generate_cohort

    return generate_cohort(campus(), n=n, seed=seed)[0]


def kept(original: Any, analysed: Any, twins: Sequence[Any], again: Sequence[Any]) -> tuple[Any, Any]:
    """The causal and the inferential gate, from cohorts and their registered analyses."""
    from la_research.pipeline.kept import causal, inferential
    from la_research.synthetic.twins.design import read_trial

    trial = read_trial(original, study().support.trial)
    return causal(original, twins, study(), analysed, again, trial), inferential(study(), analysed, again)


def analysis(cohort: Any) -> Any:
    """The registered analysis of a cohort."""
    from la_research.pipeline.draws import analysed_draw
    from la_research.pipeline.stages import one_thread

    with one_thread():
        return analysed_draw(study(), cohort, seed=0)


def looked_at(original: Any, redraw: Any, seed: int, measured: bool) -> list[Any]:
    """Fidelity and privacy of a redraw: all of it beside the original, the first half of it beside the halves."""
    from la_research.synthetic.twins import Halves, Sampled, extract, fidelity, measure_twins, privacy

    flat, other = extract(original), extract(redraw)
    shared = [column for column in flat.columns if column.name in other.frame]
    flat = type(flat)(flat.frame[[c.name for c in shared]], tuple(shared), flat.design)
    halves, twin = Halves.of(flat, seed), other.frame[list(flat.frame.columns)]
    half = twin.iloc[: len(halves.fitted)].reset_index(drop=True)
    if not measured:
        return [privacy(flat, halves, Sampled((twin,), half, {"fitted": {}, "control": {}}), seed=seed)]
    found = measure_twins(flat, halves, twin, half)
    return [fidelity(found, len(twin)), privacy(flat, halves, found, seed=seed)]


def rows_of(kind: str, seed: int, gates: Sequence[Any]) -> list[Row]:
    """A row for each check."""
    found = []
    for gate in gates:
        for check in gate.checks:
            estimate = check.estimate.as_json() if check.estimate else {}
            ends = {name: _told(estimate.get(name)) for name in ("value", "lower", "upper")}
            found.append(
                {"kind": kind, "seed": str(seed), "gate": gate.name, "check": check.name, **ends,
                 "sense": check.sense, "limit": _told(check.limit), "verdict": check.verdict}
            )  # fmt: skip
    return found


def _told(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def block(number: int) -> list[Row]:
    """All trials of a block."""
    from la_research.pipeline.twins import make_twin

    seeds = [FIRST_SEED + BLOCK * number + i for i in range(BLOCK)]
    cohorts = [drawn(seed) for seed in seeds]
    analysed = [analysis(cohort) for cohort in cohorts]
    found: list[Row] = []
    for i, seed in enumerate(seeds):
        others = [(i + step) % BLOCK for step in range(1, TWINS + 1)]
        twins = [cohorts[j] for j in others]
        gates = looked_at(cohorts[i], twins[0], seed, i < MEASURED)
        gates += kept(cohorts[i], analysed[i], twins, [analysed[j] for j in others])
        found += rows_of("redraw", seed, gates)
        if i < FITTED:
            found += rows_of("copula", seed, make_twin(cohorts[i], study(), seed=seed).gates)
        print(f"block {number}: trial {i + 1} of {BLOCK}", file=sys.stderr)
    return found


def attacked(number: int) -> list[Row]:
    """The attacks of the privacy gate in all trials of a block."""
    from la_research.synthetic.twins import Halves, Sampled, extract, privacy, sample_twins

    seeds = [FIRST_SEED + BLOCK * number + i for i in range(BLOCK)]
    cohorts = [drawn(seed) for seed in seeds]
    found: list[Row] = []
    for i, seed in enumerate(seeds):
        found += rows_of("redraw", seed, looked_at(cohorts[i], cohorts[(i + 1) % BLOCK], seed, measured=False))
        if i < FITTED:
            flat = extract(cohorts[i])
            halves = Halves.of(flat, seed)
            fitted = sample_twins(flat, halves, twins=TWINS, seed=seed)
            unmeasured = Sampled(fitted.twins, fitted.half, {"fitted": {}, "control": {}})
            found += rows_of("copula", seed, [privacy(flat, halves, unmeasured, seed=seed)])
        print(f"block {number}: trial {i + 1} of {BLOCK}", file=sys.stderr)
    return found


def renewed(rows: Sequence[Row]) -> list[Row]:
    """The rows on disk with these in place of those of the same trials; the attacks before SDMetrics' protection."""
    found = []
    for old in read_results():
        trial = [row for row in rows if (row["kind"], row["seed"]) == (old["kind"], old["seed"])]
        if trial and old["check"].startswith("closest record is"):
            found += trial
        if not trial or old["gate"] != "privacy" or old["check"].startswith("protection"):
            found.append(old)
    return found


def small_trial(seed: int, n: int = 300, twins_of_it: int = 8) -> tuple[Any, Any]:
    """The causal and the inferential gate of one redraw of a small campus; `make test` runs it."""
    original, *twins = [drawn(seed + step, n) for step in range(twins_of_it + 1)]
    return kept(original, analysis(original), twins, [analysis(twin) for twin in twins])


def read_results() -> list[Row]:
    """The rows on disk."""
    with RESULTS.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def rates(rows: Sequence[Row], kind: str) -> Iterator[tuple[str, int, int, int]]:
    """By gate, and for all four: trials, trials in which nothing failed, trials with every number inside its limit."""
    for gate in ("fidelity", "privacy", "causal fidelity", "inferential agreement", "all four"):
        asked = "causal fidelity" if gate == "all four" else gate
        trials = sorted({row["seed"] for row in rows if row["kind"] == kind and row["gate"] == asked})
        held = [
            {row["verdict"] for row in rows
             if row["kind"] == kind and row["seed"] == seed and gate in (row["gate"], "all four")}
            for seed in trials
        ]  # fmt: skip
        yield (
            gate,
            len(trials),
            sum("failed" not in found for found in held),
            sum(found == {"passed"} for found in held),
        )


def show(rows: Sequence[Row]) -> None:
    """The rates as a table on stdout."""
    print(f"{'kind':<9}{'gate':<24}{'trials':>7}{'not failed':>12}{'inside all limits':>19}")
    for kind in ("redraw", "copula"):
        for gate, trials, not_failed, inside in rates(rows, kind):
            print(f"{kind:<9}{gate:<24}{trials:>7}{not_failed:>12}{inside:>19}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--blocks", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--attacks", action="store_true")
    options = parser.parse_args(arguments)
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", PYTHONHASHSEED="0", TZ="UTC")
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        rows = [
            row for found in pool.map(attacked if options.attacks else block, range(options.blocks)) for row in found
        ]
    rows = renewed(rows) if options.attacks else rows
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    show(rows)
    *_, (_, trials, not_failed, _) = rates(rows, "redraw")
    return int(not_failed < PROMISED * trials)


if __name__ == "__main__":
    sys.exit(main())
