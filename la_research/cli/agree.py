"""``la-research agree``: whether coders of interviews agree, and whether further interviews would say more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from la_research.cli.frame import Terminal, patient, verb

if TYPE_CHECKING:
    from la_research.finding import Finding
    from la_research.validation.coded import CodingExamined


@verb(
    "agree",
    examples=("la-research agree synthetic/coding.csv --unit passage --coder coder --code code --interview interview",),
)
def agree(
    say: Terminal,
    coding: Annotated[Path, typer.Argument(metavar="CODING", help="CSV or Parquet, one row a passage, coder, code.")],
    unit: Annotated[str, typer.Option("--unit", metavar="COL", help="The passage.")],
    coder: Annotated[str, typer.Option("--coder", metavar="COL", help="Who coded it.")],
    code: Annotated[str, typer.Option("--code", metavar="COL", help="The code given; empty where none was.")],
    interview: Annotated[
        str | None, typer.Option("--interview", metavar="COL", help="Where the passage comes from.")
    ] = None,
) -> None:
    """Examine the coding of interviews: agreement of coders, code by code, and codes by number of interviews.

    A passage may have several codes, a row each. Coders are numbered, never named.
    """
    from la_research.ingest.coding import CodingColumns
    from la_research.pipeline.agree import examine_codes

    with patient(say, coding, "comparing coders"):
        found = examine_codes(coding, CodingColumns(unit, coder, code, interview))
    say.result("\n".join(shown(found)), found.as_json())


def shown(examined: CodingExamined) -> list[str]:
    """The findings as lines: a question, its answer, its rows, and what limits it."""
    lines = [f"{examined.file}: nothing was registered, read every line as exploratory."]
    for finding in examined.findings:
        lines += ["", finding.question, *(f"  {line}" for line in _told(finding))]
    return lines


def _told(finding: Finding) -> Iterator[str]:
    if finding.reason:
        yield f"{finding.verdict}: {finding.reason}"
    if finding.estimate:
        yield str(finding.estimate)
    width = max((len(str(row.keys["what"])) for row in finding.rows), default=0)
    for row in finding.rows:
        yield f"{row.keys['what']!s:<{width}}  {row.estimate or f'{row.verdict}: {row.reason}'}"
    yield from (f"note: {text}" for text in finding.limitations)
