"""``la-research associate``: an indicator beside an outcome in a table, with what chance would make of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from la_research.cli.frame import Terminal, listed, patient, verb, wrong
from la_research.errors import Fault, UsageError

if TYPE_CHECKING:
    from la_research.finding import Finding, Key
    from la_research.validation.table import TableAssociation

NAMES = {
    "between": "between students",
    "within": "within student",
    "correlation": "correlation",
    "discrimination": "yes and no told apart",
    "placebo": "an indicator without a link",
    "reliability": "odd and even weeks alike",
    "opposite": "students the other way",
    "lagged": "indicator, then outcome",
    "missing": "weeks without an outcome",
    "choices.between": "between students, other choices",
    "choices.within": "within student, other choices",
}
WIDTH = 40


@verb(
    "associate",
    examples=(
        "la-research associate scores.csv --indicator clicks --outcome who5 --covariates tariff,age",
        "la-research associate weeks.csv --indicator clicks --outcome who5 --student id --week week --smallest 0.05",
    ),
)
def associate(
    say: Terminal,
    data: Annotated[Path, typer.Argument(metavar="DATA", help="CSV or Parquet, one row a student, or one a week.")],
    indicator: Annotated[str, typer.Option("--indicator", metavar="COL", help="Numbers.")],
    outcome: Annotated[str, typer.Option("--outcome", metavar="COL", help="Numbers, or 0/1, no/yes.")],
    student: Annotated[str | None, typer.Option("--student", metavar="COL", help="Whose row it is.")] = None,
    week: Annotated[str | None, typer.Option("--week", metavar="COL", help="Compare within the same week.")] = None,
    cluster: Annotated[str | None, typer.Option("--cluster", metavar="COL", help="Compare within modules.")] = None,
    covariates: Annotated[str, typer.Option("--covariates", metavar="A,B", help="Show it given these, too.")] = "",
    smallest: Annotated[
        float | None, typer.Option("--smallest", metavar="R", help="What would matter; its sign is the direction.")
    ] = None,
) -> None:
    """Associate an indicator with an outcome; nothing was registered, so every line is exploratory.

    With several rows a student the association is split in two, between students and within
    student over weeks; told beside it is how far weeks agree, in how many students it is the other
    way, which comes first, and what missing outcomes could change, or why they can not be told.
    Numbers that rest on fewer than 10 students are suppressed.
    """
    UsageError.raise_if(_faults(student, week, smallest))
    from la_research.ingest.association_table import AssociationColumns
    from la_research.pipeline.associate import associate_table

    given = tuple(dict.fromkeys(listed(covariates)))
    columns = AssociationColumns(indicator, outcome, student, week, cluster, given)
    with patient(say, data, "drawing what chance would make"):
        found = associate_table(data, columns, smallest)
    say.result("\n".join(shown(found)), found.as_json())


def shown(found: TableAssociation) -> list[str]:
    """The findings as lines: an estimate and a verdict each, why it reads so, and what limits it."""
    who, *others = found.findings
    held = f"'{found.columns['indicator']}' and '{found.columns['outcome']}'"
    lines = [f"{found.file}: {who.estimate or 'fewer than 10 students'} with {held}"]
    lines += [f"  rows {row.keys['what']}: {row.estimate or row.verdict}" for row in who.rows]
    lines += ["Nothing was registered: read every line as exploratory.", ""]
    lines += [line for finding in others for line in _told(finding)]
    notes = [str(item) for finding in others for item in finding.assumptions]
    limits = [text for finding in others for text in finding.limitations]
    return [*lines, "", "What limits this:", *(f"  - {text}" for text in dict.fromkeys((*notes, *limits)))]


def _told(finding: Finding) -> Iterator[str]:
    placebo = finding.id.endswith(".placebo")
    if placebo and finding.estimate is None:
        return
    part = finding.id.removeprefix("validation.associate.")
    name = NAMES["placebo" if placebo else part]
    verdict = "" if finding.verdict == "described" else f"  {finding.verdict}"
    yield f"{'  ' if placebo else ''}{name:<{WIDTH - 2 * placebo}}{finding.estimate or ''}{verdict}".rstrip()
    for row in finding.rows:
        yield f"  {_label(row.keys):<{WIDTH - 3}} {row.estimate or f'{row.verdict}: {row.reason}'}"
    if finding.reason:
        yield f"  why: {finding.reason}"


def _label(keys: Mapping[str, Key]) -> str:
    """What a row is of: "goes with the indicator", "answered in weeks 1, 2"."""
    what, *others = keys.items()
    return ", ".join(f"{name} {value}" for name, value in others) or str(what[1])


def _faults(student: str | None, week: str | None, smallest: float | None) -> Iterator[Fault]:
    if week is not None and student is None:
        problem = "weeks are named and students are not"
        yield wrong("associate", "--week", problem, "name the column of students with --student")
    if smallest is not None and not 0 < abs(smallest) < 1:
        problem = "'--smallest' is no number between 0 and 1, nor between -1 and 0"
        yield wrong("associate", "--smallest", problem, "give what would matter, e.g. 0.1")
