"""Lines with their intervals as bands, painted."""

from __future__ import annotations

from typing import Any

from la_research.report.chart import Line, Lines
from la_research.report.figures.ink import INK, MUTED, PAPER, SHAPES, ends, frame, ticks


def height(chart: Lines) -> float:
    """Inches: room for the lines, and for their names where there are several."""
    return 2.9 + 0.26 * (len(chart.lines) > 1)


def paint(canvas: Any, chart: Lines) -> None:
    """The bands first, the lines on them, the value of no effect and the start beneath all."""
    total = height(chart)
    above = 0.1 + 0.26 * (len(chart.lines) > 1)
    axes = canvas.add_axes((0.15, 0.55 / total, 0.82, 1 - (0.55 + above) / total))
    _limits(axes, chart)
    frame(axes, chart.x_axis)
    ticks(axes, chart.y_axis)
    if chart.reference is not None:
        axes.axhline(chart.reference, color=INK, linewidth=0.9, zorder=1)
    if chart.start is not None:
        axes.axvline(chart.start, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
    for line in chart.lines:
        _line(axes, line)
    if len(chart.lines) > 1:
        _names(canvas, chart, 1 - 0.17 / total)


def _line(axes: Any, line: Line) -> None:
    shape, colour = SHAPES[line.series]
    at = [x for x, _ in line.points]
    held = [estimate for _, estimate in line.points]
    low, high = ([getattr(one, end) for one in held] for end in ("lower", "upper"))
    axes.fill_between(at, low, high, facecolor=colour, alpha=0.18, linewidth=0, zorder=2)
    axes.vlines(at, low, high, color=colour, linewidth=1.0, alpha=0.6, zorder=3)
    middle = [(x, one.value) for x, one in line.points if one.value is not None]
    if middle:
        axes.plot(
            *zip(*middle, strict=True), color=colour, linewidth=1.4, marker=shape, markersize=4.6,
            markeredgecolor=PAPER, markeredgewidth=0.7, zorder=4,
        )  # fmt: skip


def _limits(axes: Any, chart: Lines) -> None:
    across = [x for line in chart.lines for x, _ in line.points]
    up = [end for line in chart.lines for _, held in line.points for end in ends(held)]
    across += [chart.start] if chart.start is not None else []
    up += [chart.reference] if chart.reference is not None else []
    for reached, limit in ((across, axes.set_xlim), (up, axes.set_ylim)):
        pad = 0.05 * ((max(reached) - min(reached)) or abs(max(reached)) or 1.0)
        limit(min(reached) - pad, max(reached) + pad)


def _names(canvas: Any, chart: Lines, at: float) -> None:
    x = 0.15
    for line in chart.lines:
        shape, colour = SHAPES[line.series]
        axes = canvas.add_axes((x, at - 0.01, 0.05, 0.02))
        axes.set_axis_off()
        axes.plot([0, 1], [0, 0], color=colour, linewidth=2)
        axes.plot([0.5], [0], shape, color=colour, markersize=5.0, markeredgecolor=PAPER, clip_on=False)
        canvas.text(x + 0.065, at, line.label, fontsize=8.5, color=INK, va="center", parse_math=False)
        x += 0.10 + 0.0176 * len(line.label)
