"""A calculation as tables that can be worked out again on paper, line by line."""

from __future__ import annotations

from collections.abc import Iterable

from la_research.explanation.trace import Step, Trace
from la_research.explanation.trace.steps import paper
from la_research.report.catalogue import capital, indicator_name, source_name
from la_research.report.document import Block, Paragraph, Table

PARTS = {
    "record": "What was recorded, in the sources of the study",
    "indicator": "From what was recorded to the number of each week",
    "feature": "From the weeks to what the model reads",
    "score": "From what the model reads to the score",
}
SINGLE = {"actions": "action", "attempts": "attempt", "classes": "class", "credits": "credit", "days": "day"}
"""What one of them is called."""
PATH = "tree "
"""What a line is called whose arithmetic is a path in words."""
LEAD = "You can work each line out again on paper."


def on_paper(trace: Trace, parts: Iterable[str], mark: str = "") -> tuple[Block, ...]:
    """The lines of some parts, a table each; ``mark`` tells the tables of one unit from those of another."""
    tables: list[Block] = []
    for part in parts:
        rows = tuple((_line(step), _sum(step)) for step in trace.steps if step.part == part)
        if rows:
            tables.append(Table(f"steps-{part}{mark}", PARTS[part], ("Line", "What it says"), rows))
    return (Paragraph(LEAD), *tables)


def _line(step: Step) -> str:
    """
    >>> _line(Step("indicator", "weekly_activity", 2, "8 + 4", 12.0, "actions a week"))
    'Weekly activity, week 2'
    >>> _line(Step("indicator", "peer_share", 2, "240 / 20", 12.0, "actions", "", "mean of the module"))
    'Activity beside the module, week 2: mean of the module'
    """
    name = source_name(step.name) if step.part == "record" else step.name
    name = indicator_name(name) if step.part in ("indicator", "feature") else name
    week = f", week {step.week}" if step.week is not None else ""
    return capital(name) + week + (f": {step.what}" if step.what else "")


def _sum(step: Step) -> str:
    """
    >>> _sum(Step("indicator", "weekly_activity", 2, "8 + 4", 12.0, "actions a week"))
    '8 + 4 = 12 actions a week'
    >>> _sum(Step("indicator", "peer_share", 2, "", None, "share", "too few students on the module"))
    'none: too few students on the module'
    >>> _sum(Step("indicator", "regularity", 2, "(1 + 0 + 0) / 3", 1 / 3, "share"))
    '(1 + 0 + 0) / 3 = 0.333333'
    >>> _sum(Step("indicator", "active_days", 2, "max(1, 0)", 1.0, "days a week"))
    'max(1, 0) = 1 day a week'
    >>> _sum(Step("score", "tree 2", None, "active days 3 is above 2", -0.25, "points of the sum"))
    'active days 3 is above 2: -0.25 points of the sum'
    """
    if step.value is None:
        return f"none: {step.reason}"
    number = f"{paper(step.value)} {_unit(step)}".rstrip()
    if step.arithmetic in ("", paper(step.value)):  # a number that is only taken over
        return number
    return f"{step.arithmetic}{':' if step.name.startswith(PATH) else ' ='} {number}"


def _unit(step: Step) -> str:
    """A share has no unit; of one thing the unit is singular."""
    first, *rest = step.unit.split(" ")
    return "" if step.unit == "share" else " ".join((SINGLE.get(first, first) if step.value == 1 else first, *rest))
