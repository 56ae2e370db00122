"""Explanations by group: do reasons differ at the same score, and how much rides on proxies."""

from la_research.explanation.by_group.proxies import proxy_findings
from la_research.explanation.by_group.same_score import same_score_findings

__all__ = ["proxy_findings", "same_score_findings"]
