"""The only room that draws: charts to SVG whose bytes depend on the chart alone, and whose colours follow the page."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any

from la_research.finding import Estimate, Finding
from la_research.report.chart import Chart, Curve, Flow, Forest, Mark, Series
from la_research.report.document import Figure, slug
from la_research.report.exhibit import exhibit, refused

GLYPH = "letter"
"""How the id of a letter's outline begins: the same outline in every figure, so it has no figure's name."""
WIDTH = 4.9
"""Inches; 353 points, about the width of a phone, so that text stays readable on one."""
ROW, HEADING = 0.46, 0.30
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


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawn finding for a notebook: picture, title, alt text and, underneath, its numbers."""

    title: str
    alt: str
    svg: str
    table: tuple[tuple[str, ...], ...]

    def _repr_html_(self) -> str:
        head, *rows = [[escape(cell) for cell in row] for row in self.table]
        cells = "".join(
            "<tr><th scope='row'>" + "</th><td>".join((r[0], "</td><td>".join(r[1:]))) + "</td></tr>" for r in rows
        )
        heads = "".join(f"<th scope='col'>{cell}</th>" for cell in head)
        picture = f"<div style='max-width:34rem'>{self.svg}</div>" if self.svg else f"<p>{escape(self.alt)}</p>"
        table = f"<details><summary>Numbers</summary><table><tr>{heads}</tr>{cells}</table></details>" if rows else ""
        return f"<figure><figcaption><strong>{escape(self.title)}</strong></figcaption>{picture}{table}</figure>"


def plot(finding: Finding) -> Plot:
    """Draw a finding, with its interval or not at all.

    Parameters
    ----------
    finding
        Any finding. "not analysed" and "suppressed" ones give their reason instead of a picture.

    Returns
    -------
    Plot
        Shows itself in a notebook; ``svg`` is the same bytes for the same finding.

    Raises
    ------
    UsageError
        ``figure.no_interval``, ``figure.mixed_units`` or ``figure.nothing_to_draw``.

    Examples
    --------
    >>> from la_research.finding import not_analysed
    >>> plot(not_analysed("validation.wellbeing", "Is there a link?", "no questionnaire")).alt
    'not analysed: no questionnaire'
    """
    shown = exhibit(finding)
    if shown is not None:
        rows = tuple(tuple(str(cell) for cell in row) for row in (shown.table.columns, *shown.table.rows))
        return Plot(shown.title, shown.alt, draw(shown), rows)
    if finding.verdict in ("not analysed", "suppressed"):
        return Plot(finding.question, f"{finding.verdict}: {finding.reason}", "", (("finding",),))
    raise refused(finding)


def draw(figure: Figure) -> str:
    """A figure as an SVG element, without width or height: the page decides."""
    drawn = _svg(figure.chart)
    return _for_page(drawn, slug(figure.table.name), figure.alt)


def _svg(chart: Chart) -> str:
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    with matplotlib.rc_context({"svg.hashsalt": "la_research", "svg.fonttype": "path", "font.family": "DejaVu Sans"}):
        height, painter = _painter(chart)
        canvas = Canvas(figsize=(WIDTH, height))
        FigureCanvasSVG(canvas)
        painter(canvas)
        out = io.StringIO()
        canvas.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _for_page(svg: str, name: str, alt: str) -> str:
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<style.*?</style>", "", body, count=1, flags=re.DOTALL)
    box = re.search(r'viewBox="([^"]+)"', body)
    assert box is not None
    for colour, page in INKS.items():
        body = body.replace(colour, page)
    body = re.sub(r'<g id="[^"]*"', "<g", body)
    body = body.replace("DejaVuSans-", GLYPH).replace("xlink:href", "href")
    body = re.sub(r' transform="translate\(([-\d.]+) 0\)"', _in_its_word, body)
    body = re.sub(rf'(\bid="|"#|url\(#)(?!{GLYPH})', rf"\g<1>{name}-", body)
    body = re.sub(r"\s*\n\s*", "\n", body)
    head = f'<svg class="chart" role="img" aria-label="{escape(alt)}" viewBox="{box[1]}" stroke-linejoin="round"'
    return head + ' xmlns="http://www.w3.org/2000/svg"' + body[body.index(">") :].strip()


def _in_its_word(letter: re.Match[str]) -> str:
    """Where a letter stands in its word, in hundredths of its size."""
    return f' x="{round(float(letter[1]), 1):g}"'


def _painter(chart: Chart) -> tuple[float, Callable[[Any], None]]:
    if isinstance(chart, Forest):
        return _forest_height(chart), lambda canvas: _forest(canvas, chart)
    if isinstance(chart, Curve):
        return 4.3, lambda canvas: _curve(canvas, chart)
    return 0.15 + 0.62 * len(chart.steps), lambda canvas: _flow(canvas, chart)


