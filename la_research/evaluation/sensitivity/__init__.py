"""How strong what was not measured would have to be, and how different what is missing; one question a file."""

from la_research.evaluation.sensitivity.asked import sensitivity_of
from la_research.evaluation.sensitivity.missing import attrition_findings, tipping_finding
from la_research.evaluation.sensitivity.unread import unread_findings

__all__ = ["attrition_findings", "sensitivity_of", "tipping_finding", "unread_findings"]
