"""What other contact rules would do, by group: the numbers behind the page on which they can be tried."""

from la_research.validation.explorer.findings import explorer_findings

__all__ = ["explorer_findings"]
