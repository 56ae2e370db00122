"""Verbs that are agreed on and not built yet: they exist, and say so with exit 20."""

from __future__ import annotations

from typing import Annotated

import typer

from la_research.cli.frame import Terminal, Verb, verb
from la_research.errors import Fault, MissingError

WHAT = {
    "register": "Freeze a protocol in the register of studies.",
    "init": "Start a new study's folder.",
    "drill": "Rehearse a student's right: access, rectify, erase, restrict, withdraw or opt-out.",
    "clauses": "Show the evidence for each clause of a code of practice.",
    "verify": "Check a run or report against its manifest.",
    "expire": "Find what is past its retention.",
    "release": "Prepare a run for release.",
    "review": "Compare two runs.",
    "site": "Build a site of several runs.",
}


def _planned(name: str, what: str) -> Verb:
    def run(say: Terminal, arguments: Annotated[list[str] | None, typer.Argument(hidden=True)] = None) -> None:
        problem = f"'{name}' is planned and not built yet"
        remedy = "'la-research' shows the verbs that are there"
        raise MissingError(Fault("verb.not_built", problem, f"la-research {name}", remedy))

    run.__doc__ = f"{what} (planned)"
    return verb(name, examples=(f"la-research {name}",), planned=True)(run)


PLANNED: tuple[Verb, ...] = tuple(_planned(name, what) for name, what in WHAT.items())
