"""How a score moves along the indicators it leans on most: a forest of bins, each of many students."""

from __future__ import annotations

from la_research.finding import Finding, Row, number
from la_research.report.catalogue import indicator_name
from la_research.report.chart import Forest, Mark
from la_research.report.document import Cell, Figure, Table
from la_research.report.labels import row_label

AXIS = "mean attribution (SHAP), in log-odds"


def shapes(finding: Finding, name: str) -> Figure | None:
    """Bins under each other, by indicator; None where all are suppressed.

    Examples
    --------
    >>> from la_research.finding import Estimate
    >>> low, high = (Estimate(value, -1.0, 1.0, 0.95, "log-odds", 90, "refit-bootstrap") for value in (0.5, -0.2))
    >>> rows = (Row({"indicator": "active_days", "to": 3}, low), Row({"indicator": "active_days", "from": 3}, high))
    >>> shown = shapes(Finding("explanation.shapes", "How?", "described", rows=rows), "shapes")
    >>> shown.title, [mark.label for mark in shown.chart.marks]
    ('From bin to bin of active days the score moves by up to 0.70 log-odds', ['up to 3', 'above 3'])
    """
    told = [row for row in finding.rows if row.estimate is not None]
    if not told:
        return None
    marks = tuple(
        Mark(_bin(row), row.estimate, group=_whose(row), word=row.verdict or "not analysed") for row in finding.rows
    )
    first = _whose(told[0])
    values = [row.estimate.value or 0.0 for row in told if row.estimate and _whose(row) == first]
    title = (
        f"From bin to bin of {first} the score moves by up to {number(max(values) - min(values), 'log-odds')} log-odds"
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple((mark.group, mark.label, mark.estimate or mark.word) for mark in marks)
    indicators = ", ".join(dict.fromkeys(mark.group for mark in marks))
    alt = (
        f"{title}. Plot of {len(marks)} bins with their intervals, by indicator: {indicators}. "
        f"The first is {marks[0].label}: {marks[0].estimate or marks[0].word}. All are in the table below."
    )
    return Figure(title, alt, Forest(marks, AXIS, 0.0), Table(name, title, ("Indicator", "Bin", "Estimate"), rows))


def _whose(row: Row) -> str:
    return indicator_name(str(row.keys["indicator"]))


def _bin(row: Row) -> str:
    return row_label(Row({key: value for key, value in row.keys.items() if key != "indicator"}))
