"""Two reports from one set of findings: what a committee asks, and what students ask."""

from la_research.report.advisory import advisory_report
from la_research.report.design import draw_verdicts
from la_research.report.document import Document
from la_research.report.ethics import ethics_report
from la_research.report.figures import Plot, plot
from la_research.report.render import render_html, tables

__all__ = ["Document", "Plot", "advisory_report", "draw_verdicts", "ethics_report", "plot", "render_html", "tables"]