def _forest_height(chart: Forest) -> float:
    headings = len({mark.group for mark in chart.marks if mark.group})
    above = 0.26 * (bool(chart.legend) + bool(chart.band_label)) + 0.08
    return above + ROW * len(_lines(chart)) + HEADING * headings + 0.55


def _lines(chart: Forest) -> list[tuple[str, str]]:
    """One line per group and label; marks of several series share it."""
    return list(dict.fromkeys((mark.group, mark.label) for mark in chart.marks))


def _forest(canvas: Any, chart: Forest) -> None:
    total = _forest_height(chart)
    above = 0.26 * (bool(chart.legend) + bool(chart.band_label)) + 0.08
    body = total - above - 0.55
    axes = canvas.add_axes((0.035, 0.55 / total, 0.93, body / total))
    axes.set_ylim(body, 0)
    _limits(axes, chart)
    _frame(axes, chart.axis)
    if chart.band is not None:
        axes.axvspan(*chart.band, color=BAND, linewidth=0, zorder=0)
    at, heading = 0.0, ""
    for group, label in _lines(chart):
        if group and group != heading:
            heading = group
            _say(axes, 0.0, at + 0.20, group, size=9.5, weight="bold")
            at += HEADING
        _say(axes, 0.0, at + 0.14, label, size=9)
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
            _say(axes, 0.0, at + 0.03, f"   {mark.word}", size=8, colour=MUTED, style="italic", x=x)
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
    ends = [end for mark in chart.marks if (e := mark.estimate) for end in _ends(e)]
    ends += [chart.reference] if chart.reference is not None else []
    ends += [0.0] if chart.bars else []
    ends += list(chart.band) if chart.band is not None else []
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    pad = 0.06 * ((high - low) or abs(high) or 1.0)
    axes.set_xlim(low - (0 if chart.bars and low == 0 else pad), high + pad)


def _ends(estimate: Estimate) -> list[float]:
    return [end for end in (estimate.lower, estimate.value, estimate.upper) if end is not None]


def _frame(axes: Any, label: str) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.patch.set_alpha(0)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    percent = "cent" in label or label.startswith("share")
    sign = "" if "percentage points" in label else " %"
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _tick(x, percent, sign)))
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(LINE)
    axes.grid(axis="x", color=LINE, linewidth=0.5, alpha=0.55, zorder=0)
    axes.tick_params(axis="x", labelsize=8.5, labelcolor=MUTED, color=LINE, length=3)
    axes.set_xlabel(label, fontsize=9, color=MUTED, parse_math=False)


def _tick(x: float, percent: bool, sign: str = " %") -> str:
    return f"{100 * x + 0.0:g}{sign}" if percent else f"{x + 0.0:g}"


def _say(
    axes: Any, left: float, y: float, text: str, *, size: float, colour: str = INK, x: float | None = None, **font: Any
) -> None:
    at = axes.get_xlim()[0] if x is None else x
    axes.text(
        at + left, y, text, fontsize=size, color=colour, va="baseline", ha="left", parse_math=False, zorder=5, **font
    )


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


def _curve(canvas: Any, chart: Curve) -> None:
    axes = canvas.add_axes((0.15, 0.13, 0.80, 0.84))
    ends = [end for p in chart.points for end in (p.predicted, *_ends(p.observed))]
    top = min(1.0, max(ends) * 1.08) or 1.0
    axes.set_xlim(0, top)
    axes.set_ylim(0, top)
    _frame(axes, chart.x_axis)
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(FuncFormatter(lambda x, _: _tick(x, True)))
    axes.spines["left"].set_visible(True)
    axes.spines["left"].set_color(LINE)
    axes.grid(axis="y", color=LINE, linewidth=0.5, alpha=0.55)
    axes.tick_params(axis="y", labelsize=8.5, labelcolor=MUTED, color=LINE, length=3)
    axes.set_ylabel(chart.y_axis, fontsize=9, color=MUTED, parse_math=False)
    axes.plot([0, top], [0, top], color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)), zorder=2)
    for point in chart.points:
        held = point.observed
        axes.plot([point.predicted] * 2, [held.lower, held.upper], color=MAIN, linewidth=2.0, zorder=3)
        if held.value is not None:
            axes.plot(point.predicted, held.value, "o", color=MAIN, markersize=5.6, markeredgecolor=PAPER, zorder=4)


def _flow(canvas: Any, chart: Flow) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    total = 0.15 + 0.62 * len(chart.steps)
    mains = [i for i, step in enumerate(chart.steps) if not step.aside]
    for i, step in enumerate(chart.steps):
        left, width = (0.16, 0.82) if step.aside else (0.02, 0.96)
        bottom = 1 - (0.62 * i + 0.56) / total
        height = 0.48 / total
        edge, line = (LINE, 0.9) if step.aside else (MAIN, 1.6)
        canvas.add_artist(Rectangle((left, bottom), width, height, facecolor="none", edgecolor=edge, linewidth=line))
        middle = bottom + height / 2
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
