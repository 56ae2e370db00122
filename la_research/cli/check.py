"""``la-research check``: is a study's protocol complete and sound?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from la_research.cli.frame import Terminal, verb


@verb(
    "check",
    examples=(
        "la-research check protocols/early-engagement",
        "la-research check protocols/early-engagement --for restricted",
    ),
)
def check(
    say: Terminal,
    protocol: Annotated[Path, typer.Argument(metavar="PROTOCOL", help="A study's folder, or its protocol.yaml.")],
    level: Annotated[
        Literal["synthetic", "open", "restricted"] | None,
        typer.Option("--for", help="List what data of this level still owe an answer; exit 10 if anything."),
    ] = None,
) -> None:
    """Check a study's protocol: every fault at once, with its line."""
    from la_research.errors import Fault, ProtocolError
    from la_research.protocol import owed, parse_protocol
    from la_research.store import known_names, load_assurance, load_design, load_deviations, read_study

    tree = read_study(protocol)
    study = parse_protocol(tree, known_names())
    load_deviations(protocol)
    load_assurance(protocol)
    load_design(protocol, study)
    asked = level or study.data
    missing = owed(study, asked, tree)
    lines = [
        f"{study.id}: sound, {study.data} data, {len(study.hypotheses)} registered claims, {study.digest}",
        f"owed for {asked} data: {len(missing) or 'nothing'}",
        *(f"  {fault.where}" for fault in missing),
    ]
    document = {
        "format": "la_research.check/1",
        "study": {"id": study.id, "protocol_digest": study.digest, "data": study.data},
        "for": asked,
        "owed": [{"code": fault.code, "where": fault.where, "problem": fault.problem} for fault in missing],
    }
    say.result("\n".join(lines), document)
    if missing:
        answers = f"{len(missing)} answer{'s are' if len(missing) > 1 else ' is'}"
        problem = f"{answers} still owed before {asked} data may be used"
        remedy = "answer them in protocol.yaml, or once for all studies in institution.yaml"
        raise ProtocolError(Fault("protocol.owed", problem, str(protocol), remedy))
