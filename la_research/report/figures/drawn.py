"""Charts to SVG whose bytes depend on the chart alone."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

from la_research.finding import Finding
from la_research.report.chart import Arms, Chart, Curve, Forest, Lines
from la_research.report.document import Figure, slug
from la_research.report.exhibit import exhibit, refused
from la_research.report.figures import arms, curve, flow, forest, lines
from la_research.report.figures.ink import WIDTH
from la_research.report.figures.page import for_page


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
    return for_page(drawn, slug(figure.table.name), figure.alt)


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


def _painter(chart: Chart) -> tuple[float, Callable[[Any], None]]:
    if isinstance(chart, Forest):
        return forest.height(chart), lambda canvas: forest.paint(canvas, chart)
    if isinstance(chart, Curve):
        return curve.HEIGHT, lambda canvas: curve.paint(canvas, chart)
    if isinstance(chart, Lines):
        return lines.height(chart), lambda canvas: lines.paint(canvas, chart)
    if isinstance(chart, Arms):
        return arms.height(chart), lambda canvas: arms.paint(canvas, chart)
    return flow.height(chart), lambda canvas: flow.paint(canvas, chart)
