"""Ways to narrow a gap, fitted in training folds and compared on held-out students."""

from la_research.audit.mitigation.findings import mitigation_findings

__all__ = ["mitigation_findings"]
