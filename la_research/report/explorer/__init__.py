"""The advisory explorer: one page on which a student advisory group tries out the contact rule."""

from la_research.report.explorer.comments import Feedback, read_feedback
from la_research.report.explorer.met import Met
from la_research.report.explorer.page import Explorer, explorer_report, tried

__all__ = ["Explorer", "Feedback", "Met", "explorer_report", "read_feedback", "tried"]
