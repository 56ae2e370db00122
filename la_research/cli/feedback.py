"""``la-research feedback``: what an advisory group wrote on the explorer's page goes into the study's log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from la_research.cli.frame import Terminal, verb, wrong
from la_research.errors import UsageError


@verb(
    "feedback",
    examples=(
        "la-research feedback comments-early-engagement.json --protocol protocols/early-engagement --as-of 2026-03-02",
    ),
)
def feedback(
    say: Terminal,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file that the explorer's page saved.")],
    protocol: Annotated[Path, typer.Option(help="The study's folder; the log stands in it as consultation.yaml.")],
) -> None:
    """Append an advisory group's comments to the study's consultation log; --as-of says when they came.

    A file that was edited, is too large, is of another study or is in the log already is refused.
    """
    from la_research.store import append_feedback, load_feedback, load_protocol
    from la_research.store.consultation import CHANGED

    if say.as_of is None:
        remedy = "add it, e.g. --as-of 2026-03-02"
        raise UsageError(wrong("feedback", "--as-of", "the log needs the date on which the comments came", remedy))
    held, study = load_feedback(file), load_protocol(protocol)
    log = append_feedback(protocol, study, held, say.as_of)
    many = len(held.comments)
    note = f"note: {CHANGED}" if held.protocol != study.digest else ""
    told = f"{many} comment{'' if many == 1 else 's'} appended to {log}"
    document = {"format": "la_research.consulted/1", "log": str(log), "comments": many, "note": note}
    say.result("\n".join(filter(None, (told, note))), document)
