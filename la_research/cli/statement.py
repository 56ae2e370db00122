"""``la-research statement``: everything that is held and worked out about one person, for that person."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from la_research.cli.frame import Terminal, verb
from la_research.errors import Fault, UsageError

PROMPT = "the institution's number (it is not shown): "


@verb(
    "statement",
    examples=(
        "la-research statement reports/early-engagement.cohort --student s0000009 --out statements/one",
        "la-research statement cohorts/autumn --student - --key-file autumn.key --out two --why 'own request'",
    ),
)
def statement(
    say: Terminal,
    cohort: Annotated[Path, typer.Argument(metavar="COHORT", help="Folder of the cohort.")],
    student: Annotated[
        str,
        typer.Option("--student", metavar="ID", help="The code in the cohort; - asks for the institution's number."),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write, for its owner only.")],
    key_file: Annotated[
        Path | None, typer.Option("--key-file", metavar="FILE", help="Key that makes codes of numbers, with -.")
    ] = None,
    run: Annotated[
        Path | None, typer.Option("--run", metavar="RUN", help="Run that scored the student; else the one beside.")
    ] = None,
    protocol: Annotated[
        Path | None, typer.Option("--protocol", metavar="P", help="Study, where there is no run; no scores then.")
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="ROLE", help="Who asks: a role of the study.")] = "not given",
    why: Annotated[
        str, typer.Option("--why", metavar="TEXT", help="own request, correction, complaint, check or other words.")
    ] = "not given",
) -> None:
    """Write one student's statement as a page, JSON and CSV; each look is logged beside the cohort."""
    _check_number(student, key_file)
    from la_research.pipeline.statement import Asker, write_statement

    code = student if key_file is None else _coded(key_file, (by, why))
    files, back = write_statement(cohort, code, out, Asker(_when(say), by, why), run=run, protocol=protocol)
    listed = [file.as_posix() for file in files]
    told = f"{len(listed)} files in {out.as_posix()}; read {listed[0]}\nheld back: {back or 'nothing'}"
    say.result(told, {"format": "la_research.stated/1", "files": listed, "withheld": back})


def _check_number(student: str, key_file: Path | None) -> None:
    """Refuse an institution's number on the command line, and a request for one without its key."""
    if key_file is not None and student != "-":
        problem = "an institution's number must not stand on the command line: it would stay in the shell's history"
        remedy = "give --student - and type the number when you are asked, or pass it on standard input"
        raise UsageError(Fault("statement.number_shown", problem, "la-research statement --student", remedy))
    if key_file is None and student == "-":
        problem, remedy = "'--student -' asks for a number, and a number needs its key", "add --key-file FILE"
        raise UsageError(Fault("statement.no_key", problem, "la-research statement --key-file", remedy))


def _coded(key_file: Path, words: tuple[str, str]) -> str:
    """The code of the number that is typed or passed on; the number itself goes no further."""
    from la_research.cohort.pseudonym import normalised, pseudonym
    from la_research.store.key import read_key

    key = read_key(key_file)
    number = _asked()
    if not normalised(number):
        problem, remedy = "no number was given", "type the institution's number, or pass it on standard input"
        raise UsageError(Fault("statement.no_number", problem, "la-research statement --student -", remedy))
    if any(normalised(number) in normalised(text) for text in words):
        problem = "'--by' or '--why' holds the student's number, and the access log must never hold one"
        raise UsageError(Fault("statement.id_in_words", problem, "la-research statement", "say it without the number"))
    return pseudonym(number, key)


def at_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty()


def _asked() -> str:
    if at_terminal():
        from getpass import getpass

        return getpass(PROMPT)
    return sys.stdin.readline()


def _when(say: Terminal) -> str:
    from datetime import UTC, datetime

    return say.as_of.isoformat() if say.as_of else datetime.now(UTC).isoformat(timespec="seconds")
