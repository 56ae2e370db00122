"""``la-research report``: the reports of a finished run, written anew from its evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from la_research.cli.frame import Terminal, refuse, verb
from la_research.errors import Fault, UsageError

AUDIENCES = ("ethics", "advisory", "explorer")
FORMATS = ("html", "pdf")


@verb(
    "report",
    examples=(
        "la-research report reports/early-engagement",
        "la-research report reports/early-engagement --for advisory --out printed",
        "la-research report reports/early-engagement --for explorer",
    ),
)
def report(
    say: Terminal,
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")],
    audiences: Annotated[
        str,
        typer.Option("--for", help="Joined by commas: ethics, advisory, explorer; all that there are when left out."),
    ] = "",
    formats: Annotated[str, typer.Option("--format", help="html; pdf is planned.")] = "html",
    out: Annotated[Path | None, typer.Option("--out", help="Another folder than the run's own.")] = None,
) -> None:
    """Write the reports of a run from its evidence; a run whose inputs changed is refused."""
    readers = _chosen(audiences, AUDIENCES, "--for") if audiences else []
    kinds = _chosen(formats, FORMATS, "--format")
    if "pdf" in kinds:
        refuse("--format pdf", "report")
    from la_research.pipeline.finish import report_run

    files = [str(file) for file in report_run(run, readers, out)]
    say.result("\n".join(files), {"format": "la_research.reported/1", "reports": files})


def _chosen(text: str, known: tuple[str, ...], option: str) -> list[str]:
    words = [word.strip() for word in text.split(",")]
    unknown = [word for word in words if word not in known]
    if unknown:
        problem = f"'{unknown[0]}' is not known to '{option}'"
        remedy = f"name some of: {', '.join(known)}"
        raise UsageError(Fault("usage", problem, f"la-research report {option}", remedy))
    return [word for word in known if word in words]
