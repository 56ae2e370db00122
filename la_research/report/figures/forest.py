"""Estimates under each other on one axis, painted."""

from __future__ import annotations

from typing import Any

from la_research.report.chart import Forest, Mark
from la_research.report.figures.ink import BAND, INK, MUTED, PAPER, SHAPES, ends, frame, say

ROW, HEADING = 0.46, 0.30


def height(chart: Forest) -> float:
    """Inches that lines, headings, legend and axis take."""
    headings = len({mark.group for mark in chart.marks if mark.group})
    above = 0.26 * (bool(chart.legend) + bool(chart.band_label)) + 0.08
    return above + ROW * len(_lines(chart)) + HEADING * headings + 0.55


def _lines(chart: Forest) -> list[tuple[str, str]]:
    """One line per group and label; marks of several series share it."""
    return list(dict.fromkeys((mark.group, mark.label) for mark in chart.marks))


def paint(canvas: Any, chart: Forest) -> None:
    """Each line with its label above its marks."""
    total = height(chart)
    above = 0.26 * (bool(chart.legend) + bool(chart.band_label)) + 0.08
    body = total - above - 0.55
    axes = canvas.add_axes((0.035, 0.55 / total, 0.93, body / total))
    axes.set_ylim(body, 0)
    _limits(axes, chart)
    frame(axes, chart.axis)
    if chart.band is not None:
        axes.axvspan(*chart.band, color=BAND, linewidth=0, zorder=0)
    at, heading = 0.0, ""
    for group, label in _lines(chart):
        if group and group != heading:
            heading = group
            say(axes, 0.0, at + 0.20, group, size=9.5, weight="bold")
            at += HEADING
        say(axes, 0.0, at + 0.14, label, size=9)
        marks = [mark for mark in chart.marks if (mark.group, mark.label) == (group, label)]
        if chart.reference is not None:
            axes.plot([chart.reference] * 2, [at + 0.18, at + 0.38], color=INK, linewidth=1.0, zorder=2)
        _paint_marks(axes, marks, at + 0.28, chart)
        at += ROW
    _legend(canvas, chart, total)


def _paint_marks(axes: Any, marks: list[Mark], at: float, chart: Forest) -> None:
    offsets = [0.0] if len(marks) == 1 else [0.075 * (i - (len(marks) - 1) / 2) for i in range(len(marks))]
    for mark, offset in zip(marks, offsets, strict=True):
        shape, colour = SHAPES[mark.series]
        held = mark.estimate
        if held is None:
            x = axes.get_xlim()[0]
            say(axes, 0.0, at + 0.03, f"   {mark.word}", size=8, colour=MUTED, style="italic", x=x)
            continue
        low, high = (held.lower or 0.0, held.upper or 0.0)
        if chart.bars and held.value is not None:
            axes.barh(at + offset, held.value, height=0.13, color=BAND, edgecolor=colour, linewidth=0.9, zorder=2)
        axes.plot([low, high], [at + offset] * 2, color=colour, linewidth=2.0, solid_capstyle="butt", zorder=3)
        for end in (low, high):
            axes.plot([end] * 2, [at + offset - 0.04, at + offset + 0.04], color=colour, linewidth=1.4, zorder=3)
        if held.value is not None:
            axes.plot(
                held.value,
                at + offset,
                shape,
                color=colour,
                markersize=6.6,
                markeredgecolor=PAPER,
                markeredgewidth=0.8,
                zorder=4,
            )


def _limits(axes: Any, chart: Forest) -> None:
    reached = [end for mark in chart.marks if (e := mark.estimate) for end in ends(e)]
    reached += [chart.reference] if chart.reference is not None else []
    reached += [0.0] if chart.bars else []
    reached += list(chart.band) if chart.band is not None else []
    low, high = (min(reached), max(reached)) if reached else (0.0, 1.0)
    pad = 0.06 * ((high - low) or abs(high) or 1.0)
    axes.set_xlim(low - (0 if chart.bars and low == 0 else pad), high + pad)


def _legend(canvas: Any, chart: Forest, total: float) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    at = 1 - 0.17 / total
    if chart.legend:
        x = 0.03
        for series, words in chart.legend:
            shape, colour = SHAPES[series]
            canvas.add_artist(Line2D([x, x + 0.05], [at] * 2, color=colour, linewidth=2))
            canvas.add_artist(
                Line2D([x + 0.025], [at], color=colour, marker=shape, markersize=5.6, markeredgecolor=PAPER)
            )
            canvas.text(x + 0.065, at, words, fontsize=8.5, color=INK, va="center", parse_math=False)
            x += 0.10 + 0.0176 * len(words)
        at -= 0.26 / total
    if chart.band_label:
        canvas.add_artist(Rectangle((0.03, at - 0.06 / total), 0.05, 0.12 / total, color=BAND, linewidth=0))
        canvas.text(0.095, at, chart.band_label, fontsize=8.5, color=INK, va="center", parse_math=False)
