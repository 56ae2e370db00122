"""``la-research notebook``: one stage of a study as a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from la_research.cli.frame import Terminal, verb
from la_research.cli.progress import Progress


@verb("notebook", examples=["la-research notebook 05_audit --protocol protocols/early-engagement"])
def notebook(
    say: Terminal,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The notebook: 01_protocol … 09_diagnosis, or 'audit'.")],
    protocol: Annotated[Path, typer.Option(help="The study's folder.")],
    cohort: Annotated[Path | None, typer.Option(help="The cohort's folder; synthetic studies generate one.")] = None,
    run: Annotated[Path | None, typer.Option(help="A run folder to take earlier stages from and write into.")] = None,
) -> None:
    """Execute one notebook alone, and keep the executed copy in the run or in this folder."""
    from la_research.pipeline.run import run_notebook

    with Progress(say) as progress:
        written = run_notebook(name, protocol, cohort=cohort, out=run, tell=progress)
    say.result(str(written), {"format": "la_research.notebook/1", "notebook": str(written)})
