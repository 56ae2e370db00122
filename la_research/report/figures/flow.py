"""Who comes in, who leaves, who is left, painted as boxes below each other."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from la_research.report.chart import Flow
from la_research.report.figures.ink import INK, LINE, MAIN


def height(chart: Flow) -> float:
    """Inches that the boxes take."""
    return 0.15 + 0.62 * len(chart.steps)


def paint(canvas: Any, chart: Flow) -> None:
    """A box a step; who leaves stands aside."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    total = height(chart)
    mains = [i for i, step in enumerate(chart.steps) if not step.aside]
    for i, step in enumerate(chart.steps):
        left, width = (0.16, 0.82) if step.aside else (0.02, 0.96)
        bottom = 1 - (0.62 * i + 0.56) / total
        tall = 0.48 / total
        edge, line = (LINE, 0.9) if step.aside else (MAIN, 1.6)
        canvas.add_artist(Rectangle((left, bottom), width, tall, facecolor="none", edgecolor=edge, linewidth=line))
        middle = bottom + tall / 2
        canvas.text(
            left + 0.025, middle + 0.085 / total, step.label, fontsize=8.8, color=INK, va="center", parse_math=False
        )
        canvas.text(
            left + 0.025,
            middle - 0.105 / total,
            step.count,
            fontsize=9.2,
            color=INK,
            va="center",
            weight="bold",
            parse_math=False,
        )
        if step.aside:
            canvas.add_artist(Line2D([0.08, left], [middle] * 2, color=LINE, linewidth=1.0))
    for first, last in pairwise(mains):
        top = 1 - (0.62 * first + 0.56) / total
        foot = 1 - (0.62 * last + 0.08) / total
        canvas.add_artist(Line2D([0.08, 0.08], [top, foot], color=LINE, linewidth=1.0))
