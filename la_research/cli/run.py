"""``la-research run``: a whole study, from its protocol to both reports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from la_research.cli.frame import Terminal, refuse, verb
from la_research.cli.progress import Progress
from la_research.errors import Fault, UsageError


@verb(
    "run",
    examples=[
        "la-research run protocols/early-engagement",
        "la-research run protocols/oulad-withdrawal --cohort cohorts/oulad",
    ],
)
def run(
    say: Terminal,
    protocol: Annotated[Path, typer.Argument(metavar="PROTOCOL", help="The study's folder.")],
    cohort: Annotated[Path | None, typer.Option(help="The cohort's folder; synthetic studies generate one.")] = None,
    scenario: Annotated[
        str | None, typer.Option(help="A scenario instead of the protocol's: a name in synthetic/, or a YAML file.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The run folder; reports/PROTOCOL_ID when left out.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Kernels side by side; changes no byte.")] = None,
    engine: Annotated[str, typer.Option(help="duckdb; others are planned.")] = "duckdb",
    master: Annotated[str | None, typer.Option(help="Address of a cluster (planned).")] = None,
    force: Annotated[bool, typer.Option("--force", help="Redo every stage.")] = False,
) -> None:
    """Run a study: generate or read its cohort, execute its notebooks, write both reports.

    Only what changed since the last run is redone.
    """
    if engine != "duckdb":
        refuse("--engine", "run")
    if master is not None:
        refuse("--master", "run")
    if cohort is not None and scenario is not None:
        problem = "a cohort and a scenario were both named"
        raise UsageError(Fault("usage.one_of", problem, "la-research run", "name one of --cohort and --scenario"))
    from la_research.pipeline.run import run as run_pipeline
    from la_research.store import load_design, load_protocol

    with Progress(say) as progress:
        folder = run_pipeline(
            protocol, cohort=cohort, scenario=scenario, out=out, jobs=jobs, force=force, tell=progress
        )
    for finding in load_design(protocol, load_protocol(protocol)):
        if finding.id == "design.forecast" and finding.reason:
            say.remark(f"{finding.reason}: make it anew with 'la-research diagnose … --keep'")
    places = {name: folder / "reports" / f"{name}.html" for name in ("ethics", "advisory", "explorer")}
    reports = {name: str(place) for name, place in places.items() if place.is_file()}
    titles = {"ethics": "ethics report:  ", "advisory": "advisory report:", "explorer": "explorer:       "}
    text = "\n".join(f"{titles[name]} {place}" for name, place in reports.items())
    say.result(text, {"format": "la_research.run/1", "run": str(folder), "reports": reports})
