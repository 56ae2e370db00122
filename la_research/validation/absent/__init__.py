"""Answers that are not there: who gives none, what they could change, and who is not in the study at all."""

from la_research.validation.absent.missing import missing_findings

__all__ = ["missing_findings"]
