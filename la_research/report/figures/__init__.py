"""The only room that draws: charts to SVG whose bytes depend on the chart alone, and whose colours follow the page."""

from la_research.report.figures.drawn import Plot, draw, plot
from la_research.report.figures.ink import INKS
from la_research.report.figures.page import GLYPH

__all__ = ["GLYPH", "INKS", "Plot", "draw", "plot"]
