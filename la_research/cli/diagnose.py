"""``la-research diagnose``: what a design can and can not find, before any data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from la_research.cli.frame import Terminal, verb
from la_research.cli.progress import Progress


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
        Path | None, typer.Option(help="Folder to work in; reports/PROTOCOL_ID.diagnosis when left out.")
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
    campus = scenario_of(study, protocol, scenario)
    folder = out if out is not None else Path("reports") / f"{study.id}.diagnosis"
    with Progress(say) as progress:
        found = diagnose_design(
            study, campus, draws=draws, n=n, jobs=jobs, backend=backend, scheduler=scheduler, out=folder,
            tell=progress.advanced,
        )  # fmt: skip
    lines = list(found["design.forecast"].limitations[:2])
    for claim in study.hypotheses:
        finding = found[claim.id]
        lines.append(f"{claim.id}: supported in {finding.estimate or finding.reason}")
        lines += [f"  {row.keys['measure']:<33} {row.estimate}" for row in finding.rows if row.estimate]
    lines.append(f"diagnosis: {folder / DIAGNOSIS}")
    if keep:
        lines.append(f"kept:      {save_design(protocol, folder)}")
    say.result("\n".join(lines), read_document(folder / DIAGNOSIS))
