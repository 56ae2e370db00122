"""The flow of a trial, painted: shared boxes above, the arms beside each other below."""

from __future__ import annotations

from typing import Any

from la_research.report.chart import Arms, Step
from la_research.report.figures.ink import INK, LINE, MAIN

BOX, GAP, TEXT = 0.48, 0.16, 0.19
BESIDE = 3
"""Arms in one row; more go below."""


def height(chart: Arms) -> float:
    """Inches: the shared boxes, then as many rows of arms as they need."""
    return 0.1 + (BOX + GAP) * len(chart.shared) + sum(_tall(row) + GAP for row in _rows(chart))


def _rows(chart: Arms) -> list[tuple[tuple[Step, tuple[str, ...]], ...]]:
    return [chart.arms[at : at + BESIDE] for at in range(0, len(chart.arms), BESIDE)]


def _tall(row: tuple[tuple[Step, tuple[str, ...]], ...]) -> float:
    return BOX + TEXT * max(len(told) for _, told in row)


def paint(canvas: Any, chart: Arms) -> None:
    """Everything stands in inches from the top left corner."""
    total = height(chart)
    axes = canvas.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    wide = canvas.get_size_inches()[0]
    axes.set_xlim(0, wide)
    axes.set_ylim(total, 0)
    at, spine = 0.05, 0.3
    for step in chart.shared:
        left = 0.75 if step.aside else 0.1
        if step.aside:
            axes.plot([spine, left], [at + BOX / 2] * 2, color=LINE, linewidth=1.0)
        _box(axes, left, at, wide - 0.1 - left, BOX, MAIN if not step.aside else LINE)
        _words(axes, left + 0.12, at, step)
        if not step.aside:
            axes.plot([spine] * 2, [at + BOX, at + BOX + GAP], color=LINE, linewidth=1.0)
        else:
            axes.plot([spine] * 2, [at, at + BOX + GAP], color=LINE, linewidth=1.0)
        at += BOX + GAP
    for row in _rows(chart):
        each = (wide - 0.2 - GAP * (len(row) - 1)) / len(row)
        for number, (step, told) in enumerate(row):
            left = 0.1 + number * (each + GAP)
            _box(axes, left, at, each, _tall(row), MAIN)
            _words(axes, left + 0.12, at, step)
            for line, text in enumerate(told):
                _say(axes, left + 0.12, at + BOX + TEXT * (line + 0.4), text)
        at += _tall(row) + GAP


def _box(axes: Any, left: float, top: float, wide: float, tall: float, colour: str) -> None:
    across = [left, left + wide, left + wide, left, left]
    axes.plot(across, [top, top, top + tall, top + tall, top], color=colour, linewidth=1.2, solid_joinstyle="miter")


def _words(axes: Any, left: float, top: float, step: Step) -> None:
    _say(axes, left, top + 0.16, step.label)
    _say(axes, left, top + 0.34, step.count, weight="bold")


def _say(axes: Any, x: float, y: float, text: str, **font: Any) -> None:
    axes.text(x, y, text, fontsize=8.6, color=INK, va="center", ha="left", parse_math=False, **font)
