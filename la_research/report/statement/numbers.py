"""What was worked out for each week: every indicator in plain words, week by week."""

from __future__ import annotations

from la_research.indicators.registry import INDICATORS
from la_research.protocol import Protocol
from la_research.report.catalogue import capital
from la_research.report.document import Block, Definitions, Details, Paragraph, Table
from la_research.report.statement.cells import shown
from la_research.report.statement.paper import on_paper
from la_research.report.statement.told import Statement, Weekly

DIRECTION = {
    "higher is more engaged": "A higher number is read as a more engaged week.",
    "higher is less engaged": "A higher number is read as a less engaged week.",
    "either way": "It says how far a week is from your usual weeks, up or down.",
}
LEAD = "We made a few numbers for each week from the counts above. They count what you did. They can not say why."
NO_NUMBER = (
    "A week has no number where no record could be made. "
    "A week without a row in which the system ran counts as 0 actions."
)
NONE = "No number was worked out for you."


def numbers(statement: Statement, protocol: Protocol) -> list[Block]:
    """Each indicator to be opened, with its values by week; one table a module where a student has several."""
    if "indicators" in statement.hidden:
        return [Paragraph("These numbers are held back, for the counts could be read off them.")]
    if not statement.weekly:
        return [Paragraph(NONE)]
    opened = [_opened(name, statement) for name in protocol.indicators]
    return [Paragraph(LEAD), Paragraph(NO_NUMBER), *opened, *_calculations(statement)]


def _calculations(statement: Statement) -> list[Block]:
    """How the numbers of each week came about, to be opened; by module where a student has several."""
    blocks: list[Block] = []
    several = len(statement.explained) > 1
    for unit, explained in statement.explained.items():
        if explained.trace is not None:
            where = f" ({unit})" if several else ""
            opened = on_paper(explained.trace, ("record", "indicator"), f"-{unit}" if several else "")
            blocks.append(Details(f"How these numbers came about, line by line{where}", opened))
    return blocks


def _opened(name: str, statement: Statement) -> Details:
    card = INDICATORS[name]
    own = [one for one in statement.weekly if one.indicator == name]
    told = (
        ("What it is", card.plain),
        ("How to read it", DIRECTION[card.direction]),
        ("Unit", card.unit),
    )
    units = tuple(dict.fromkeys(one.unit_id for one in own))
    return Details(
        capital(card.label),
        (Definitions(told), *(_table(name, unit, own, statement, several=len(units) > 1) for unit in units)),
    )


def _table(name: str, unit: str, own: list[Weekly], statement: Statement, *, several: bool) -> Table:
    rows = tuple((f"week {one.week}", shown(one.value) if one.value is not None else _reason(one, statement))
                 for one in own if one.unit_id == unit)  # fmt: skip
    title = capital(INDICATORS[name].label) + (f": {unit}" if several else "")
    mark = f"week-{name}-{unit}" if several else f"week-{name}"
    return Table(mark, f"{title}, week by week", ("Week", "What it says"), rows)


def _reason(one: Weekly, statement: Statement) -> str:
    """Why a week has no number, as the calculation says it to the student; as the study says it where there is none."""
    explained = statement.explained.get(one.unit_id)
    trace = explained.trace if explained else None
    step = trace.last("indicator", one.indicator, one.week) if trace else None
    return (step.reason if step else "") or one.reason.removeprefix("abstains: ")
