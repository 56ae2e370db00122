"""What would contact rules have done in weeks gone by?"""

from la_research.validation.triggers.findings import trigger_findings

__all__ = ["trigger_findings"]
