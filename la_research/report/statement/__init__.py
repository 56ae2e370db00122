"""One student's statement: everything that is held and worked out about one person, for that person."""

from la_research.report.statement.page import statement_page
from la_research.report.statement.portable import as_json, sheets
from la_research.report.statement.told import Explained, InStudy, Scored, Statement, Weekly

__all__ = [
    "Explained",
    "InStudy",
    "Scored",
    "Statement",
    "Weekly",
    "as_json",
    "sheets",
    "statement_page",
]
