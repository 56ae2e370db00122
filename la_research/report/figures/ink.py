"""What every drawing shares: colours that follow the page, a frame with its axis, a line of text."""

from __future__ import annotations

from typing import Any

from la_research.finding import Estimate
from la_research.report.chart import Series

WIDTH = 4.9
"""Inches; 353 points, about the width of a phone, so that text stays readable on one."""
INK, MUTED, LINE, BAND, PAPER = "#010203", "#040506", "#070809", "#0a0b0c", "#0d0e0f"
MAIN, SECOND, THIRD = "#101112", "#131415", "#161718"
INKS = {
    INK: "var(--ink, currentColor)",
    MUTED: "var(--muted, currentColor)",
    LINE: "var(--line, #8a939c)",
    BAND: "var(--band, #d9dfe5)",
    PAPER: "var(--paper, #ffffff)",
    MAIN: "var(--mark-1, #1d70b8)",
    SECOND: "var(--mark-2, #b5590b)",
    THIRD: "var(--mark-3, #28724f)",
}
"""Colours drawn with, and the colour of the page that each stands for."""
SHAPES: dict[Series, tuple[str, str]] = {"main": ("o", MAIN), "second": ("D", SECOND), "third": ("s", THIRD)}


def ends(estimate: Estimate) -> list[float]:
    """What of an estimate is there: the ends of its interval and its value."""
    return [end for end in (estimate.lower, estimate.value, estimate.upper) if end is not None]


def frame(axes: Any, label: str, unit: str = "") -> None:
    """An axis below with its label, and nothing on the other sides; ``unit`` where the label does not begin with it."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.patch.set_alpha(0)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: tick(x, unit or label)))
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(LINE)
    axes.grid(axis="x", color=LINE, linewidth=0.5, alpha=0.55, zorder=0)
    axes.tick_params(axis="x", labelsize=8.5, labelcolor=MUTED, color=LINE, length=3)
    axes.set_xlabel(label, fontsize=9, color=MUTED, parse_math=False)


def ticks(axes: Any, label: str) -> None:
    """An axis on the left too, with its unit."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: tick(y, label)))
    axes.spines["left"].set_visible(True)
    axes.spines["left"].set_color(LINE)
    axes.grid(axis="y", color=LINE, linewidth=0.5, alpha=0.55)
    axes.tick_params(axis="y", labelsize=8.5, labelcolor=MUTED, color=LINE, length=3)
    axes.set_ylabel(label, fontsize=9, color=MUTED, parse_math=False)


def tick(x: float, label: str) -> str:
    """A number on an axis; shares in per cent, their differences in points."""
    percent = "cent" in label or label.startswith("share")
    sign = "" if "percentage points" in label else " %"
    return f"{100 * x + 0.0:g}{sign}" if percent else f"{x + 0.0:g}"


def say(
    axes: Any, left: float, y: float, text: str, *, size: float, colour: str = INK, x: float | None = None, **font: Any
) -> None:
    """A line of text, by default from the left end of the axis."""
    at = axes.get_xlim()[0] if x is None else x
    axes.text(
        at + left, y, text, fontsize=size, color=colour, va="baseline", ha="left", parse_math=False, zorder=5, **font
    )
