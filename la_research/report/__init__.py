"""Two reports and a page to try out, from one set of findings: what a committee asks, and what students ask."""

from la_research.report.advisory import advisory_report
from la_research.report.design import draw_verdicts
from la_research.report.document import Document
from la_research.report.effect_plainly import effect_advisory_report
from la_research.report.effect_table import effect_ethics_report
from la_research.report.ethics import ethics_report
from la_research.report.explorer import Explorer, explorer_report
from la_research.report.figures import Plot, plot
from la_research.report.render import render_explorer, render_html, tables
from la_research.report.table import table_ethics_report
from la_research.report.table_plainly import table_advisory_report

__all__ = [
    "Document",
    "Explorer",
    "Plot",
    "advisory_report",
    "draw_verdicts",
    "effect_advisory_report",
    "effect_ethics_report",
    "ethics_report",
    "explorer_report",
    "plot",
    "render_explorer",
    "render_html",
    "table_advisory_report",
    "table_ethics_report",
    "tables",
]
