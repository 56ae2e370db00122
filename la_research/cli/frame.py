"""What all verbs share: four options, one way to print, one way to fail."""

from __future__ import annotations

import inspect
import json as json_
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from threading import Timer
from typing import Annotated, Any

import typer

from la_research.errors import Fault, LaResearchError, MissingError, UsageError


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a verb prints: its result on stdout, all else on stderr.

    Parameters
    ----------
    json
        Whether the result and errors are printed as JSON.
    quiet
        Whether progress and remarks are left out.
    debug
        Whether an error shows the lines of code that led to it.
    as_of
        The date given on the command line; None where none was given.
    """

    json: bool = False
    quiet: bool = False
    debug: bool = False
    as_of: date | None = None

    def result(self, text: str, document: Any) -> None:
        """Print the result: the text for people, or the document as JSON."""
        if not self.json:
            print(f"{text}\nas of {self.as_of}" if self.as_of else text)
            return
        from la_research.canonical import pretty_json

        dated = {**document, "as_of": self.as_of.isoformat()} if self.as_of and isinstance(document, dict) else document
        print(pretty_json(dated), end="")

    def remark(self, text: str) -> None:
        """Print a line about what is going on."""
        if not self.quiet:
            print(text, file=sys.stderr)

    def error(self, error: LaResearchError) -> None:
        """Print the faults: three lines each, or as ``la_research.error/1``."""
        if self.debug:
            traceback.print_exception(error)
        if self.json:
            print(json_.dumps(error.as_json(), ensure_ascii=False, indent=1), file=sys.stderr)
        else:
            print(error, file=sys.stderr)


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb of the command line: its name, what it runs, and examples for its help."""

    name: str
    run: Callable[..., None]
    examples: tuple[str, ...]
    planned: bool = False


SHARED = (
    ("json", bool, typer.Option("--json", help="Print the result, and errors, as JSON."), False),
    ("quiet", bool, typer.Option("--quiet", help="Print neither progress nor remarks."), False),
    ("debug", bool, typer.Option("--debug", help="Show where in the code an error arose."), False),
    (
        "as_of",
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="The date to reckon with."),
        None,
    ),
)


def verb(name: str, *, examples: Sequence[str], planned: bool = False) -> Callable[[Callable[..., None]], Verb]:
    """Make a verb of a function whose first argument is the terminal.

    The four options of every verb are added to its own, and whatever it raises becomes a
    message and an exit code: the class's own for a ``LaResearchError``, 130 when it is
    interrupted, 1 for a bug.
    """

    def decorate(function: Callable[..., None]) -> Verb:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        shared = [
            inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option])
            for key, kind, option, default in SHARED
        ]
        keyword = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]

        @wraps(function)
        def run(**given: Any) -> None:
            when = given.pop("as_of")
            say = Terminal(given.pop("json"), given.pop("quiet"), given.pop("debug"), when.date() if when else None)
            code = guarded(say, name, lambda: function(say, **given))
            if code:
                raise typer.Exit(code)

        run.__signature__ = inspect.Signature([*keyword, *shared])  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in (*keyword, *shared)}
        return Verb(name, run, tuple(examples), planned)

    return decorate


def guarded(say: Terminal, name: str, call: Callable[[], None]) -> int:
    """The exit code of a call; its errors are printed, never shown as a traceback unless asked."""
    try:
        call()
    except LaResearchError as error:
        say.error(error)
        return error.exit_code
    except KeyboardInterrupt:
        where, remedy = f"la-research {name}", "run it again; what was finished is kept"
        say.error(LaResearchError(Fault("interrupted", "it was stopped before its end", where, remedy)))
        return 130
    except BrokenPipeError:
        sys.stdout = None  # whoever read the result has gone
        return 0
    except typer.Exit:
        raise
    except Exception as error:
        problem = f"this should not have happened ({type(error).__name__})"
        remedy = "please report it, with what --debug prints and without any student's data"
        say.error(_because(LaResearchError(Fault("bug", problem, f"la-research {name}", remedy)), error))
        return 1
    return 0


FLOOR = 10
"""No group of fewer students is ever shown."""
QUIET_S = 2.0
"""Seconds of work after which a line says that it goes on."""


def listed(text: str) -> tuple[str, ...]:
    """Names between commas, as often as they were given.

    >>> listed("calm, rested,")
    ('calm', 'rested')
    """
    return tuple(name.strip() for name in text.split(",") if name.strip())


def wrong(verb_name: str, option: str, problem: str, remedy: str) -> Fault:
    """A fault of an option."""
    return Fault("usage", problem, f"la-research {verb_name} {option}", remedy)


def too_small(verb_name: str, minimum: int) -> Iterator[Fault]:
    """The fault of a smallest group that is too small to show."""
    if minimum < FLOOR:
        problem = f"groups of {minimum} are too small to show"
        yield wrong(verb_name, "--minimum", problem, f"give {FLOOR} or more")


@contextmanager
def patient(say: Terminal, path: Path, doing: str) -> Iterator[None]:
    """Says after a while that work on a file goes on."""
    timer = Timer(QUIET_S, say.remark, (f"  {path.name}: {doing} …",))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def refuse(option: str, verb_name: str) -> None:
    """Say that an option is planned and not there yet."""
    problem = f"'{option}' is planned and not built yet"
    remedy = f"leave it out; 'la-research {verb_name} --help' shows what is there"
    raise MissingError(Fault("option.not_built", problem, f"la-research {verb_name} {option}", remedy))


def usage_error(message: str, arguments: Sequence[str], verbs: Sequence[str]) -> UsageError:
    """A command that was not understood, as an error like all others."""
    name = next((word for word in arguments if not word.startswith("-")), "")
    where = f"la-research {name}".strip()
    remedy = f"'{where} --help' shows an example" if name in verbs else "'la-research --help' lists the verbs"
    return UsageError(Fault("usage", _sentence(message), where, remedy))


def _sentence(message: str) -> str:
    text = " ".join(message.split()).rstrip(".")
    return text[:1].lower() + text[1:]


def _because(error: LaResearchError, cause: Exception) -> LaResearchError:
    error.__cause__ = cause
    return error
