"""Why the score of a student is high, told only where it holds."""

from la_research.explanation.reasons.findings import reason_findings
from la_research.explanation.reasons.told import Reason, reasons_for

__all__ = ["Reason", "reason_findings", "reasons_for"]
