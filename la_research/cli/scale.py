"""``la-research scale``: what a questionnaire is worth, by the answers to its items in a plain table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from la_research.cli.frame import FLOOR, Terminal, listed, patient, too_small, verb, wrong
from la_research.errors import Fault, UsageError

if TYPE_CHECKING:
    from la_research.finding import Estimate, Finding, Row
    from la_research.validation.scale import ScaleExamined

FINE = ("RMSEA", "CFI", "TLI", "SRMR", "R2")
"""Units whose third decimal is read."""
ALL = "all items"
"""What the only factor is called where none is named."""


@verb(
    "scale",
    examples=(
        "la-research scale synthetic/items.csv --items cheerful,calm,active,rested,interest",
        "la-research scale items.csv --items a,b,c,d,e,f --factors 'well=a,b,c;low=d,e,f' --group gender",
        "la-research scale synthetic/items.csv --items tired,tense,sad,worried,calm --reversed calm --ordinal",
    ),
)
def scale(
    say: Terminal,
    items: Annotated[Path, typer.Argument(metavar="ITEMS", help="CSV or Parquet, one row a student.")],
    columns: Annotated[str, typer.Option("--items", metavar="A,B,…", help="Columns of the answers.")],
    factors: Annotated[
        str | None, typer.Option("--factors", metavar="F", help="'f1=a,b,c;f2=d,e,f'; one factor when left out.")
    ] = None,
    group: Annotated[str | None, typer.Option("--group", metavar="COL", help="Compare these groups.")] = None,
    ordinal: Annotated[bool, typer.Option("--ordinal", help="Answers are ordered categories.")] = False,
    turned: Annotated[str, typer.Option("--reversed", metavar="A,B", help="Items that point the other way.")] = "",
    minimum: Annotated[int, typer.Option("--minimum", help="Smallest group shown, 10 or more.")] = FLOOR,
) -> None:
    """Examine a questionnaire: dimensions, reliability, structure, and whether groups share it.

    Fit indices are described and never judged. Groups of fewer students than --minimum are
    suppressed, on screen and with --json too. A missing answer is an empty cell.
    """
    named, other_way = listed(columns), listed(turned)
    structure = {ALL: named} if factors is None else _factors(factors)
    UsageError.raise_if(_faults(named, other_way, structure, group, minimum))
    from la_research.pipeline.scale import examine_items
    from la_research.validation.scale import ScalePlan

    plan = ScalePlan(named, structure, ordinal, group or "", other_way, minimum)
    with patient(say, items, "examining items"):
        found = examine_items(items, plan)
    say.result("\n".join(shown(found)), found.as_json())


def shown(examined: ScaleExamined) -> list[str]:
    """The findings as lines: a question, a table of its answers, what it rests on and what limits it."""
    lines = [f"{examined.file}: nothing was registered, read every line as exploratory."]
    for finding in examined.findings:
        lines += ["", finding.question, *(f"  {line}" for line in _told(finding))]
    return lines


def _told(finding: Finding) -> Iterator[str]:
    if not any(row.estimate for row in finding.rows):
        yield f"{finding.verdict}: {finding.reason}"
    elif finding.id.endswith(".dimensionality"):
        yield _number(finding.estimate)
    labels = [_label(row) for row in finding.rows]
    width = max(map(len, labels), default=0)
    for label, row in zip(labels, finding.rows, strict=True):
        yield f"{label:<{width}}  {_number(row.estimate) or f'{row.verdict}: {row.reason}'}"
    yield from (str(assumption) for assumption in finding.assumptions)
    yield from (f"note: {text}" for text in finding.limitations)


def _label(row: Row) -> str:
    """What tells the row from others, without the unit that its number names."""
    unit = row.estimate.unit if row.estimate else None
    words = [str(value) for name, value in row.keys.items() if (name, value) != ("scale", ALL) and value != unit]
    return ", ".join(words) or ALL


def _number(estimate: Estimate | None) -> str:
    """An estimate in words; indices of fit, and their changes, take a third decimal."""
    if estimate is None:
        return ""
    if estimate.unit == "dimensions":
        return f"{estimate.value:.0f} dimension{'' if estimate.value == 1 else 's'}, n = {estimate.n:,}"
    if not estimate.unit.endswith(FINE):
        return str(estimate)
    interval = ""
    if estimate.lower is not None and estimate.level is not None:
        interval = f" ({100 * estimate.level:.3g}% CI {estimate.lower:.3f} to {estimate.upper:.3f})"
    return f"{estimate.value:.3f}{interval} {estimate.unit}, n = {estimate.n:,}"


def _factors(text: str) -> dict[str, tuple[str, ...]]:
    """Factors and their items.

    >>> _factors("well=calm,rested; low=sad,tense")
    {'well': ('calm', 'rested'), 'low': ('sad', 'tense')}
    """
    parts = [part.partition("=") for part in text.split(";") if part.strip()]
    named = [name.strip() for name, _, _ in parts]
    if not parts or not all(mark and name.strip() for name, mark, _ in parts) or len(set(named)) < len(named):
        remedy = "write --factors 'f1=a,b,c;f2=d,e,f', each name once"
        raise UsageError(wrong("scale", "--factors", "that names no factors and their items", remedy))
    return {name: listed(items) for name, (_, _, items) in zip(named, parts, strict=True)}


def _faults(
    items: tuple[str, ...],
    turned: tuple[str, ...],
    factors: Mapping[str, tuple[str, ...]],
    group: str | None,
    minimum: int,
) -> Iterator[Fault]:
    inside = tuple(item for names in factors.values() for item in names)
    if not items:
        yield wrong("scale", "--items", "no item is named", "name columns: --items a,b,c")
    for option, names in (
        ("--items", items),
        ("--reversed", turned),
        *(("--factors", names) for names in factors.values()),
    ):
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield wrong("scale", option, f"item '{name}' is named twice", "name it once")
    for option, names in (("--factors", inside), ("--reversed", turned)):
        for name in dict.fromkeys(names):
            if name not in items:
                yield wrong("scale", option, f"'{name}' is not among the items", "add it to --items")
    for name in items:
        if name not in inside:
            yield wrong(
                "scale", "--factors", f"item '{name}' belongs to no factor", "give it one, or leave it out of --items"
            )
    if group in items:
        yield wrong("scale", "--group", f"'{group}' is an item and can not be the group too", "name another column")
    yield from too_small("scale", minimum)
