"""Estimates along time as a line with its band: an event study, an effect by week, what was to be expected."""

from __future__ import annotations

from collections.abc import Sequence

from la_research.finding import Estimate, Finding, Row
from la_research.report.catalogue import readable
from la_research.report.chart import Line, Lines, Series
from la_research.report.document import Cell, Figure, Table

AXES = {
    "event": "time from the start of the support",
    "exposure": "periods since the support started",
    "week": "week",
    "time": "time",
    "day": "day",
}
"""Keys of rows that count along an axis, and what the axis is called."""
FEWEST, MOST = 3, 3
"""Points that make a line, and lines that can be told apart."""
SERIES: tuple[Series, ...] = ("main", "second", "third")
BOUNDARY = -0.5
"""Where an event study starts: between the last time before and the first one with the support."""


def course(finding: Finding, name: str) -> Figure | None:
    """The rows of a finding that lie along an axis, as lines; None where there are not enough.

    A row without an interval, or with a second one for the same point, is left out.

    Examples
    --------
    >>> held = Estimate(0.2, 0.1, 0.3, 0.95, "SD", 90, "t")
    >>> rows = tuple(Row({"week": week}, held) for week in (1, 2, 3))
    >>> shown = course(Finding("evaluation.contact.by_week", "By week?", "described", rows=rows), "by-week")
    >>> shown.chart.x_axis, len(shown.chart.lines[0].points)
    ('week', 3)
    """
    key = next((key for key in AXES if sum(_at(row, key) is not None for row in finding.rows) >= FEWEST), None)
    if key is None:
        return None
    points: dict[str, list[tuple[float, Estimate]]] = {}
    for row in finding.rows:
        at = _at(row, key)
        if at is not None and row.estimate is not None:
            points.setdefault(_label(row, key), []).append((at, row.estimate))
    if len({held.unit for line in points.values() for _, held in line}) != 1 or len(points) > MOST:
        return None
    lines = tuple(
        Line(label, tuple(sorted(held, key=lambda point: point[0])), series)
        for (label, held), series in zip(points.items(), SERIES, strict=False)
    )
    return _figure(finding, name, key, lines)


def _at(row: Row, key: str) -> float | None:
    """Where a row lies on the axis."""
    text = str(row.keys.get(key, ""))
    held = row.estimate
    if held is None or held.lower is None or held.upper is None or "interval" in row.keys:
        return None
    return float(text) if text.lstrip("-").replace(".", "", 1).isdigit() else None


def _label(row: Row, key: str) -> str:
    return ", ".join(readable(str(value)) for other, value in row.keys.items() if other != key)


def _figure(finding: Finding, name: str, key: str, lines: Sequence[Line]) -> Figure:
    unit = lines[0].points[0][1].unit
    level = lines[0].points[0][1].level or 0.95
    chart = Lines(
        tuple(lines), AXES[key], "share" if unit == "share" else unit,
        None if finding.id.partition(".contact.")[2].startswith(("counterfactual", "curves", "incidence")) else 0.0,
        BOUNDARY if key == "event" else None,
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (f"{line.label}, {at:g}" if line.label else f"{at:g}", held) for line in lines for at, held in line.points
    ]
    ends = "; ".join(f"at {at} {held}" for at, held in (rows[0], rows[-1]))
    title = finding.question
    alt = f"{title} {len(rows)} estimates along the {AXES[key]}, each with its {100 * level:.3g} % interval, {ends}."
    return Figure(title, alt, chart, Table(name, title, (AXES[key].capitalize(), "Estimate"), tuple(rows)))
