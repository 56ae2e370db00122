"""``la-research ingest``: a cohort from data that were recorded elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from la_research.cli.frame import Terminal, refuse, verb
from la_research.errors import Fault, MissingError


@verb(
    "ingest",
    examples=("la-research ingest oulad anonymisedData.zip --out cohorts/oulad",),
)
def ingest(
    say: Terminal,
    source: Annotated[
        Literal["oulad", "moodle", "xapi", "tables", "lala"],
        typer.Argument(metavar="SOURCE", help="Kind of source: oulad; moodle, xapi, tables and lala are planned."),
    ],
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Archive, folder or files.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the cohort.")],
    url: Annotated[str | None, typer.Option("--url", help="(planned)")] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", help="(planned)")] = None,
    suggest: Annotated[Path | None, typer.Option("--suggest", help="(planned)")] = None,
    key_file: Annotated[Path | None, typer.Option("--key-file", help="(planned)")] = None,
    protocol: Annotated[Path | None, typer.Option("--protocol", help="(planned)")] = None,
) -> None:
    """Read a source, check it, and write it as a cohort."""
    if source != "oulad":
        problem = f"source '{source}' is planned and not built yet"
        raise MissingError(Fault("source.not_built", problem, f"la-research ingest {source}", "use oulad"))
    planned = {"--url": url, "--mapping": mapping, "--suggest": suggest, "--key-file": key_file, "--protocol": protocol}
    for option, given in planned.items():
        if given is not None:
            refuse(option, "ingest")
    from la_research.ingest import ingest_oulad
    from la_research.store import load_cohort, save_cohort

    say.remark(f"reading {', '.join(str(path) for path in paths)}")
    save_cohort(ingest_oulad(paths), out)
    cohort = load_cohort(out)
    sizes = {name: cohort.arrow(name).num_rows for name in ("enrolments", "students", "activity", "assessments")}
    counts = ", ".join(f"{rows:,} {name}" for name, rows in sizes.items())
    lines = [f"{counts}, {cohort.digest}", *cohort.provenance.notes, f"cohort: {out}"]
    document = {
        "format": "la_research.ingested/1",
        "source": source,
        "cohort": str(out),
        "cohort_digest": cohort.digest,
        "rows": sizes,
        "details": cohort.provenance.details,
        "notes": cohort.provenance.notes,
    }
    say.result("\n".join(lines), document)
