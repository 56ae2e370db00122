"""``la-research score``: what a run found, beside what was planted in its synthetic cohort."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from la_research.cli.frame import Terminal, verb

SHOWN = 3
"""Names that a line on the screen holds before the rest is counted."""


@verb(
    "score",
    examples=("la-research score reports/early-engagement", "la-research score reports/early-engagement --parts"),
)
def score(
    say: Terminal,
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")],
    truth: Annotated[
        Path | None, typer.Option("--truth", help="Folder of the truth; the one beside the run's cohort when left out.")
    ] = None,
    parts: Annotated[
        bool, typer.Option("--parts", help="Share gaps out among their parts, by twins of the cohort: a minute or so.")
    ] = False,
) -> None:
    """Set the evidence of a run beside the truth; the evidence itself stays as it was."""
    from la_research.pipeline.finish import score_run
    from la_research.pipeline.folder import read_document

    def told(done: int, of: int) -> None:
        say.remark(f"twins of the cohort: {done} of {of}")

    found = score_run(run, truth, parts=parts, tell=told)
    lines = []
    for finding in found:
        lines.append(f"{finding.id}: {finding.estimate or finding.reason or 'no number'}")
        lines += [f"  {sentence}" for sentence in finding.limitations]
        lines += [f"  {row.keys['why']}: {_named(row.reason)}" for row in finding.rows if "why" in row.keys]
    say.result("\n".join(lines), read_document(run / "score.json"))


def _named(names: str | None) -> str:
    """A few names, or how many there are; ``score.json`` holds them all.

    >>> _named("a, b"), _named("a, b, c, d, e, f, g")
    ('a, b', 'a, b, c and 4 more')
    """
    held = (names or "").split(", ")
    return ", ".join(held) if len(held) <= SHOWN + 1 else f"{', '.join(held[:SHOWN])} and {len(held) - SHOWN} more"
