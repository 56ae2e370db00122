"""``la-research diagnose``: what a design can and can not find, before any data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from la_research.cli.frame import Terminal, verb
from la_research.cli.progress import Progress
from la_research.errors import Fault, UsageError

FEWEST = 200
"""Draws that a kept forecast rests on at least; a rate near one half is then known to 7 percentage points."""


@verb(
    "diagnose",
    examples=(
        "la-research diagnose protocols/early-engagement --scenario default --draws 200 --jobs 2",
        "la-research diagnose protocols/early-engagement --scenario null --draws 200 --out reports/null.diagnosis",
        "la-research diagnose protocols/early-engagement --scenario null --draws 99 --backend dask --scheduler IP:8786",
    ),
)
def diagnose(
    say: Terminal,
    protocol: Annotated[Path, typer.Argument(metavar="PROTOCOL", help="The study's folder.")],
    scenario: Annotated[str, typer.Option(help="The campus to try it on: a name in synthetic/, or a YAML file.")],
    draws: Annotated[int, typer.Option(help="Synthetic studies; 1,000 know a rate to 3 percentage points.")],
    n: Annotated[int | None, typer.Option("--n", help="Students of each; the protocol's when left out.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to work in; reports/PROTOCOL_ID.diagnosis/SCENARIO_N when left out.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes on this machine; changes no number.")] = 1,
    backend: Annotated[Literal["loky", "dask"], typer.Option(help="This machine, or a Dask cluster.")] = "loky",
    scheduler: Annotated[str | None, typer.Option(help="Address of the cluster's scheduler.")] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep it beside the protocol: every later run shows it to the committee.")
    ] = False,
) -> None:
    """Try the registered analysis on many synthetic cohorts: bias, coverage, power and errors, before any data.

    A diagnosis that was stopped goes on where it was.
    """
    from la_research.pipeline import diagnose_design
    from la_research.pipeline.cohorts import scenario_of
    from la_research.pipeline.folder import read_document
    from la_research.store import DIAGNOSIS, load_protocol, save_design

    study = load_protocol(protocol)
    size = study.population.n if n is None else n
    if keep:
        _refuse_to_keep(size, study.population.n, draws)
    campus = scenario_of(study, protocol, scenario)
    folder = out if out is not None else Path("reports") / f"{study.id}.diagnosis" / f"{campus.id}_{size}"
    with Progress(say) as progress:
        found = diagnose_design(
            study, campus, draws=draws, n=size, jobs=jobs, backend=backend, scheduler=scheduler, out=folder,
            tell=progress.advanced,
        )  # fmt: skip
    lines = [*found["design.forecast"].limitations[:2], "n counts simulated studies."]
    for claim in study.hypotheses:
        finding = found[claim.id]
        none = f"no answer: none of {draws:,} studies gave an estimate"
        lines.append(f"{claim.id}: " + (f"supported in {finding.estimate}" if finding.estimate else none))
        lines += [f"  {row.keys['measure']:<33} {row.estimate or f'- {row.reason}'}" for row in finding.rows]
    lines.append(f"diagnosis: {folder / DIAGNOSIS}")
    if keep:
        lines.append(f"kept:      {save_design(protocol, folder)}")
    say.result("\n".join(lines), read_document(folder / DIAGNOSIS))


def _refuse_to_keep(size: int, registered: int, draws: int) -> None:
    """Refuse what a committee would take for a forecast of this study, before a draw is made."""
    faults = []
    if size != registered:
        problem = f"a forecast with {size:,} students is not of this design, which registers {registered:,}"
        remedy = "leave --n out, or leave --keep out"
        faults.append(Fault("diagnosis.not_this_design", problem, "--keep", remedy))
    if draws < FEWEST:
        problem = f"{draws:,} draws are too few for a forecast that a committee reads"
        remedy = f"ask for {FEWEST} or more, or leave --keep out"
        faults.append(Fault("diagnosis.few_draws", problem, "--keep", remedy))
    UsageError.raise_if(faults)
