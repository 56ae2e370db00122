"""``la-research generate``: a synthetic cohort, and its truth beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from la_research.cli.frame import Terminal, refuse, verb


@verb(
    "generate",
    examples=("la-research generate default --out synthetic/cohort --n 2000 --seed 2025",),
)
def generate(
    say: Terminal,
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A scenario by its name in synthetic/, or a YAML file.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the cohort; its truth goes to OUT.truth.")],
    n: Annotated[int, typer.Option("--n", min=1, max=5_000_000, help="Students, exactly.")] = 2000,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Seed; the scenario's when left out.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Workers; changes no byte.")] = 1,
    dials: Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="(planned)")] = None,
    without: Annotated[list[str] | None, typer.Option("--without", metavar="DIAL", help="(planned)")] = None,
    events: Annotated[bool, typer.Option("--events", help="(planned)")] = False,
) -> None:
    """Generate a synthetic cohort of exactly N students whose truth is known."""
    for option, given in (("--set", dials), ("--without", without), ("--events", events)):
        if given:
            refuse(option, "generate")
    from la_research.store import check_place, load_cohort, load_scenario, save_cohort
    from la_research.store.truth import save_truth, truth_beside
    from la_research.synthetic import generate_cohort

    campus = load_scenario(scenario)
    check_place(out)
    say.remark(f"generating {n:,} students of scenario '{campus.id}'")
    cohort, truth = generate_cohort(campus, n=n, seed=seed, jobs=jobs)
    save_truth(truth, truth_beside(out))
    save_cohort(cohort, out)
    digest = load_cohort(out).digest
    lines = [
        f"{n:,} students of scenario '{campus.id}', seed {truth.seed}, {digest}",
        f"cohort: {out}",
        f"truth:  {truth_beside(out)}",
    ]
    document = {
        "format": "la_research.generated/1",
        "scenario": campus.id,
        "scenario_digest": truth.scenario_digest,
        "n": n,
        "seed": truth.seed,
        "cohort": str(out),
        "cohort_digest": digest,
        "truth": str(truth_beside(out)),
    }
    say.result("\n".join(lines), document)
