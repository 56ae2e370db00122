"""A calibration curve, painted."""

from __future__ import annotations

from typing import Any

from la_research.report.chart import Curve
from la_research.report.figures.ink import MAIN, MUTED, PAPER, ends, frame, ticks

HEIGHT = 4.3


def paint(canvas: Any, chart: Curve) -> None:
    """Observed shares with their intervals, beside the line on which they equal the score."""
    axes = canvas.add_axes((0.15, 0.13, 0.80, 0.84))
    reached = [end for p in chart.points for end in (p.predicted, *ends(p.observed))]
    top = min(1.0, max(reached) * 1.08) or 1.0
    axes.set_xlim(0, top)
    axes.set_ylim(0, top)
    frame(axes, chart.x_axis, "share")
    ticks(axes, chart.y_axis)
    axes.plot([0, top], [0, top], color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)), zorder=2)
    for point in chart.points:
        held = point.observed
        axes.plot([point.predicted] * 2, [held.lower, held.upper], color=MAIN, linewidth=2.0, zorder=3)
        if held.value is not None:
            axes.plot(point.predicted, held.value, "o", color=MAIN, markersize=5.6, markeredgecolor=PAPER, zorder=4)
