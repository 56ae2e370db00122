"""The command line: verbs by hand, one file a room; the only room that prints."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from la_research.cli import (
    agree,
    associate,
    assure,
    audit,
    check,
    diagnose,
    effect,
    feedback,
    generate,
    ingest,
    notebook,
    planned,
    report,
    run,
    scale,
    score,
    statement,
    twin,
)
from la_research.cli.flow import shown_flow
from la_research.cli.frame import Terminal, Verb, usage_error

VERBS: tuple[Verb, ...] = (
    check.check,
    assure.assure,
    generate.generate,
    ingest.ingest,
    run.run,
    report.report,
    notebook.notebook,
    score.score,
    diagnose.diagnose,
    twin.twin,
    audit.audit,
    associate.associate,
    scale.scale,
    agree.agree,
    effect.effect,
    statement.statement,
    feedback.feedback,
    *planned.PLANNED,
)
"""Every verb of the toolkit; the planned ones say that they are not there yet."""

app = typer.Typer(
    name="la-research",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """From a registered study to an ethics report and a student-advisory report."""
    if version:
        from la_research import __version__

        print(f"la-research {__version__}")
    elif context.invoked_subcommand is None:
        print(shown_flow())


def _added(item: Verb) -> None:
    settings = {"ignore_unknown_options": True, "allow_extra_args": True} if item.planned else {}
    epilog = "\b\nExample:\n" + "\n".join(f"  {line}" for line in item.examples)
    app.command(item.name, epilog=epilog, context_settings=settings)(item.run)


for _verb in VERBS:
    _added(_verb)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    say = Terminal(json="--json" in given)
    try:
        return int(app(given, prog_name="la-research", standalone_mode=False) or 0)
    except Exception as error:
        if not hasattr(error, "format_message"):  # what the parser raises has one
            raise
        wrong = usage_error(error.format_message(), given, [item.name for item in VERBS])
        say.error(wrong)
        return wrong.exit_code
